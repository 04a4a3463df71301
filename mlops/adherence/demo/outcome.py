"""What a told story leaves: what the user chose, its dates, and everything that happened."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from mlops.aws import STATE_DIR
from mlops.runs.inference import Batch
from mlops.runs.runs import Run


@dataclass(frozen=True)
class Calendar:
    """As-of dates of the story, all on the model's 30-day index grid (see seed_code/adherence/project.toml)."""

    trained: date = date(2024, 6, 19)
    usual_batch: date = date(2024, 8, 18)
    drift_begins: date = date(2024, 8, 20)
    drifted_batch: date = date(2024, 11, 16)


@dataclass(frozen=True)
class Choices:
    """What the user chose."""

    patients: int = 5000
    seed: int = 7
    keep: bool = False
    out: Path = STATE_DIR / "demo"
    calendar: Calendar = Calendar()
    drift_scenario: str = "copay-reset"
    drift_strength: float = 1.0


@dataclass
class Outcome:
    """Everything that happened, for the summary and the report."""

    choices: Choices
    ok: bool = False
    seconds: float = 0.0
    stages: list[dict[str, Any]] = field(default_factory=list)
    runs: list[tuple[str, Run]] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    version: int = 0
    evaluation: dict[str, Any] = field(default_factory=dict)
    package: dict[str, Any] = field(default_factory=dict)
    usual: Batch | None = None
    drifted: Batch | None = None
    alarms: list[dict[str, Any]] = field(default_factory=list)
    retrained_version: int = 0
    retrained_evaluation: dict[str, Any] = field(default_factory=dict)
    report: Path = Path()
    endpoint: str = ""


def enrolled(outcome: Outcome) -> str:
    """How many patients there are to learn from: some of those that were simulated enrol later."""
    simulated, there = outcome.choices.patients, outcome.rows["patients"]
    return f"{there:,} of {simulated:,} simulated patients are enrolled by {outcome.choices.calendar.trained}"
