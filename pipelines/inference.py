"""The batch-inference pipeline: resolve the model -> validate -> features -> monitor -> transform -> monitor -> store -> publish."""

from typing import Any

from mlops.bundled import requests
from mlops.bundled.served import PROGRAM, SCRIPT_MODE, SUBMIT_DIRECTORY
from pipelines import monitoring
from pipelines.sdk import (
    ConditionEquals,
    ConditionOr,
    ConditionStep,
    ExecutionVariables,
    FailStep,
    Join,
    LambdaCall,
    ParameterString,
    RequestStep,
    render,
)
from pipelines.steps import OURS, Environment, output_uri

_VERSION = ("model_package_arn", "model_sha256", "specification_sha256")
_CONTAINER = ("image", "model_data_url", "program", "submit_directory")
_BASELINES = ("statistics_uri", "constraints_uri", "predictions_uri")
_RESOLVED = (*_VERSION, *_CONTAINER, "model_version", *_BASELINES, "rehearsal")
_FUNCTIONS = ("ResolveModelFunctionArn", "PublishDriftMetricsFunctionArn", "PublishPredictionsFunctionArn")
_CONTINUE, _FAIL = "continue", "fail"  # what a batch with findings does


def definition(engine: str = OURS) -> str:
    """The definition as the SDK renders it, for a monitoring engine."""
    env = Environment.declare(engine)
    given = {name: ParameterString(name) for name in ("DatasetUri", "DatasetId", "AsOf", "PredictionsUri")}
    given[requests.PARAMETER] = ParameterString(requests.PARAMETER, default_value=requests.NONE)
    given |= {name: ParameterString(name) for name in _FUNCTIONS}
    given["OnViolation"] = ParameterString("OnViolation", default_value=_CONTINUE, enum_values=[_CONTINUE, _FAIL])
    return render("inference", [*env.parameters(), *given.values()], _steps(env, given))


def _steps(env: Environment, given: dict[str, Any]) -> list[Any]:
    resolve = LambdaCall("ResolveModel", given["ResolveModelFunctionArn"], _begun(env, given), _RESOLVED)
    data = {"data": given["DatasetUri"]}
    scoring = (("--purpose", "score"), ("--as-of", given["AsOf"]))
    validate = RequestStep(
        "ValidateData",
        "Processing",
        env.processing(env.step("validate", *scoring), inputs=data, outputs={"validation": env.folder("validation")}),
    )
    features = RequestStep(
        "BuildFeatures",
        "Processing",
        env.processing(
            env.step("features", *scoring, *monitoring.units(env)),
            inputs=data,
            outputs={"features": env.folder("features")},
        ),
        depends_on=[validate],
    )
    watched = Join(on="/", values=[output_uri(features, "features"), "monitor"])
    known = resolve.output("statistics_uri"), resolve.output("constraints_uri")
    played = resolve.output("rehearsal")
    monitor = monitoring.check(env, watched, *known, rehearsal=played, depends_on=[features])
    publish = _publish_input(env, given, (*known, played), monitor)
    model = RequestStep(
        "CreateModel",
        "Model",
        {
            "ExecutionRoleArn": env.role,
            "PrimaryContainer": {  # by value: see mlops.bundled.served
                "Image": resolve.output("image"),
                "ModelDataUrl": resolve.output("model_data_url"),
                "Environment": {
                    PROGRAM: resolve.output("program"),
                    SUBMIT_DIRECTORY: resolve.output("submit_directory"),
                    **SCRIPT_MODE,
                },
            },
            "EnableNetworkIsolation": True,
        },
        depends_on=[features],
    )
    transform = _transform(env, model, features)
    scored = transform.properties.TransformOutput.S3OutputPath
    predictions = monitoring.check_predictions(env, scored, resolve.output("predictions_uri"), rehearsal=played)
    published = _publish_predictions(env, given, predictions, played, after=publish)
    store = _store(env, given, resolve, scored, features)
    gate = ConditionStep(
        name="CheckFindings",
        conditions=[
            ConditionOr(
                conditions=[
                    ConditionEquals(left=given["OnViolation"], right=_CONTINUE),
                    ConditionEquals(left=step.output("violations"), right="false"),
                ]
            )
            for step in (publish, published)
        ],
        if_steps=[store, _publish(given, resolve, model, store)],
        else_steps=[_refuse(env, publish, published)],
    )
    return [resolve, validate, features, monitor, publish, model, transform, predictions, published, gate]


def _begun(env: Environment, given: dict[str, Any]) -> dict[str, Any]:
    """What the first function judges: the execution, on whose request, with which code and data."""
    return {
        "execution": ExecutionVariables.PIPELINE_EXECUTION_ARN,
        "request": given[requests.PARAMETER],
        "code": env.code_sha256,
        "dataset_id": given["DatasetId"],
        "dataset_uri": given["DatasetUri"],
    }


def _publish_input(
    env: Environment, given: dict[str, Any], known: tuple[Any, Any, Any], monitor: RequestStep
) -> LambdaCall:
    """Where Model Monitor has written no drift report, the function makes one of its files and the baseline."""
    event = {
        "report_uri": Join(on="/", values=[env.folder("monitoring"), "drift_report.json"]),
        "statistics_uri": known[0],
        "constraints_uri": known[1],
        "rehearsal": known[2],
        "dataset_id": given["DatasetId"],
        "dataset_uri": given["DatasetUri"],
    }
    function, outputs = given["PublishDriftMetricsFunctionArn"], ("drifted", "violations", "found")
    return LambdaCall("PublishDriftMetrics", function, event, outputs, depends_on=[monitor])


def _publish_predictions(
    env: Environment, given: dict[str, Any], monitor: RequestStep, played: Any, *, after: LambdaCall
) -> LambdaCall:
    report = Join(on="/", values=[env.folder("prediction-monitoring"), "prediction_report.json"])
    function, outputs = given["PublishDriftMetricsFunctionArn"], ("drifted", "violations", "found")
    event = {"prediction_report_uri": report, "rehearsal": played}
    return LambdaCall("PublishPredictionMetrics", function, event, outputs, depends_on=[monitor, after])


def _store(env: Environment, given: dict[str, Any], resolve: LambdaCall, scored: Any, features: RequestStep) -> Any:
    """In the run's own folder, behind the gate; to where predictions are read they are brought by the function alone."""
    command = env.step(
        "store",
        ("--model-version", resolve.output("model_version")),
        ("--as-of", given["AsOf"]),
        ("--dataset-id", given["DatasetId"]),
    )
    inputs = {"transformed": scored, "features": output_uri(features, "features")}
    request = env.processing(command, inputs=inputs, outputs={"predictions": env.folder("predictions")})
    return RequestStep("StorePredictions", "Processing", request)


def _publish(given: dict[str, Any], resolve: LambdaCall, model: RequestStep, store: RequestStep) -> LambdaCall:
    """Nobody who reads predictions ever finds those of a batch that was refused, or that has left out a check."""
    place = Join(on="/", values=[given["PredictionsUri"], given["AsOf"], ExecutionVariables.PIPELINE_EXECUTION_ID])
    event = {
        "execution": ExecutionVariables.PIPELINE_EXECUTION_ARN,
        "predictions": output_uri(store, "predictions"),
        "place": place,
        "model": model.properties.ModelName,
        "rehearsal": resolve.output("rehearsal"),
        **{name: resolve.output(name) for name in _VERSION},
    }
    return LambdaCall("PublishPredictions", given["PublishPredictionsFunctionArn"], event, ("predictions",))


def _refuse(env: Environment, publish: LambdaCall, published: LambdaCall) -> FailStep:
    parts = ["OnViolation is fail. Input:", publish.output("found"), "Predictions:", published.output("found")]
    parts += ["No predictions were stored. Reports:", env.folder("monitoring"), env.folder("prediction-monitoring")]
    return FailStep(name="FindingsRefused", error_message=Join(on=" ", values=parts))


def _transform(env: Environment, model: RequestStep, features: RequestStep) -> RequestStep:
    records = Join(on="/", values=[output_uri(features, "features"), "records"])
    request = {
        "ModelName": model.properties.ModelName,
        "BatchStrategy": "MultiRecord",
        "MaxPayloadInMB": 6,
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": records}},
            "ContentType": "application/jsonlines",
            "SplitType": "Line",
        },
        "TransformOutput": {
            "S3OutputPath": env.folder("transformed"),
            "Accept": "application/jsonlines",
            "AssembleWith": "Line",
            "KmsKeyId": env.key,
        },
        "TransformResources": {"InstanceType": env.instance, "InstanceCount": 1, "VolumeKmsKeyId": env.key},
        "DataProcessing": {"InputFilter": "$", "JoinSource": "Input", "OutputFilter": "$"},
    }
    return RequestStep("Transform", "Transform", request)
