"""What a validation found, in the words and the order of the seed code's own messages."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mlops.datasets.validation.classes import text_class
from mlops.errors import RefusedInput

SHOWN = 5  # examples a message, and kept a rule


@dataclass(frozen=True)
class Finding:
    """One rule that some rows of a file break; ``rows`` are the first few of ``count``."""

    file: str
    rule: str
    severity: str
    count: int
    messages: tuple[str, ...]
    column: str = ""
    rows: tuple[int, ...] = ()


@dataclass
class Report:
    """All findings; warnings are what the pipeline repairs and counts."""

    findings: list[Finding] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    located: Path | None = None

    @property
    def errors(self) -> list[Finding]:
        """Findings that refuse the data."""
        return [item for item in self.findings if item.severity == "error"]

    @property
    def error_count(self) -> int:
        """How many errors there are in all."""
        return sum(item.count for item in self.errors)

    @property
    def warnings(self) -> dict[str, int]:
        """Counted warnings."""
        return {item.messages[0]: item.count for item in self.findings if item.severity == "warning"}

    def add(self, finding: Finding) -> None:
        """Note a finding."""
        self.findings.append(finding)

    def problem(self, file: str, rule: str, message: str) -> None:
        """Note an error of the whole file."""
        self.add(Finding(file, rule, "error", 1, (f"{file}{message}",)))

    def messages(self) -> list[str]:
        """Example messages of the errors, one rule after the other."""
        return [message for item in self.errors for message in item.messages]

    def refuse(self, where: str = "") -> None:
        """Raise RefusedInput, with at most five examples, where there are errors."""
        if not self.errors:
            return
        shown = _spread(self.errors)
        rest = self.error_count - len(shown)
        tail = f"; and {rest} more" if rest else ""
        raise RefusedInput("; ".join(shown) + tail + (f" (all of them: {where})" if where else ""))

    def to_json(self) -> dict[str, Any]:
        """The report without every single location."""
        return {
            "valid": not self.errors,
            "error_count": self.error_count,
            "rows": self.rows,
            "warnings": self.warnings,
            "findings": [asdict(item) for item in self.findings],
        }

    def write(self, folder: Path) -> Path:
        """Write ``validation.json`` into the folder; returns its path."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "validation.json"
        path.write_text(json.dumps(self.to_json(), indent=1, sort_keys=True, ensure_ascii=False) + "\n")
        return path


def _spread(errors: list[Finding]) -> list[str]:
    """At most five messages: the first of every rule, then more of the first rules."""
    ordered = [item.messages[turn] for turn in range(SHOWN) for item in errors if turn < len(item.messages)]
    return ordered[:SHOWN]


def located(file: str, column: str, text: str, examples: list[tuple[int, str | None]]) -> Iterator[str]:
    """Messages that name file, row, column, class of the value (where even that may be shown) and rule; never the value."""
    for row, value in examples:
        shown = f"the value ({text_class(value)}) " if value else ""
        yield f"{file}, row {row}, column {column}: {shown}{text}"
