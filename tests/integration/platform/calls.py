"""One real API call for each row of the persona matrix; what IAM lets through fails for another reason, or does no harm."""

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from embedded_aws.signing import git_password
from mlops.aws import Aws
from tests.security.matrix import Row

_REFUSED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
Client = Callable[[str], Any]
NOT_CALLED = {
    "iam:PassRole",  # no call of its own: services ask for it
    "sagemaker:PutRecord",  # the feature store's runtime, which the embedded AWS does not serve
}


def allowed(aws: Aws, client: Client, row: Row) -> bool:
    """Whether the identity may make the row's call."""
    if row.action in {"codecommit:GitPush", "codecommit:GitPull"}:
        return _git(aws, row)
    try:
        _CALLS[row.action](client, row)
    except ClientError as error:
        return error.response["Error"]["Code"] not in _REFUSED
    return True


def _last(row: Row) -> str:
    return row.resource.rsplit(":", 1)[-1].rsplit("/", 1)[-1]


def _place(row: Row) -> dict[str, str]:
    bucket, _, key = row.resource.removeprefix("arn:aws:s3:::").partition("/")
    return {"Bucket": bucket, "Key": key}


def _group(row: Row) -> str:
    return row.resource.split("/")[1]


def _put(client: Client, row: Row) -> None:
    once = {"IfNoneMatch": "*"} if "s3:if-none-match" in row.context else {}
    client("s3").put_object(**_place(row), Body=b"x", **once)


def _start(client: Client, row: Row) -> None:
    undeclared = [{"Name": "NoSuchParameter", "Value": "x"}]
    client("sagemaker").start_pipeline_execution(PipelineName=_last(row), PipelineParameters=undeclared)


def _create_version(client: Client, row: Row) -> None:
    status = row.context["sagemaker:ModelApprovalStatus"]
    client("sagemaker").create_model_package(ModelPackageGroupName=_group(row), ModelApprovalStatus=status)


def _parameter(row: Row) -> str:
    return row.resource.partition(":parameter")[2]


def _release(client: Client, row: Row) -> None:
    result = {"summary": "x", "status": "Rejected"}
    pipeline = row.resource.rsplit(":", 1)[-1].partition("/")[0]
    client("codepipeline").put_approval_result(
        pipelineName=pipeline, stageName="Release", actionName="Approve", result=result, token="x"
    )


def _associate(client: Client, row: Row) -> None:
    client("sagemaker").add_association(SourceArn=row.resource, DestinationArn=row.resource)


def _source(row: Row, **more: Any) -> dict[str, Any]:
    return {"Source": {"SourceUri": f"s3://b/{row.role}"}, **more}


_CALLS: dict[str, Callable[[Client, Row], Any]] = {
    "s3:PutObject": _put,
    "s3:GetObject": lambda client, row: client("s3").get_object(**_place(row)),
    "s3:DeleteObject": lambda client, row: client("s3").delete_object(**_place(row)),
    "s3:DeleteObjectVersion": lambda client, row: client("s3").delete_object(**_place(row), VersionId="x"),
    "s3:PutBucketPolicy": lambda client, row: client("s3").put_bucket_policy(Bucket=_place(row)["Bucket"], Policy="{}"),
    "sagemaker:StartPipelineExecution": _start,
    "sagemaker:RetryPipelineExecution": lambda client, row: client("sagemaker").retry_pipeline_execution(
        PipelineExecutionArn=row.resource, ClientRequestToken="t" * 32
    ),
    "sagemaker:StopPipelineExecution": lambda client, row: client("sagemaker").stop_pipeline_execution(
        PipelineExecutionArn=row.resource, ClientRequestToken="t" * 32
    ),
    "sagemaker:UpdatePipeline": lambda client, row: client("sagemaker").update_pipeline(PipelineName=_last(row)),
    "sagemaker:UpdateModelPackage": lambda client, row: client("sagemaker").update_model_package(
        ModelPackageArn=row.resource, ModelApprovalStatus=row.context["sagemaker:ModelApprovalStatus"]
    ),
    "sagemaker:CreateModelPackage": _create_version,
    "sagemaker:DeleteModelPackage": lambda client, row: client("sagemaker").delete_model_package(
        ModelPackageName=row.resource
    ),
    "sagemaker:CreateArtifact": lambda client, row: client("sagemaker").create_artifact(
        **_source(row, ArtifactType="DataSet")
    ),
    "sagemaker:CreateAction": lambda client, row: client("sagemaker").create_action(
        **_source(row, ActionName="x", ActionType="x")
    ),
    "sagemaker:AddAssociation": _associate,
    "codecommit:PutFile": lambda client, row: client("codecommit").put_file(
        repositoryName=_last(row), branchName="main", filePath="x", fileContent=b"x"
    ),
    "codepipeline:StartPipelineExecution": lambda client, row: client("codepipeline").start_pipeline_execution(
        name=_last(row)
    ),
    "codepipeline:PutApprovalResult": _release,
    "codebuild:StartBuild": lambda client, row: client("codebuild").start_build(
        projectName=_last(row), sourceTypeOverride="S3", sourceLocationOverride="no-such-bucket/key"
    ),
    "ssm:PutParameter": lambda client, row: client("ssm").put_parameter(
        Name=_parameter(row), Value="x", Type="String", Overwrite=True
    ),
    "ssm:GetParameter": lambda client, row: client("ssm").get_parameter(Name=_parameter(row)),
    "glue:CreateTable": lambda client, row: client("glue").create_table(
        DatabaseName="mlops_datasets", TableInput={"Name": "t"}
    ),
    "athena:StartQueryExecution": lambda client, row: client("athena").start_query_execution(
        QueryString="SELECT 1", WorkGroup=_last(row)
    ),
    "lambda:InvokeFunction": lambda client, row: client("lambda").invoke(
        FunctionName=_last(row), InvocationType="DryRun"
    ),
    "iam:PutRolePolicy": lambda client, row: client("iam").put_role_policy(
        RoleName=_last(row), PolicyName="x", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []})
    ),
    "servicecatalog:ProvisionProduct": lambda client, row: client("servicecatalog").provision_product(
        ProductId="prod-x", ProvisioningArtifactId="pa-x", ProvisionedProductName="x", ProvisionToken="x"
    ),
}


def _git(aws: Aws, row: Row) -> bool:
    """What git asks first: 403 to whom IAM refuses the push or pull."""
    keys = aws.keys.get_frozen_credentials()
    path = f"/git/{aws.account}/{aws.region}/{_last(row)}"
    password = git_password(keys, str(aws.endpoint).partition("//")[2], path, aws.region)
    service = "git-receive-pack" if row.action.endswith("Push") else "git-upload-pack"
    request = urllib.request.Request(  # noqa: S310 (our own server)
        f"{aws.endpoint}{path}/info/refs?service={service}"
    )
    login = f"{keys.access_key}%{keys.token}:{password}"
    request.add_header("Authorization", f"Basic {base64.b64encode(login.encode()).decode()}")
    try:
        with urllib.request.urlopen(request):  # noqa: S310
            return True
    except urllib.error.HTTPError as error:
        if error.code != 403:
            raise
        return False
