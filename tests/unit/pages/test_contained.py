"""Pages that jobs and people write lead a browser nowhere; those that the platform makes are shown as they are."""

import pytest

from mlops.pages.contained import leads_away
from mlops.pages.page import element, mark, page, section

HOSTILE = (
    '<meta http-equiv="refresh" content="0;url=http://other/?row=P1">',
    "<META content='0;url=http://other/' HTTP-EQUIV\n=refresh>",
    '<p data-x=">"><a title=x href="http://other/?row=P1">more</a>',
    "<a href=//other/?row=P1>more</a>",
    "<a/href=&#35;http://other>more</a>",
    '<svg><a xlink:href="http://other/"><text>x</text></a></svg>',
    '<svg><a><set attributeName="href" to="http://other/"/></a></svg>',
    '<link rel="preconnect" href="#">',
    '<link rel=dns-prefetch hREF="http://p1.metformin.other">',
    '<base href="#">',
    '<form action="http://other/"><button>go</button></form>',
    '<iframe srcdoc="&lt;a href=&quot;http://other/&quot;&gt;more&lt;/a&gt;"></iframe>',
    '<iframe SRCDOC="&lt;iframe srcdoc=&amp;quot;&amp;lt;link rel=preconnect&amp;gt;&amp;quot;&gt;"></iframe>',
)


@pytest.mark.parametrize("content", HOSTILE)
def test_what_leads_elsewhere_is_found(content: str) -> None:
    """Forwarding, links, connections made beforehand, forms, animated addresses; in a page within the page too."""
    assert leads_away(content.encode())


def test_a_page_in_another_encoding_is_not_read_as_this_one() -> None:
    """A byte order mark goes before the header that says UTF-8 (HTML Standard, "BOM sniff")."""
    hostile = '<meta http-equiv="refresh" content="0;url=http://other/">'
    for encoding in ("utf-16", "utf-16-be"):
        assert leads_away("\ufeff".encode(encoding) + hostile.encode(encoding))


def test_our_own_pages_stay() -> None:
    """Places in the page, a report within a page, and markup that is text."""
    inner = page("Report", section("a", mark("<b>links</b> and <script>", "bad")), element("a", "up", href="#top"))
    outer = page("History", element("iframe", title="report", srcdoc=inner))
    assert (leads_away(outer.encode()), leads_away(page("x", "a hyperref to forms").encode())) == ("", "")
