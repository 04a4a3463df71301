"""Training a project's model: upload, start, follow, and the version that came out."""

import re
from pathlib import Path

from mlops.aws import Aws
from mlops.datasets.lineage.trace import Trace
from mlops.datasets.registry.registry import Registry, Version
from mlops.projects.names import Project
from mlops.runs.asking import asked_for
from mlops.runs.datasets import DatasetLocation, upload_folder
from mlops.runs.runs import Run, Runs, StepListener


class Training:
    """The training pipeline of a project as one identity runs it."""

    def __init__(self, aws: Aws, project: Project) -> None:
        self._aws, self._project, self.runs = aws, project, Runs(aws)

    def upload(self, folder: Path) -> DatasetLocation:
        """Upload the CSV tables of ``folder``."""
        return upload_folder(self._aws.client("s3"), self._project.data_bucket, folder)

    def start_on(self, reference: str, reason: str = "", *, allow_unapproved: bool = False) -> tuple[str, Version]:
        """Start on a version of the data set registry, which remembers it; returns the execution's ARN and the version.

        Raises:
            RefusedByPolicy: nobody has approved the version, and ``allow_unapproved`` is not given.
        """
        registry, trace = Registry(self._aws), Trace(self._aws)
        version = registry.for_training(reference, allow_unapproved=allow_unapproved)
        trace.data_of(version)  # who may not write lineage learns it before anything runs
        arn = self.start(DatasetLocation(version.uri, version.id), reason, allow_unapproved=allow_unapproved)
        registry.record_use(version, self._project.name, arn)
        trace.started(version, arn)
        return arn, version

    def start(self, data: DatasetLocation, reason: str = "", *, allow_unapproved: bool = False) -> str:
        """Start an execution on an uploaded data set; returns its ARN."""
        parameters = {"DatasetUri": data.uri, "DatasetId": data.id}
        pipeline = self._project.training_pipeline
        more = {"tables": data.tables, "reason": reason, "allow_unapproved": allow_unapproved}
        parameters = asked_for(self._aws, self._project, pipeline, parameters, **more)
        return self.runs.start(pipeline, parameters, f"train-{_label(data.id)}")

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
