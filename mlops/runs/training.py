"""Training a project's model: upload, start, follow, and the version that came out."""

import json
import re
import subprocess
from pathlib import Path

from mlops.aws import Aws
from mlops.datasets.lineage.trace import Trace
from mlops.datasets.registry.registry import Registry, Version
from mlops.projects.names import Project
from mlops.projects.shipped import shipped
from mlops.runs.datasets import DatasetLocation, upload_folder
from mlops.runs.runs import Run, Runs, StepListener


class Training:
    """The training pipeline of a project as one identity runs it."""

    def __init__(self, aws: Aws, project: Project) -> None:
        self._aws, self._project, self.runs = aws, project, Runs(aws)

    def upload(self, folder: Path) -> DatasetLocation:
        """Upload the CSV tables of ``folder``."""
        return upload_folder(self._aws.client("s3"), self._project.data_bucket, folder)

    def start_on(self, reference: str, *, allow_unapproved: bool = False) -> tuple[str, Version]:
        """Start on a version of the data set registry, which remembers it; returns the execution's ARN and the version.

        Raises:
            RefusedByPolicy: nobody has approved the version, and ``allow_unapproved`` is not given.
        """
        registry, trace = Registry(self._aws), Trace(self._aws)
        version = registry.for_training(reference, allow_unapproved=allow_unapproved)
        trace.data_of(version)  # who may not write lineage learns it before anything runs
        arn = self.start(DatasetLocation(version.uri, version.id))
        registry.record_use(version, self._project.name, arn)
        trace.started(version, arn)
        return arn, version

    def start(self, data: DatasetLocation) -> str:
        """Start an execution on an uploaded data set, which automatic retraining uses from now on; returns its ARN."""
        self.announce(data)
        parameters = {
            "DatasetUri": data.uri,
            "DatasetId": data.id,
            "GitCommit": self._commit(),
            "StartedBy": self._aws.identity,
        }
        return self.runs.start(self._project.training_pipeline, parameters, f"train-{_label(data.id)}")

    def announce(self, data: DatasetLocation) -> None:
        """Make an uploaded data set the one that automatic retraining uses."""
        value = json.dumps({"uri": data.uri, "id": data.id, "git_commit": self._commit()})
        name = self._project.latest_dataset_parameter
        self._aws.client("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)

    def _commit(self) -> str:
        """The commit that delivery has brought into the pipeline; before the first delivery, the seed code's."""
        return self.runs.default(self._project.training_pipeline, "GitCommit") or git_commit()

    def finish(self, arn: str, listener: StepListener | None = None) -> int:
        """Follow to the end; the number of the registered version.

        Raises:
            RefusedInput: the data were refused. MlopsError: the run failed, or its model missed the quality gate.
        """
        run = self.runs.follow(arn, listener).ensure_succeeded()
        Trace(self._aws).registered(arn, registered_package(run))
        return registered_version(run)


def _label(text: str) -> str:
    """Only what an execution's display name may hold."""
    return re.sub(r"[^A-Za-z0-9]+", "-", text)


def registered_version(run: Run) -> int:
    """Version number that the run's RegisterModel step has made."""
    return int(registered_package(run).rsplit("/", 1)[-1])


def registered_package(run: Run) -> str:
    """ARN of the model version that the run's RegisterModel step has made."""
    steps = [step for step in run.steps if "RegisterModel" in step.get("Metadata", {})]
    return str(steps[0]["Metadata"]["RegisterModel"]["Arn"])


def git_commit() -> str:
    """Commit of the seed code, with ``-modified`` where files differ from it; ``none`` outside a checkout."""
    folder = shipped("seed_code/adherence")
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return "none"
    return commit + ("-modified" if _git(folder, "status", "--porcelain", "--", ".") else "")


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None  # no git on this machine
    return done.stdout.strip() if done.returncode == 0 else None
