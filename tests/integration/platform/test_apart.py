"""Two projects side by side share nothing that they own, and deleting one leaves the other whole."""

from mlops.aws import Aws
from mlops.projects.catalog import Projects
from mlops.projects.names import Project


def owned(projects: Projects, name: str) -> set[tuple[str, str]]:
    """(type, physical id) of everything in the project's stack."""
    return {(item["ResourceType"], item["PhysicalResourceId"]) for item in projects.resources(name)}


def policies(aws: Aws, roles: list[str]) -> list[str]:
    """The inline policies of roles, as text."""
    iam = aws.client("iam")
    return [
        str(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])
        for role in roles
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    ]


def test_projects_share_nothing_and_outlive_each_other(aws: Aws, projects: Projects) -> None:
    """No physical resource is in both stacks; the roles of one name no bucket, pipeline or function of the other."""
    for name in ("north", "south"):
        projects.create(name, "ml-project")
    north, south = owned(projects, "north"), owned(projects, "south")
    assert len(north) == len(south) > 40
    assert north & south == set()
    texts = policies(aws, [role for kind, role in sorted(north) if kind == "AWS::IAM::Role"])
    assert [text for text in texts if "north" in text]
    assert not [text for text in texts if "south" in text]
    projects.delete("north")
    assert owned(projects, "south") == south
    pipeline = Project("south", aws.account).training_pipeline
    assert aws.client("sagemaker").describe_pipeline(PipelineName=pipeline)["PipelineStatus"] == "Active"
