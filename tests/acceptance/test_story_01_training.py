"""Story 1: a data scientist trains models with automated pipelines and leaves infrastructure to the platform."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.acceptance.site import PROJECT, SCIENTIST, Site

pytestmark = pytest.mark.timeout(900)


def test_1_1_a_training_on_csv_preprocesses_trains_and_evaluates(site: Site) -> None:
    """``mlops train`` on imported CSV tables: validation, features, split, training and evaluation all succeed."""
    steps = site.steps(site.training["run"])
    assert set(steps.values()) == {"Succeeded"}
    assert {"ValidateData", "BuildFeatures", "SplitData", "TrainModel", "EvaluateModel"} <= set(steps)
    assert 0.7 < site.version(site.training["version"])["evaluation"]["gates"]["auc"] < 0.95


def test_1_2_a_completed_training_registers_the_model_with_its_metadata(site: Site) -> None:
    """The registry's version names artifact and digest, run, data set, commit, parameters and metrics."""
    version = site.version(site.training["version"])
    metadata = version["CustomerMetadataProperties"]
    assert metadata["pipeline_execution_arn"] == site.training["run"]
    assert metadata["dataset_id"] == site.dataset["dataset_id"]
    assert len(metadata["model_sha256"]) == len(metadata["feature_definition"]) == 64
    assert (metadata["started_by"], metadata["max_depth"]) == ("data-scientist", "4")
    assert site.read(version["InferenceSpecification"]["Containers"][0]["ModelDataUrl"])


def test_1_3_a_training_makes_the_baseline_of_monitoring(site: Site) -> None:
    """Statistics and constraints in Model Monitor's form are part of the version."""
    quality = site.version(site.training["version"])["DriftCheckBaselines"]["ModelDataQuality"]
    statistics, constraints = (json.loads(site.read(quality[it]["S3Uri"])) for it in ("Statistics", "Constraints"))
    assert statistics["dataset"]["item_count"] > 500
    assert {it["name"] for it in constraints["features"]} >= {"copay_month"}


def test_1_4_a_training_needs_no_provisioning_by_hand(site: Site) -> None:
    """The pipeline brings its own instances; the data scientist can and need not make any."""
    sagemaker = site.client("sagemaker")
    jobs = sagemaker.list_training_jobs(NameContains=site.training["run"].rsplit("/", 1)[-1])["TrainingJobSummaries"]
    job = sagemaker.describe_training_job(TrainingJobName=jobs[0]["TrainingJobName"])
    assert job["ResourceConfig"]["InstanceCount"] == 1
    refused = site.desk.mlops("project", "create", "another", *SCIENTIST)
    assert (refused.returncode, "ml-engineer may" in refused.stderr) == (3, True)
    mine = site.desk.aws.assume("mlops-data-scientist", "data-scientist").client("sagemaker")
    with pytest.raises(ClientError, match="AccessDenied"):
        mine.create_training_job(
            TrainingJobName="by-hand",
            **{key: job[key] for key in ("RoleArn", "ResourceConfig", "StoppingCondition")},
            AlgorithmSpecification={
                "TrainingImage": job["AlgorithmSpecification"]["TrainingImage"],
                "TrainingInputMode": "File",
            },
            OutputDataConfig={"S3OutputPath": "s3://mlops-clinic-artifacts-000000000000/by-hand"},
        )


def test_1_5_concurrent_trainings_do_not_disturb_each_other(site: Site) -> None:
    """Beside the good training another one ran on broken tables: it was refused, named file and column, and took nothing with it."""
    bad = site.trainings["bad"]
    assert bad.returncode == 2
    assert "fills.csv, header (row 1): column fill_date is missing" in bad.stderr
    found = site.client("sagemaker").list_pipeline_executions(PipelineName=f"{PROJECT}-training")
    statuses = {it["PipelineExecutionArn"]: it["PipelineExecutionStatus"] for it in found["PipelineExecutionSummaries"]}
    assert statuses[site.training["run"]] == "Succeeded"
