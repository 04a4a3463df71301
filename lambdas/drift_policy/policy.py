"""What to do about drift: pure decisions, no AWS calls."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from mlops.bundled.alarms import SCHEMA_BROKEN


@dataclass(frozen=True)
class Policy:
    """A project's choice: retrain | notify | both | none, and how often a retraining may start by itself."""

    on_drift: str
    cooldown_hours: float
    weekly_budget: int


@dataclass(frozen=True)
class Decision:
    """Whether to retrain and to notify, and why."""

    retrain: bool
    notify: bool
    reason: str


def decide(
    policy: Policy,
    *,
    schema_broken: bool,
    running: bool,
    automatic: list[datetime],
    now: datetime,
    for_a_person: str = "",
) -> Decision:
    """``automatic`` are the starts of earlier automatic retrainings, ``running`` whether any training runs.

    ``for_a_person`` is why the alarm itself never retrains; a batch that breaks the schema never does, whichever alarm came.
    """
    if policy.on_drift == "none":
        return Decision(False, False, "on_drift is none")
    notify = policy.on_drift in {"notify", "both"}
    why = SCHEMA_BROKEN if schema_broken else for_a_person
    if why:
        return Decision(False, True, f"{why}: a person has to look; no retraining")
    if policy.on_drift == "notify":
        return Decision(False, True, "on_drift is notify")
    if running:
        return Decision(False, notify, "a training run is executing already")
    recent = [start for start in automatic if now - start < timedelta(hours=policy.cooldown_hours)]
    if recent:
        return Decision(False, notify, f"a retraining started within the last {policy.cooldown_hours:g} hours")
    if len([start for start in automatic if now - start < timedelta(days=7)]) >= policy.weekly_budget:
        return Decision(False, notify, f"{policy.weekly_budget} retrainings started within the last week")
    return Decision(True, notify, "drift")
