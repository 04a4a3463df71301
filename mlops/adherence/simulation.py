"""Rehearse a month in which the world has changed, beside a project: batch, drift report, alarm, and what the drift policy does.

Nothing of it is the project's: see ``mlops.bundled.rehearsal``. What it has made is removed on the server as soon as it is over.
"""

import secrets
import tempfile
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from mlops.aws import STATE_DIR, Aws
from mlops.bundled.rehearsal import NAMED, PREFIX
from mlops.errors import RefusedInput
from mlops.progress import Progress
from mlops.projects.names import Project
from mlops.runs.datasets import upload_folder
from mlops.runs.inference import Batch, Inference
from mlops.runs.runs import FINAL, Runs
from mlops.runs.training import registered_version

BEGINS, AS_OF = date(2024, 8, 20), date(2024, 11, 16)  # AS_OF lies on the model's grid of index dates
_ALARM_SECONDS, _POLICY_SECONDS = 60.0, 20.0
_BEFORE_SECONDS = 300.0  # until the alarms of an earlier rehearsal are back to OK


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
            "rehearsal": True,
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
        self._await_earlier()
        before = {run["PipelineExecutionArn"] for run in self._rehearsed(self._project.training_pipeline)}
        with tempfile.TemporaryDirectory(prefix=".month-", dir=_state()) as folder:
            played = Played(month, self._batch(month, Path(folder)))
        drift = played.batch.drift
        if drift["drifted"] or drift["schema_violations"]:
            with self._progress.stage("alarm") as row:
                played.alarms = self._await_alarm()
                row.note = ", ".join(f"{name} is in ALARM" for name in played.alarms) or "none within a minute"
            if drift["schema_violations"]:
                self._progress.end(
                    self._progress.begin("drift policy"), note="a broken schema never starts a retraining"
                )
            else:
                self._follow_policy(played, before)
        return played

    def _await_earlier(self) -> None:
        """An alarm that is in ALARM tells of nothing new, so that two rehearsals follow one another.

        Raises:
            RefusedInput: an earlier one goes on, or the project has no alarms of rehearsals.
        """
        s3, bucket = self._aws.client("s3"), self._project.data_bucket
        s3.list_objects_v2(Bucket=bucket, Prefix=PREFIX, MaxKeys=1)  # of an unknown project this says so
        if not self._alarms():
            raise RefusedInput(
                f"project {self._project.name} has no alarms of rehearsals: it only trains, or is of an earlier version "
                f"('mlops project upgrade {self._project.name}')"
            )
        if not self._goes_on():
            return
        with self._progress.stage("wait for the end of an earlier rehearsal"):
            deadline = time.monotonic() + _BEFORE_SECONDS
            while self._goes_on():
                if time.monotonic() > deadline:
                    raise RefusedInput(
                        f"project {self._project.name}: an earlier rehearsal goes on ('mlops run list' shows it): try again later"
                    )
                time.sleep(1)

    def _goes_on(self) -> bool:
        """Whether a rehearsal runs, or its alarm is not OK yet."""
        pipelines = (self._project.inference_pipeline, self._project.training_pipeline)
        runs = (run for pipeline in pipelines for run in self._rehearsed(pipeline))
        return bool(self._raised()) or any(run["PipelineExecutionStatus"] not in FINAL for run in runs)

    def _batch(self, month: Month, folder: Path) -> Batch:
        """On a simulated extract, which no retraining of the project ever uses."""
        from mlops.adherence.synthetic import Drift, simulate

        drift = Drift(month.scenario, BEGINS, month.strength)
        with self._progress.stage(f"simulate {month.scenario} from {BEGINS} on") as row:
            rows = simulate(month.patients, month.seed, drift=drift).extract(AS_OF, folder)
            row.note = f"{rows['fills']:,} dispensings up to {AS_OF}"
        inference, id_ = Inference(self._aws, self._project), secrets.token_hex(6)
        with self._progress.stage(f"predict {AS_OF}, a rehearsal") as row:
            data = upload_folder(self._aws.client("s3"), self._project.data_bucket, folder, id_)
            batch = inference.finish(inference.start(data, AS_OF), self._progress.step_listener())
            names = [feature["name"] for feature in batch.drift["features"] if feature["drifted"]]
            row.note = f"{batch.drift['rows']:,} rows, " + (f"drift in {', '.join(names)}" if names else "no drift")
        return batch

    def _await_alarm(self) -> list[str]:
        deadline = time.monotonic() + _ALARM_SECONDS
        while not (raised := self._raised()) and time.monotonic() < deadline:
            time.sleep(0.2)
        return raised

    def _raised(self) -> list[str]:
        """The alarms of rehearsals that are in ALARM."""
        return sorted(it["AlarmName"] for it in self._alarms() if it["StateValue"] == "ALARM")

    def _alarms(self) -> list[dict[str, Any]]:
        names = self._project.rehearsal_alarms
        return list(self._aws.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"])

    def _follow_policy(self, played: Played, before: set[str]) -> None:
        with self._progress.stage("drift policy") as row:
            row.note = "started no retraining (its choice, a run under way, the cool-down or the weekly budget)"
            deadline = time.monotonic() + _POLICY_SECONDS
            while not played.retrained_run and time.monotonic() < deadline:
                started = (run["PipelineExecutionArn"] for run in self._rehearsed(self._project.training_pipeline))
                played.retrained_run = next((arn for arn in started if arn not in before), "")
                time.sleep(0.2)
            if not played.retrained_run:
                return
            run = self._runs.follow(played.retrained_run, self._progress.step_listener()).ensure_succeeded()
            played.retrained_version = registered_version(run)
            row.note = f"retrained: version {played.retrained_version}, of the rehearsal: nobody can approve it"

    def _rehearsed(self, pipeline: str) -> list[dict[str, Any]]:
        """Runs that are called as those of rehearsals are."""
        runs = self._runs.executions(pipeline)
        return [run for run in runs if run.get("PipelineExecutionDisplayName", "").startswith(NAMED)]


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
