"""What monitoring has found in a project's batches: drift, schema, predictions, expected quality."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlops.aws import Aws
from mlops.errors import RefusedInput
from mlops.projects.names import Project
from mlops.projects.runs import Runs, execution_id
from mlops.s3 import read_json, split

if TYPE_CHECKING:
    import polars as pl

    from mlops.monitoring.compare import FeatureDrift
    from mlops.monitoring.quality import Estimate


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
    prediction_drift: "list[FeatureDrift]" = field(default_factory=list)

    @property
    def drifted(self) -> list[dict[str, Any]]:
        """Drifted features, largest change first."""
        found = [feature for feature in self.drift["features"] if feature["drifted"]]
        return sorted(found, key=lambda item: -float(item["score"]))

    @property
    def drifted_predictions(self) -> "list[FeatureDrift]":
        """Brands (and all predictions) whose probabilities have drifted."""
        return [item for item in self.prediction_drift if item.drifted]

    def to_json(self) -> dict[str, Any]:
        """One object, without the scores of every feature."""
        return {
            "run": self.run,
            "name": self.name,
            "started": self.started,
            "as_of": self.metadata.get("as_of", ""),
            "model_version": self.metadata.get("model_version", ""),
            "rows": self.drift["rows"],
            "drifted": self.drift["drifted"],
            "drift_share": self.drift["drift_share"],
            "max_drift_score": self.drift["max_drift_score"],
            "schema_violations": self.drift["schema_violations"],
            "drifted_features": [{key: item[key] for key in ("name", "score", "why")} for item in self.drifted],
            "drifted_predictions": [item.to_json() for item in self.drifted_predictions],
            "estimate": vars(self.estimate) if self.estimate else None,
            "report": f"{self.monitoring}/report.html",
            "predictions": self.predictions,
        }


class ProjectMonitor:
    """The monitoring of one project as one identity sees it."""

    def __init__(self, aws: Aws, project: Project) -> None:
        self._aws, self._project, self._runs = aws, project, Runs(aws)
        self._s3, self._sagemaker = aws.client("s3"), aws.client("sagemaker")

    def batches(self, most: int = 12) -> list[MonitoredBatch]:
        """The newest monitored batches, oldest first; predictions are compared with the first of the same model version.

        Raises:
            RefusedInput: no batch of the project has been monitored yet.
        """
        found = list(self._monitored(most))[::-1]
        if not found:
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
            drift = read_json(self._s3, f"{outputs['monitoring']}/drift_report.json")
            predictions = outputs.get("predictions", "")
            metadata = read_json(self._s3, f"{predictions}/metadata.json") if predictions else {}
            yield MonitoredBatch(
                run=execution_id(run["PipelineExecutionArn"]),
                name=run.get("PipelineExecutionDisplayName", ""),
                started=f"{run['StartTime']:%Y-%m-%d %H:%M:%S}",
                monitoring=outputs["monitoring"],
                drift=drift,
                predictions=predictions,
                metadata=metadata,
            )
            count += 1
            if count == most:
                return

    def _outputs(self, arn: str) -> dict[str, str]:
        """Output name -> S3 prefix, of the steps that have succeeded and that monitoring looks at."""
        result = {}
        for step in self._runs.steps(arn):
            if step["StepName"] not in {"MonitorInput", "StorePredictions"} or step["StepStatus"] != "Succeeded":
                continue
            job = step["Metadata"]["ProcessingJob"]["Arn"].rsplit("/", 1)[-1]
            answer = self._sagemaker.describe_processing_job(ProcessingJobName=job)
            for output in answer["ProcessingOutputConfig"]["Outputs"]:
                result[output["OutputName"]] = str(output["S3Output"]["S3Uri"]).rstrip("/")
        return result

    def _with_predictions(self, batch: MonitoredBatch, references: "dict[str, pl.DataFrame]") -> MonitoredBatch:
        import polars as pl

        from mlops.monitoring.predictions import prediction_drift, read
        from mlops.monitoring.quality import estimate

        if not batch.predictions:
            return batch
        table = read(self.read(f"{batch.predictions}/predictions.csv"))
        reference = references.setdefault(str(batch.metadata["model_version"]), table)
        drift = prediction_drift(reference, table) if reference is not table else []
        expected = estimate(table["p_stop"].cast(pl.Float64).to_numpy())
        return MonitoredBatch(**vars(batch) | {"estimate": expected, "prediction_drift": drift})

    def read(self, uri: str) -> bytes:
        """The bytes of an object."""
        bucket, key = split(uri)
        return bytes(self._s3.get_object(Bucket=bucket, Key=key)["Body"].read())

    def page(self, batches: list[MonitoredBatch]) -> str:
        """One self-contained page: a table of the batches, and the newest batch's drift report."""
        from mlops.monitoring.history import history_page

        newest = self.read(f"{batches[-1].monitoring}/report.html").decode()
        return history_page(self._project.name, [batch.to_json() for batch in batches], newest)
