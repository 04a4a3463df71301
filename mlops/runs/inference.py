"""Batch inference: upload, start, follow, and where the results lie."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from mlops.aws import Aws
from mlops.bundled.rehearsal import NAMED
from mlops.projects.names import Project
from mlops.runs.asking import asked_for
from mlops.runs.datasets import DatasetLocation, upload_folder
from mlops.runs.runs import Run, Runs, StepListener, answered, job_of
from mlops.s3 import read_json


@dataclass(frozen=True)
class Batch:
    """A finished batch: S3 prefixes of predictions and monitoring reports, both reports, and its run."""

    run: Run
    predictions: str
    monitoring: str
    drift: dict[str, Any]
    metadata: dict[str, Any]
    judged: dict[str, Any] = field(default_factory=dict)  # the report on its predictions

    @property
    def drifted(self) -> bool:
        """Whether the input or the predictions have drifted."""
        return bool(self.drift["drifted"] or self.judged.get("drifted"))


class Inference:
    """The inference pipeline of a project as one identity runs it."""

    def __init__(self, aws: Aws, project: Project) -> None:
        self._aws, self._project, self.runs = aws, project, Runs(aws)

    def upload(self, folder: Path) -> DatasetLocation:
        """Upload the CSV tables of ``folder``."""
        return upload_folder(self._aws.client("s3"), self._project.data_bucket, folder)

    def start(self, data: DatasetLocation, as_of: date, on_violation: str = "") -> str:
        """Start an execution on one's own request that scores every (patient, brand) active at ``as_of``; returns its ARN.

        ``on_violation`` may be ``fail`` where the project continues on findings; empty for the project's own choice.
        """
        parameters = {"DatasetUri": data.uri, "DatasetId": data.id, "AsOf": as_of.isoformat()}
        if on_violation:
            parameters["OnViolation"] = on_violation
        pipeline = self._project.inference_pipeline
        given = asked_for(self._aws, self._project, pipeline, parameters, purpose="predict")
        return self.runs.start(pipeline, given, f"{NAMED if data.rehearsal else ''}predict-{as_of}")

    def finish(self, arn: str, listener: StepListener | None = None) -> Batch:
        """Follow to the end.

        Raises:
            RefusedInput: the data were refused. MlopsError: the run failed.
        """
        run = self.runs.follow(arn, listener).ensure_succeeded()
        predictions = self._predictions(run)
        monitoring = self._output(run, "MonitorInput", "monitoring")
        s3 = self._aws.client("s3")
        drift = read_json(s3, f"{monitoring}/drift_report.json")
        judged = self._judged(run)
        return Batch(run, predictions, monitoring, drift, read_json(s3, f"{predictions}/metadata.json"), judged)

    def _predictions(self, run: Run) -> str:
        """Where a function has published them; the step itself, in a project of a version that has no such function."""
        found = [step for step in run.steps if step["StepName"] == "PublishPredictions"]
        return answered(found[0], "predictions") if found else self._output(run, "StorePredictions", "predictions")

    def _judged(self, run: Run) -> dict[str, Any]:
        """The report on the predictions; empty in a project of a version that does not judge them."""
        if not any(step["StepName"] == "MonitorPredictions" for step in run.steps):
            return {}
        folder = self._output(run, "MonitorPredictions", "prediction_monitoring")
        return read_json(self._aws.client("s3"), f"{folder}/prediction_report.json")

    def _output(self, run: Run, step: str, name: str) -> str:
        answer = self._aws.client("sagemaker").describe_processing_job(ProcessingJobName=job_of(run.step(step)))
        outputs = {item["OutputName"]: item for item in answer["ProcessingOutputConfig"]["Outputs"]}
        return str(outputs[name]["S3Output"]["S3Uri"]).rstrip("/")
