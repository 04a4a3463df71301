"""Changes of the world from some day on, each with a strength from 0 (none) to 1."""

from dataclasses import dataclass
from datetime import date

from mlops.errors import RefusedInput

SCENARIOS = {
    "copay-reset": "all copays rise (threefold at strength 1), and with them the stopping",
    "formulary-switch": "Januvia and Jardiance are no longer preferred: patients are switched within the class",
    "new-brand": "a brand that no model has seen takes up to half of all new prescriptions",
    "age-shift": "younger patients leave the population that is scored",
    "missing-column": "copay is no longer delivered for a share of the fills (all of them at strength 1)",
    "unit-change": "HbA1c arrives in mmol/mol instead of per cent",
}


@dataclass(frozen=True)
class Drift:
    """A scenario that begins on ``start``."""

    scenario: str
    start: date
    strength: float = 1.0

    def __post_init__(self) -> None:
        if self.scenario not in SCENARIOS:
            raise RefusedInput(f"drift scenario {self.scenario!r}: must be one of {', '.join(SCENARIOS)}")
        if not 0 <= self.strength <= 1:
            raise RefusedInput(f"drift strength {self.strength}: must lie between 0 and 1")

    def strength_of(self, scenario: str) -> float:
        """The strength where this is that scenario, else 0."""
        return self.strength if self.scenario == scenario else 0.0
