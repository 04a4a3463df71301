"""The table of alarms in docs/monitoring.md: ``python -m tests.docs.alarm_table`` writes it anew."""

from pathlib import Path

from mlops.bundled.alarms import ALARMS, Alarm

PAGE = Path(__file__).parents[2] / "docs" / "monitoring.md"
BEGIN, END = "<!-- alarms: python -m tests.docs.alarm_table -->\n", "<!-- end of alarms -->\n"
_SIGNS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": ">=",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "<=",
}


def render() -> str:
    """The lines between the marks."""
    head = "| alarm | raised when | watches | may lead to |\n|---|---|---|---|\n"
    return head + "".join(_line(row) for row in ALARMS)


def _line(row: Alarm) -> str:
    watches = f"{row.statistic.lower()} of `{row.metric}` {_SIGNS[row.comparison]} {row.threshold:g}"
    leads_to = "a retraining, an e-mail" if row.retrains else "an e-mail: a person has to look"
    return f"| `{row.name('<project>')}` | {row.when} | {watches} | {leads_to} |\n"


def between(text: str) -> tuple[str, str, str]:
    """(before, between, after) the marks of a page."""
    before, _, rest = text.partition(BEGIN)
    inside, _, after = rest.partition(END)
    return before + BEGIN, inside, END + after


if __name__ == "__main__":
    first, _, last = between(PAGE.read_text())
    PAGE.write_text(first + render() + last)
