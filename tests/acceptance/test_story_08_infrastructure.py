"""Story 8: an ML engineer has infrastructure as code, which comes back as it was."""

import json
from pathlib import Path

import pytest

from tests.acceptance.site import Site
from tests.integration.delivery.bench import git

pytestmark = pytest.mark.timeout(900)
ROOT = Path(__file__).parents[2]


def test_8_1_templates_are_in_source_control(site: Site) -> None:
    """Stacks and every published version of a product are files of the repository; the platform's own waits for their commits."""
    tracked = git(ROOT, "ls-files", "stacks", "mlops/platform/assembled", check=False).stdout.split()
    if not tracked:
        pytest.skip("the platform's own source is not in a git repository here")
    assert {"stacks/foundation.py", "stacks/products/history/withdrawn.json"} <= set(tracked)
    assert any(name.endswith(".template.json") for name in tracked)
    assert site.client("codecommit").get_repository(repositoryName="mlops-platform")["repositoryMetadata"]


def test_8_3_every_resource_comes_from_a_declarative_template(site: Site) -> None:
    """Buckets, functions, pipelines, alarms and roles of platform and project are all in the stacks' templates."""
    assert site.project
    cloudformation = site.client("cloudformation")
    declared = set()
    for stack in cloudformation.describe_stacks()["Stacks"]:
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack["StackName"])
        declared |= {it.get("PhysicalResourceId") for page in pages for it in page["StackResourceSummaries"]}
        assert cloudformation.get_template(StackName=stack["StackName"])["TemplateBody"]
    iam = site.client("iam").get_paginator("list_roles").paginate()
    made = {
        *(it["Name"] for it in site.client("s3").list_buckets()["Buckets"] if not it["Name"].startswith("cdk-")),
        *(it["FunctionName"] for it in site.client("lambda").list_functions()["Functions"]),
        *(it["PipelineName"] for it in site.client("sagemaker").list_pipelines()["PipelineSummaries"]),
        *(it["AlarmName"] for it in site.client("cloudwatch").describe_alarms()["MetricAlarms"]),
        *(it["RoleName"] for page in iam for it in page["Roles"] if it["RoleName"].startswith("mlops-")),
    }
    assert len(made) > 40
    assert made - declared == set(), json.dumps(sorted(made - declared))
