"""Ask each resource's own service whether it is there, since when, and which command of an administrator's removes it.

CloudFormation's word that something was deleted is no proof: what counts is that the service does not know it any more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mlops.aws import Aws

_GONE = {  # what services say of what there is none of
    "404",
    "NoSuchBucket",
    "NoSuchBucketPolicy",
    "NoSuchEntity",
    "NotFound",
    "NotFoundException",
    "PipelineNotFoundException",
    "ParameterNotFound",
    "RepositoryDoesNotExistException",
    "ResourceNotFound",
    "ResourceNotFoundException",
}
# what has no life of its own, and whose it is: it is gone when these are
PARTS = {
    "AWS::Lambda::Permission": "AWS::Lambda::Function",
    "AWS::SNS::Subscription": "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy": "AWS::SNS::Topic",
    "Custom::ProjectCode": "AWS::Lambda::Function",
}
_ABSENT = "does not exist"  # SageMaker's registry says so in a ValidationException
Ask = Callable[[Aws, str], Any]


@dataclass(frozen=True)
class Seen:
    """Whether it is there, since when where the service says so, and the call that was asked."""

    there: bool
    asked: str
    since: datetime | None = None


@dataclass(frozen=True)
class _Look:
    """``call`` is what is asked; ``ask`` gives the answer's description, or None; ``remove`` is the command, with the id in it."""

    call: str
    ask: Ask
    since: str = ""
    remove: str = ""


def look(aws: Aws, kind: str, id_: str) -> Seen | None:
    """What the service says of a resource of CloudFormation's type; None where nobody can be asked about this type.

    Raises:
        botocore.exceptions.ClientError: the service refuses to say.
    """
    from botocore.exceptions import ClientError

    known = _LOOKS.get(kind)
    if known is None:
        return None
    try:
        found = known.ask(aws, id_)
    except ClientError as error:
        told = error.response["Error"]
        if told["Code"] not in _GONE and _ABSENT not in told.get("Message", ""):
            raise
        found = None
    since = found.get(known.since) if found is not None and known.since else None
    return Seen(found is not None, known.call, _time(since))


def removal(kind: str, id_: str) -> str:
    """The administrator's command that removes it; empty where we know none."""
    known = _LOOKS.get(kind)
    return known.remove.format(_name(id_)) if known and known.remove else ""


def kinds() -> list[str]:
    """Types that can be asked about."""
    return sorted(_LOOKS)


def _time(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, (int, float)):  # CloudWatch Logs counts milliseconds
        return datetime.fromtimestamp(value / 1000, UTC)
    return None


def _name(id_: str) -> str:
    return id_.rsplit("/", 1)[-1] if id_.startswith("arn:") and ":sns:" not in id_ else id_


def _described(service: str, operation: str, argument: str, member: str = "") -> Ask:
    def ask(aws: Aws, id_: str) -> Any:
        answer = getattr(aws.client(service), operation)(**{argument: _name(id_)})
        return answer[member] if member else answer

    return ask


def _among(service: str, operation: str, argument: str, member: str, key: str) -> Ask:
    """Of a listing that names what it should hold."""

    def ask(aws: Aws, id_: str) -> Any:
        many = argument.endswith("s")
        answer = getattr(aws.client(service), operation)(**{argument: [id_] if many else id_})
        return next((it for it in answer[member] if it[key] == id_), None)

    return ask


def _stack(aws: Aws, id_: str) -> Any:
    return aws.client("cloudformation").describe_stacks(StackName=id_)["Stacks"][0]


def _bucket(aws: Aws, id_: str) -> Any:
    aws.client("s3").head_bucket(Bucket=id_)
    return {}


def _policy(aws: Aws, id_: str) -> Any:
    return aws.client("s3").get_bucket_policy(Bucket=id_.removesuffix("-policy"))


def _function(aws: Aws, id_: str) -> Any:
    return aws.client("lambda").list_tags(
        Resource=f"arn:aws:lambda:{aws.region}:{aws.account}:function:{id_}",
    )


_LOOKS: Mapping[str, _Look] = {
    "AWS::CloudFormation::Stack": _Look("cloudformation:DescribeStacks", _stack, "CreationTime"),
    "AWS::CloudWatch::Alarm": _Look(
        "cloudwatch:DescribeAlarms",
        _among("cloudwatch", "describe_alarms", "AlarmNames", "MetricAlarms", "AlarmName"),
        "AlarmConfigurationUpdatedTimestamp",
        "aws cloudwatch delete-alarms --alarm-names {}",
    ),
    "AWS::CloudWatch::Dashboard": _Look(
        "cloudwatch:GetDashboard",
        _described("cloudwatch", "get_dashboard", "DashboardName"),
        "",
        "aws cloudwatch delete-dashboards --dashboard-names {}",
    ),
    "AWS::CodeBuild::Project": _Look(
        "codebuild:BatchGetProjects",
        _among("codebuild", "batch_get_projects", "names", "projects", "name"),
        "created",
        "aws codebuild delete-project --name {}",
    ),
    "AWS::CodeCommit::Repository": _Look(
        "codecommit:GetRepository",
        _described("codecommit", "get_repository", "repositoryName", "repositoryMetadata"),
        "creationDate",
        "aws codecommit delete-repository --repository-name {}",
    ),
    "AWS::CodePipeline::Pipeline": _Look(
        "codepipeline:GetPipeline",
        _described("codepipeline", "get_pipeline", "name", "metadata"),
        "created",
        "aws codepipeline delete-pipeline --name {}",
    ),
    "AWS::Events::Rule": _Look(
        "events:DescribeRule",
        _described("events", "describe_rule", "Name"),
        "",
        "aws events delete-rule --name {}",
    ),
    "AWS::IAM::Role": _Look(
        "iam:GetRole",
        _described("iam", "get_role", "RoleName", "Role"),
        "CreateDate",
        "aws iam delete-role --role-name {}",
    ),
    "AWS::Lambda::Function": _Look("lambda:ListTags", _function, "", "aws lambda delete-function --function-name {}"),
    "AWS::Logs::LogGroup": _Look(
        "logs:DescribeLogGroups",
        _among("logs", "describe_log_groups", "logGroupNamePrefix", "logGroups", "logGroupName"),
        "creationTime",
        "aws logs delete-log-group --log-group-name {}",
    ),
    "AWS::S3::Bucket": _Look("s3:HeadBucket", _bucket, "", "aws s3 rb s3://{} --force"),
    "AWS::S3::BucketPolicy": _Look("s3:GetBucketPolicy", _policy),
    "AWS::SNS::Topic": _Look(
        "sns:GetTopicAttributes",
        _described("sns", "get_topic_attributes", "TopicArn"),
        "",
        "aws sns delete-topic --topic-arn {}",
    ),
    "AWS::SSM::Parameter": _Look(
        "ssm:GetParameter", _described("ssm", "get_parameter", "Name", "Parameter"), "LastModifiedDate"
    ),
    "AWS::ServiceCatalog::CloudFormationProvisionedProduct": _Look(
        "servicecatalog:DescribeProvisionedProduct",
        _described("servicecatalog", "describe_provisioned_product", "Name", "ProvisionedProductDetail"),
        "CreatedTime",
    ),
    "AWS::SageMaker::FeatureGroup": _Look(
        "sagemaker:DescribeFeatureGroup",
        _described("sagemaker", "describe_feature_group", "FeatureGroupName"),
        "CreationTime",
        "aws sagemaker delete-feature-group --feature-group-name {}",
    ),
    "AWS::SageMaker::Model": _Look(
        "sagemaker:DescribeModel", _described("sagemaker", "describe_model", "ModelName"), "CreationTime"
    ),
    "AWS::SageMaker::ModelPackage": _Look(
        "sagemaker:DescribeModelPackage",
        lambda aws, id_: aws.client("sagemaker").describe_model_package(ModelPackageName=id_),
        "CreationTime",
    ),
    "AWS::SageMaker::ModelPackageGroup": _Look(
        "sagemaker:DescribeModelPackageGroup",
        _described("sagemaker", "describe_model_package_group", "ModelPackageGroupName"),
        "CreationTime",
        "aws sagemaker delete-model-package-group --model-package-group-name {}",
    ),
    "AWS::SageMaker::Pipeline": _Look(
        "sagemaker:DescribePipeline",
        _described("sagemaker", "describe_pipeline", "PipelineName"),
        "CreationTime",
        "aws sagemaker delete-pipeline --pipeline-name {} --client-request-token $(uuidgen)",
    ),
}
