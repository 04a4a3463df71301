"""One embedded AWS on which all stories are told: what a story needs of an earlier one is done once, when it is first asked for."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from mlops.adherence.synthetic import Drift, simulate
from mlops.runs.runs import Runs
from tests.integration.delivery.bench import cloned, commit, git, wait_for
from tests.integration.delivery.mail import mailbox
from tests.integration.desk import Desk

PROJECT = "clinic"
JUNE, AUGUST, NOVEMBER = "2024-06-19", "2024-08-18", "2024-11-16"
SCIENTIST, ENGINEER, MANAGER = (("--as", name) for name in ("data-scientist", "ml-engineer", "manager"))
PATIENCE = 600  # seconds; other tests share the machine


class Site:
    """A team's working folder: a project, claims of three months (copays rise after August), and what people do there."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._mail = ""

    @cached_property
    def data(self) -> Path:
        """Folders of CSV tables, one a month, named by the day."""
        world = simulate(1200, 5, drift=Drift("copay-reset", date(2024, 8, 20), 1.0))
        for day in (JUNE, AUGUST, NOVEMBER):
            world.extract(date.fromisoformat(day), self.desk.folder / "data" / day)
        return self.desk.folder / "data"

    def done(self, *words: str) -> str:
        """Output of a command that must succeed."""
        return self.desk.done(*words)

    def told(self, *words: str) -> Any:
        """The same with ``--json``, read."""
        return json.loads(self.desk.done(*words, "--json"))

    def client(self, service: str) -> Any:
        """A boto3 client of the account's root."""
        return self.desk.client(service)

    def read(self, uri: str) -> bytes:
        """An object's bytes."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return bytes(self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())

    def steps(self, run: str) -> dict[str, str]:
        """Status of each step of an execution."""
        return {step["StepName"]: step["StepStatus"] for step in Runs(self.desk.aws).steps(run)}

    @cached_property
    def project(self) -> str:
        """The project, made by the ML engineer; an alarm retrains and notifies."""
        self.done(
            "project", "create", PROJECT, "--param", "OnDrift=both", "--param", "BatchInterval=minutes", *ENGINEER
        )
        self._mailbox = mailbox(self.desk, f"{PROJECT}-notifications", "acceptance")
        return PROJECT

    def mail(self) -> list[str]:
        """Every message of the project's topic so far."""
        return self._mailbox()

    @cached_property
    def dataset(self) -> dict[str, Any]:
        """June's tables in the registry of data sets, imported by the data scientist."""
        source = str(self.data / JUNE)
        return dict(self.told("dataset", "import", source, "--name", "claims", "--license", "none", *SCIENTIST))

    @cached_property
    def approved_dataset(self) -> dict[str, Any]:
        """The same, approved by the ML engineer."""
        found = self.dataset
        self.done("dataset", "approve", "claims@v1", "--reason", "looked", *ENGINEER)
        return found

    @cached_property
    def trainings(self) -> dict[str, Any]:
        """Two trainings at once: a good one (its answer) beside one on a table without its date column (the finished command)."""
        project, _ = self.project, self.approved_dataset
        bad = self.desk.folder / "headless"
        bad.mkdir()
        for table in (self.data / JUNE).glob("*.csv"):
            (bad / table.name).write_text(table.read_text().replace("fill_date", "date_of_fill", 1))
        commands = (["--dataset", "claims@v1"], ["--data", str(bad)])
        with ThreadPoolExecutor(2) as pool:
            good, refused = pool.map(
                lambda more: self.desk.mlops("train", project, *more, *SCIENTIST, "--json", timeout=PATIENCE), commands
            )
        assert good.returncode == 0, good.stderr
        return {"good": json.loads(good.stdout), "bad": refused}

    @cached_property
    def training(self) -> dict[str, Any]:
        """What the good training said: ``run`` and ``version``."""
        return dict(self.trainings["good"])

    def version(self, number: int) -> dict[str, Any]:
        """A version as ``mlops model show`` tells it."""
        return dict(self.told("model", "show", self.project, str(number)))

    def versions(self) -> dict[str, Any]:
        """``versions``, newest first, and ``deployed``."""
        return dict(self.told("model", "list", self.project))

    @cached_property
    def approved(self) -> int:
        """The first version, approved by the ML engineer."""
        number = str(self.training["version"])
        self.done("model", "approve", self.project, number, "--reason", "good enough", *ENGINEER)
        return int(number)

    def predict(self, day: str) -> dict[str, Any]:
        """A batch of the data scientist's."""
        return dict(self.told("predict", self.project, "--data", str(self.data / day), "--as-of", day, *SCIENTIST))

    @cached_property
    def batch(self) -> dict[str, Any]:
        """August's batch with the first version: like the data that it was trained on."""
        assert self.approved
        return self.predict(AUGUST)

    def predictions(self, batch: dict[str, Any]) -> bytes:
        """The CSV file of a batch."""
        return self.read(f"{batch['predictions']}/predictions.csv")

    @cached_property
    def drifted(self) -> dict[str, Any]:
        """November's batch, after copays have risen; ``retrained`` is what the alarm has led to."""
        assert self.batch
        told = self.predict(NOVEMBER)
        wait_for(lambda: len(self.versions()["versions"]) >= 2, "a version of the alarm's retraining", PATIENCE)
        return {**told, "retrained": self.versions()["versions"][0]["ModelPackageVersion"]}

    def alarm(self, kind: str = "drift") -> dict[str, Any]:
        """One of the project's alarms."""
        return dict(self.client("cloudwatch").describe_alarms(AlarmNames=[f"{PROJECT}-{kind}"])["MetricAlarms"][0])

    def metrics(self) -> set[str]:
        """Names of the project's metrics."""
        pages = self.client("cloudwatch").get_paginator("list_metrics").paginate(Namespace=f"MLOps/{PROJECT}")
        return {metric["MetricName"] for page in pages for metric in page["Metrics"]}

    @cached_property
    def clone(self) -> Path:
        """The repository as a data scientist clones it."""
        return cloned(self.desk, self.project, self.desk.folder)

    @cached_property
    def delivery(self) -> dict[str, Any]:
        """A pushed commit (shallower trees, one quick test) that went through the project's delivery; ``head`` is its id."""
        assert self.approved
        settings, clone = (self.clone / "project.toml").read_text(), self.clone
        git(clone, "rm", "-rq", "tests")
        quick = "import tomllib\n\n\ndef test_depth():\n    assert tomllib.load(open('project.toml', 'rb'))['model']['max_depth'] == 3\n"
        changed = settings.replace("max_depth = 4", "max_depth = 3")
        head = commit(clone, "shallower trees", project__toml=changed, tests_in_test_depth__py=quick)
        git(clone, "push", "-q", "origin", "HEAD:main")
        name = f"{PROJECT}-delivery"

        def ended() -> dict[str, Any] | None:
            found = self.client("codepipeline").list_pipeline_executions(pipelineName=name)[
                "pipelineExecutionSummaries"
            ]
            mine = [item for item in found if [it["revisionId"] for it in item["sourceRevisions"]] == [head]]
            return dict(mine[0]) if mine and mine[0]["status"] not in {"InProgress", "Stopping"} else None

        return {**wait_for(ended, f"delivery of {head}", PATIENCE), "head": head}

    @cached_property
    def pushed(self) -> dict[str, Any]:
        """The version that the delivery has trained."""
        head = self.delivery["head"]

        def registered() -> dict[str, Any] | None:
            found = [self.version(it["ModelPackageVersion"]) for it in self.versions()["versions"]]
            return next((it for it in found if it["CustomerMetadataProperties"]["git_commit"] == head), None)

        return dict(wait_for(registered, "the pushed version", PATIENCE))
