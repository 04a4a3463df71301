"""Projects are made as the launch role and with nothing but its rights; so are deployments with a role. One deployed platform."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mlops.aws import Aws
from mlops.errors import MlopsError
from mlops.platform.assembly import load
from mlops.platform.deployer import Deployer
from mlops.projects.catalog import Projects
from tests.integration.platform.plain import ACCOUNT, document

LAUNCH = "mlops-launch"
EXECUTION = f"cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-us-east-1"
SESSION = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{LAUNCH}/servicecatalog is not authorized to perform: "


@contextmanager
def without(aws: Aws, action: str, sid: str = "") -> Iterator[None]:
    """The launch role without an action, or without that action in one statement."""
    iam = aws.client("iam")
    (name,) = iam.list_role_policies(RoleName=LAUNCH)["PolicyNames"]
    before: dict[str, Any] = iam.get_role_policy(RoleName=LAUNCH, PolicyName=name)["PolicyDocument"]
    kept = [_less(it, action) for it in before["Statement"] if not sid or it.get("Sid") == sid]
    kept += [it for it in before["Statement"] if sid and it.get("Sid") != sid]
    less = json.dumps({**before, "Statement": [it for it in kept if it["Action"]]})
    iam.put_role_policy(RoleName=LAUNCH, PolicyName=name, PolicyDocument=less)
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=LAUNCH, PolicyName=name, PolicyDocument=json.dumps(before))


def _less(statement: dict[str, Any], action: str) -> dict[str, Any]:
    return {**statement, "Action": [it for it in statement["Action"] if it != action]}


@pytest.mark.parametrize(
    ("action", "sid", "words"),
    [
        (
            "sagemaker:CreatePipeline",
            "",
            f"{SESSION}sagemaker:CreatePipeline on resource: arn:aws:sagemaker:us-east-1:{ACCOUNT}:pipeline/",
        ),
        ("iam:PassRole", "", f"{SESSION}iam:PassRole on resource: arn:aws:iam::{ACCOUNT}:role/mlops-"),
        (
            "lambda:InvokeFunction",
            "",
            f"{SESSION}lambda:InvokeFunction on resource: arn:aws:lambda:us-east-1:{ACCOUNT}:function:",
        ),
        ("kms:ListGrants", "", f"{SESSION}kms:ListGrants on resource: arn:aws:kms:us-east-1:{ACCOUNT}:key/"),
        ("s3:GetObject", "CatalogTemplates", "S3 error: Access Denied"),
        ("cloudformation:CreateStack", "", "is not authorized to perform: cloudformation:CreateStack"),
    ],
    ids=lambda it: it if ":" in it and " " not in it else "",
)
def test_project_needs_every_right_of_the_launch_role(
    aws: Aws, projects: Projects, action: str, sid: str, words: str
) -> None:
    """Without one the project is not made, the record says in AWS's words why, and nothing of it is left."""
    with without(aws, action, sid), pytest.raises(MlopsError, match="was not created") as refused:
        projects.create("lacking", "training-only")
    assert words in str(refused.value)
    roles = {it["RoleName"] for it in aws.client("iam").list_roles()["Roles"]}
    assert not {it for it in roles if it.startswith("mlops-lacking")}


def test_launch_role_has_to_trust_service_catalog(aws: Aws, projects: Projects) -> None:
    """Its trust is asked for, with the account as the condition key that Service Catalog sends."""
    iam = aws.client("iam")
    before = json.dumps(iam.get_role(RoleName=LAUNCH)["Role"]["AssumeRolePolicyDocument"])
    iam.update_assume_role_policy(RoleName=LAUNCH, PolicyDocument=before.replace(ACCOUNT, "111122223333"))
    try:
        with pytest.raises(
            MlopsError, match=f"Access denied while assuming the role arn:aws:iam::{ACCOUNT}:role/{LAUNCH}"
        ):
            projects.create("untrusted", "training-only")
    finally:
        iam.update_assume_role_policy(RoleName=LAUNCH, PolicyDocument=before)


def test_deployment_as_the_bootstrapped_role(aws: Aws) -> None:
    """What ``mlops deploy --role`` passes: a change of the platform is made with that role's rights, and without one it goes back."""
    iam, assembly = aws.client("iam"), load()
    stack = next(it for it in assembly.stacks if it.name == "mlops-observability")
    content = json.loads(stack.template)
    content["Resources"]["Another"] = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "another"}}
    changed = replace(assembly, stacks=(replace(stack, template=json.dumps(content)),))
    deny = document({"Effect": "Deny", "Action": "sns:CreateTopic", "Resource": "*"})
    iam.put_role_policy(RoleName=EXECUTION, PolicyName="deny", PolicyDocument=deny)
    with pytest.raises(
        MlopsError, match=r"assumed-role/.*/AWSCloudFormation is not authorized to perform: sns:CreateTopic"
    ):
        Deployer(aws, role=EXECUTION).deploy(changed)
    iam.delete_role_policy(RoleName=EXECUTION, PolicyName="deny")
    told: list[str] = []
    Deployer(aws, role=EXECUTION).deploy(changed, lambda _, what: told.append(what))
    assert told == ["updated"]


def test_nobody_passes_the_bootstrapped_role_unless_he_may(aws: Aws, engineer: Aws) -> None:
    """An ML engineer deploys nothing as it."""
    request = {"StackName": "mlops-x", "TemplateBody": "{}", "RoleARN": f"arn:aws:iam::{ACCOUNT}:role/{EXECUTION}"}
    with pytest.raises(ClientError, match="AccessDenied"):
        engineer.client("cloudformation").create_stack(**request)
