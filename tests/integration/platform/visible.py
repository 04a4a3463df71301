"""For each resource type of the assembly: what its own service's API says of it."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from mlops.aws import Aws

Look = Callable[[Aws, str, dict[str, Any]], Any]  # account, physical id, resolved names of the stack -> description


def _listed(service: str, operation: str, member: str, key: str) -> Look:
    def look(aws: Aws, id_: str, _: dict[str, Any]) -> Any:
        answer = getattr(aws.client(service), operation)()
        return next(item for item in answer[member] if item[key] == id_)

    return look


def _policy(aws: Aws, id_: str, _: dict[str, Any]) -> Any:
    return json.loads(aws.client("s3").get_bucket_policy(Bucket=id_.removesuffix("-policy"))["Policy"])


def _permission(aws: Aws, id_: str, resources: dict[str, Any]) -> Any:
    """A function's policy names the rule that may call it."""
    functions = [item for item in resources.values() if item["ResourceType"] == "AWS::Lambda::Function"]
    for function in functions:
        try:
            text = aws.client("lambda").get_policy(FunctionName=function["PhysicalResourceId"])["Policy"]
        except aws.client("lambda").exceptions.ResourceNotFoundException:
            continue
        if any(statement["Sid"] == id_.rsplit("|", 1)[-1] for statement in json.loads(text)["Statement"]):
            return text
    raise LookupError(id_)


def _topic_policy(aws: Aws, _id: str, resources: dict[str, Any]) -> Any:
    topic = next(item for item in resources.values() if item["ResourceType"] == "AWS::SNS::Topic")
    policy = aws.client("sns").get_topic_attributes(TopicArn=topic["PhysicalResourceId"])["Attributes"]["Policy"]
    assert "aws:SecureTransport" in policy
    return policy


def _association(aws: Aws, _id: str, resources: dict[str, Any]) -> Any:
    tables = aws.client("ec2").describe_route_tables()["RouteTables"]
    return next(item for table in tables for item in table["Associations"] if item["RouteTableAssociationId"] == _id)


def _offer(aws: Aws, id_: str, _: dict[str, Any]) -> Any:
    product, portfolio = id_.split("|")
    found = aws.client("servicecatalog").list_portfolios_for_product(ProductId=product)["PortfolioDetails"]
    return next(item for item in found if item["Id"] == portfolio)


def _admission(aws: Aws, id_: str, _: dict[str, Any]) -> Any:
    principal, portfolio = id_.split("|")
    found = aws.client("servicecatalog").list_principals_for_portfolio(PortfolioId=portfolio)["Principals"]
    return next(item for item in found if item["PrincipalARN"] == principal)


def _repository(aws: Aws, id_: str, _: dict[str, Any]) -> Any:
    client = aws.client("codecommit")
    return next(item for item in client.list_repositories()["repositories"] if item["repositoryId"] == id_)


def _code(aws: Aws, id_: str, _: dict[str, Any]) -> Any:
    """The custom resource: rendered definitions lie in the project's bucket."""
    found = aws.client("s3").list_objects_v2(Bucket=id_.split("/", maxsplit=1)[0], Prefix="definitions/")
    return found["Contents"][0]


def _subscription(aws: Aws, id_: str, _: dict[str, Any]) -> Any:
    return aws.client("sns").get_subscription_attributes(SubscriptionArn=id_)["Attributes"]


LOOKS: dict[str, Look] = {
    "AWS::Athena::WorkGroup": lambda aws, id_, _: aws.client("athena").get_work_group(WorkGroup=id_)["WorkGroup"][
        "Configuration"
    ]["ResultConfiguration"]["EncryptionConfiguration"]["KmsKey"],
    "AWS::Budgets::Budget": lambda aws, id_, _: aws.client("budgets").describe_budget(
        AccountId=aws.account, BudgetName=id_
    )["Budget"],
    "AWS::CloudWatch::Alarm": lambda aws, id_, _: aws.client("cloudwatch").describe_alarms(AlarmNames=[id_])[
        "MetricAlarms"
    ][0],
    "AWS::CloudWatch::Dashboard": lambda aws, id_, _: aws.client("cloudwatch").get_dashboard(DashboardName=id_)[
        "DashboardBody"
    ],
    "AWS::CodeBuild::Project": lambda aws, id_, _: aws.client("codebuild").batch_get_projects(names=[id_])["projects"][
        0
    ],
    "AWS::CodeCommit::Repository": _repository,
    "AWS::CodePipeline::Pipeline": lambda aws, id_, _: aws.client("codepipeline").get_pipeline(name=id_)["pipeline"],
    "AWS::EC2::FlowLog": lambda aws, id_, _: aws.client("ec2").describe_flow_logs(FlowLogIds=[id_])["FlowLogs"][0],
    "AWS::EC2::RouteTable": lambda aws, id_, _: aws.client("ec2").describe_route_tables(RouteTableIds=[id_])[
        "RouteTables"
    ][0],
    "AWS::EC2::SecurityGroup": lambda aws, id_, _: aws.client("ec2").describe_security_groups(GroupIds=[id_])[
        "SecurityGroups"
    ][0],
    "AWS::EC2::Subnet": lambda aws, id_, _: aws.client("ec2").describe_subnets(SubnetIds=[id_])["Subnets"][0],
    "AWS::EC2::SubnetRouteTableAssociation": _association,
    "AWS::EC2::VPC": lambda aws, id_, _: aws.client("ec2").describe_vpcs(VpcIds=[id_])["Vpcs"][0],
    "AWS::EC2::VPCEndpoint": lambda aws, id_, _: aws.client("ec2").describe_vpc_endpoints(VpcEndpointIds=[id_])[
        "VpcEndpoints"
    ][0],
    "AWS::Events::Rule": lambda aws, id_, _: aws.client("events").describe_rule(Name=id_.rsplit("/", 1)[-1]),
    "AWS::Glue::Database": lambda aws, id_, _: aws.client("glue").get_database(Name=id_),
    "AWS::IAM::ManagedPolicy": lambda aws, id_, _: aws.client("iam").get_policy(PolicyArn=id_)["Policy"],
    "AWS::IAM::Role": lambda aws, id_, _: aws.client("iam").get_role(RoleName=id_)["Role"]["PermissionsBoundary"],
    "AWS::KMS::Alias": _listed("kms", "list_aliases", "Aliases", "AliasName"),
    "AWS::KMS::Key": lambda aws, id_, _: aws.client("kms").describe_key(KeyId=id_)["KeyMetadata"],
    "AWS::Lambda::Function": lambda aws, id_, _: aws.client("lambda").get_function(FunctionName=id_)["Configuration"],
    "AWS::Lambda::Permission": _permission,
    "AWS::Logs::LogGroup": lambda aws, id_, _: aws.client("logs").describe_log_groups(logGroupNamePrefix=id_)[
        "logGroups"
    ][0]["kmsKeyId"],
    "AWS::S3::Bucket": lambda aws, id_, _: aws.client("s3").get_bucket_encryption(Bucket=id_),
    "AWS::S3::BucketPolicy": _policy,
    "AWS::SNS::Subscription": _subscription,
    "AWS::SNS::Topic": lambda aws, id_, _: aws.client("sns").get_topic_attributes(TopicArn=id_)["Attributes"][
        "KmsMasterKeyId"
    ],
    "AWS::SNS::TopicPolicy": _topic_policy,
    "AWS::SageMaker::FeatureGroup": lambda aws, id_, _: aws.client("sagemaker").describe_feature_group(
        FeatureGroupName=id_
    ),
    "AWS::SageMaker::MlflowApp": lambda aws, id_, _: aws.client("sagemaker").describe_mlflow_app(Arn=id_),
    "AWS::SageMaker::ModelPackageGroup": lambda aws, id_, _: aws.client("sagemaker").describe_model_package_group(
        ModelPackageGroupName=unquote(id_).rsplit("/", 1)[-1]
    ),
    "AWS::SageMaker::Pipeline": lambda aws, id_, _: aws.client("sagemaker").describe_pipeline(PipelineName=id_)[
        "PipelineDefinition"
    ],
    "AWS::ServiceCatalog::CloudFormationProduct": lambda aws, id_, _: aws.client(
        "servicecatalog"
    ).describe_product_as_admin(Id=id_),
    "AWS::ServiceCatalog::LaunchRoleConstraint": lambda aws, id_, _: aws.client("servicecatalog").describe_constraint(
        Id=id_
    ),
    "AWS::ServiceCatalog::Portfolio": lambda aws, id_, _: aws.client("servicecatalog").describe_portfolio(Id=id_)[
        "PortfolioDetail"
    ],
    "AWS::ServiceCatalog::PortfolioPrincipalAssociation": _admission,
    "AWS::ServiceCatalog::PortfolioProductAssociation": _offer,
    "Custom::ProjectCode": _code,
}
