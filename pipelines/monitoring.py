"""The monitoring steps of both pipelines, by the platform's analyzer or by SageMaker Model Monitor; both write the same files."""

from collections.abc import Mapping
from typing import Any

from pipelines.sdk import QualityCheck, RequestStep
from pipelines.steps import PROCESSING, Environment, verified

_CSV = '{"csv": {"header": true}}'
_DATASET = "baseline_dataset_input"  # Model Monitor's name for what it reads


def units(env: Environment) -> tuple[tuple[str, str], ...]:
    """Flags of the steps that write the monitored data: Model Monitor would take the column of units for a feature."""
    return () if env.monitor_image is None else (("--units", "no"),)


def baseline(env: Environment, data: Any) -> RequestStep:
    """Describe the data that later batches are compared with."""
    folder = env.folder("baseline")
    if env.monitor_image is not None:
        return QualityCheck("CreateBaseline", _model_monitor(env, data, "baseline_report", folder), None)
    request = _analyzer(env, {"dataset": data}, {"baseline_report": folder})
    return RequestStep("CreateBaseline", "Processing", request)


def check(
    env: Environment, data: Any, statistics: Any, constraints: Any, *, rehearsal: Any, depends_on: list[Any]
) -> RequestStep:
    """Compare a batch with the baseline of the version that scores it; what is found does not fail the step."""
    folder = env.folder("monitoring")
    if env.monitor_image is not None:
        request = _model_monitor(env, data, "monitoring", folder)
        return QualityCheck("MonitorInput", request, (statistics, constraints), depends_on)
    known = {"baseline_statistics": statistics, "baseline_constraints": constraints}
    request = _analyzer(env, {"dataset": data, **known}, {"monitoring": folder}, {**_BASELINE, "rehearsal": rehearsal})
    return RequestStep("MonitorInput", "Processing", request, depends_on=depends_on)


def check_predictions(env: Environment, transformed: Any, known: Any, *, rehearsal: Any) -> RequestStep:
    """Compare predictions with those that the version made when it was evaluated; always by the platform's analyzer.

    Model Monitor has no counterpart: it judges predictions only once their labels are known.
    """
    inputs = {"transformed": transformed, "known_predictions": known}
    outputs, told = {"prediction_monitoring": env.folder("prediction-monitoring")}, {"rehearsal": rehearsal}
    request = _analyzer(env, inputs, outputs, {**_PREDICTIONS, **told})
    return RequestStep("MonitorPredictions", "Processing", request)


_BASELINE = {
    "baseline_statistics": f"{PROCESSING}/baseline/stats/statistics.json",
    "baseline_constraints": f"{PROCESSING}/baseline/constraints/constraints.json",
}
_PREDICTIONS = {
    "analysis_type": "PREDICTIONS",
    "dataset_source": f"{PROCESSING}/input/transformed",
    "known_predictions": f"{PROCESSING}/input/known_predictions/predictions.csv",
    "unit_column": "patient_id",
}


def _analyzer(
    env: Environment, inputs: Mapping[str, Any], outputs: Mapping[str, Any], more: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A Processing job with the platform's analyzer under Model Monitor's container contract."""
    variables = {
        "dataset_format": _CSV,
        "dataset_source": f"{PROCESSING}/input/dataset",
        "output_path": f"{PROCESSING}/output",
        "publish_cloudwatch_metrics": "Disabled",
        "unit_column": "unit",
        **(more or {}),
    }
    command = verified(env.monitor_code_sha256, "mlops/monitoring/__main__.py")
    return env.processing(command, inputs=inputs, outputs=outputs, code=env.monitor_code, variables=variables)


def _model_monitor(env: Environment, data: Any, output: str, folder: Any) -> dict[str, Any]:
    """The same job with Model Monitor's image, which has an entry point of its own and takes its baseline from the step."""
    variables = {
        "dataset_format": _CSV,
        "dataset_source": f"{PROCESSING}/input/{_DATASET}",
        "output_path": f"{PROCESSING}/output",
        "publish_cloudwatch_metrics": "Disabled",
    }
    request = env.processing([], inputs={_DATASET: data}, outputs={output: folder}, variables=variables)
    request["AppSpecification"] = {"ImageUri": env.monitor_image}
    request["ProcessingInputs"] = [item for item in request["ProcessingInputs"] if item["InputName"] == _DATASET]
    return request
