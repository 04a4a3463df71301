"""Story 6: an ML engineer cleans up, sees before what goes, and after that it has gone."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.acceptance.site import ENGINEER, Site

pytestmark = pytest.mark.timeout(900)
WARD = "ward"


def inventory(site: Site) -> set[str]:
    """Names of what the services have of the project, each asked of its own service."""
    sagemaker, s3, iam = (site.client(name) for name in ("sagemaker", "s3", "iam"))
    roles = (role["RoleName"] for page in iam.get_paginator("list_roles").paginate() for role in page["Roles"])
    functions = site.client("lambda").list_functions()["Functions"]
    return {
        *(name for name in roles if name.startswith(f"mlops-{WARD}-")),
        *(it["PipelineName"] for it in sagemaker.list_pipelines(PipelineNamePrefix=WARD)["PipelineSummaries"]),
        *(it["FeatureGroupName"] for it in sagemaker.list_feature_groups(NameContains=WARD)["FeatureGroupSummaries"]),
        *(it["ModelPackageArn"] for it in packages(site)),
        *(it["Name"] for it in s3.list_buckets()["Buckets"] if f"-{WARD}-" in it["Name"]),
        *(it["FunctionName"] for it in functions if it["FunctionName"].startswith(f"{WARD}-")),
        *(it["AlarmName"] for it in site.client("cloudwatch").describe_alarms(AlarmNamePrefix=WARD)["MetricAlarms"]),
        *(it["repositoryName"] for it in site.client("codecommit").list_repositories()["repositories"] if WARD in it["repositoryName"]),
    }  # fmt: skip


def packages(site: Site) -> list[dict[str, Any]]:
    """Versions of the project's models."""
    try:
        answer = site.client("sagemaker").list_model_packages(ModelPackageGroupName=WARD)
    except ClientError:
        return []
    return list(answer["ModelPackageSummaryList"])


@pytest.fixture(scope="module")
def ward(site: Site) -> dict[str, Any]:
    """A project with a version, an artifact and a prediction, and the plan of its deletion with all its data."""
    site.done("project", "create", WARD, *ENGINEER)
    site.client("sagemaker").create_model_package(ModelPackageGroupName=WARD)
    for kind, key in (("artifacts", "runs/1/model/model.tar.gz"), ("data", "predictions/2024-06-19/1/predictions.csv")):
        site.client("s3").put_object(Bucket=f"mlops-{WARD}-{kind}-{site.desk.aws.account}", Key=key, Body=b"x")
    return dict(site.told("project", "delete", WARD, "--with-data", "--delete-repository", "--dry-run", *ENGINEER))


def test_6_4_what_goes_is_shown_before_it_goes(site: Site, ward: dict[str, Any]) -> None:
    """A plan with an id: everything that goes and what stays, and why; without the name typed, or the id, nothing is deleted."""
    before = inventory(site)
    assert (
        before - {it["id"].rsplit(":", 1)[-1] for it in ward["goes"]} - {it["ModelPackageArn"] for it in packages(site)}
        == set()
    )
    assert all(it["why"] and it["monthly"] >= 0 for it in (*ward["goes"], *ward["stays"]))
    for words in ((), ("--yes",), ("--yes", "--plan-id", "0" * 12)):
        refused = site.desk.mlops("project", "delete", WARD, "--with-data", "--delete-repository", *words, *ENGINEER)
        assert (words, refused.returncode, len(refused.stderr.splitlines())) == (words, 2, 1)
    assert inventory(site) == before


def test_6_3_what_others_use_is_not_deleted(site: Site, ward: dict[str, Any]) -> None:
    """A second project predicts with the first one's models; the platform serves both: deletion names who uses what."""
    site.done(
        "project", "create", "scores", "--template", "inference-only", "--param", f"ModelPackageGroup={WARD}", *ENGINEER
    )
    seen = site.told("project", "delete", WARD, "--dry-run", *ENGINEER)
    refused = site.desk.mlops("project", "delete", WARD, "--yes", "--plan-id", seen["plan_id"], *ENGINEER)
    assert (refused.returncode, "used by scores: delete these first" in refused.stderr) == (2, True)
    platform = site.desk.mlops("destroy", "--yes")
    assert (platform.returncode, "still in use by" in platform.stderr) == (2, True)
    assert {WARD, "scores"} <= {word.strip(",:") for word in platform.stderr.split()}
    plan = site.told("project", "delete", "scores", "--with-data", "--dry-run", *ENGINEER)["plan_id"]
    site.done("project", "delete", "scores", "--with-data", "--yes", "--plan-id", plan, *ENGINEER)


@pytest.fixture(scope="module")
def deleted(site: Site, ward: dict[str, Any]) -> dict[str, Any]:
    """What the command said of the deletion, with what was there before."""
    before = inventory(site)
    words = ("--with-data", "--delete-repository")
    plan = site.told("project", "delete", WARD, *words, "--dry-run", *ENGINEER)["plan_id"]
    told = site.told(
        "project", "delete", WARD, *words, "--yes", "--plan-id", plan, "--reason", "no longer used", *ENGINEER
    )
    return {**told, "before": before}


def test_6_1_everything_of_a_project_can_be_deleted(site: Site, deleted: dict[str, Any]) -> None:
    """One command; no service has anything of the project any more, and it is in no list."""
    assert len(deleted["before"]) > 25
    assert inventory(site) == set()
    assert WARD not in site.done("project", "list")


def test_6_2_models_definitions_and_artifacts_go(site: Site, deleted: dict[str, Any]) -> None:
    """The version, both definitions, the artifact and the prediction: all gone, as the plan had said."""
    assert {f"{WARD}-training", f"{WARD}-inference"} <= deleted["before"]
    assert packages(site) == []
    with pytest.raises(ClientError, match="NoSuchBucket"):
        site.client("s3").list_objects_v2(Bucket=f"mlops-{WARD}-artifacts-{site.desk.aws.account}")


def test_6_5_the_deletion_is_proved(site: Site, ward: dict[str, Any], deleted: dict[str, Any]) -> None:
    """The command asks each service and says so; the audit trail keeps who deleted it and why."""
    assert deleted["verified"], deleted
    entries = site.told("audit", "log", WARD)["entries"]
    told = [it for it in entries if it["action"].startswith("delete")]
    assert told
    assert all((it["reason"], "ml-engineer" in it["by"]) == ("no longer used", True) for it in told)
