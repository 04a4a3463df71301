"""Free-text licences to SPDX identifiers, where the text is clear; else the text as it is."""

import re

_URLS = (
    (r"creativecommons\.org/publicdomain/zero/1\.0", "CC0-1.0"),
    (r"creativecommons\.org/publicdomain/mark/1\.0", "PDM-1.0"),
    (r"creativecommons\.org/licenses/(by(?:-nc)?(?:-sa|-nd)?)/([1-4]\.[05])", "CC-{0}-{1}"),
    (r"opendatacommons\.org/licenses/by", "ODC-By-1.0"),
    (r"opendatacommons\.org/licenses/odbl", "ODbL-1.0"),
    (r"opendatacommons\.org/licenses/pddl", "PDDL-1.0"),
    (r"opensource\.org/licenses?/mit\b", "MIT"),
    (r"apache\.org/licenses/license-2\.0", "Apache-2.0"),
)
_NAMES = (
    (r"cc[- ]?(by(?:[- ]nc)?(?:[- ](?:sa|nd))?)[- ]?v?([1-4]\.[05])", "CC-{0}-{1}"),
    (r"cc[- ]?0(?:[- ]1\.0)?(?: universal)?(?: \(cc0 1\.0\))?(?: public domain dedication)?", "CC0-1.0"),
    (
        r"creative commons attribution(?:[- ]international)? 4\.0(?: international)?(?: (?:public )?licen[cs]e)?",
        "CC-BY-4.0",
    ),
    (r"(?:cc|creative commons) attribution[- ]sharealike 4\.0(?: international)?(?: licen[cs]e)?", "CC-BY-SA-4.0"),
    (r"(?:the )?mit(?: licen[cs]e)?", "MIT"),
    (r"apache(?: licen[cs]e)?,?(?: version)?[- ]2(?:\.0)?", "Apache-2.0"),
    (r"odc[- ]by(?:[- ]1\.0)?", "ODC-By-1.0"),
    (r"(?:odc[- ])?odbl(?:[- ]1\.0)?|open data commons open database licen[cs]e v?1\.0", "ODbL-1.0"),
    (r"(?:odc[- ])?pddl(?:[- ]1\.0)?", "PDDL-1.0"),
    (r"(?:gnu )?gpl[- ]?v?3(?:\.0)?", "GPL-3.0-only"),
    (r"bsd[- ]3[- ]clause", "BSD-3-Clause"),
)


def spdx(text: str) -> str:
    """The SPDX identifier that a licence text names, else the text without markup, on one line."""
    plain = " ".join(re.sub(r"<[^>]+>", " ", text or "").split())
    for pattern, name in _URLS:
        found = re.search(pattern, plain, re.IGNORECASE)
        # a long text may name a licence of a part only: a link counts where it is most of what there is
        if found and len(re.sub(r"\[[^\]]*\]|\(?https?://\S+", "", plain)) <= 60:
            return name.format(*(part.upper() for part in found.groups()))
    bare = plain.strip(" .[]()")
    for pattern, name in _NAMES:
        found = re.fullmatch(pattern, bare, re.IGNORECASE)
        if found:
            return name.format(*(part.upper().replace(" ", "-") for part in found.groups()))
    return plain
