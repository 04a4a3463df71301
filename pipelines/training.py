"""The training pipeline: validate -> features -> split -> (baseline || train) -> evaluate -> gate -> register."""

from typing import Any

from pipelines import monitoring
from pipelines.sdk import (
    ConditionGreaterThanOrEqualTo,
    ConditionLessThanOrEqualTo,
    ConditionStep,
    ExecutionVariables,
    FailStep,
    Join,
    JsonGet,
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
_METRICS = {"calibration:auc": r"calibration_auc=([0-9.]+)", "train:rows": r"train_rows=([0-9]+)"}


def definition(engine: str = OURS) -> str:
    """The definition as the SDK renders it, for a monitoring engine."""
    env = Environment.declare(engine)
    given = {
        name: ParameterString(name)
        for name in ("SourceArchiveUri", "DatasetUri", "DatasetId", "GitCommit", "StartedBy", "ModelPackageGroupName")
    }
    tuned = {name: ParameterString(name, default_value=default) for name, (_, default) in _HYPERPARAMETERS.items()}
    gates = {name: ParameterFloat(name) for name in ("MinAuc", "MinAucDue", "MaxEceDue")}
    steps = _steps(env, given, tuned, gates)
    return render("training", [*env.parameters(), *given.values(), *tuned.values(), *gates.values()], steps)


def _steps(env: Environment, given: dict[str, Any], tuned: dict[str, Any], gates: dict[str, Any]) -> list[Any]:
    data = {"data": given["DatasetUri"]}
    validate = RequestStep(
        "ValidateData",
        "Processing",
        env.processing(env.step("validate"), inputs=data, outputs={"validation": env.folder("validation")}),
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
    report = PropertyFile(name="evaluation", output_name="evaluation", path="evaluation.json")
    evaluated = {
        "model": train.properties.ModelArtifacts.S3ModelArtifacts,
        "test": output_uri(split, "test"),
        "train": output_uri(split, "train"),
    }
    evaluate = RequestStep(
        "EvaluateModel",
        "Processing",
        env.processing(env.step("evaluate"), inputs=evaluated, outputs={"evaluation": env.folder("evaluation")}),
        property_files=(report,),
    )
    measured = {
        name: JsonGet(step_name=evaluate.name, property_file=report, json_path=f"gates.{name}")
        for name in ("auc", "auc_due", "ece_due")
    }
    register = _register(env, given, tuned, train)
    gate = ConditionStep(
        name="CheckQualityGate",
        depends_on=[baseline],
        conditions=[
            ConditionGreaterThanOrEqualTo(left=measured["auc"], right=gates["MinAuc"]),
            ConditionGreaterThanOrEqualTo(left=measured["auc_due"], right=gates["MinAucDue"]),
            ConditionLessThanOrEqualTo(left=measured["ece_due"], right=gates["MaxEceDue"]),
        ],
        if_steps=[register],
        else_steps=[_refuse(measured, gates)],
    )
    return [validate, features, split, baseline, train, evaluate, gate]


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


def _register(env: Environment, given: dict[str, Any], tuned: dict[str, Any], train: RequestStep) -> RequestStep:
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
                        "SAGEMAKER_PROGRAM": "inference.py",
                        "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
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
            "started_by": given["StartedBy"],
            "pipeline_execution_arn": ExecutionVariables.PIPELINE_EXECUTION_ARN,
            "source_archive": given["SourceArchiveUri"],
            "prediction_baseline": env.folder("evaluation"),
            **{name: tuned[parameter] for parameter, (name, _) in _HYPERPARAMETERS.items()},
        },
    }
    return RequestStep("RegisterModel", "RegisterModel", request)


def _refuse(measured: dict[str, Any], gates: dict[str, Any]) -> FailStep:
    parts = [
        "Quality gate missed: AUC",
        measured["auc"],
        "(at least",
        gates["MinAuc"],
        "), AUC of due rows",
        measured["auc_due"],
    ]
    parts += ["(at least", gates["MinAucDue"], "), calibration error of due rows", measured["ece_due"]]
    return FailStep(
        name="QualityGateFailed", error_message=Join(on=" ", values=[*parts, "(at most", gates["MaxEceDue"], ")"])
    )
