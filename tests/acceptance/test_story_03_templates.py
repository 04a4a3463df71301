"""Story 3: an ML engineer makes projects from templates that are all alike."""

import json

import pytest

from tests.acceptance.site import ENGINEER, PROJECT, Site
from tests.integration.delivery.bench import git

pytestmark = pytest.mark.timeout(900)


def test_3_1_a_new_project_has_both_pipelines(site: Site) -> None:
    """``mlops project create``: the training and the inference pipeline are there, and can be started at once."""
    found = site.client("sagemaker").list_pipelines(PipelineNamePrefix=site.project)["PipelineSummaries"]
    assert {it["PipelineName"] for it in found} == {f"{PROJECT}-training", f"{PROJECT}-inference"}
    assert json.loads(
        site.client("sagemaker").describe_pipeline(PipelineName=f"{PROJECT}-inference")["PipelineDefinition"]
    )["Steps"]


def test_3_2_a_template_makes_everything_that_a_project_needs(site: Site) -> None:
    """Pipelines, registry group, feature group, repository, delivery, alarms, dashboard: in one stack, and every one is there."""
    kinds = {it["type"] for it in site.told("project", "show", site.project)["resources"]}
    assert {
        "AWS::SageMaker::ModelPackageGroup", "AWS::SageMaker::FeatureGroup", "AWS::CodeCommit::Repository",
        "AWS::CodePipeline::Pipeline", "AWS::CloudWatch::Alarm", "AWS::SNS::Topic", "AWS::S3::Bucket",
    } <= kinds  # fmt: skip
    client = site.client("sagemaker")
    assert client.describe_model_package_group(ModelPackageGroupName=PROJECT)["ModelPackageGroupStatus"] == "Completed"
    assert {it["AlarmName"] for it in site.client("cloudwatch").describe_alarms(AlarmNamePrefix=PROJECT)["MetricAlarms"]} >= {
        f"{PROJECT}-{kind}" for kind in ("drift", "schema")
    }  # fmt: skip


def test_3_3_the_catalog_offers_new_versions_of_a_template(site: Site) -> None:
    """Service Catalog lists the product's versions, and the ML engineer chooses one; who asks for none gets the newest."""
    catalog = site.desk.aws.assume("mlops-ml-engineer", "ben").client("servicecatalog")
    (product,) = [it for it in catalog.search_products()["ProductViewSummaries"] if it["Name"] == "ML project"]
    versions = catalog.describe_product(Id=product["ProductId"])["ProvisioningArtifacts"]
    assert len(versions) >= 1
    newest = max(versions, key=lambda it: it["CreatedTime"])["Name"]
    assert site.told("project", "show", site.project)["version"] == newest
    wrong = site.desk.mlops("project", "upgrade", PROJECT, "--version", "v99", *ENGINEER)
    assert (wrong.returncode, f"has {versions[0]['Name']}" in wrong.stderr) == (2, True)


def test_3_4_a_project_begins_with_the_seed_code(site: Site) -> None:
    """Its repository is the seed repository and the delivery's commands, ready to be cloned by the data scientist."""
    assert site.clone.is_dir()
    files = git(site.clone, "ls-tree", "-r", "--name-only", "origin/main~0").stdout.split()
    assert {"project.toml", "train.py", "inference.py", "run.py", "README.md", "delivery.py"} <= set(files)
    assert any(name.startswith("tests/") for name in git(site.clone, "log", "--name-only", "--format=").stdout.split())


def test_3_5_a_push_builds_tests_and_deploys(site: Site) -> None:
    """CodePipeline tests and packages the pushed commit, CloudFormation brings the pipelines to it, and a training starts."""
    assert site.delivery["status"] == "Succeeded"
    assert site.pushed["CustomerMetadataProperties"]["max_depth"] == "3"
    log = site.done("run", "logs", site.delivery["pipelineExecutionId"])
    assert "1 passed" in log
