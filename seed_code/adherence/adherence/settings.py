"""Settings of the project (project.toml), typed and checked."""

import tomllib
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from adherence.errors import RefusedInput

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Settings:
    """Days are whole days; see project.toml for meanings."""

    horizon_days: int
    permissible_gap_days: int
    look_back_days: int
    carry_over_cap_days: int
    switch_policy: str
    minimum_age: int
    claims_lag_days: int
    first_date: date
    step_days: int
    salt: str
    test_patients: float
    calibration_patients: float
    test_dates: float
    baseline_dates: int
    seed: int
    rounds: int
    learning_rate: float
    max_depth: int
    min_child_weight: float
    subsample: float
    colsample_bytree: float
    reg_lambda: float
    folds: int
    offset_penalty: float
    bags: int
    bag_rounds: int
    interval_inflation: float
    interval_base: float
    interval_floor: float
    coverage: float
    minimum_support: int
    risk_threshold: float
    smallest_cell: int
    train_until: date | None = None
    data_end: date | None = None

    def __post_init__(self) -> None:
        if self.switch_policy not in {"negative", "positive", "exclude"}:
            raise RefusedInput("project.toml, switch_policy: must be negative, positive or exclude")
        if not 0 < self.test_patients + self.calibration_patients < 1:
            raise RefusedInput("project.toml, split: test_patients + calibration_patients must lie between 0 and 1")
        for name in ("horizon_days", "permissible_gap_days", "look_back_days", "step_days"):
            if getattr(self, name) < 1:
                raise RefusedInput(f"project.toml, {name}: must be at least 1")

    @property
    def outcome_days(self) -> int:
        """Days after the index date until the outcome is known: horizon plus permissible gap."""
        return self.horizon_days + self.permissible_gap_days


def load(path: Path = ROOT / "project.toml", **overrides: Any) -> Settings:
    """Read the settings; ``overrides`` (for example hyper-parameters) win.

    Raises:
        RefusedInput: a setting is missing or wrong.
    """
    content = tomllib.loads(path.read_text())
    given: dict[str, Any] = {}
    for section in ("label", "index", "split", "model", "privacy"):
        given |= content.get(section, {})
    known = {item.name: item for item in fields(Settings)}
    unknown = sorted((set(given) | set(overrides)) - set(known))
    if unknown:
        raise RefusedInput(f"{path.name}: unknown settings {', '.join(unknown)}")
    try:
        return Settings(**(given | overrides))
    except TypeError as error:
        raise RefusedInput(f"{path.name}: {error}") from error
