"""Names that the platform's stacks and products share; project names come from ``mlops.projects.names``."""

from aws_cdk import Fn, Token

from mlops.bundled.audit import audit_bucket
from mlops.datasets.registry.names import datasets_bucket
from mlops.projects import names as projects
from mlops.projects.names import PLATFORM, Project

PREFIX = "mlops"
ASSETS = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"  # the bucket that ``cdk bootstrap`` makes
BOUNDARY = f"{PREFIX}-boundary"
FOUNDATION_BOUNDARY = f"{PREFIX}-foundation-boundary"
PLATFORM_DEPLOY = f"{PLATFORM}-deploy"  # the role that brings the platform's own stacks up to date
EXECUTION = "cdk-hnb659fds-cfn-exec-role-${AWS::AccountId}-${AWS::Region}"  # what CloudFormation acts as; from ``cdk bootstrap``
OPERATIONS = f"{PREFIX}-operations"
LAUNCH_ROLE = f"{PREFIX}-launch"
AUDIT = audit_bucket("${AWS::AccountId}")
DATASETS = datasets_bucket("${AWS::AccountId}")
LOGS, DELIVERY = f"{PREFIX}-logs-${{AWS::AccountId}}", f"{PREFIX}-delivery-${{AWS::AccountId}}"
EXPERIMENTS = f"{PREFIX}-experiments-${{AWS::AccountId}}"
STUDIO_TEMPLATES = f"{projects.STUDIO_TEMPLATES}-${{AWS::AccountId}}"
PLATFORMS = (LOGS, AUDIT, EXPERIMENTS, DELIVERY, STUDIO_TEMPLATES)  # buckets that nobody's own work goes to
PORTFOLIO = f"{PREFIX}-portfolio"

# export names of the platform, imported by projects: CloudFormation refuses to delete what a project still uses
DATA_KEY = f"{PREFIX}-data-key-arn"
LOGS_BUCKET = f"{PREFIX}-logs-bucket"
AUDIT_BUCKET = f"{PREFIX}-audit-bucket"
SUBNET_A, SUBNET_B = f"{PREFIX}-subnet-a", f"{PREFIX}-subnet-b"
JOB_GROUP = f"{PREFIX}-job-security-group"

_NAME, _ACCOUNT = "zzprojectzz", "999999999999"
PROJECT = Project(_NAME, _ACCOUNT)  # sentinels stand for name and account: see ``sub``


def product_export(key: str) -> str:
    """Export name of a product's id, by the product's key."""
    return f"{PREFIX}-product-{key}"


def sub(text: str) -> str:
    """A name made from ``PROJECT`` as the text of an ``Fn::Sub``."""
    return text.replace(_NAME, "${SageMakerProjectName}").replace(_ACCOUNT, "${AWS::AccountId}")


def every(text: str) -> str:
    """A name made from ``PROJECT`` as the pattern of that name in every project."""
    return text.replace(_NAME, "*").replace(_ACCOUNT, "${AWS::AccountId}")


def arn(service: str, resource: str, *, region: str = "${AWS::Region}") -> str:
    """Text of an ``Fn::Sub`` for an ARN of this account."""
    return f"arn:${{AWS::Partition}}:{service}:{region}:${{AWS::AccountId}}:{resource}"


def bucket_arn(name: str) -> str:
    """Text of an ``Fn::Sub`` for the ARN of a bucket."""
    return f"arn:${{AWS::Partition}}:s3:::{name}"


def text(value: str) -> str:
    """The text as Fn::Sub where it has variables, as it is where it has none; ``${!x}`` means the text ``${x}``, a variable of IAM."""
    if Token.is_unresolved(value):
        return value
    if "${" in value.replace("${!", ""):
        return Fn.sub(value)
    return value.replace("${!", "${")
