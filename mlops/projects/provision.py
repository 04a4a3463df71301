"""Provision a project: everything that its pipelines, monitoring and approval need, created or brought up to date."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from mlops.aws import Aws
from mlops.datasets.glue import create_database
from mlops.datasets.names import datasets_bucket
from mlops.projects import alarms, code, functions, roles
from mlops.projects.names import Project
from mlops.s3 import secure_bucket

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"


@dataclass(frozen=True)
class Settings:
    """What a project can choose."""

    on_drift: str = "retrain"  # retrain | notify | both | none
    cooldown_hours: float = 24.0
    weekly_budget: int = 2
    min_auc: float = 0.75
    min_auc_due: float = 0.68
    max_ece_due: float = 0.05


def provision(aws: Aws, name: str, settings: Settings = Settings()) -> Project:
    """Create or update the project ``name``; running it twice changes nothing."""
    project = Project(name, aws.account)
    s3 = aws.client("s3")
    for bucket in (project.data_bucket, project.artifacts_bucket, datasets_bucket(project.account)):
        secure_bucket(s3, bucket)
    create_database(aws.client("glue"))
    roles.create_roles(aws.client("iam"), project, aws.region)
    topic = aws.client("sns").create_topic(Name=project.topic)["TopicArn"]
    _model_group(aws.client("sagemaker"), project)
    arns = functions.create_functions(aws, project, _function_environment(project, settings, topic))
    _pipelines(aws, project, _defaults(aws, project, settings, arns))
    alarms.create_alarms(aws.client("cloudwatch"), project)
    functions.create_rules(aws, project, arns)
    return project


def _model_group(sagemaker: Any, project: Project) -> None:
    if not sagemaker.list_model_package_groups(NameContains=project.model_group)["ModelPackageGroupSummaryList"]:
        sagemaker.create_model_package_group(ModelPackageGroupName=project.model_group)


def _function_environment(project: Project, settings: Settings, topic: str) -> dict[str, str]:
    return {
        "PROJECT": project.name,
        "TRAINING_PIPELINE": project.training_pipeline,
        "INFERENCE_PIPELINE": project.inference_pipeline,
        "MODEL_PACKAGE_GROUP": project.model_group,
        "METRICS_NAMESPACE": project.metrics_namespace,
        "TOPIC_ARN": topic,
        "ON_DRIFT": settings.on_drift,
        "COOLDOWN_HOURS": str(settings.cooldown_hours),
        "WEEKLY_BUDGET": str(settings.weekly_budget),
    }


def _defaults(aws: Aws, project: Project, settings: Settings, functions: Mapping[str, str]) -> dict[str, str]:
    """Values of the definitions' parameters for this project (those that a definition does not have are not used)."""
    s3, bucket = aws.client("s3"), project.artifacts_bucket
    seed = code.read_tree(code.shipped("seed_code"))
    archive = {"sourcedir.tar.gz": code.tar_gz(seed)}
    return {
        "ExecutionRoleArn": f"arn:aws:iam::{project.account}:role/{project.execution_role}",
        "ImageUri": IMAGE,
        "CodeUri": code.upload_tree(s3, bucket, seed),
        "SourceArchiveUri": code.upload_tree(s3, bucket, archive),
        "MonitorCodeUri": code.upload_tree(s3, bucket, code.analyzer_tree()),
        "OutputUri": f"s3://{bucket}/runs",
        "PredictionsUri": f"s3://{project.data_bucket}/predictions",
        "ModelPackageGroupName": project.model_group,
        "KmsKeyArn": _key(aws, project),
        "MinAuc": str(settings.min_auc),
        "MinAucDue": str(settings.min_auc_due),
        "MaxEceDue": str(settings.max_ece_due),
        "ResolveModelFunctionArn": functions["resolve-model"],
        "PublishDriftMetricsFunctionArn": functions["publish-drift-metrics"],
    }


def _key(aws: Aws, project: Project) -> str:
    kms, alias = aws.client("kms"), f"alias/mlops/{project.name}"
    known = [item for page in kms.get_paginator("list_aliases").paginate() for item in page["Aliases"]]
    target = next((item["TargetKeyId"] for item in known if item["AliasName"] == alias), None)
    if target is None:
        target = kms.create_key(Description=f"MLOps project {project.name}")["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=alias, TargetKeyId=target)
    return str(kms.describe_key(KeyId=target)["KeyMetadata"]["Arn"])


def _pipelines(aws: Aws, project: Project, values: Mapping[str, str]) -> None:
    from pipelines.parameters import with_defaults

    sagemaker = aws.client("sagemaker")
    existing = {item["PipelineName"] for item in sagemaker.list_pipelines()["PipelineSummaries"]}
    for name, file in ((project.training_pipeline, "training"), (project.inference_pipeline, "inference")):
        definition = files("pipelines.definitions").joinpath(f"{file}.json").read_text()
        declared = {parameter["Name"] for parameter in json.loads(definition)["Parameters"]}
        wanted = {key: value for key, value in values.items() if key in declared}
        write = sagemaker.update_pipeline if name in existing else sagemaker.create_pipeline
        write(
            PipelineName=name,
            PipelineDefinition=with_defaults(definition, wanted),
            RoleArn=values["ExecutionRoleArn"],
        )
