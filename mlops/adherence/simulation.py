"""Play a month in which the world has changed, on a project: batch, drift report, alarm, and what the drift policy does."""

import tempfile
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from mlops.aws import STATE_DIR, Aws
from mlops.bundled.names import AUTOMATIC
from mlops.errors import RefusedInput
from mlops.progress import Progress
from mlops.projects.names import Project
from mlops.runs.inference import Batch, Inference
from mlops.runs.runs import Runs
from mlops.runs.training import Training, registered_version

BEGINS, AS_OF = date(2024, 8, 20), date(2024, 11, 16)  # AS_OF lies on the model's grid of index dates
_ALARM_SECONDS, _POLICY_SECONDS = 60.0, 20.0


@dataclass(frozen=True)
class Month:
    """What is simulated."""

    scenario: str
    strength: float = 1.0
    patients: int = 2000
    seed: int = 7


@dataclass
class Played:
    """What happened."""

    month: Month
    batch: Batch
    alarms: list[str] = field(default_factory=list)
    retrained_run: str = ""
    retrained_version: int = 0

    def to_json(self) -> dict[str, Any]:
        """One object."""
        drift = self.batch.drift
        return {
            "scenario": self.month.scenario,
            "strength": self.month.strength,
            "run": self.batch.run.arn,
            "rows": drift["rows"],
            "drifted": drift["drifted"],
            "drifted_features": [item["name"] for item in drift["features"] if item["drifted"]],
            "schema_violations": drift["schema_violations"],
            "alarms": self.alarms,
            "retrained_run": self.retrained_run,
            "retrained_version": self.retrained_version,
            "report": f"{self.batch.monitoring}/report.html",
        }


class Simulation:
    """Plays months on a project as one identity; progress is shown row by row."""

    def __init__(self, aws: Aws, project: Project, progress: Progress) -> None:
        self._aws, self._project, self._progress = aws, project, progress
        self._runs = Runs(aws)

    def play(self, month: Month) -> Played:
        """One month, to its end.

        Raises:
            RefusedInput: no such scenario or strength, or the deployed model is of another kind of data.
            MlopsError: the batch or the retraining failed.
        """
        before = set(self._automatic())
        with tempfile.TemporaryDirectory(prefix=".month-", dir=_state()) as folder:
            played = Played(month, self._batch(month, Path(folder)))
        drift = played.batch.drift
        if drift["drifted"] or drift["schema_violations"]:
            with self._progress.stage("alarm") as row:
                played.alarms = self._raised()
                row.note = ", ".join(f"{name} is in ALARM" for name in played.alarms) or "none within a minute"
            if drift["schema_violations"]:
                self._progress.end(
                    self._progress.begin("drift policy"), note="a broken schema never starts a retraining"
                )
            else:
                self._follow_policy(played, before)
        return played

    def _batch(self, month: Month, folder: Path) -> Batch:
        """On a simulated extract, which no retraining ever uses."""
        from mlops.adherence.synthetic import Drift, simulate

        drift = Drift(month.scenario, BEGINS, month.strength)
        with self._progress.stage(f"simulate {month.scenario} from {BEGINS} on") as row:
            rows = simulate(month.patients, month.seed, drift=drift).extract(AS_OF, folder)
            row.note = f"{rows['fills']:,} dispensings up to {AS_OF}"
        training, inference = Training(self._aws, self._project), Inference(self._aws, self._project)
        with self._progress.stage(f"predict {AS_OF}") as row:
            data = training.upload(folder)
            batch = inference.finish(inference.start(data, AS_OF), self._progress.step_listener())
            names = [feature["name"] for feature in batch.drift["features"] if feature["drifted"]]
            row.note = f"{batch.drift['rows']:,} rows, " + (f"drift in {', '.join(names)}" if names else "no drift")
        return batch

    def _raised(self) -> list[str]:
        cloudwatch = self._aws.client("cloudwatch")
        names = self._project.alarms
        deadline = time.monotonic() + _ALARM_SECONDS
        while True:
            found = cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"]
            raised = sorted(alarm["AlarmName"] for alarm in found if alarm["StateValue"] == "ALARM")
            if raised or time.monotonic() > deadline:
                return raised
            time.sleep(0.2)

    def _follow_policy(self, played: Played, before: set[str]) -> None:
        with self._progress.stage("drift policy") as row:
            row.note = "started no retraining (its choice, a run under way, the cool-down or the weekly budget)"
            deadline = time.monotonic() + _POLICY_SECONDS
            while not played.retrained_run and time.monotonic() < deadline:
                played.retrained_run = next((arn for arn in self._automatic() if arn not in before), "")
                time.sleep(0.2)
            if not played.retrained_run:
                return
            run = self._runs.follow(played.retrained_run, self._progress.step_listener()).ensure_succeeded()
            played.retrained_version = registered_version(run)
            row.note = f"retrained: version {played.retrained_version} registered, pending approval"

    def _automatic(self) -> list[str]:
        """Training runs that the policy has started."""
        runs = self._runs.executions(self._project.training_pipeline)
        return [
            str(run["PipelineExecutionArn"])
            for run in runs
            if run.get("PipelineExecutionDisplayName", "").startswith(AUTOMATIC)
        ]


def _state() -> Path:
    STATE_DIR.mkdir(parents=True, exist_ok=True)
    return STATE_DIR


def check_scenario(scenario: str, strength: float) -> None:
    """Refuse an unknown scenario or strength before anything is done.

    Raises:
        RefusedInput: with the scenarios that there are.
    """
    from mlops.adherence.synthetic import Drift
    from mlops.adherence.synthetic.drift import SCENARIOS

    if scenario not in SCENARIOS:
        known = "; ".join(f"{name}: {what}" for name, what in SCENARIOS.items())
        raise RefusedInput(f"--scenario {scenario}: must be one of: {known}")
    Drift(scenario, BEGINS, strength)
