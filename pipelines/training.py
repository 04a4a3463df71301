"""The training pipeline: authorize -> validate -> features -> split -> (baseline || train || champion) -> evaluate -> gate -> register.

The champion is the version that is deployed while the model trains: whatever starts a run meets the same gate.
"""

from typing import Any

from mlops.bundled import requests
from mlops.bundled.served import PROGRAM, SCRIPT_MODE, SUBMIT_DIRECTORY
from pipelines import monitoring
from pipelines.sdk import (
    ConditionGreaterThanOrEqualTo,
    ConditionLessThanOrEqualTo,
    ConditionStep,
    ExecutionVariables,
    FailStep,
    Join,
    JsonGet,
    LambdaCall,
    ParameterFloat,
    ParameterString,
    PropertyFile,
    RequestStep,
    render,
)
from pipelines.steps import OURS, SOURCE_ARCHIVE, Environment, channel, output_uri

# strings: a number would stay an unresolved reference inside HyperParameters
_HYPERPARAMETERS = {
    "MaxDepth": ("max_depth", "4"),
    "LearningRate": ("learning_rate", "0.045"),
    "Rounds": ("rounds", "300"),
    "Seed": ("seed", "11"),
}
_FUNCTIONS = ("AuthorizeRunFunctionArn", "ResolveChampionFunctionArn", "RecordCardFunctionArn")
_AUTHORIZED = (
    "started_by",
    "start_kind",
    "start_request",
    "dataset_review",
)  # what is known of the start on others' word
_REGISTERED = ("model_sha256", "feature_definition", "champion", "champion_auc_due_gain")  # by the evaluation itself
_METRICS = {"calibration:auc": r"calibration_auc=([0-9.]+)", "train:rows": r"train_rows=([0-9]+)"}


def definition(engine: str = OURS) -> str:
    """The definition as the SDK renders it, for a monitoring engine."""
    env = Environment.declare(engine)
    given = {
        name: ParameterString(name)
        for name in ("SourceArchiveUri", "DatasetUri", "DatasetId", "GitCommit", "ModelPackageGroupName")
    }
    given[requests.PARAMETER] = ParameterString(requests.PARAMETER, default_value=requests.NONE)
    tuned = {name: ParameterString(name, default_value=default) for name, (_, default) in _HYPERPARAMETERS.items()}
    given |= {name: ParameterString(name) for name in _FUNCTIONS}
    gates = {name: ParameterFloat(name) for name in ("MinAuc", "MinAucDue", "MaxEceDue")}
    steps = _steps(env, given, tuned, gates)
    return render("training", [*env.parameters(), *given.values(), *tuned.values(), *gates.values()], steps)


def _steps(env: Environment, given: dict[str, Any], tuned: dict[str, Any], gates: dict[str, Any]) -> list[Any]:
    authorize = _authorize(env, given)
    data = {"data": given["DatasetUri"]}
    validate = RequestStep(
        "ValidateData",
        "Processing",
        env.processing(env.step("validate"), inputs=data, outputs={"validation": env.folder("validation")}),
        depends_on=[authorize],
    )
    features = RequestStep(
        "BuildFeatures",
        "Processing",
        env.processing(env.step("features"), inputs=data, outputs={"features": env.folder("features")}),
        depends_on=[validate],
    )
    folds = {name: env.folder("split", name) for name in ("train", "calibration", "test", "baseline")}
    split = RequestStep(
        "SplitData",
        "Processing",
        env.processing(
            env.step("split", *monitoring.units(env)),
            inputs={"features": output_uri(features, "features")},
            outputs=folds,
        ),
    )
    baseline = monitoring.baseline(env, output_uri(split, "baseline"))
    train = _train(env, given, tuned, split)
    champion = LambdaCall(
        "ResolveChampion",
        given["ResolveChampionFunctionArn"],
        {"record_uri": env.folder("champion", "champion.json")},
        ("version", "sha256", "uri", "rows_uri"),
        depends_on=[split],
    )
    evaluate, report = _evaluate(env, split, train, champion)

    def found(path: str) -> Any:
        return JsonGet(step_name=evaluate.name, property_file=report, json_path=path)

    names = ("auc", "auc_due", "ece_due", "not_worse_than_champion")
    measured = {name: found(f"gates.{name}") for name in names}
    record = {name: found(f"registry.{name}").to_string() for name in _REGISTERED}
    record |= {name: authorize.output(name) for name in _AUTHORIZED}
    register = _register(env, given, tuned, train, record)
    card = LambdaCall(
        "RecordModelCard",
        given["RecordCardFunctionArn"],
        {
            "model_package_arn": register.properties.ModelPackageArn,
            "card_uri": env.folder("evaluation", "registry_card.json"),
        },
        ("characters",),
    )
    gate = ConditionStep(
        name="CheckQualityGate",
        depends_on=[baseline],
        conditions=[
            ConditionGreaterThanOrEqualTo(left=measured["auc"], right=gates["MinAuc"]),
            ConditionGreaterThanOrEqualTo(left=measured["auc_due"], right=gates["MinAucDue"]),
            ConditionLessThanOrEqualTo(left=measured["ece_due"], right=gates["MaxEceDue"]),
            ConditionGreaterThanOrEqualTo(left=measured["not_worse_than_champion"], right=1),
        ],
        if_steps=[register, card],
        else_steps=[_refuse(measured, gates, found("champion.summary"))],
    )
    return [authorize, validate, features, split, baseline, train, champion, evaluate, gate]


def _authorize(env: Environment, given: dict[str, Any]) -> LambdaCall:
    """Who may have started this, on whose word: nothing runs before it is known."""
    event = {
        "execution": ExecutionVariables.PIPELINE_EXECUTION_ARN,
        "request": given[requests.PARAMETER],
        "code": env.code_sha256,
        "dataset_id": given["DatasetId"],
        "dataset_uri": given["DatasetUri"],
    }
    return LambdaCall("AuthorizeRun", given["AuthorizeRunFunctionArn"], event, _AUTHORIZED)


def _evaluate(
    env: Environment, split: RequestStep, train: RequestStep, champion: LambdaCall
) -> tuple[RequestStep, PropertyFile]:
    """On the test rows, the new model and the champion; what the later steps read of it is in its property file."""
    report = PropertyFile(name="evaluation", output_name="evaluation", path="evaluation.json")
    inputs = {
        "model": train.properties.ModelArtifacts.S3ModelArtifacts,
        "test": output_uri(split, "test"),
        "train": output_uri(split, "train"),
        "champion": champion.output("uri"),
        "champion_rows": champion.output("rows_uri"),
    }
    known = (
        ("--champion-version", champion.output("version")),
        ("--champion-sha256", champion.output("sha256")),
    )
    request = env.processing(
        env.step("evaluate", *known), inputs=inputs, outputs={"evaluation": env.folder("evaluation")}
    )
    return RequestStep("EvaluateModel", "Processing", request, property_files=(report,)), report


def _train(env: Environment, given: dict[str, Any], tuned: dict[str, Any], split: RequestStep) -> RequestStep:
    """Script mode; the source archive comes as a channel, because an isolated job cannot fetch it."""
    own = {name: tuned[parameter] for parameter, (name, _) in _HYPERPARAMETERS.items()}
    request = {
        "RoleArn": env.role,
        "AlgorithmSpecification": {
            "TrainingImage": env.image,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": name, "Regex": regex} for name, regex in _METRICS.items()],
        },
        "HyperParameters": {**own, "sagemaker_program": "train.py", "sagemaker_submit_directory": SOURCE_ARCHIVE},
        "Environment": SCRIPT_MODE,
        "InputDataConfig": [
            channel("train", output_uri(split, "train")),
            channel("calibration", output_uri(split, "calibration")),
            channel("code", given["SourceArchiveUri"]),
        ],
        "OutputDataConfig": {"S3OutputPath": env.folder("model"), "KmsKeyId": env.key},
        "ResourceConfig": {
            "InstanceType": env.instance,
            "InstanceCount": 1,
            "VolumeSizeInGB": env.volume,
            "VolumeKmsKeyId": env.key,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": env.minutes},
        "EnableNetworkIsolation": True,
        "EnableInterContainerTrafficEncryption": True,
    }
    return RequestStep("TrainModel", "Training", request)


def _register(
    env: Environment, given: dict[str, Any], tuned: dict[str, Any], train: RequestStep, record: dict[str, Any]
) -> RequestStep:
    """The registry's entry; ``record`` is what the evaluation says of the very archive that it evaluated."""

    def source(folder: str, file: str) -> dict[str, Any]:
        return {"ContentType": "application/json", "S3Uri": env.folder(folder, file)}

    baselines = {
        "Statistics": source("baseline", "statistics.json"),
        "Constraints": source("baseline", "constraints.json"),
    }
    request = {
        "ModelPackageGroupName": given["ModelPackageGroupName"],
        "ModelApprovalStatus": "PendingManualApproval",
        "InferenceSpecification": {
            "Containers": [
                {
                    "Image": env.image,
                    "ModelDataUrl": train.properties.ModelArtifacts.S3ModelArtifacts,
                    "Environment": {
                        PROGRAM: "inference.py",
                        SUBMIT_DIRECTORY: "/opt/ml/model/code",
                        **SCRIPT_MODE,
                    },
                }
            ],
            "SupportedContentTypes": ["application/jsonlines"],
            "SupportedResponseMIMETypes": ["application/jsonlines"],
            "SupportedTransformInstanceTypes": ["ml.m5.xlarge", "ml.m5.4xlarge"],
        },
        "ModelMetrics": {
            "ModelQuality": {"Statistics": source("evaluation", "evaluation.json")},
            "ModelDataQuality": baselines,
        },
        "DriftCheckBaselines": {"ModelDataQuality": baselines},
        "CustomerMetadataProperties": {
            "dataset_id": given["DatasetId"],
            "dataset_uri": given["DatasetUri"],
            "git_commit": given["GitCommit"],
            "pipeline_execution_arn": ExecutionVariables.PIPELINE_EXECUTION_ARN,
            "source_archive": given["SourceArchiveUri"],
            "prediction_baseline": env.folder("evaluation"),
            "model_card": env.folder("evaluation", "model_card.md"),
            **record,
            **{name: tuned[parameter] for parameter, (name, _) in _HYPERPARAMETERS.items()},
        },
    }
    return RequestStep("RegisterModel", "RegisterModel", request)


def _refuse(measured: dict[str, Any], gates: dict[str, Any], against: Any) -> FailStep:
    parts = [
        "Quality gate missed: AUC",
        measured["auc"],
        "(at least",
        gates["MinAuc"],
        "), AUC of due rows",
        measured["auc_due"],
    ]
    parts += ["(at least", gates["MinAucDue"], "), calibration error of due rows", measured["ece_due"]]
    parts += ["(at most", gates["MaxEceDue"], "); deployed version:", against]
    return FailStep(name="QualityGateFailed", error_message=Join(on=" ", values=parts))
