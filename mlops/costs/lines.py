"""A line of an estimate: how much of what, at which price."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Line:
    """``each`` is None where no price is known."""

    what: str
    quantity: float
    each: float | None

    @property
    def total(self) -> float | None:
        """In the table's currency; None where no price is known."""
        return None if self.each is None else self.quantity * self.each

    def to_json(self) -> dict[str, Any]:
        """One object."""
        rounded = None if self.total is None else round(self.total, 6)
        return {"what": self.what, "quantity": round(self.quantity, 6), "each": self.each, "total": rounded}


@dataclass(frozen=True)
class Item:
    """Something that costs: its lines, how often it costs that, and in which words it is reckoned."""

    name: str
    per: str
    lines: tuple[Line, ...]
    reckoned: str = ""

    @property
    def title(self) -> str:
        """Its name, with how often it costs that where that is not said."""
        return f"{self.name}, a month" if self.per == "month" else self.name

    @property
    def total(self) -> float:
        """The lines that have a price."""
        return total(self.lines)

    def to_json(self) -> dict[str, Any]:
        """One object."""
        return {
            "name": self.name,
            "per": self.per,
            "total": round(self.total, 6),
            "reckoned": self.reckoned,
            "lines": [line.to_json() for line in self.lines],
        }


def total(lines: Iterable[Line]) -> float:
    """The sum of the lines that have a price."""
    return sum(line.total or 0.0 for line in lines)
