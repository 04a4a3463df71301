"""The batch-inference pipeline: resolve the deployed model -> validate -> features -> monitor -> transform -> store."""

from typing import Any

from pipelines.sdk import Join, LambdaCall, ParameterString, RequestStep, render
from pipelines.steps import Environment, output_uri

_RESOLVED = ("model_package_arn", "model_version", "statistics_uri", "constraints_uri")


def definition() -> str:
    """The definition as the SDK renders it."""
    env = Environment.declare()
    given = {name: ParameterString(name) for name in ("DatasetUri", "DatasetId", "AsOf", "PredictionsUri")}
    given |= {name: ParameterString(name) for name in ("ResolveModelFunctionArn", "PublishDriftMetricsFunctionArn")}
    given["ModelPackageArn"] = ParameterString("ModelPackageArn", default_value="deployed")
    return render("inference", [*env.parameters(), *given.values()], _steps(env, given))


def _steps(env: Environment, given: dict[str, Any]) -> list[Any]:
    resolve = LambdaCall(
        "ResolveModel", given["ResolveModelFunctionArn"], {"model_package_arn": given["ModelPackageArn"]}, _RESOLVED
    )
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
        env.processing(env.step("features", *scoring), inputs=data, outputs={"features": env.folder("features")}),
        depends_on=[validate],
    )
    monitor = _monitor(env, resolve, features)
    publish = LambdaCall(
        "PublishDriftMetrics",
        given["PublishDriftMetricsFunctionArn"],
        {"report_uri": Join(on="/", values=[output_uri(monitor, "monitoring"), "drift_report.json"])},
        ("drifted",),
    )
    model = RequestStep(
        "CreateModel",
        "Model",
        {
            "ExecutionRoleArn": env.role,
            "PrimaryContainer": {"ModelPackageName": resolve.output("model_package_arn")},
            "EnableNetworkIsolation": True,
        },
        depends_on=[features],
    )
    transform = _transform(env, model, features)
    store = RequestStep(
        "StorePredictions",
        "Processing",
        env.processing(
            env.step(
                "store",
                ("--model-version", resolve.output("model_version")),
                ("--as-of", given["AsOf"]),
                ("--dataset-id", given["DatasetId"]),
            ),
            inputs={
                "transformed": transform.properties.TransformOutput.S3OutputPath,
                "features": output_uri(features, "features"),
            },
            outputs={"predictions": Join(on="/", values=[given["PredictionsUri"], given["AsOf"], _execution()])},
        ),
    )
    return [resolve, validate, features, monitor, publish, model, transform, store]


def _execution() -> Any:
    from pipelines.sdk import ExecutionVariables

    return ExecutionVariables.PIPELINE_EXECUTION_ID


def _monitor(env: Environment, resolve: LambdaCall, features: RequestStep) -> RequestStep:
    """Compare the input with the baseline that was registered with the model; drift does not fail the run."""
    inputs = {
        "dataset": Join(on="/", values=[output_uri(features, "features"), "monitor"]),
        "baseline_statistics": resolve.output("statistics_uri"),
        "baseline_constraints": resolve.output("constraints_uri"),
    }
    request = env.analyzer(inputs=inputs, outputs={"monitoring": env.folder("monitoring")}, checking=True)
    return RequestStep("MonitorInput", "Processing", request)


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
