"""A project reaches none whose name begins with its own: no pattern of its roles, and no name that both could have."""

import json
import re
from typing import Any

import pytest

from mlops.bundled import alarms
from mlops.projects.packages import functions
from stacks.rules.findings import resources, text
from tests.security.policies import ACCOUNT, ASSEMBLY, REGION, Request, allowed, boundary, resolve, roles

PRODUCTS = sorted(ASSEMBLY.glob("Catalog*.product.template.json"))
_NAMED = {  # what a project owns: type -> (member with its name, how its ARN is made)
    "AWS::Lambda::Function": ("FunctionName", "arn:aws:lambda:{r}:{a}:function:{n}", "lambda:InvokeFunction"),
    "AWS::SageMaker::FeatureGroup": ("FeatureGroupName", "arn:aws:sagemaker:{r}:{a}:feature-group/{n}", "sagemaker:PutRecord"),
    "AWS::SageMaker::Pipeline": ("PipelineName", "arn:aws:sagemaker:{r}:{a}:pipeline/{n}", "sagemaker:StartPipelineExecution"),
    "AWS::CodeBuild::Project": ("Name", "arn:aws:codebuild:{r}:{a}:project/{n}", "codebuild:StartBuild"),
    "AWS::CodePipeline::Pipeline": ("Name", "arn:aws:codepipeline:{r}:{a}:{n}", "codepipeline:StartPipelineExecution"),
    "AWS::CodeCommit::Repository": ("RepositoryName", "arn:aws:codecommit:{r}:{a}:{n}", "codecommit:UploadArchive"),
    "AWS::SNS::Topic": ("TopicName", "arn:aws:sns:{r}:{a}:{n}", "sns:Publish"),
    "AWS::S3::Bucket": ("BucketName", "arn:aws:s3:::{n}/runs/x", "s3:GetObject"),
    "AWS::Logs::LogGroup": ("LogGroupName", "arn:aws:logs:{r}:{a}:log-group:{n}:log-stream:x", "logs:PutLogEvents"),
    "AWS::IAM::Role": ("RoleName", "arn:aws:iam::{a}:role/{n}", "iam:PassRole"),
    "AWS::SageMaker::ModelPackageGroup": (
        "ModelPackageGroupName",
        "arn:aws:sagemaker:{r}:{a}:model-package/{n}/1",
        "sagemaker:DescribeModelPackage",
    ),
}  # fmt: skip
_CONTEXT = {
    "iam:PassedToService": "sagemaker.amazonaws.com",
    "sagemaker:ModelApprovalStatus": "PendingManualApproval",
    "aws:SecureTransport": "true",
}


@pytest.mark.parametrize("path", PRODUCTS, ids=lambda path: path.name.split(".")[0])
@pytest.mark.parametrize("other", ["a-b", "ab", "a-code", "a-training"])
def test_no_role_reaches_a_project_whose_name_begins_alike(path: Any, other: str) -> None:
    """Every role of project a on every thing that the other project owns: nothing."""
    content = json.loads(path.read_text())
    ours = {"SageMakerProjectName": "a", "ModelPackageGroup": "a"}
    theirs = {"SageMakerProjectName": other, "ModelPackageGroup": other}
    held, limit = roles(content, ours), boundary()
    reached = []
    for kind, (member, arn, action) in _NAMED.items():
        for _, properties in resources(content, kind):
            place = arn.format(r=REGION, a=ACCOUNT, n=resolve(properties[member], theirs))
            request = Request(action, place, _CONTEXT)
            reached += [(name, action, place) for name, given in held.items() if allowed(request, given, limit)]
    assert reached == []


def test_the_rows_are_real() -> None:
    """The same question about the project's own things is answered with yes for most kinds: the rows above could fail."""
    content = json.loads(next(path for path in PRODUCTS if "MlProject" in path.name).read_text())
    known = {"SageMakerProjectName": "a"}
    held, limit = roles(content, known), boundary()
    found = set()
    for kind, (member, arn, action) in _NAMED.items():
        for _, properties in resources(content, kind):
            place = arn.format(r=REGION, a=ACCOUNT, n=resolve(properties[member], known))
            if any(allowed(Request(action, place, _CONTEXT), given, limit) for given in held.values()):
                found.add(kind)
    assert set(_NAMED) - found == set()


@pytest.mark.parametrize("path", PRODUCTS, ids=lambda path: path.name.split(".")[0])
def test_no_two_projects_can_own_the_same_name(path: Any) -> None:
    """``a`` + ``-b-c`` and ``a-b`` + ``-c`` would be one thing: no ending of a kind's names ends with another one."""
    content = json.loads(path.read_text())
    for kind, (member, _, _) in _NAMED.items():
        names = [text(it[member]) for _, it in resources(content, kind)]
        endings = [name.partition("${SageMakerProjectName}")[2] for name in names]
        beginnings = {name.partition("${SageMakerProjectName}")[0] for name in names}
        assert len(beginnings) <= 1 or kind == "AWS::Logs::LogGroup", (kind, beginnings)
        clashes = [(one, two) for one in endings for two in endings if one != two and two and one.endswith(two)]
        assert clashes == [], kind


def test_purposes_and_alarms_do_not_end_alike() -> None:
    """The same of functions, whose names are their purposes, and of alarms."""
    for endings in ({f"-{it}" for it in functions()}, {row.name("") for row in alarms.ALARMS}):
        assert not [(one, two) for one in endings for two in endings if one != two and one.endswith(two)]


@pytest.mark.parametrize("path", PRODUCTS, ids=lambda path: path.name.split(".")[0])
def test_the_jobs_role_calls_exactly_the_functions_of_the_definitions(path: Any) -> None:
    """Each that a definition names by its parameter, and no other one of the project."""
    content = json.loads(path.read_text())
    ((_, code),) = resources(content, "Custom::ProjectCode")
    wanted = {
        resolve(content["Resources"][value["Fn::GetAtt"][0]]["Properties"]["FunctionName"])
        for name, value in code["Defaults"].items()
        if re.fullmatch(r"\w+FunctionArn", name)
    }
    execution = roles(content)["mlops-ward-execution"]
    owned = {resolve(it["FunctionName"]) for _, it in resources(content, "AWS::Lambda::Function")}
    called = {
        name
        for name in owned
        if allowed(
            Request("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"),
            execution,
            boundary(),
        )
    }
    assert called == wanted
    assert wanted
