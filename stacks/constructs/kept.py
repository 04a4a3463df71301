"""The platform's function that deletes what projects that are gone have left: nobody else has the rights that this takes."""

from collections.abc import Mapping

from aws_cdk import Aws, Fn
from constructs import Construct

from mlops.bundled.audit import PREFIX
from mlops.projects.names import DELETE_KEPT
from mlops.projects.packages import OF_THE_PLATFORM
from stacks import names
from stacks.names import AUDIT, PROJECT, arn, bucket_arn, every
from stacks.secure import Statement, allow, secure_function, service_role
from stacks.secure.findings import wildcards

_BUCKETS = [bucket_arn(every(name)) for name in (PROJECT.data_bucket, PROJECT.artifacts_bucket)]
_REQUESTS = arn("ssm", f"parameter{every(PROJECT.deletion_parameter)}")


def delete_kept(scope: Construct, archives: Mapping[str, str], *, boundary: str, days: int) -> None:
    """``archives`` are keys by name; the function's role is its own, and reads no object of a project."""
    (purpose,) = OF_THE_PLATFORM
    key = Fn.import_value(names.DATA_KEY)
    statements = [*_statements(key), _logging()]
    reason = (
        "projects are named by their users: the patterns name what each of them has, and the function asks whose it is"
    )
    made = service_role(
        scope,
        "DeleteKeptRole",
        name=DELETE_KEPT,
        service="lambda",
        statements=statements,
        accepted=wildcards(statements, reason),
        boundary=boundary,
    )
    secure_function(
        scope,
        "DeleteKept",
        name=DELETE_KEPT,
        role_arn=made.attr_arn,
        bucket=names.ASSETS,
        key=archives[f"function-{purpose}"],
        handler=f"lambdas.{purpose.replace('-', '_')}.handler.handler",
        kms_key_arn=key,
        days=days,
        variables={"AUDIT_BUCKET": Fn.import_value(names.AUDIT_BUCKET), "ACCOUNT": Aws.ACCOUNT_ID},
        timeout=300,
    )


def _statements(key_arn: str) -> list[Statement]:
    groups, versions = arn("sagemaker", "model-package-group/*"), arn("sagemaker", "model-package/*")
    return [
        allow(["ssm:DeleteParameter", "ssm:GetParameterHistory"], _REQUESTS),
        allow(["servicecatalog:SearchProvisionedProducts"], "*"),
        allow(
            ["lambda:GetFunctionConfiguration"], arn("lambda", f"function:{every(PROJECT.function('publish-code'))}")
        ),
        allow(["s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:ListBucket", "s3:ListBucketVersions"], *_BUCKETS),
        allow(["s3:DeleteObject", "s3:DeleteObjectVersion"], *(f"{it}/*" for it in _BUCKETS)),
        allow(["sagemaker:ListModelPackages"], groups, versions),
        allow(["sagemaker:DeleteModelPackage"], versions),
        allow(["sagemaker:DeleteModelPackageGroup"], groups),
        allow(["sagemaker:ListModels"], "*"),
        allow(["sagemaker:DeleteModel", "sagemaker:DescribeModel"], arn("sagemaker", "model/pipelines-*")),
        allow(["codecommit:DeleteRepository"], arn("codecommit", every(PROJECT.repository))),
        allow(["s3:GetObject", "s3:PutObject"], f"{bucket_arn(AUDIT)}/{PREFIX}*"),
        allow(["s3:ListBucket"], bucket_arn(AUDIT)),
        allow(["kms:Decrypt", "kms:GenerateDataKey"], key_arn),
    ]


def _logging() -> Statement:
    log = arn("logs", f"log-group:/aws/lambda/{DELETE_KEPT}:*")
    return allow(["logs:CreateLogStream", "logs:PutLogEvents"], log)
