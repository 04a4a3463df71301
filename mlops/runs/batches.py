"""What monitoring has found in a project's batches: drift, schema, predictions, expected quality."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlops.aws import Aws, listed
from mlops.bundled.rehearsal import is_rehearsal
from mlops.errors import RefusedInput
from mlops.projects.names import Project, unknown
from mlops.runs.runs import Runs, answered, execution_id, job_of
from mlops.s3 import read_json, split

if TYPE_CHECKING:
    import polars as pl

    from mlops.monitoring.quality import Estimate


_WATCHED = {"MonitorInput", "MonitorPredictions", "StorePredictions"}
_PREDICTIONS, _PUBLISH = "predictions", "PublishPredictions"
_RESOLVE, _VERSION = "ResolveModel", "model_version"


@dataclass(frozen=True)
class MonitoredBatch:
    """One batch: where its report lies, what the report says, and what became of its predictions."""

    run: str
    name: str
    started: str
    monitoring: str
    drift: dict[str, Any]
    predictions: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    estimate: "Estimate | None" = None
    prediction_drift: list[dict[str, Any]] = field(default_factory=list)
    prediction_report: str = ""
    rehearsal: bool = False

    @property
    def drifted(self) -> list[dict[str, Any]]:
        """Drifted features, largest change first."""
        found = [feature for feature in self.drift["features"] if feature["drifted"]]
        return sorted(found, key=lambda item: -float(item["score"]))

    @property
    def report(self) -> str:
        """The page about the batch; where Model Monitor was the judge, its list of violations."""
        name = "constraint_violations.json" if self.drift.get("engine") == "sagemaker" else "report.html"
        return f"{self.monitoring}/{name}"

    @property
    def drifted_predictions(self) -> list[dict[str, Any]]:
        """Brands (and all predictions) whose probabilities have drifted."""
        return [item for item in self.prediction_drift if item["drifted"]]

    def to_json(self) -> dict[str, Any]:
        """One object, without the scores of every feature."""
        return {
            "run": self.run,
            "name": self.name,
            "started": self.started,
            "rehearsal": self.rehearsal,
            "as_of": self.metadata.get("as_of", ""),
            "model_version": self.metadata.get("model_version", ""),
            "rows": self.drift["rows"],
            "drifted": self.drift["drifted"],
            "drift_share": self.drift["drift_share"],
            "max_drift_score": self.drift["max_drift_score"],
            "schema_violations": self.drift["schema_violations"],
            "drifted_features": [{key: item[key] for key in ("name", "score", "why")} for item in self.drifted],
            "drifted_predictions": self.drifted_predictions,
            "estimate": vars(self.estimate) if self.estimate else None,
            "report": self.report,
            "prediction_report": self.prediction_report,
            "missing": self.drift.get("missing", []),
            "predictions": self.predictions,
        }


class ProjectMonitor:
    """The monitoring of one project as one identity sees it."""

    def __init__(self, aws: Aws, project: Project) -> None:
        self._aws, self._project, self._runs = aws, project, Runs(aws)
        self._s3, self._sagemaker = aws.client("s3"), aws.client("sagemaker")

    def batches(self, most: int = 12) -> list[MonitoredBatch]:
        """The newest monitored batches, oldest first.

        Predictions are compared with those of the version's evaluation, by the run itself; those of a run that did not (an earlier
        product version) with the first batch of the same model version.

        Raises:
            RefusedInput: no batch of the project has been monitored yet.
        """
        found = list(self._monitored(most))[::-1]
        if not found:
            if self._project.inference_pipeline not in self._runs.pipelines():
                raise unknown(self._project.name)
            raise RefusedInput(
                f"project {self._project.name}: no batch has been monitored yet; 'mlops predict' runs one"
            )
        references: dict[str, pl.DataFrame] = {}
        return [self._with_predictions(batch, references) for batch in found]

    def _monitored(self, most: int) -> Iterator[MonitoredBatch]:
        count = 0
        for run in self._runs.executions(self._project.inference_pipeline):
            outputs = self._outputs(run["PipelineExecutionArn"])
            if "monitoring" not in outputs:
                continue
            try:
                drift = read_json(self._s3, f"{outputs['monitoring']}/drift_report.json")
            except self._s3.exceptions.NoSuchKey:
                continue  # Model Monitor was the judge, and the run has not come to its report yet
            given = self._given(run["PipelineExecutionArn"])
            rehearsal = is_rehearsal(given.get("DatasetUri", ""), self._project.data_bucket)
            predictions = "" if rehearsal else outputs.get("predictions", "")
            metadata = read_json(self._s3, f"{predictions}/metadata.json") if predictions else {}
            if rehearsal:
                metadata = {"as_of": given.get("AsOf", ""), _VERSION: outputs.get(_VERSION, "")}
            yield MonitoredBatch(
                run=execution_id(run["PipelineExecutionArn"]),
                name=run.get("PipelineExecutionDisplayName", ""),
                started=f"{run['StartTime']:%Y-%m-%d %H:%M:%S}",
                monitoring=outputs["monitoring"],
                drift=drift,
                predictions=predictions,
                metadata=metadata,
                prediction_report=outputs.get("prediction_monitoring", ""),
                rehearsal=rehearsal,
            )
            count += 1
            if count == most:
                return

    def _given(self, arn: str) -> dict[str, str]:
        """The parameters that the execution was started with: what it reads tells a rehearsal."""
        operation, members = "list_pipeline_parameters_for_execution", "PipelineParameters"
        return {it["Name"]: it["Value"] for it in listed(self._sagemaker, operation, members, PipelineExecutionArn=arn)}

    def _outputs(self, arn: str) -> dict[str, str]:
        """Output name -> S3 prefix, of the steps that have succeeded and that monitoring looks at."""
        result = {}
        for step in (it for it in self._runs.steps(arn) if it["StepStatus"] == "Succeeded"):
            if step["StepName"] == _RESOLVE:
                result[_VERSION] = answered(step, _VERSION)
            if step["StepName"] == _PUBLISH:
                result[_PREDICTIONS] = answered(step, _PREDICTIONS)
            if step["StepName"] not in _WATCHED:
                continue
            answer = self._sagemaker.describe_processing_job(ProcessingJobName=job_of(step))
            for output in answer["ProcessingOutputConfig"]["Outputs"]:
                uri = str(output["S3Output"]["S3Uri"]).rstrip("/")
                # below its own folder a run has what was not published; earlier versions wrote predictions without a function
                if output["OutputName"] != _PREDICTIONS or self._project.data_bucket == split(uri)[0]:
                    result[output["OutputName"]] = uri
        return result

    def _with_predictions(self, batch: MonitoredBatch, references: "dict[str, pl.DataFrame]") -> MonitoredBatch:
        import polars as pl

        from mlops.monitoring.predictions import prediction_drift, read
        from mlops.monitoring.quality import Estimate, estimate

        if batch.prediction_report:
            report = read_json(self._s3, f"{batch.prediction_report}/prediction_report.json")
            found = report["expected"]
            given = Estimate(found["rows"], found["auc"], found["brier"], found["stop_share"] * found["rows"])
            return MonitoredBatch(**vars(batch) | {"estimate": given, "prediction_drift": report["features"]})
        if not batch.predictions:
            return batch
        table = read(self.read(f"{batch.predictions}/predictions.csv"))
        reference = references.setdefault(str(batch.metadata["model_version"]), table)
        drift = [item.to_json() for item in prediction_drift(reference, table)] if reference is not table else []
        expected = estimate(table["p_stop"].cast(pl.Float64).to_numpy())
        return MonitoredBatch(**vars(batch) | {"estimate": expected, "prediction_drift": drift})

    def read(self, uri: str) -> bytes:
        """The bytes of an object."""
        bucket, key = split(uri)
        return bytes(self._s3.get_object(Bucket=bucket, Key=key)["Body"].read())

    def page(self, batches: list[MonitoredBatch]) -> str:
        """One self-contained page: a table of the batches, and the newest batch's drift report."""
        from mlops.monitoring.history import history_page

        newest = self.read(batches[-1].report).decode()
        return history_page(self._project.name, [batch.to_json() for batch in batches], newest)
