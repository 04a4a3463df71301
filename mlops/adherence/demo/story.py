"""The story, stage by stage, told only through the platform's public library and AWS APIs."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from mlops.adherence.demo.outcome import Choices, Outcome, enrolled
from mlops.adherence.demo.report import write_report
from mlops.aws import STATE_DIR, Aws, local
from mlops.datasets.registry import registry as datasets
from mlops.errors import MlopsError, RefusedInput
from mlops.models.registry import Registry
from mlops.progress import Progress
from mlops.projects.names import PERSONAS, Project
from mlops.projects.products import DEFAULT
from mlops.runs.inference import Batch, Inference
from mlops.runs.runs import Runs, execution_id
from mlops.runs.training import Training, registered_version
from mlops.s3 import download

if TYPE_CHECKING:
    from mlops.adherence.synthetic import World
    from mlops.datasets.registry.registry import Version

PROJECT, DATASET = "adherence", "diabetes"


def tell(choices: Choices, stream: TextIO) -> Outcome:
    """Run the story; on any failure or interruption everything that it started is stopped."""
    outcome, began = Outcome(choices), time.monotonic()
    with (
        _alone(choices.out),
        Progress(f"MLOps demo: {choices.patients:,} simulated diabetic patients", stream) as progress,
    ):
        try:
            with _embedded_aws(choices, outcome, progress) as aws:
                _Story(aws, outcome, progress).tell()
            outcome.ok = True
        finally:
            outcome.seconds = time.monotonic() - began
            outcome.stages = [_stage(row) for row in progress.rows if row.level == 0]
        with progress.stage("write the report"):
            outcome.report = write_report(outcome, choices.out / "report.html")
    outcome.seconds = time.monotonic() - began
    return outcome


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Hold the output folder, and remove what a killed demo has left there.

    Raises:
        RefusedInput: another demo is writing to it.
    """
    out.mkdir(parents=True, exist_ok=True)
    folder = os.open(out, os.O_RDONLY)
    try:
        _lock(folder, out)
        for left in (*out.glob(".aws-*"), *out.glob(".tables-*")):
            shutil.rmtree(left)
        yield
    finally:
        os.close(folder)


def _lock(folder: int, out: Path) -> None:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RefusedInput(f"another demo is writing to {out}/: wait for it, or choose another with --out") from None


def _stage(row: Any) -> dict[str, Any]:
    return {"name": row.name, "status": row.status, "seconds": round(row.elapsed, 2), "note": row.note}


@contextmanager
def _embedded_aws(choices: Choices, outcome: Outcome, progress: Progress) -> Iterator[Aws]:
    """An embedded AWS for this story alone (or the kept one of the working folder, with ``keep``)."""
    from mlops.platform import server

    own = None if choices.keep else Path(tempfile.mkdtemp(prefix=".aws-", dir=choices.out))
    running = None
    try:
        with progress.stage("start the embedded AWS") as row:
            kept = server.status(STATE_DIR) if own is None else None
            running = kept or server.start(own or STATE_DIR, persist=own is None, owner=own is not None)
            row.note = outcome.endpoint = running.endpoint
        yield local(running)
    finally:
        if own is not None:
            if running is not None:
                running.stop()
            shutil.rmtree(own)


class _Story:
    def __init__(self, aws: Aws, outcome: Outcome, progress: Progress) -> None:
        self._aws, self._outcome, self._progress = aws, outcome, progress
        self._choices, self._calendar = outcome.choices, outcome.choices.calendar
        self._tables = Path(tempfile.mkdtemp(prefix=".tables-", dir=outcome.choices.out))
        self._project = Project(PROJECT, aws.account)

    def tell(self) -> None:
        try:
            world = self._make_patients()
            self._deploy_platform()
            self._create_project()
            self._train(self._import())
            self._approve()
            self._outcome.usual = self._predict(world, "a usual month", self._calendar.usual_batch)
            self._outcome.drifted = self._predict(world, "a drifted month", self._calendar.drifted_batch)
            self._await_alarm()
            self._await_retraining()
            with self._progress.stage("fetch the predictions"):
                self._fetch_predictions()
        finally:
            shutil.rmtree(self._tables)

    def _make_patients(self) -> "World":
        from mlops.adherence.synthetic import Drift, simulate

        drift = Drift(self._choices.drift_scenario, self._calendar.drift_begins, self._choices.drift_strength)
        with self._progress.stage("make synthetic patients") as row:
            world = simulate(self._choices.patients, self._choices.seed, drift=drift)
            self._outcome.rows = world.extract(self._calendar.trained, self._tables / "trained")
            row.note = f"{enrolled(self._outcome)}, with {self._outcome.rows['fills']:,} dispensings"
        return world

    def _deploy_platform(self) -> None:
        from mlops.platform.assembly import load
        from mlops.platform.deployer import Deployer

        with self._progress.stage("deploy the platform") as row:
            assembly = load()
            Deployer(self._aws).deploy(assembly)
            row.note = f"{len(assembly.stacks)} stacks: key, network, roles, catalog, dashboards, delivery"

    def _create_project(self) -> None:
        from mlops.projects.catalog import Projects

        with self._progress.stage("create the project as ml-engineer") as row:
            projects = Projects(self._as("ml-engineer"))
            if projects.find(PROJECT) is not None:
                raise RefusedInput(
                    f"project {PROJECT} exists already on this embedded AWS, and the story begins with none: "
                    "'mlops down --wipe' forgets them; 'mlops demo' without --keep uses an AWS of its own"
                )
            # two months within a minute: the alarms' period must not be a month
            projects.create(PROJECT, DEFAULT, parameters={"BatchInterval": "minutes"})
            found = projects.get(PROJECT)
            row.note = f"{found.template} {found.version}: {len(projects.resources(PROJECT))} resources in one stack"

    def _import(self) -> "Version":
        """An approved data set: what an alarm retrains on is that of a version that was registered from one."""
        from mlops.adherence.wanted import registered

        with self._progress.stage("import the data set as data-scientist, approve it as ml-engineer") as row:
            work = self._tables / "import"
            version = registered(self._as("data-scientist"), self._tables / "trained", DATASET, work)
            datasets.Registry(self._as("ml-engineer")).decide(version, "approve", "demo: reviewed by a second person")
            row.note = f"{version}: approved"
        return version

    def _train(self, dataset: "Version") -> None:
        scientist = self._as("data-scientist")
        training = Training(scientist, self._project)
        with self._progress.stage("train as data-scientist") as row:
            arn, _ = training.start_on(str(dataset), "first model")
            run = training.runs.follow(arn, self._progress.step_listener())
            self._outcome.runs.append(("training", run))
            self._outcome.version = registered_version(run.ensure_succeeded())
            registry = Registry(scientist, self._project)
            self._outcome.package = registry.describe(self._outcome.version)
            self._outcome.evaluation = registry.evaluation(self._outcome.version)
            row.note = f"version {self._outcome.version} registered, pending approval"

    def _approve(self) -> None:
        registry = Registry(self._as("ml-engineer"), self._project)
        with self._progress.stage("approve as ml-engineer") as row:
            registry.decide(self._outcome.version, "approve", "demo: quality gate passed, reviewed by a second person")
            registry.wait_deployed(self._outcome.version)
            row.note = f"version {self._outcome.version} is deployed"

    def _predict(self, world: "World", title: str, as_of: date) -> Batch:
        folder = self._tables / as_of.isoformat()
        inference = Inference(self._as("data-scientist"), self._project)
        with self._progress.stage(f"predict {title} ({as_of})") as row:
            world.extract(as_of, folder)
            arn = inference.start(inference.upload(folder), as_of)
            batch = inference.finish(arn, self._progress.step_listener())
            self._outcome.runs.append((title, batch.run))
            drift = batch.drift
            names = [feature["name"] for feature in drift["features"] if feature["drifted"]]
            judged = [item["name"] for item in batch.judged["features"] if item["drifted"]]
            row.note = f"{drift['rows']:,} rows, " + (
                f"DRIFT in {', '.join(names)}" if drift["drifted"] else "no drift"
            )
            row.note += f"; predictions: {'DRIFT of ' + ', '.join(judged) if judged else 'no drift'}"
        return batch

    def _await_alarm(self) -> None:
        cloudwatch, name = self._aws.client("cloudwatch"), self._project.drift_alarm

        def alarm() -> dict[str, Any] | None:
            found = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
            return found if found["StateValue"] == "ALARM" else None

        with self._progress.stage("alarm") as row:
            found = _poll(alarm, 60, f"alarm {name} did not go to ALARM")
            self._outcome.alarms = [found]
            row.note = f"{name} is in ALARM"

    def _await_retraining(self) -> None:
        runs, first = Runs(self._aws), self._outcome.runs[0][1].arn

        def started() -> str | None:
            arns = [run["PipelineExecutionArn"] for run in runs.executions(self._project.training_pipeline)]
            return next((arn for arn in arns if arn != first), None)

        with self._progress.stage("retrain, started by the drift policy") as row:
            arn = _poll(started, 60, "the drift policy started no training")
            row.note = execution_id(arn)
            run = runs.follow(arn, self._progress.step_listener())
            self._outcome.runs.append(("retraining", run))
            self._outcome.retrained_version = registered_version(run.ensure_succeeded())
            registry = Registry(self._aws, self._project)
            self._outcome.retrained_evaluation = registry.evaluation(self._outcome.retrained_version)
            row.note = f"version {self._outcome.retrained_version} registered, pending approval"

    def _fetch_predictions(self) -> None:
        for batch in (self._outcome.usual, self._outcome.drifted):
            assert batch is not None  # noqa: S101 (both were set above)
            folder = self._choices.out / batch.metadata["as_of"]
            shutil.rmtree(folder, ignore_errors=True)
            s3 = self._aws.client("s3")
            download(s3, batch.predictions + "/", folder / "predictions")
            download(s3, batch.monitoring + "/", folder / "monitoring")

    def _as(self, persona: str) -> Aws:
        return self._aws.assume(PERSONAS[persona], persona)


def _poll(probe: Any, timeout: float, otherwise: str) -> Any:
    """The first result of ``probe`` that is not None; MlopsError after ``timeout`` seconds."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        found = probe()
        if found is not None:
            return found
        time.sleep(0.1)
    raise MlopsError(f"{otherwise} within {timeout:.0f} s")
