"""Mistakes that infrastructure reviews find again and again, each in a stack of its own, with the rule that has to catch it."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aws_cdk import CfnDeletionPolicy, CfnParameter, CfnResource, Fn, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as awslambda
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as s3_assets

from stacks.rules.authorization import IN_A_NETWORK, JOBS_TAKE

Build = Callable[[Stack], Any]
ACCOUNT = "111122223333"
_KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/sample"


def _told(value: str) -> Build:
    """A delivery whose second build is told a value."""
    told = json.dumps([{"name": "COMMIT", "value": "#{Source.CommitId}"}, {"name": "X", "value": value}])
    build = {"Category": "Build", "Owner": "AWS", "Provider": "CodeBuild", "Version": "1"}
    action = {
        "Name": "Deploy",
        "ActionTypeId": build,
        "Configuration": {"ProjectName": "p", "EnvironmentVariables": told},
    }
    stages = [{"Name": "Deploy", "Actions": [action]}]
    properties = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r", "Stages": stages}
    return lambda stack: CfnResource(stack, "Delivery", type="AWS::CodePipeline::Pipeline", properties=properties)


def role(stack: Stack, *statements: dict[str, Any], trust: dict[str, Any] | None = None, **more: Any) -> iam.CfnRole:
    """A role that is right but for what is given."""
    good = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    trusted = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Condition": good,
    }
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    policies = [iam.CfnRole.PolicyProperty(policy_name="p", policy_document=document)] if statements else None
    return iam.CfnRole(
        stack,
        "Role",
        assume_role_policy_document={"Version": "2012-10-17", "Statement": [trust or trusted]},
        policies=policies,
        **{"permissions_boundary": f"arn:aws:iam::{ACCOUNT}:policy/mlops-boundary", **more},
    )


_SAGEMAKER = {
    "Effect": "Allow",
    "Action": "sts:AssumeRole",
    "Principal": {"Service": "sagemaker.amazonaws.com"},
    "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
}


def allow(action: Any, resource: Any = f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", **more: Any) -> dict[str, Any]:
    """An Allow statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def _only_under(key: str) -> list[dict[str, Any]]:
    """A bucket policy's denials of writes under other keys."""
    kind, named = "s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id"
    conditions: list[dict[str, Any]] = [
        {"Null": {kind: "false"}, "StringNotEquals": {kind: "aws:kms"}},
        {"Null": {kind: "false"}, "StringNotEquals": {named: key}},
        {"Null": {named: "false"}, "StringNotEquals": {named: key}},
        {"Null": {f"{kind}-customer-algorithm": "false"}},
    ]
    denial = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}
    return [{**denial, "Condition": it} for it in conditions]


def bucket(stack: Stack, *, keep: bool = True, tls: bool = True, only: str = _KEY, **changes: Any) -> s3.CfnBucket:
    """A bucket that is right but for what is given; None removes. ``only`` is the key that its policy lets writes name."""
    encryption = s3.CfnBucket.ServerSideEncryptionByDefaultProperty(sse_algorithm="aws:kms", kms_master_key_id=_KEY)
    rule = s3.CfnBucket.ServerSideEncryptionRuleProperty(server_side_encryption_by_default=encryption)
    good = {
        "public_access_block_configuration": s3.CfnBucket.PublicAccessBlockConfigurationProperty(
            block_public_acls=True, block_public_policy=True, ignore_public_acls=True, restrict_public_buckets=True
        ),
        "versioning_configuration": s3.CfnBucket.VersioningConfigurationProperty(status="Enabled"),
        "bucket_encryption": s3.CfnBucket.BucketEncryptionProperty(server_side_encryption_configuration=[rule]),
        "logging_configuration": s3.CfnBucket.LoggingConfigurationProperty(destination_bucket_name="logs"),
    }
    made = s3.CfnBucket(
        stack, "Bucket", **{key: value for key, value in {**good, **changes}.items() if value is not None}
    )
    if keep:
        made.cfn_options.deletion_policy = CfnDeletionPolicy.RETAIN
    if tls:
        deny = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        s3.CfnBucketPolicy(stack, "Policy", bucket=made.ref, policy_document={"Statement": [deny, *_only_under(only)]})
    return made


def raw(kind: str, **properties: Any) -> Build:
    """A resource by its type."""
    return lambda stack: CfnResource(stack, "It", type=kind, properties=properties)


def policy(kind: str, member: str, statement: dict[str, Any], **more: Any) -> Build:
    """A resource policy with one statement."""
    return raw(kind, **{member: {"Version": "2012-10-17", "Statement": [statement]}}, **more)


def _of_a_project(action: str, resource: str) -> Build:
    """A role in a project's template."""

    def build(stack: Stack) -> None:
        CfnParameter(stack, "SageMakerProjectName", type="String")
        role(stack, allow(action, Fn.sub(resource)))

    return build


def definition(change: Callable[[dict[str, Any]], None]) -> Build:
    """A pipeline whose one training job is right but for the change."""
    step: dict[str, Any] = {
        "Name": "Train",
        "Type": "Training",
        "Arguments": {
            "ResourceConfig": {"VolumeKmsKeyId": _KEY},
            "OutputDataConfig": {"KmsKeyId": _KEY},
            "VpcConfig": {"Subnets": ["s"], "SecurityGroupIds": ["g"]},
            "EnableNetworkIsolation": True,
            "EnableInterContainerTrafficEncryption": True,
        },
    }
    change(step)
    body = json.dumps({"Version": "2020-12-01", "Parameters": [], "Steps": [step]})
    return raw(
        "AWS::SageMaker::Pipeline",
        PipelineName="p",
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/r",
        PipelineDefinition={"PipelineDefinitionBody": body},
    )


def _drop(*path: str) -> Callable[[dict[str, Any]], None]:
    def change(step: dict[str, Any]) -> None:
        inside = step["Arguments"]
        for name in path[:-1]:
            inside = inside[name]
        del inside[path[-1]]

    return change


def _key(**changes: Any) -> Build:
    root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
    statement = changes.pop("statement", root)
    keep = changes.pop("keep", True)

    def build(stack: Stack) -> None:
        made = kms.CfnKey(
            stack, "Key", key_policy={"Statement": [statement]}, **{"enable_key_rotation": True, **changes}
        )
        if keep:
            made.cfn_options.deletion_policy = CfnDeletionPolicy.RETAIN

    return build


def _scripted(step: dict[str, Any]) -> None:
    """A script, and the value that reads like the remedy and is none."""
    step["Arguments"] |= {
        "HyperParameters": {"sagemaker_program": "train.py", "sagemaker_submit_directory": "/opt/ml/code.tar.gz"},
        "Environment": {"PIP_NO_BUILD_ISOLATION": "1"},
    }


def _served(step: dict[str, Any]) -> None:
    """A model of a registered version, whatever that one's variables are."""
    network = step["Arguments"]["VpcConfig"]
    container = {"ModelPackageName": "arn:aws:sagemaker:us-east-1:1:model-package/g/1"}
    step |= {
        "Type": "Model",
        "Arguments": {"PrimaryContainer": container, "VpcConfig": network, "EnableNetworkIsolation": True},
    }


def _registered(step: dict[str, Any]) -> None:
    containers = [{"Image": "i", "Environment": {"SAGEMAKER_PROGRAM": "inference.py"}}]
    step |= {
        "Type": "RegisterModel",
        "Arguments": {
            "ModelApprovalStatus": "PendingManualApproval",
            "InferenceSpecification": {"Containers": containers},
        },
    }


def _function(handler: str, source: str = "def handler(event, context): return 1\n") -> Build:
    """A function whose code is an asset with one module."""

    def build(stack: Stack) -> None:
        folder = Path(tempfile.mkdtemp(prefix="mlops-mistake-"))
        (folder / "index.py").write_text(source)
        asset = s3_assets.Asset(stack, "Code", path=str(folder))
        code = awslambda.CfnFunction.CodeProperty(s3_bucket=asset.s3_bucket_name, s3_key=asset.s3_object_key)
        awslambda.CfnFunction(
            stack, "It", code=code, role=f"arn:aws:iam::{ACCOUNT}:role/r", handler=handler, runtime="python3.13"
        )

    return build


def _register(step: dict[str, Any]) -> None:
    step |= {"Type": "RegisterModel", "Arguments": {"ModelApprovalStatus": "Approved"}}


_SERVICE = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sns:Publish", "Resource": "*"}


def _from(service: str, operator: str, source: str) -> dict[str, Any]:
    """A service may publish, where what calls is like ``source``."""
    condition = {operator: {"aws:SourceArn": source}}
    principal = {"Service": f"{service}.amazonaws.com"}
    return {"Effect": "Allow", "Principal": principal, "Action": "sns:Publish", "Resource": "*", "Condition": condition}


def _by_account(service: str, action: str) -> dict[str, Any]:
    """A service may do something, where it sends this account."""
    condition = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    principal = {"Service": f"{service}.amazonaws.com"}
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*", "Condition": condition}


_EVERYBODY = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
_FEATURES = {
    "FeatureGroupName": "f",
    "RecordIdentifierFeatureName": "id",
    "EventTimeFeatureName": "at",
    "FeatureDefinitions": [
        {"FeatureName": "id", "FeatureType": "String"},
        {"FeatureName": "at", "FeatureType": "String"},
    ],
}
_ONLINE = {"EnableOnlineStore": True, "SecurityConfig": {"KmsKeyId": _KEY}}
_OFFLINE = {"S3StorageConfig": {"S3Uri": "s3://b", "KmsKeyId": _KEY}}
_FUNCTION = {
    "Code": {"S3Bucket": "b", "S3Key": "k"},
    "Role": f"arn:aws:iam::{ACCOUNT}:role/r",
    "Handler": "h.h",
    "KmsKeyArn": _KEY,
}
_BUILD = {
    "ServiceRole": f"arn:aws:iam::{ACCOUNT}:role/r",
    "Artifacts": {"Type": "NO_ARTIFACTS"},
    "Source": {"Type": "NO_SOURCE", "BuildSpec": "version: 0.2"},
    "EncryptionKey": _KEY,
}
_BUILD_ON = {"Type": "LINUX_CONTAINER", "ComputeType": "BUILD_GENERAL1_SMALL", "Image": "aws/codebuild/standard:7.0"}
_STAGES: list[dict[str, Any]] = [{"Name": "Source", "Actions": []}, {"Name": "Build", "Actions": []}]
_STORE = {"Type": "S3", "Location": "b", "EncryptionKey": {"Id": _KEY, "Type": "KMS"}}
_DELIVERY = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r", "Stages": _STAGES, "PipelineType": "V2"}
_PRODUCT = {
    "Name": "p",
    "Owner": "o",
    "ProvisioningArtifactParameters": [{"Info": {"LoadTemplateFromURL": "https://s3.amazonaws.com/b/t.json"}}],
}


# name -> (what builds it, the rule that has to say so, a word of its message)
def _boundary_beside(stack: Stack) -> None:
    """A role and the boundary that it names, in any order."""
    document = {"Version": "2012-10-17", "Statement": [allow("sqs:SendMessage")]}
    iam.CfnManagedPolicy(stack, "Limit", managed_policy_name="mlops-beside", policy_document=document)
    role(stack, permissions_boundary=f"arn:aws:iam::{ACCOUNT}:policy/mlops-beside")


def _rule_without_permission(stack: Stack) -> None:
    """A rule on a function that nobody lets it call."""
    function = CfnResource(stack, "Function", type="AWS::Lambda::Function", properties=_FUNCTION)
    target = {"Id": "f", "Arn": Fn.get_att(function.logical_id, "Arn")}
    pattern = {"source": ["aws.sagemaker"]}
    CfnResource(stack, "Rule", type="AWS::Events::Rule", properties={"EventPattern": pattern, "Targets": [target]})


def _projects_repository(stack: Stack) -> None:
    CfnParameter(stack, "SageMakerProjectName")
    CfnResource(stack, "Code", type="AWS::CodeCommit::Repository", properties={"RepositoryName": "c", "KmsKeyId": _KEY})


def _pipeline_of(missing: str) -> Build:
    """A pipeline in a network, whose role lacks one right."""

    def build(stack: Stack) -> None:
        held = [allow([it for it in JOBS_TAKE if it != missing], "*"), allow(list(IN_A_NETWORK), "*")]
        if missing in IN_A_NETWORK:
            held[1] |= {"Condition": {"StringEquals": {"ec2:Region": "us-east-1"}}}
        role(stack, *held, trust=_SAGEMAKER)
        step = {"Name": "Work", "Type": "Processing", "Arguments": {"NetworkConfig": {"VpcConfig": {}}}}
        definition = {"PipelineDefinitionBody": json.dumps({"Steps": [step]})}
        properties = {"PipelineName": "p", "RoleArn": Fn.get_att("Role", "Arn"), "PipelineDefinition": definition}
        CfnResource(stack, "Pipeline", type="AWS::SageMaker::Pipeline", properties=properties)

    return build


MISTAKES: dict[str, tuple[Build, str, str]] = {
    "StarRole": (lambda stack: role(stack, allow("*", "*")), "wide-open", "allows *"),
    "WholeService": (lambda stack: role(stack, allow("s3:*", "arn:aws:s3:::b")), "wide-open", "s3:*"),
    "Administrator": (
        lambda stack: role(stack, managed_policy_arns=["arn:aws:iam::aws:policy/AdministratorAccess"]),
        "wide-open",
        "AdministratorAccess",
    ),
    "AllButAList": (
        lambda stack: role(stack, {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
        "wide-open",
        "but a list",
    ),
    "PassAnyRole": (
        lambda stack: role(stack, allow("iam:PassRole", "*", Condition={"StringEquals": {"iam:PassedToService": "x"}})),
        "pass-role",
        "any role",
    ),
    "PassToAnybody": (
        lambda stack: role(stack, allow("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/r")),
        "pass-role",
        "any service",
    ),
    "NoBoundary": (lambda stack: role(stack, permissions_boundary=None), "boundary", "PermissionsBoundary"),
    "Deputy": (
        lambda stack: role(
            stack,
            trust={"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}},
        ),
        "confused-deputy",
        "lambda.amazonaws.com",
    ),
    "DeputyTopic": (
        policy("AWS::SNS::TopicPolicy", "PolicyDocument", _SERVICE, Topics=["t"]),
        "confused-deputy",
        "s3.amazonaws.com",
    ),
    "DeputyFunction": (
        raw(
            "AWS::Lambda::Permission",
            Action="lambda:InvokeFunction",
            FunctionName="f",
            Principal="events.amazonaws.com",
        ),
        "confused-deputy",
        "SourceArn",
    ),
    "ImportOfNothing": (
        lambda stack: role(stack, allow("sqs:SendMessage", Fn.import_value("nobody-exports-it"))),
        "import",
        "by no stack before",
    ),
    "BoundaryToCome": (
        lambda stack: role(stack, permissions_boundary=f"arn:aws:iam::{ACCOUNT}:policy/mlops-to-come"),
        "boundary-first",
        "mlops-to-come",
    ),
    "BoundaryBeside": (_boundary_beside, "boundary-first", "add DependsOn"),
    "JobsWithoutMetrics": (_pipeline_of("cloudwatch:PutMetricData"), "job-grants", "take cloudwatch:PutMetricData"),
    "OutputsWithoutKey": (_pipeline_of("kms:Encrypt"), "job-grants", "take kms:Encrypt"),
    "JobsWithoutInterface": (_pipeline_of("ec2:DescribeVpcs"), "job-grants", "ec2:DescribeVpcs"),
    "TopicToCome": (
        raw(
            "AWS::Events::Rule",
            EventPattern={"source": ["aws.sagemaker"]},
            Targets=[{"Id": "t", "Arn": f"arn:aws:sns:us-east-1:{ACCOUNT}:mlops-to-come"}],
        ),
        "made-before",
        "mlops-to-come",
    ),
    "BucketToCome": (
        lambda stack: CfnResource(
            stack,
            "Source",
            type="AWS::CodePipeline::Pipeline",
            properties={"ArtifactStore": {"Type": "S3", "Location": Fn.sub("mlops-to-come-${AWS::AccountId}")}},
        ),
        "made-before",
        "mlops-to-come-",
    ),
    "RuleWithoutPermission": (_rule_without_permission, "rule-permission", "may not call"),
    "UnheardFailure": (_rule_without_permission, "heard-failure", "nobody hears"),
    "UnheardAlarm": (
        lambda stack: cloudwatch.CfnAlarm(
            stack,
            "Alarm",
            alarm_name="a",
            comparison_operator="GreaterThanThreshold",
            evaluation_periods=1,
            metric_name="m",
            namespace="n",
            period=60,
            statistic="Sum",
            threshold=1,
        ),
        "heard-alarm",
        "nobody hears",
    ),
    "DeputyAnywhere": (
        policy("AWS::SNS::TopicPolicy", "PolicyDocument", _from("events", "ArnLike", "*"), Topics=["t"]),
        "confused-deputy",
        "any account",
    ),
    "DeputyOfAnybodysRules": (
        policy(
            "AWS::SNS::TopicPolicy",
            "PolicyDocument",
            _from("events", "ArnLike", "arn:aws:events:us-east-1:*:rule/r"),
            Topics=["t"],
        ),
        "confused-deputy",
        "any account",
    ),
    "DeputyIfAsked": (
        policy(
            "AWS::SNS::TopicPolicy",
            "PolicyDocument",
            _from("events", "ArnLikeIfExists", f"arn:aws:events:us-east-1:{ACCOUNT}:rule/r"),
            Topics=["t"],
        ),
        "confused-deputy",
        "any account",
    ),
    "FunctionForEverybody": (
        raw("AWS::Lambda::Permission", Action="lambda:InvokeFunction", FunctionName="f", Principal="*"),
        "confused-deputy",
        "may call",
    ),
    "RuleByAccount": (
        raw(
            "AWS::Lambda::Permission",
            Action="lambda:InvokeFunction",
            FunctionName="f",
            Principal="events.amazonaws.com",
            SourceArn=f"arn:aws:events:us-east-1:{ACCOUNT}:rule/r",
            SourceAccount=ACCOUNT,
        ),
        "service-keys",
        "sends no aws:sourceaccount",
    ),
    "TopicByAccount": (
        policy("AWS::SNS::TopicPolicy", "PolicyDocument", _by_account("events", "sns:Publish"), Topics=["t"]),
        "service-keys",
        "sends no aws:sourceaccount",
    ),
    "KeyByAccount": (_key(statement=_by_account("cloudwatch", "kms:Decrypt")), "service-keys", "sends no"),
    "UncitedService": (_key(statement=_by_account("codecommit", "kms:Decrypt")), "service-keys", "no page of AWS"),
    "DeputyKey": (
        _key(
            statement={
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "kms:Decrypt",
                "Resource": "*",
            }
        ),
        "confused-deputy",
        "sns.amazonaws.com",
    ),
    "PublicPolicy": (
        policy("AWS::S3::BucketPolicy", "PolicyDocument", _EVERYBODY, Bucket="b"),
        "public-principal",
        "everybody",
    ),
    "MakesRoles": (
        lambda stack: role(stack, allow("iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/r")),
        "escalation",
        "without a boundary",
    ),
    "MisspeltAction": (
        lambda stack: role(stack, allow("s3:GetObjekt", "arn:aws:s3:::b/*")),
        "known-actions",
        "GetObjekt",
    ),
    "MisspeltService": (lambda stack: role(stack, allow("sagemker:ListModels", "*")), "known-actions", "sagemker"),
    "MisspeltKeyAction": (
        _key(
            statement={
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "kms:GenerateDatakeys",
                "Resource": "*",
            }
        ),
        "known-actions",
        "GenerateDatakeys",
    ),
    "AllowsNothing": (
        lambda stack: role(stack, allow("sns:Unsubscribe", f"arn:aws:sns:us-east-1:{ACCOUNT}:t")),
        "grants-nothing",
        "sns:Unsubscribe",
    ),
    "AllowsNothingThere": (
        lambda stack: role(stack, allow("s3:GetObject", "arn:aws:s3:::b")),
        "grants-nothing",
        "object",
    ),
    "KeyOfAnother": (
        lambda stack: role(stack, allow("sns:Publish", "*", Condition={"StringEquals": {"s3:prefix": "x"}})),
        "known-keys",
        "s3:prefix",
    ),
    "HalfADependency": (
        lambda stack: role(
            stack, allow("sagemaker:CreateProcessingJob", f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:processing-job/j")
        ),
        "dependents",
        "iam:PassRole",
    ),
    "GluedArn": (
        lambda stack: role(stack, allow("sqs:SendMessage", f"arn:aws:sqs:us-east-1{ACCOUNT}:q")),
        "whole-arns",
        "not a whole ARN",
    ),
    "BareName": (lambda stack: role(stack, allow("s3:GetObject", "my-bucket/*")), "whole-arns", "not an ARN"),
    "NamesAlike": (
        _of_a_project("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:1:function:${SageMakerProjectName}-*"),
        "exact-names",
        "function:${SageMakerProjectName}-*",
    ),
    "ExportedByABuild": (_told("#{Built.PACKAGE}"), "no-foreign-variables", "#{Built.PACKAGE}"),
    "MessageOfACommit": (_told("#{Source.CommitMessage}"), "no-foreign-variables", "#{Source.CommitMessage}"),
    "TrainsAndApproves": (
        lambda stack: role(
            stack,
            allow("sagemaker:StartPipelineExecution", f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:pipeline/*-training"),
            allow("sagemaker:UpdateModelPackage", f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model-package/*"),
        ),
        "four-eyes",
        "sagemaker:StartPipelineExecution",
    ),
    "WritesAndReleases": (
        lambda stack: role(
            stack,
            allow("s3:Put*", "arn:aws:s3:::mlops-*"),
            allow("codepipeline:PutApprovalResult", f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:*"),
        ),
        "four-eyes",
        "s3:PutObject",
    ),
    "AccessKey": (raw("AWS::IAM::AccessKey", UserName="u"), "no-long-keys", "long-lived"),
    "PublicBucket": (
        lambda stack: bucket(stack, public_access_block_configuration=None),
        "private-bucket",
        "PublicAccessBlock",
    ),
    "UnversionedBucket": (lambda stack: bucket(stack, versioning_configuration=None), "private-bucket", "versioned"),
    "UnloggedBucket": (lambda stack: bucket(stack, logging_configuration=None), "private-bucket", "access log"),
    "PlainBucket": (lambda stack: bucket(stack, bucket_encryption=None), "private-bucket", "encryption"),
    "Website": (
        lambda stack: bucket(
            stack, website_configuration=s3.CfnBucket.WebsiteConfigurationProperty(index_document="i")
        ),
        "private-bucket",
        "website",
    ),
    "BucketUnderOtherKeys": (
        lambda stack: bucket(stack, only=_KEY.replace("sample", "another")),
        "only-its-key",
        "its policy does not deny writes with another key",
    ),
    "PlainHttp": (lambda stack: bucket(stack, tls=False), "tls-only", "TLS"),
    "LostBucket": (lambda stack: bucket(stack, keep=False), "private-bucket", "deleted with its stack"),
    "OldKey": (_key(enable_key_rotation=False), "rotating-key", "EnableKeyRotation"),
    "LostKey": (_key(keep=False), "rotating-key", "deleted with its stack"),
    "PlainLogs": (raw("AWS::Logs::LogGroup", LogGroupName="g"), "customer-key", "KmsKeyId"),
    "PlainTopic": (raw("AWS::SNS::Topic", TopicName="t"), "customer-key", "KmsMasterKeyId"),
    "PlainQueue": (raw("AWS::SQS::Queue", QueueName="q"), "customer-key", "KmsMasterKeyId"),
    "PlainOnlineStore": (
        raw(
            "AWS::SageMaker::FeatureGroup",
            **_FEATURES,
            OnlineStoreConfig={"EnableOnlineStore": True},
            OfflineStoreConfig=_OFFLINE,
        ),
        "customer-key",
        "OnlineStoreConfig",
    ),
    "PlainOfflineStore": (
        raw(
            "AWS::SageMaker::FeatureGroup",
            **_FEATURES,
            OnlineStoreConfig=_ONLINE,
            OfflineStoreConfig={"S3StorageConfig": {"S3Uri": "s3://b"}},
        ),
        "customer-key",
        "OfflineStoreConfig",
    ),
    "PlainArtifacts": (
        raw("AWS::CodePipeline::Pipeline", **_DELIVERY, ArtifactStore={"Type": "S3", "Location": "b"}),
        "customer-key",
        "ArtifactStore",
    ),
    "AwsOwnedKey": (
        raw("AWS::CodeBuild::Project", **{**_BUILD, "EncryptionKey": "alias/aws/s3"}, Environment=_BUILD_ON),
        "customer-key",
        "EncryptionKey",
    ),
    "PrivilegedBuild": (
        raw("AWS::CodeBuild::Project", **_BUILD, Environment={**_BUILD_ON, "PrivilegedMode": True}),
        "delivery",
        "privileged",
    ),
    "SecretInFunction": (
        raw(
            "AWS::Lambda::Function",
            **_FUNCTION,
            Runtime="python3.13",
            Environment={"Variables": {"DB_PASSWORD": "hunter2"}},
        ),
        "no-secret",
        "DB_PASSWORD",
    ),
    "SecretInAddress": (
        raw(
            "AWS::Lambda::Function",
            **_FUNCTION,
            Runtime="python3.13",
            Environment={"Variables": {"CONN": "postgres://user" + ":password@host/db"}},
        ),
        "no-secret",
        "CONN",
    ),
    "SecretInText": (
        raw(
            "AWS::CodeBuild::Project",
            **{
                **_BUILD,
                "Source": {"Type": "NO_SOURCE", "BuildSpec": "git clone https://user" + ":password@host/a"},
            },
            Environment=_BUILD_ON,
        ),
        "no-secret",
        "a text holds a secret",
    ),
    "SecretInBuild": (
        raw(
            "AWS::CodeBuild::Project",
            **_BUILD,
            Environment={**_BUILD_ON, "EnvironmentVariables": [{"Name": "X", "Value": "AKIAIOSFODNN7EXAMPLE"}]},
        ),
        "no-secret",
        "X holds",
    ),
    "SecretDefault": (
        lambda stack: CfnParameter(stack, "ApiKey", type="String", default="abc123"),
        "no-secret",
        "ApiKey",
    ),
    "OldRuntime": (raw("AWS::Lambda::Function", **_FUNCTION, Runtime="python3.9"), "runtime", "python3.9"),
    "NoWayToS3": (raw("AWS::EC2::Subnet", VpcId="v", CidrBlock="10.0.0.0/24"), "way-to-s3", "gateway endpoint"),
    "RouteOut": (
        raw("AWS::EC2::Route", RouteTableId="r", DestinationCidrBlock="0.0.0.0/0", TransitGatewayId="t"),
        "closed-network",
        "a route out",
    ),
    "RouteByEndpoint": (
        raw("AWS::EC2::Route", RouteTableId="r", DestinationCidrBlock="0.0.0.0/0", VpcEndpointId="vpce-1"),
        "closed-network",
        "a route out",
    ),
    "SilentEgress": (
        raw("AWS::EC2::SecurityGroup", GroupDescription="g", VpcId="v"),
        "closed-network",
        "everything out",
    ),
    "HalfTheWorld": (
        raw(
            "AWS::EC2::SecurityGroup",
            GroupDescription="g",
            VpcId="v",
            SecurityGroupEgress=[{"IpProtocol": "-1", "CidrIp": "0.0.0.0/1"}],
        ),
        "closed-network",
        "open to the internet",
    ),
    "ElsewhereByHttps": (
        raw(
            "AWS::EC2::SecurityGroup",
            GroupDescription="g",
            VpcId="v",
            SecurityGroupEgress=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}],
        ),
        "closed-network",
        "open to the internet",
    ),
    "OpenEgress": (
        lambda stack: ec2.CfnSecurityGroup(
            stack,
            "Group",
            group_description="g",
            vpc_id="v",
            security_group_egress=[ec2.CfnSecurityGroup.EgressProperty(ip_protocol="-1", cidr_ip="0.0.0.0/0")],
        ),
        "closed-network",
        "open to the internet",
    ),
    "OpenGroup": (
        lambda stack: ec2.CfnSecurityGroup(
            stack,
            "Group",
            group_description="g",
            vpc_id="v",
            security_group_ingress=[
                ec2.CfnSecurityGroup.IngressProperty(ip_protocol="tcp", from_port=22, to_port=22, cidr_ip="0.0.0.0/0")
            ],
        ),
        "closed-network",
        "open to the internet",
    ),
    "NoLaunchRole": (raw("AWS::ServiceCatalog::CloudFormationProduct", **_PRODUCT), "launch-role", "launch role"),
    "JobWithoutKey": (definition(_drop("OutputDataConfig", "KmsKeyId")), "job-key", "customer's key"),
    "JobOnTheInternet": (definition(_drop("EnableNetworkIsolation")), "job-isolation", "EnableNetworkIsolation"),
    "JobInPlain": (
        definition(_drop("EnableInterContainerTrafficEncryption")),
        "job-traffic",
        "EnableInterContainerTrafficEncryption",
    ),
    "JobInNoNetwork": (definition(_drop("VpcConfig")), "job-network", "subnets"),
    "ScriptCannotBeInstalled": (definition(_scripted), "script-mode", "PIP_NO_BUILD_ISOLATION=0"),
    "ScriptCannotBeServed": (definition(_served), "script-mode", "PIP_NO_BUILD_ISOLATION=0"),
    "RegisteredScriptCannotBeServed": (definition(_registered), "script-mode", "PIP_NO_BUILD_ISOLATION=0"),
    "ModelOfAScript": (
        raw(
            "AWS::SageMaker::Model",
            PrimaryContainer={"Image": "i", "Environment": {"SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}},
            EnableNetworkIsolation=True,
            ExecutionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/r",
        ),
        "script-mode",
        "PIP_NO_BUILD_ISOLATION=0",
    ),
    "SecretInDefinition": (
        definition(lambda step: step["Arguments"].update(Environment={"DB_PASSWORD": "hunter2"})),
        "no-secret",
        "DB_PASSWORD",
    ),
    "ApprovesItself": (definition(_register), "self-approval", "its own model"),
    "HandlerInNoFile": (_function("other.handler"), "handler", "no file other.py in its archive"),
    "HandlerOfAnotherName": (_function("index.main"), "handler", "index.py has no main"),
    "HandlerThatDoesNotParse": (
        _function("index.handler", "def handler(event, context)\n"),
        "handler",
        "index.py, line 1",
    ),
    "TagStartsADelivery": (
        raw(
            "AWS::Events::Rule",
            EventPattern={
                "source": ["aws.codecommit"],
                "detail-type": ["CodeCommit Repository State Change"],
                "detail": {"event": ["referenceCreated"], "referenceName": ["main"]},
            },
        ),
        "branches-only",
        "starts on tags too",
    ),
    "CodeGoesWithItsProject": (_projects_repository, "kept-code", "deleted with its stack"),
    "NameOfEveryRegion": (lambda stack: role(stack, role_name="mlops-x"), "global-names", "mlops-x is the account's"),
    "NameOfEveryAccount": (
        lambda stack: bucket(stack, bucket_name="data-us-east-1"),
        "global-names",
        "put the account in it",
    ),
    "MisspeltProperty": (raw("AWS::SQS::Queue", QueueNmae="q", KmsMasterKeyId=_KEY), "E3002", "QueueNmae"),
}

# what cdk-nag's packs have to catch besides, so that both are known to run
NAG: dict[str, tuple[Build, str]] = {
    "SilentAlarm": (
        lambda stack: cloudwatch.CfnAlarm(stack, "A", comparison_operator="GreaterThanThreshold", evaluation_periods=1),
        "HIPAA.Security-CloudWatchAlarmAction",
    ),
    "UnwatchedNetwork": (lambda stack: ec2.CfnVPC(stack, "V", cidr_block="10.0.0.0/16"), "AwsSolutions-VPC7"),
    "PlainFiles": (lambda stack: efs.CfnFileSystem(stack, "F", encrypted=False), "AwsSolutions-EFS1"),
    "PublicDatabase": (
        lambda stack: rds.CfnDBInstance(stack, "D", engine="postgres", publicly_accessible=True),
        "HIPAA.Security-RDSInstancePublicAccess",
    ),
}
