"""Every type of the assembly is really created on the embedded AWS and visible through its own service."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from mlops.aws import Aws
from mlops.errors import MlopsError
from mlops.platform.assembly import Assembly, Stack, load
from mlops.platform.deployer import Deployer
from mlops.projects.catalog import Projects
from tests.integration.platform.visible import LOOKS

MAIL = {"Email": "team@example.org", "TrainingSchedule": "rate(7 days)"}
KINDS = {
    "everything": ("ml-project", MAIL),
    "trains": ("training-only", {}),
    "scores": ("inference-only", {"ModelPackageGroup": "everything"}),
}


@pytest.fixture(scope="module")
def stacks(aws: Aws, projects: Projects) -> dict[str, dict[str, Any]]:
    """Stack -> logical id -> resource summary, for the platform and a project of each template."""
    for name, (template, parameters) in KINDS.items():
        began = time.monotonic()
        projects.create(name, template, parameters=parameters)
        assert time.monotonic() - began < 10
    names = [stack.name for stack in load().stacks] + [projects.get(name).stack for name in KINDS]
    return {name: _resources(aws, name) for name in names}


def _resources(aws: Aws, stack: str) -> dict[str, Any]:
    pages = aws.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    return {item["LogicalResourceId"]: item for page in pages for item in page["StackResourceSummaries"]}


def test_every_type_is_visible_through_its_own_service(aws: Aws, stacks: dict[str, dict[str, Any]]) -> None:
    """Resource by resource, in all stacks."""
    for resources in stacks.values():
        for item in resources.values():
            assert LOOKS[item["ResourceType"]](aws, item["PhysicalResourceId"], resources), item


def test_the_list_of_types_is_that_of_the_assembly(stacks: dict[str, dict[str, Any]]) -> None:
    """Nothing in the templates is left out of the look-ups, and no look-up stands for nothing."""
    created = {item["ResourceType"] for resources in stacks.values() for item in resources.values()}
    assembly = load()
    bodies = [stack.template for stack in assembly.stacks]
    bodies += [body.decode() for key, body in assembly.assets.items() if key.endswith(".json")]
    written = {item["Type"] for body in bodies for item in json.loads(body)["Resources"].values()}
    assert written == created == set(LOOKS)


def test_deploying_again_changes_nothing(aws: Aws) -> None:
    """Twice the same assembly: every stack is unchanged, and it is quick."""
    told: dict[str, str] = {}
    began = time.monotonic()
    Deployer(aws).deploy(load(), lambda stack, what: told.update({stack: what}))
    assert set(told.values()) == {"unchanged"}
    assert time.monotonic() - began < 15


def test_a_deployment_that_fails_late_changes_nothing(aws: Aws) -> None:
    """The first stack would change and the last one fails: the first is as it was, and the next deployment finds nothing to do."""
    assembly = load()
    broken = {
        "mlops-foundation": lambda content: _first(content, "AWS::KMS::Key").update(Description="another one"),
        "mlops-delivery": lambda content: content["Resources"].update(
            Broken={"Type": "AWS::SNS::Topic", "Properties": {"NoSuchProperty": 1}}
        ),
    }
    before = _templates(aws, assembly)
    told: list[tuple[str, str]] = []
    changed = replace(assembly, stacks=tuple(_changed(stack, broken.get(stack.name)) for stack in assembly.stacks))
    with pytest.raises(MlopsError, match=r"mlops-delivery: UPDATE_ROLLBACK_COMPLETE: Broken .*NoSuchProperty"):
        Deployer(aws).deploy(changed, lambda stack, what: told.append((stack, what)))
    assert ("mlops-foundation", "updated") in told
    assert told[-1] == ("mlops-foundation", "taken back")
    assert _templates(aws, assembly) == before
    again: list[str] = []
    Deployer(aws).deploy(assembly, lambda _, what: again.append(what))
    assert set(again) == {"unchanged"}


def _first(content: dict[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(item for item in content["Resources"].values() if item["Type"] == kind)["Properties"]
    return found


def _changed(stack: Stack, change: Callable[[dict[str, Any]], None] | None) -> Stack:
    content = json.loads(stack.template)
    if change is None:
        return stack
    change(content)
    return replace(stack, template=json.dumps(content))


def _templates(aws: Aws, assembly: Assembly) -> dict[str, str]:
    client = aws.client("cloudformation")
    return {
        stack.name: json.dumps(client.get_template(StackName=stack.name)["TemplateBody"]) for stack in assembly.stacks
    }


def test_two_projects_share_nothing_that_they_own(
    aws: Aws, projects: Projects, stacks: dict[str, dict[str, Any]]
) -> None:
    """Every physical id is one project's alone."""
    owned = [
        {item["PhysicalResourceId"] for item in stacks[projects.get(name).stack].values()}
        for name in ("everything", "trains")
    ]
    assert owned[0] & owned[1] == set()


def test_same_templates_are_offered_as_s3_hosted_ones(aws: Aws, stacks: dict[str, dict[str, Any]]) -> None:
    """With the tag that Studio looks for, CORS for Studio, and names within its limit."""
    s3, bucket = aws.client("s3"), "mlops-studio-templates-000000000000"
    for key, template in load().products.items():
        assert len(key) <= 32
        assert s3.get_object(Bucket=bucket, Key=f"{key}.yaml")["Body"].read().decode() == template
        tags = s3.get_object_tagging(Bucket=bucket, Key=f"{key}.yaml")["TagSet"]
        assert tags == [{"Key": "sagemaker:studio-visibility", "Value": "true"}]
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"][0]["AllowedOrigins"] == ["https://*.sagemaker.aws"]


def test_repository_holds_the_seed_code(aws: Aws, stacks: dict[str, dict[str, Any]]) -> None:
    """The first commit of the project's repository has exactly the files of the seed code."""
    from mlops.projects.packages import packages

    found = aws.client("codecommit").get_folder(repositoryName="everything-code", folderPath="/")
    assert {item["absolutePath"] for item in found["files"]} == set(packages()["seed-repository"])


def test_definition_names_the_projects_own_things(aws: Aws, stacks: dict[str, dict[str, Any]]) -> None:
    """Rendered for the project: its buckets, its role, the private network in every job."""
    definition = json.loads(
        aws.client("sagemaker").describe_pipeline(PipelineName="everything-training")["PipelineDefinition"]
    )
    jobs = [step for step in definition["Steps"] if step["Type"] == "Processing"]
    roles = {step["Arguments"]["RoleArn"] for step in jobs}
    assert roles == {"arn:aws:iam::000000000000:role/mlops-everything-execution"}
    outputs = [
        it["S3Output"]["S3Uri"] for step in jobs for it in step["Arguments"]["ProcessingOutputConfig"]["Outputs"]
    ]
    assert {it["Std:Join"]["Values"][0] for it in outputs} == {"s3://mlops-everything-artifacts-000000000000/runs"}
    assert all(len(step["Arguments"]["NetworkConfig"]["VpcConfig"]["Subnets"]) == 2 for step in jobs)


@pytest.mark.parametrize(
    ("name", "kind", "properties", "words"),
    [
        ("plain", "AWS::S3::Bucket", {"BucketNmae": "b"}, "BucketNmae"),
        (
            "nested",
            "AWS::S3::Bucket",
            {"VersioningConfiguration": {"Statsu": "Enabled"}},
            "#/VersioningConfiguration: extraneous key [Statsu] is not permitted",
        ),
        ("ours", "AWS::SageMaker::Pipeline", {"PipelineName": "p", "Colour": "red"}, "Colour"),
        ("missing", "AWS::SageMaker::Pipeline", {"PipelineName": "p"}, "PipelineDefinition"),
    ],
)
def test_unknown_property_fails_loudly(aws: Aws, name: str, kind: str, properties: dict[str, Any], words: str) -> None:
    """Nothing is ignored: the stack rolls back and its events say which property it was."""
    cloudformation, template = (
        aws.client("cloudformation"),
        {"Resources": {"It": {"Type": kind, "Properties": properties}}},
    )
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
    with pytest.raises(WaiterError):
        cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    assert any(words in event.get("ResourceStatusReason", "") for event in events)


def test_unknown_type_is_refused(aws: Aws) -> None:
    """Before anything is made."""
    template = json.dumps({"Resources": {"It": {"Type": "AWS::SageMaker::Teapot", "Properties": {}}}})
    with pytest.raises(ClientError, match="AWS::SageMaker::Teapot"):
        aws.client("cloudformation").create_stack(StackName="teapot", TemplateBody=template)
