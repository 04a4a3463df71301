"""What resources cost that nobody uses: a row for every resource type of the templates."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mlops.costs.lines import Line
from mlops.costs.prices import Prices

STORED, NOTHING = "stored", "nothing"  # by the GB that lie there; only when it is used, or never
AT_REST = {
    "AWS::CloudWatch::Alarm": "alarm",
    "AWS::CloudWatch::Dashboard": "dashboard",
    "AWS::EC2::VPCEndpoint": "interface_endpoint",  # a gateway endpoint costs nothing
    "AWS::KMS::Key": "key",
    "AWS::CodeCommit::Repository": STORED,  # 1.00 for each active person after an account's first five
    "AWS::Logs::LogGroup": STORED,
    "AWS::S3::Bucket": STORED,
    "AWS::SageMaker::FeatureGroup": STORED,
    **dict.fromkeys(
        (
            "AWS::Athena::WorkGroup",
            "AWS::Budgets::Budget",  # one that only tells
            "AWS::CodeBuild::Project",
            "AWS::CodePipeline::Pipeline",  # of type V2
            "AWS::EC2::FlowLog",
            "AWS::EC2::RouteTable",
            "AWS::EC2::SecurityGroup",
            "AWS::EC2::Subnet",
            "AWS::EC2::SubnetRouteTableAssociation",
            "AWS::EC2::VPC",
            "AWS::Events::Rule",
            "AWS::Glue::Database",
            "AWS::IAM::ManagedPolicy",
            "AWS::IAM::Policy",
            "AWS::IAM::Role",
            "AWS::KMS::Alias",
            "AWS::Lambda::Function",
            "AWS::Lambda::Permission",
            "AWS::S3::BucketPolicy",
            "AWS::SNS::Subscription",
            "AWS::SNS::Topic",
            "AWS::SNS::TopicPolicy",
            "AWS::SSM::Parameter",
            "AWS::SageMaker::MlflowApp",  # serverless; no charge is known but for what it stores
            "AWS::SageMaker::ModelPackageGroup",
            "AWS::SageMaker::Pipeline",
            "AWS::ServiceCatalog::CloudFormationProduct",
            "AWS::ServiceCatalog::LaunchRoleConstraint",
            "AWS::ServiceCatalog::Portfolio",
            "AWS::ServiceCatalog::PortfolioPrincipalAssociation",
            "AWS::ServiceCatalog::PortfolioProductAssociation",
        ),
        NOTHING,
    ),
}
_WORDS = {"alarm": "alarm", "dashboard": "dashboard", "interface_endpoint": "interface endpoint", "key": "KMS key"}


def of_templates(templates: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """Type -> how many of it the templates hold; endpoints only where they are of the kind with a price."""
    return Counter(it["Type"] for template in templates for it in template["Resources"].values() if not _gateway(it))


def _gateway(resource: Mapping[str, Any]) -> bool:
    kind = resource.get("Properties", {}).get("VpcEndpointType", "Gateway")
    return bool(resource["Type"] == "AWS::EC2::VPCEndpoint" and kind == "Gateway")


def idle(types: Mapping[str, int], prices: Prices) -> list[Line]:
    """What they cost a month, dearest first; a type that the table does not know is a line without a figure."""
    return sorted(_lines(types, prices), key=lambda line: -(line.total or 0))


def _lines(types: Mapping[str, int], prices: Prices) -> Iterator[Line]:
    for kind, count in types.items():
        name = NOTHING if kind.startswith("Custom::") else AT_REST.get(kind)  # a function that ran once
        if name is None:
            yield Line(f"{kind}: no price known", count, None)
        elif name not in {STORED, NOTHING}:
            yield Line(_WORDS[name] + ("" if count == 1 else "s"), count, prices[name])


def storage(gigabytes: float, prices: Prices) -> Line:
    """What lies in S3, a month."""
    return Line("GB in S3", gigabytes, prices["storage_gb"])
