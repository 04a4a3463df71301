"""The table of costs in README.md: ``python -m tests.docs.cost_table`` writes it anew."""

from pathlib import Path

from mlops.costs.estimate import before
from mlops.costs.lines import Item
from mlops.costs.prices import published

PAGE = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- costs: python -m tests.docs.cost_table -->\n", "<!-- end of costs -->\n"


def render() -> str:
    """The lines between the marks."""
    platform, project, *_ = before(published())
    rows = [
        _line("the platform, all projects together", platform.items[0]),
        *(_line("a project", it) for it in project.items),
    ]
    return "| | US dollars | reckoned |\n|---|---|---|\n" + "".join(rows)


def _line(whose: str, item: Item) -> str:
    parts = ", ".join(f"{line.quantity:.3g} {line.what}" for line in item.lines)
    words = f"{parts}; {item.reckoned}" if item.per == "month" else item.reckoned
    return f"| {whose}: {item.title} | {item.total:.2f} | {words} |\n"


def between(text: str) -> tuple[str, str, str]:
    """(before, between, after) the marks of the page."""
    first, _, rest = text.partition(BEGIN)
    inside, _, last = rest.partition(END)
    return first + BEGIN, inside, END + last


if __name__ == "__main__":
    head, _, tail = between(PAGE.read_text())
    PAGE.write_text(head + render() + tail)
