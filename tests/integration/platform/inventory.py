"""Everything of an account, by its services' own listings: what a deletion's plan is held against, and knows nothing of plans."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mlops.aws import Aws, listed

Things = set[tuple[str, str]]  # CloudFormation's type or "objects", id
_LISTINGS: Mapping[str, tuple[str, str, str, str]] = {  # type -> service, operation, members, id
    "AWS::CloudWatch::Alarm": ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    "AWS::CloudWatch::Dashboard": ("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    "AWS::CodeCommit::Repository": ("codecommit", "list_repositories", "repositories", "repositoryName"),
    "AWS::CodePipeline::Pipeline": ("codepipeline", "list_pipelines", "pipelines", "name"),
    "AWS::Events::Rule": ("events", "list_rules", "Rules", "Name"),
    "AWS::IAM::Role": ("iam", "list_roles", "Roles", "RoleName"),
    "AWS::Lambda::Function": ("lambda", "list_functions", "Functions", "FunctionName"),
    "AWS::Logs::LogGroup": ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "AWS::SNS::Topic": ("sns", "list_topics", "Topics", "TopicArn"),
    "AWS::SSM::Parameter": ("ssm", "describe_parameters", "Parameters", "Name"),
    "AWS::SageMaker::FeatureGroup": (
        "sagemaker",
        "list_feature_groups",
        "FeatureGroupSummaries",
        "FeatureGroupName",
    ),
    "AWS::SageMaker::Model": ("sagemaker", "list_models", "Models", "ModelName"),
    "AWS::SageMaker::ModelPackageGroup": (
        "sagemaker",
        "list_model_package_groups",
        "ModelPackageGroupSummaryList",
        "ModelPackageGroupName",
    ),
    "AWS::SageMaker::Pipeline": ("sagemaker", "list_pipelines", "PipelineSummaries", "PipelineName"),
}
_NONE = {"NoSuchBucketPolicy"}


def everything(aws: Aws) -> Things:
    """As the account's root sees it; objects by bucket, key and version."""
    found: Things = set()
    for kind, (service, operation, members, id_) in _LISTINGS.items():
        client = aws.client(service)
        pages = (
            listed(client, operation, members) if client.can_paginate(operation) else _once(client, operation, members)
        )
        found |= {(kind, str(it[id_])) for it in pages}
    for look in (_buckets, _versions, _builds, _stacks, _products):
        found |= set(look(aws))
    return {it for it in found if not it[1].startswith("mlops-audit-") or it[0] != "objects"}  # the trail grows


def after(before: Things, goes: list[dict[str, Any]]) -> Things:
    """What is to be there after the deletion: that before, without what the plan says."""
    ids = {(it["kind"], it["id"]) for it in goes}
    places = tuple(id_.removeprefix("s3://") for kind, id_ in ids if kind == "objects")
    return {it for it in before if it not in ids and not (it[0] == "objects" and it[1].startswith(places or ("?",)))}


def _once(client: Any, operation: str, members: str) -> list[dict[str, Any]]:
    return list(getattr(client, operation)()[members])


def _buckets(aws: Aws) -> Iterator[tuple[str, str]]:
    s3 = aws.client("s3")
    for bucket in (it["Name"] for it in s3.list_buckets()["Buckets"]):
        yield "AWS::S3::Bucket", bucket
        if _there(lambda name=bucket: s3.get_bucket_policy(Bucket=name)):
            yield "AWS::S3::BucketPolicy", f"{bucket}-policy"
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for it in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                yield "objects", f"{bucket}/{it['Key']}#{it['VersionId']}"


def _there(ask: Callable[[], Any]) -> bool:
    from botocore.exceptions import ClientError

    try:
        ask()
    except ClientError as error:
        if error.response["Error"]["Code"] in _NONE:
            return False
        raise
    return True


def _versions(aws: Aws) -> Iterator[tuple[str, str]]:
    sagemaker = aws.client("sagemaker")
    for group in listed(sagemaker, "list_model_package_groups", "ModelPackageGroupSummaryList"):
        named = {"ModelPackageGroupName": group["ModelPackageGroupName"]}
        for it in listed(sagemaker, "list_model_packages", "ModelPackageSummaryList", **named):
            yield "AWS::SageMaker::ModelPackage", it["ModelPackageArn"]


def _builds(aws: Aws) -> Iterator[tuple[str, str]]:
    yield from (("AWS::CodeBuild::Project", it) for it in aws.client("codebuild").list_projects()["projects"])


def _stacks(aws: Aws) -> Iterator[tuple[str, str]]:
    for it in listed(aws.client("cloudformation"), "describe_stacks", "Stacks"):
        if it["StackStatus"] != "DELETE_COMPLETE":
            yield "AWS::CloudFormation::Stack", it["StackName"]


def _products(aws: Aws) -> Iterator[tuple[str, str]]:
    for it in aws.client("servicecatalog").search_provisioned_products()["ProvisionedProducts"]:
        yield "AWS::ServiceCatalog::CloudFormationProvisionedProduct", it["Name"]
