"""Who may do what: every persona against real calls, on the synthesized roles (requirement 10.4)."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.security.policies import ACCOUNT, REGION, Request, Statement, allowed, boundary, roles, template

SAGEMAKER = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"
DATA, ARTIFACTS, SHARED = (
    f"arn:aws:s3:::mlops-{name}-{ACCOUNT}" for name in ("ward-data", "ward-artifacts", "datasets")
)
AUDIT = f"arn:aws:s3:::mlops-audit-{ACCOUNT}"
VIA_CODECOMMIT = {"kms:ViaService": f"codecommit.{REGION}.amazonaws.com"}
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/data"
PACKAGE = f"{SAGEMAKER}:model-package/ward/3"
PRODUCT = f"arn:aws:catalog:{REGION}:{ACCOUNT}:product/prod-1"
APPROVED, REJECTED = ({"sagemaker:ModelApprovalStatus": status} for status in ("Approved", "Rejected"))
GLUE = f"arn:aws:glue:{REGION}:{ACCOUNT}"
ANN, BEN = "AROAEXAMPLE1:ann", "AROAEXAMPLE2:ben"  # aws:userid of two role sessions
ROLE = f"arn:aws:iam::{ACCOUNT}:role"

# action, resource, context -> may the data scientist, the ML engineer, the manager
MATRIX: list[tuple[str, str, dict[str, Any], str]] = [
    ("sagemaker:DescribePipelineExecution", f"{SAGEMAKER}:pipeline/ward-training/execution/x", {}, "yyy"),
    ("sagemaker:ListModelPackages", "*", {}, "yyy"),
    ("sagemaker:Search", "*", {}, "yyy"),
    ("cloudwatch:GetMetricData", "*", {}, "yyy"),
    ("cloudwatch:DescribeAlarms", "*", {}, "yyy"),
    (
        "logs:GetLogEvents",
        f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/sagemaker/TrainingJobs:log-stream:x",
        {},
        "yyy",
    ),
    ("logs:GetLogEvents", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/payroll:log-stream:x", {}, "nnn"),
    ("ssm:GetParameter", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/mlops/ward/deployed-model", {}, "yyy"),
    ("ssm:GetParameter", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/payroll/password", {}, "nnn"),
    ("s3:GetObject", f"{DATA}/predictions/x.csv", {}, "yyy"),
    ("s3:GetObject", f"{ARTIFACTS}/runs/x/model.tar.gz", {}, "yyy"),
    ("s3:GetObject", f"{SHARED}/datasets/a/x.csv", {}, "yyy"),
    ("s3:GetObject", f"arn:aws:s3:::payroll-{ACCOUNT}/x.csv", {}, "nnn"),
    ("s3:ListBucket", DATA, {}, "yyy"),
    ("s3:ListBucket", SHARED, {}, "yyy"),
    ("kms:Decrypt", KEY, {}, "yyy"),
    ("kms:Decrypt", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/payroll", {}, "nnn"),
    ("codepipeline:GetPipelineState", f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:ward-delivery", {}, "yyy"),
    ("s3:PutObject", f"{DATA}/datasets/x.csv", {}, "ynn"),
    ("s3:PutObject", f"{DATA}/requests/{ANN}/t.json", {"aws:userid": ANN}, "ynn"),
    ("s3:PutObject", f"{DATA}/requests/{BEN}/t.json", {"aws:userid": ANN}, "nnn"),
    ("s3:PutObject", f"{DATA}/quality/2024-06-30/x.json", {}, "ynn"),
    ("s3:PutObject", f"{DATA}/predictions/x.csv", {}, "nnn"),
    ("s3:PutObject", f"{ARTIFACTS}/runs/x/model.tar.gz", {}, "nnn"),
    ("s3:PutObject", f"{ARTIFACTS}/code/x/run.py", {}, "nnn"),
    ("s3:AbortMultipartUpload", f"{DATA}/datasets/x.csv", {}, "ynn"),
    ("s3:PutObject", f"{SHARED}/datasets/a/x.csv", {}, "ynn"),
    ("s3:PutObject", f"{SHARED}/settings.json", {}, "nnn"),
    ("s3:PutObject", f"{SHARED}/sources/content/{'0' * 64}", {}, "ynn"),
    ("s3:PutObject", f"{SHARED}/sources/content/abc", {}, "nnn"),
    ("s3:PutObject", f"{SHARED}/sources/urls/{ANN}/abc.json", {"aws:userid": ANN}, "ynn"),
    ("s3:PutObject", f"{SHARED}/sources/urls/{BEN}/abc.json", {"aws:userid": ANN}, "nnn"),
    ("s3:PutObject", f"{SHARED}/athena/x.csv", {}, "yyn"),
    # * goes on past the stroke: mlops-*-data-ACCOUNT/datasets/*
    ("s3:PutObject", f"arn:aws:s3:::mlops-audit-{ACCOUNT}/audit/ward/x-data-{ACCOUNT}/datasets/x", {}, "nnn"),
    ("s3:AbortMultipartUpload", f"{SHARED}/datasets/a/x.csv", {}, "ynn"),
    ("s3:AbortMultipartUpload", f"{SHARED}/athena/x.csv", {}, "yyn"),
    ("s3:GetBucketLocation", SHARED, {}, "yyn"),
    ("s3:PutObject", f"{SHARED}/signed/a/1/{ANN}/review-000001.json", {"aws:userid": ANN}, "yyn"),
    ("s3:PutObject", f"{SHARED}/signed/a/1/{BEN}/review-000001.json", {"aws:userid": ANN}, "nnn"),
    ("s3:PutObject", f"{SHARED}/signed/a/1/{ANN}/import-0.json", {"aws:userid": ANN}, "ynn"),
    ("s3:PutObject", f"{SHARED}/signed/a/1/{ANN}/use-x.json", {"aws:userid": ANN}, "ynn"),
    ("s3:PutObject", f"{SHARED}/signed/a/1/{BEN}/import-0.json", {"aws:userid": ANN}, "nnn"),
    ("s3:PutObject", f"{SHARED}/signed/a/1/import-0.json", {"aws:userid": ANN}, "nnn"),
    ("s3:DeleteObject", f"{SHARED}/signed/a/1/{ANN}/review-000001.json", {"aws:userid": ANN}, "nnn"),
    ("s3:DeleteObjectVersion", f"{SHARED}/datasets/a/1/manifest.json", {}, "nnn"),
    ("glue:GetTable", f"{GLUE}:table/mlops_datasets/a_v1_fills", {}, "yyy"),
    ("glue:CreateTable", f"{GLUE}:table/mlops_datasets/a_v1_fills", {}, "ynn"),
    ("glue:CreateTable", f"{GLUE}:table/payroll/salaries", {}, "nnn"),
    ("glue:GetDatabase", f"{GLUE}:database/default", {}, "yyn"),
    ("glue:GetTable", f"{GLUE}:table/payroll/salaries", {}, "nnn"),
    ("glue:UpdateTable", f"{GLUE}:table/mlops_datasets/a_v1_fills", {}, "nnn"),
    ("glue:DeleteDatabase", f"{GLUE}:database/mlops_datasets", {}, "nnn"),
    ("athena:StartQueryExecution", f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/mlops-datasets", {}, "yyn"),
    ("athena:StartQueryExecution", f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/primary", {}, "nnn"),
    ("sagemaker:QueryLineage", "*", {}, "yyy"),
    ("sagemaker:CreateArtifact", f"{SAGEMAKER}:artifact/x", {}, "ynn"),
    ("sagemaker:CreateAction", f"{SAGEMAKER}:action/x", {}, "ynn"),
    ("sagemaker:AddAssociation", f"{SAGEMAKER}:artifact/x", {}, "ynn"),
    ("sagemaker:DeleteArtifact", f"{SAGEMAKER}:artifact/x", {}, "nnn"),
    ("kms:GenerateDataKey", KEY, {}, "yyn"),
    ("sagemaker:StartPipelineExecution", f"{SAGEMAKER}:pipeline/ward-training", {}, "ynn"),
    ("sagemaker:StartPipelineExecution", f"{SAGEMAKER}:pipeline/ward-inference", {}, "yyn"),
    ("sagemaker:StartPipelineExecution", f"{SAGEMAKER}:pipeline/payroll", {}, "nnn"),
    ("sagemaker:StopPipelineExecution", f"{SAGEMAKER}:pipeline/ward-training/execution/x", {}, "yyn"),
    ("sagemaker:RetryPipelineExecution", f"{SAGEMAKER}:pipeline/ward-training/execution/x", {}, "ynn"),
    ("sagemaker:RetryPipelineExecution", f"{SAGEMAKER}:pipeline/ward-inference/execution/x", {}, "yyn"),
    ("sagemaker:StopPipelineExecution", f"{SAGEMAKER}:pipeline/ward-inference/execution/x", {}, "yyn"),
    ("sagemaker:GetRecord", f"{SAGEMAKER}:feature-group/ward-features", {}, "yyn"),
    ("ssm:PutParameter", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/mlops/ward/latest-dataset", {}, "nnn"),
    ("ssm:PutParameter", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/mlops/ward/deployed-model", {}, "nnn"),
    ("codebuild:BatchGetBuilds", f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/ward-build", {}, "yyy"),
    ("codepipeline:ListPipelines", "*", {}, "yyy"),
    ("codecommit:GetBranch", f"arn:aws:codecommit:{REGION}:{ACCOUNT}:ward-code", {}, "yyy"),
    ("codecommit:GetRepository", f"arn:aws:codecommit:{REGION}:{ACCOUNT}:ward-code", {}, "yyy"),
    ("codecommit:GetRepository", f"arn:aws:codecommit:{REGION}:{ACCOUNT}:mlops-platform", {}, "nnn"),
    (
        "codepipeline:PutApprovalResult",
        f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:ward-delivery/Release/Approve",
        {},
        "nyn",
    ),
    ("codepipeline:PutApprovalResult", f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:other/Release/Approve", {}, "nnn"),
    ("codecommit:GitPull", f"arn:aws:codecommit:{REGION}:{ACCOUNT}:ward-code", {}, "yyn"),
    ("codecommit:GitPush", f"arn:aws:codecommit:{REGION}:{ACCOUNT}:ward-code", {}, "ynn"),
    ("codecommit:GitPush", f"arn:aws:codecommit:{REGION}:{ACCOUNT}:mlops-platform", {}, "nnn"),
    ("kms:ReEncryptTo", KEY, VIA_CODECOMMIT, "yyn"),
    ("kms:ReEncryptTo", KEY, {}, "nnn"),
    ("sagemaker:UpdateModelPackage", PACKAGE, APPROVED, "nyn"),
    ("sagemaker:UpdateModelPackage", PACKAGE, REJECTED, "nyn"),
    ("sagemaker:UpdateModelPackage", PACKAGE, {}, "nnn"),
    ("sagemaker:CreateModelPackage", PACKAGE, {}, "nnn"),
    ("codepipeline:StartPipelineExecution", f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:ward-delivery", {}, "nnn"),
    ("sagemaker:DeleteModelPackage", PACKAGE, {}, "nnn"),
    ("servicecatalog:ProvisionProduct", PRODUCT, {}, "nyn"),
    ("servicecatalog:UpdateProvisionedProduct", PRODUCT, {}, "nyn"),
    ("servicecatalog:TerminateProvisionedProduct", PRODUCT, {}, "nyn"),
    ("servicecatalog:DescribeRecord", "*", {}, "nyn"),
    ("servicecatalog:SearchProducts", "*", {}, "nyn"),
    ("servicecatalog:SearchProvisionedProducts", "*", {}, "yyy"),
    ("cloudformation:ListStackResources", f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/SC-1/x", {}, "yyy"),
    ("servicecatalog:ListLaunchPaths", PRODUCT, {}, "nyn"),
    ("servicecatalog:CreatePortfolio", "*", {}, "nnn"),
    ("servicecatalog:DeleteConstraint", "*", {}, "nnn"),
    ("cloudformation:DescribeStackEvents", f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/SC-1/x", {}, "nyn"),
    ("cloudformation:UpdateStack", f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/SC-1/x", {}, "nnn"),
    ("cloudformation:DeleteStack", f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/mlops-foundation/x", {}, "nnn"),
    ("sagemaker:UpdatePipeline", f"{SAGEMAKER}:pipeline/ward-training", {}, "nnn"),
    ("sagemaker:DeletePipeline", f"{SAGEMAKER}:pipeline/ward-training", {}, "nnn"),
    ("sagemaker:CreateTrainingJob", f"{SAGEMAKER}:training-job/x", {}, "nnn"),
    ("sagemaker:CreateEndpoint", f"{SAGEMAKER}:endpoint/x", {}, "nnn"),
    ("sagemaker:PutRecord", f"{SAGEMAKER}:feature-group/ward-features", {}, "nnn"),
    ("iam:PassRole", f"{ROLE}/mlops-ward-execution", {"iam:PassedToService": "sagemaker.amazonaws.com"}, "nnn"),
    ("iam:PassRole", f"{ROLE}/mlops-launch", {"iam:PassedToService": "servicecatalog.amazonaws.com"}, "nnn"),
    ("iam:CreateRole", f"{ROLE}/mlops-x", {}, "nnn"),
    ("iam:PutRolePolicy", f"{ROLE}/mlops-data-scientist", {}, "nnn"),
    ("iam:DeleteRolePermissionsBoundary", f"{ROLE}/mlops-manager", {}, "nnn"),
    ("sts:AssumeRole", f"{ROLE}/mlops-ml-engineer", {}, "nnn"),
    ("lambda:UpdateFunctionCode", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:ward-record-approval", {}, "nnn"),
    ("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:ward-record-approval", {}, "nnn"),
    ("events:PutRule", f"arn:aws:events:{REGION}:{ACCOUNT}:rule/ward-drift-policy", {}, "nnn"),
    ("kms:ScheduleKeyDeletion", KEY, {}, "nnn"),
    ("s3:DeleteObject", f"{DATA}/datasets/x.csv", {}, "nnn"),
    ("s3:DeleteObjectVersion", f"{ARTIFACTS}/runs/x", {}, "nnn"),
    ("s3:PutBucketPolicy", DATA, {}, "nnn"),
    ("s3:PutBucketPublicAccessBlock", DATA, {}, "nnn"),
    # the audit trail: everybody reads and verifies it, nobody writes or deletes by hand
    ("s3:GetObject", f"{AUDIT}/audit/ward/00000001.json", {}, "yyy"),
    ("s3:ListBucket", AUDIT, {}, "yyy"),
    ("s3:ListBucketVersions", AUDIT, {}, "yyy"),
    ("s3:PutObject", f"{AUDIT}/audit/ward/00000002.json", {"s3:if-none-match": "*"}, "nnn"),
    ("s3:PutObject", f"{AUDIT}/audit/ward/00000001.json", {}, "nnn"),
    ("s3:DeleteObject", f"{AUDIT}/audit/ward/00000001.json", {}, "nnn"),
    ("s3:DeleteObjectVersion", f"{AUDIT}/audit/ward/00000001.json", {}, "nnn"),
    ("s3:BypassGovernanceRetention", f"{AUDIT}/audit/ward/00000001.json", {}, "nnn"),
    ("s3:PutBucketPolicy", AUDIT, {}, "nnn"),
    ("ssm:PutParameter", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/mlops/ward/deletion", {}, "nyn"),
    # what a deletion is proved with
    ("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:mlops-delete-kept", {}, "nyn"),
    ("iam:GetRole", f"{ROLE}/mlops-ward-execution", {}, "nyn"),
    ("iam:GetRole", f"{ROLE}/payroll", {}, "nnn"),
    ("cloudformation:ListImports", "*", {}, "nyn"),
    ("logs:DescribeLogGroups", "*", {}, "nyn"),
    ("codebuild:BatchGetProjects", f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/ward-build", {}, "yyy"),
    ("s3:ListBucketVersions", DATA, {}, "yyy"),
]
PEOPLE = ("mlops-data-scientist", "mlops-ml-engineer", "mlops-manager")
ANYTHING: Statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@pytest.fixture(scope="module")
def people() -> dict[str, list[Statement]]:
    """Role -> statements, of the three personas."""
    found = roles(template("Access"))
    return {name: found[name] for name in PEOPLE}


def _answers(statements: list[Statement]) -> list[bool]:
    limit = boundary()
    return [allowed(Request(action, resource, context), statements, limit) for action, resource, context, _ in MATRIX]


def test_there_are_enough_rows() -> None:
    """About sixty real calls."""
    assert len(MATRIX) >= 60


@pytest.mark.parametrize(("column", "name"), list(enumerate(PEOPLE)))
def test_matrix(people: dict[str, list[Statement]], column: int, name: str) -> None:
    """Each persona may do exactly what its column says."""
    expected = [row[3][column] == "y" for row in MATRIX]
    wrong = [row[:3] for row, got, want in zip(MATRIX, _answers(people[name]), expected, strict=True) if got != want]
    assert wrong == []


@pytest.mark.parametrize("name", PEOPLE)
def test_every_permission_carries_weight(people: dict[str, list[Statement]], name: str) -> None:
    """Drop any Allow or any condition: a row of the matrix flips, so none is idle and none is unguarded."""
    statements = people[name]
    before = _answers(statements)
    idle = [label for label, changed in _mutants(statements) if _answers(changed) == before]
    assert idle == []


@pytest.mark.parametrize("name", PEOPLE)
def test_every_deny_holds_against_a_policy_that_allows_everything(
    people: dict[str, list[Statement]], name: str
) -> None:
    """Somebody attaches full access: the denies still separate, and dropping any of them flips a row."""
    statements = [*people[name], ANYTHING]
    before = _answers(statements)
    denies = [item for item in statements if item["Effect"] == "Deny"]
    for deny in denies:
        assert _answers([item for item in statements if item is not deny]) != before, deny.get("Sid")


def test_manager_changes_nothing_even_with_full_access(people: dict[str, list[Statement]]) -> None:
    """Every write of the matrix is denied explicitly."""
    looks = ("Get", "Describe", "AssumeRole", "Decrypt", "Search", "List")
    writes = [row for row in MATRIX if row[3][2] == "n" and not row[0].split(":")[1].startswith(looks)]
    open_ = [
        row[0]
        for row in writes
        if allowed(Request(*row[:3]), [*people["mlops-manager"], ANYTHING])
        and row[0] not in {"kms:GenerateDataKey", "kms:ReEncryptTo"}
    ]
    assert open_ == [
        "codecommit:GitPull",
    ]  # a read


def test_no_role_leaves_the_boundary(people: dict[str, list[Statement]]) -> None:
    """Full access inside the boundary still makes no user, takes no boundary off and schedules no key's deletion."""
    limit = boundary()
    taken = f"arn:aws:iam::{ACCOUNT}:policy/mlops-boundary"
    for request in (
        Request("iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/u"),
        Request("iam:DeleteRolePermissionsBoundary", f"{ROLE}/mlops-x"),
        Request("iam:CreatePolicyVersion", taken),
        Request("kms:ScheduleKeyDeletion", KEY),
        Request("s3:PutAccountPublicAccessBlock"),
        Request("iam:CreateRole", f"{ROLE}/mlops-x"),
        Request("organizations:LeaveOrganization"),
    ):
        assert not allowed(request, [ANYTHING], limit), request.action
    execution = f"{ROLE}/cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-{REGION}"
    deployed = {
        "iam:PassedToService": "cloudformation.amazonaws.com",
        "aws:PrincipalArn": f"{ROLE}/mlops-platform-deploy",
    }
    assert allowed(Request("iam:PassRole", execution, deployed), [ANYTHING], limit)
    for changed in ({"iam:PassedToService": "ec2.amazonaws.com"}, {"aws:PrincipalArn": f"{ROLE}/mlops-ward-deploy"}):
        assert not allowed(Request("iam:PassRole", execution, deployed | changed), [ANYTHING], limit), changed
    inside = Request("iam:CreateRole", f"{ROLE}/mlops-x", {"iam:PermissionsBoundary": taken})
    assert allowed(inside, [ANYTHING], limit)


def _mutants(statements: list[Statement]) -> Iterator[tuple[str, list[Statement]]]:
    for index, statement in enumerate(statements):
        rest = [*statements[:index], *statements[index + 1 :]]
        if statement["Effect"] == "Allow":
            yield f"without {statement.get('Sid')}", rest
            if "Condition" in statement:
                loose = {key: value for key, value in statement.items() if key != "Condition"}
                yield f"{statement.get('Sid')} without its condition", [*rest, loose]
