"""The gate against the deployed version, from the pipeline's start to the registry's entry, on one embedded AWS."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from sagemaker.core.shapes.model_card_shapes import ModelCardContent

from mlops.runs.runs import Run, Runs
from tests.integration.delivery.bench import commit, git, wait_for
from tests.integration.desk import Desk

PROJECT = "gate"
OPEN = ("MinAuc=0", "MinAucDue=0", "MaxEceDue=1")  # whatever the quality: only the deployed version stands in the way


@pytest.fixture(scope="module")
def first(desk: Desk, patients: Path) -> dict[str, Any]:
    """The project with its first version registered and approved; the version as it was registered."""
    desk.done("project", "create", PROJECT)
    desk.done("train", PROJECT, "--dataset", desk.approved(patients), "--as", "data-scientist")
    registered = show(desk, 1)
    desk.done("model", "approve", PROJECT, "1", "--reason", "first", "--as", "ml-engineer")
    return registered


def show(desk: Desk, version: int) -> dict[str, Any]:
    return dict(json.loads(desk.done("model", "show", PROJECT, str(version), "--json")))


def versions(desk: Desk) -> list[int]:
    listed = json.loads(desk.done("model", "list", PROJECT, "--json"))["versions"]
    return [int(item["ModelPackageVersion"]) for item in listed]


def train(desk: Desk, origin: dict[str, str], **parameters: str) -> Run:
    """Start the pipeline as the console does: nothing is said of the deployed version."""
    runs = Runs(desk.aws)
    given = {"DatasetUri": origin["dataset_uri"], "DatasetId": origin["dataset_id"]}
    given |= parameters
    return runs.follow(runs.start(f"{PROJECT}-training", given))


def test_the_first_version_has_nothing_to_be_compared_with(first: dict[str, Any]) -> None:
    """And is registered with that on record."""
    assert first["CustomerMetadataProperties"]["champion"] == "none"
    champion = first["evaluation"]["champion"]
    assert (champion["compared"], champion["summary"]) == (False, "none")


def test_the_entry_is_complete_when_it_appears(desk: Desk, first: dict[str, Any]) -> None:
    """Digest of the evaluated archive, hash of the feature definition, model card in SageMaker's schema, baselines."""
    metadata = first["CustomerMetadataProperties"]
    bucket, _, key = (
        first["InferenceSpecification"]["Containers"][0]["ModelDataUrl"].removeprefix("s3://").partition("/")
    )
    body = desk.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    assert metadata["model_sha256"] == hashlib.sha256(body).hexdigest()
    assert len(metadata["feature_definition"]) == 64
    content = json.loads(first["ModelCard"]["ModelCardContent"])
    card = ModelCardContent.model_validate(content)
    assert {item.name for item in card.evaluation_details or []} >= {"strata", "brands", "sex"}
    assert set(first["DriftCheckBaselines"]["ModelDataQuality"]) == {"Statistics", "Constraints"}


def test_a_worse_version_is_refused_with_the_reason(desk: Desk, first: dict[str, Any]) -> None:
    """A model of one question passes the open thresholds and fails against version 1; nothing is registered."""
    before = versions(desk)
    desk.done("project", "upgrade", PROJECT, *(part for floor in OPEN for part in ("--param", floor)))
    run = train(desk, first["CustomerMetadataProperties"], Rounds="1", MaxDepth="1")
    assert run.status == "Failed"
    reason = run.step("QualityGateFailed")["FailureReason"]
    assert "deployed version: worse than the deployed version 1 on the same rows: AUC of due rows -0." in reason
    assert "RegisterModel" not in {step["StepName"] for step in run.steps}
    assert versions(desk) == before


def test_a_version_as_good_is_registered_with_the_comparison(desk: Desk, first: dict[str, Any], tmp_path: Path) -> None:
    """The same data, code and seed: no difference; the entry, the table and the page say what was compared."""
    run = train(desk, first["CustomerMetadataProperties"])
    assert run.status == "Succeeded"
    second = show(desk, max(versions(desk)))
    metadata = second["CustomerMetadataProperties"]
    assert (metadata["champion"], metadata["champion_auc_due_gain"]) == ("1", "+0.0000")
    assert second["evaluation"]["champion"]["compared"]
    page, card = tmp_path / "page.html", tmp_path / "card.md"
    told = desk.done(
        "model", "show", PROJECT, str(second["ModelPackageVersion"]), "--html", str(page), "--card", str(card)
    )
    assert "not worse than the deployed version 1 on the same rows" in told
    assert "brand " in told
    assert "on_supply_due" in told
    assert "Not worse than the deployed version 1" in page.read_text()
    assert "## 7. Quantitative performance" in card.read_text()


def test_a_damaged_deployed_version_ends_the_run(desk: Desk, first: dict[str, Any]) -> None:
    """Both digests and what to do are said; nothing is registered."""
    before = versions(desk)
    bucket, _, key = (
        first["InferenceSpecification"]["Containers"][0]["ModelDataUrl"].removeprefix("s3://").partition("/")
    )
    s3 = desk.client("s3")
    good = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    s3.put_object(Bucket=bucket, Key=key, Body=b"something else")
    try:
        run = train(desk, first["CustomerMetadataProperties"])
    finally:
        s3.put_object(Bucket=bucket, Key=key, Body=good)
    assert run.status == "Failed"
    reason = run.step("ResolveChampion")["FailureReason"]
    assert hashlib.sha256(b"something else").hexdigest() in reason
    assert first["CustomerMetadataProperties"]["model_sha256"] in reason
    assert "put the artifact back, or reject that version" in reason
    assert versions(desk) == before


def commit_quietly(desk: Desk, folder: Path) -> str:
    """Push one quick test in place of the seed code's while nothing listens for pushes; the commit."""
    desk.client("events").disable_rule(Name=f"{PROJECT}-push")
    address = json.loads(desk.done("project", "show", PROJECT, "--json"))["repository"]
    git(folder, "clone", "-q", desk.with_login(address), "clone")
    git(folder / "clone", "rm", "-rq", "tests")
    head = commit(folder / "clone", "quick", tests_in_test_quick__py="def test_quick() -> None:\n    assert True\n")
    git(folder / "clone", "push", "-q", "origin", "HEAD:main")
    return head


def test_the_schedule_trains_and_is_named(desk: Desk, first: dict[str, Any], tmp_path: Path) -> None:
    """An EventBridge rule delivers what the branch has and trains on the newest data; list, run and version name the schedule."""
    head, before = commit_quietly(desk, tmp_path), max(versions(desk))
    desk.done("project", "upgrade", PROJECT, "--param", "TrainingSchedule=rate(1 minute)")
    client, runs = desk.client("codepipeline"), Runs(desk.aws)

    def summaries() -> list[dict[str, Any]]:
        return list(client.list_pipeline_executions(pipelineName=f"{PROJECT}-delivery")["pipelineExecutionSummaries"])

    wait_for(summaries, "schedule", 120)
    desk.client("events").disable_rule(Name=f"{PROJECT}-schedule")
    wait_for(lambda: all(item["status"] != "InProgress" for item in summaries()), "delivery", 180)
    (delivery,) = summaries()
    assert delivery["status"] == "Succeeded"
    assert delivery["trigger"]["triggerDetail"].endswith(f"rule/{PROJECT}-schedule")
    assert [item["revisionId"] for item in delivery["sourceRevisions"]] == [head]
    started = runs.executions(f"{PROJECT}-training")[0]
    assert started["PipelineExecutionDisplayName"] == f"schedule-{head[:8]}"
    assert runs.follow(started["PipelineExecutionArn"]).status == "Succeeded"
    metadata = show(desk, before + 1)["CustomerMetadataProperties"]
    assert (metadata["started_by"], metadata["git_commit"], metadata["champion"]) == ("schedule", head, "1")
    listed = [line.split() for line in desk.done("run", "list").splitlines()]
    assert {line[1] for line in listed if "schedule" in line} == {f"{PROJECT}-delivery", f"{PROJECT}-training"}
