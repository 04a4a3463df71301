"""What dispensing data typically hold that distorts supply: each is handled, counted and shown, and none is silent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Pitfall:
    """``counted`` is the name of its count in features.json."""

    counted: str
    handled: str


PITFALLS = (
    Pitfall("days_supply missing", "the brand's median until then; the row is flagged imputed"),
    Pitfall("days_supply below 1", "the same"),
    Pitfall("days_supply above 365", "the same"),
    Pitfall("reversed", "left out"),
    Pitfall("repeated fill_id", "one line is kept, the reversed one where there is one"),
    Pitfall("same-day fills merged", "days and copays add up"),
    Pitfall("hospital days added to run-outs", "supply that a stay overlaps is used after the discharge"),
    Pitfall("insulin fills (days_supply unreliable)", "used as delivered: doses vary, run-outs are uncertain"),
    Pitfall("substitutions (same ingredient, another product)", "a series of its own; counts as a switch"),
    Pitfall("fills of 28-day packs", "28 days, not a month"),
    Pitfall("changes of days_supply within a series", "a feature; run-outs follow the new supply"),
    Pitfall("dose changes (quantity a day by more than 20 %)", "counted only"),
)
_NEEDS = {"dose changes (quantity a day by more than 20 %)": "quantity"}


def table(counts: Mapping[str, int], smallest: int) -> list[dict[str, Any]]:
    """One line a pitfall: what, how often, how it is handled; counts below the smallest permitted cell are not shown."""
    return [
        {"what": it.counted, "count": _shown(it.counted, counts, smallest), "handled": it.handled} for it in PITFALLS
    ]


def _shown(name: str, counts: Mapping[str, int], smallest: int) -> int | str:
    if name not in counts:
        return f"unknown: no column {_NEEDS[name]}" if name in _NEEDS else "unknown"
    return f"< {smallest}" if 0 < counts[name] < smallest else int(counts[name])
