"""A project with a manual gate: nothing of a delivery is in use before a person releases it; CloudFormation alone changes definitions."""

import json
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mlops.projects.deliveries import Deliveries
from tests.integration.delivery.bench import cloned, commit, git, wait_for
from tests.integration.desk import Desk

pytestmark = [pytest.mark.xdist_group("gate"), pytest.mark.timeout(900)]
PROJECT, PIPELINE = "gated", "gated-delivery"
PATIENCE = 600  # seconds; other tests share the machine


class Gated:
    """The project, a clone whose tests are quick, and what is in use."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk = desk
        desk.done("project", "create", PROJECT, "--param", "ManualGate=yes")
        self.clone = cloned(desk, PROJECT, folder)
        shutil.rmtree(self.clone / "tests")
        self._depth = 4

    def push(self, depth: int) -> str:
        """Push another hyper-parameter; the delivery's id as soon as it waits at the gate."""
        text = (self.clone / "project.toml").read_text()
        changed = text.replace(f"max_depth = {self._depth}", f"max_depth = {depth}")
        assert changed != text
        self._depth = depth
        quick = "def test_depth():\n    assert 'max_depth' in open('project.toml').read()\n"
        head = commit(self.clone, f"depth {depth}", project__toml=changed, tests_in_test_depth__py=quick)
        git(self.clone, "push", "-q", "origin", "HEAD:main")
        return str(wait_for(lambda: self._waiting(head), f"gate for depth {depth}", PATIENCE))

    def _waiting(self, head: str) -> str:
        client = self.desk.client("codepipeline")
        for item in client.list_pipeline_executions(pipelineName=PIPELINE)["pipelineExecutionSummaries"]:
            if [revision["revisionId"] for revision in item["sourceRevisions"]] == [head]:
                assert item["status"] == "InProgress", self.desk.done("run", "logs", item["pipelineExecutionId"])
                stages = {
                    stage["stageName"]: stage for stage in client.get_pipeline_state(name=PIPELINE)["stageStates"]
                }
                if stages["Release"]["actionStates"][0].get("latestExecution", {}).get("token"):
                    return str(item["pipelineExecutionId"])
        return ""

    def deliveries(self) -> list[str]:
        """Ids of all, newest first."""
        answer = self.desk.client("codepipeline").list_pipeline_executions(pipelineName=PIPELINE)
        return [str(item["pipelineExecutionId"]) for item in answer["pipelineExecutionSummaries"]]

    def ended(self, id_: str) -> str:
        """Final status of a delivery."""
        client = self.desk.client("codepipeline")

        def status() -> str:
            found = client.get_pipeline_execution(pipelineName=PIPELINE, pipelineExecutionId=id_)["pipelineExecution"]
            return "" if found["status"] == "InProgress" else str(found["status"])

        return str(wait_for(status, f"end of {id_}", PATIENCE))

    def release(self, id_: str, reason: str, persona: str, *more: str) -> "subprocess.CompletedProcess[str]":
        """``mlops run release``."""
        return self.desk.mlops("run", "release", id_[:8], "--reason", reason, "--as", persona, *more)

    def definition(self) -> dict[str, Any]:
        """The training pipeline's definition as SageMaker has it."""
        answer = self.desk.client("sagemaker").describe_pipeline(PipelineName=f"{PROJECT}-training")
        return dict(json.loads(answer["PipelineDefinition"]))

    def defaults(self) -> dict[str, str]:
        """Its parameters' defaults."""
        return {item["Name"]: str(item.get("DefaultValue", "")) for item in self.definition()["Parameters"]}

    def floor(self) -> float:
        """The gate's least AUC, a constant of the definition."""
        gate = next(step for step in self.definition()["Steps"] if step["Type"] == "Condition")
        return float(gate["Arguments"]["Conditions"][0]["RightValue"])

    def code_package(self) -> str:
        """The template's parameter."""
        (stack,) = self.desk.client("cloudformation").describe_stacks(StackName=self._stack())["Stacks"]
        return next(str(it["ParameterValue"]) for it in stack["Parameters"] if it["ParameterKey"] == "CodePackage")

    def audit(self, action: str) -> list[dict[str, Any]]:
        """Entries of the audit trail about one kind of act, oldest first."""
        found = json.loads(self.desk.done("audit", "log", PROJECT, "--json"))["entries"]
        return sorted((it for it in found if it["action"] == action), key=lambda it: int(it["number"]))

    def training_resource(self) -> str:
        """Logical id of the training pipeline in the project's stack."""
        resources = self.desk.client("cloudformation").list_stack_resources(StackName=self._stack())
        summaries = resources["StackResourceSummaries"]
        return str(next(item["LogicalResourceId"] for item in summaries if self._is_training(item)))

    @staticmethod
    def _is_training(item: dict[str, Any]) -> bool:
        return bool(item["ResourceType"] == "AWS::SageMaker::Pipeline") and "training" in item["PhysicalResourceId"]

    def _stack(self) -> str:
        return str(json.loads(self.desk.done("project", "show", PROJECT, "--json"))["stack"])

    def events(self) -> list[dict[str, Any]]:
        """Events of the project's stack, oldest first."""
        pages = (
            self.desk.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=self._stack())
        )
        return list(reversed([item for page in pages for item in page["StackEvents"]]))


@pytest.fixture(scope="module")
def gated(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Gated:
    """See ``Gated``."""
    return Gated(desk, tmp_path_factory.mktemp("clones"))


def test_only_a_project_that_wants_one_has_a_gate(gated: Gated) -> None:
    """Between the tested package and the project's stack; by default there is none."""
    gated.desk.done("project", "create", "plain")
    client = gated.desk.client("codepipeline")
    stages = {
        name: [stage["name"] for stage in client.get_pipeline(name=f"{name}-delivery")["pipeline"]["stages"]]
        for name in (PROJECT, "plain")
    }
    assert stages == {PROJECT: ["Source", "Build", "Release", "Deploy"], "plain": ["Source", "Build", "Deploy"]}


def test_a_tag_named_like_the_branch_starts_no_delivery(gated: Gated) -> None:
    """Its event is there for everybody; the rule of the delivery asks for branches."""
    listener = gated.desk.client("sqs").create_queue(QueueName="tags")["QueueUrl"]
    sqs, events = gated.desk.client("sqs"), gated.desk.client("events")
    arn = sqs.get_queue_attributes(QueueUrl=listener, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.codecommit"], "detail": {"referenceType": ["tag"]}}
    events.put_rule(Name="tags", EventPattern=json.dumps(pattern), State="ENABLED")
    events.put_targets(Rule="tags", Targets=[{"Id": "queue", "Arn": arn}])
    before = gated.deliveries()
    git(gated.clone, "push", "-q", "origin", "HEAD:refs/tags/main")
    wait_for(lambda: sqs.receive_message(QueueUrl=listener).get("Messages"), "the tag's event", PATIENCE)
    assert gated.deliveries() == before
    git(gated.clone, "push", "-q", "origin", ":refs/tags/main")
    id_ = gated.push(9)  # what had been started before would have come first
    assert gated.deliveries() == [id_, *before]
    assert gated.release(id_, "next time", "ml-engineer", "--reject").returncode == 0
    assert gated.ended(id_) == "Failed"


def test_what_is_rejected_changes_nothing(gated: Gated) -> None:
    """The tested package waits; neither who pushes nor who looks on releases it; a rejection ends it with its reason."""
    before, events = gated.definition(), gated.events()
    id_ = gated.push(3)
    for persona in ("data-scientist", "manager"):
        assert gated.release(id_, "mine", persona).returncode == 3
    assert (gated.definition(), gated.events()) == (before, events)
    assert gated.release(id_, "not this week", "ml-engineer", "--reject").returncode == 0
    assert gated.ended(id_) == "Failed"
    shown = gated.desk.done("run", "show", id_[:8], "--as", "data-scientist")
    assert "mlops-ml-engineer/ml-engineer: not this week" in shown
    assert (gated.definition(), gated.events()) == (before, events)
    (entry,) = wait_for(
        lambda: [it for it in gated.audit("release") if it["details"]["delivery"] == id_], "its entry", PATIENCE
    )
    assert (entry["outcome"], entry["reason"], entry["details"]["delivery"]) == ("rejected", "not this week", id_)
    assert entry["by"].endswith("assumed-role/mlops-ml-engineer/ml-engineer")
    assert entry["details"]["pushers"] == ["data-scientist"]


def test_a_rejection_through_the_api_is_on_record_too(gated: Gated) -> None:
    """PutApprovalResult in the ML engineer's own session: the trail needs no command of ours."""
    id_ = gated.push(6)
    engineer = gated.desk.aws.assume("mlops-ml-engineer", "ben").client("codepipeline")
    stages = {it["stageName"]: it for it in engineer.get_pipeline_state(name=PIPELINE)["stageStates"]}
    engineer.put_approval_result(
        pipelineName=PIPELINE,
        stageName="Release",
        actionName="Approve",
        token=stages["Release"]["actionStates"][0]["latestExecution"]["token"],
        result={"status": "Rejected", "summary": "on holiday"},
    )
    assert gated.ended(id_) == "Failed"

    def told() -> list[dict[str, Any]]:
        return [it for it in gated.audit("release") if it["details"]["delivery"] == id_]

    (entry,) = wait_for(told, "entry of the rejection", PATIENCE)
    assert (entry["by"].rsplit("/", 1)[-1], entry["reason"], entry["outcome"]) == ("ben", "on holiday", "rejected")
    assert "intact" in gated.desk.done("audit", "verify", PROJECT)


def test_the_beginning_of_an_id_will_do(gated: Gated) -> None:
    """As for executions; what does not exist is refused by name, whoever asks."""
    id_ = json.loads(gated.desk.done("run", "list", PIPELINE, "--json"))["deliveries"][0]["pipelineExecutionId"]
    assert "ruff check" in gated.desk.done("run", "logs", id_[:8], "--step", "TestAndPackage", "--as", "manager")
    for arguments, words in (
        (("logs", id_[:8], "--step", "Nope"), "step Nope: the run has Checkout, TestAndPackage"),
        (("show", "0-no-such"), "run 0-no-such: no run matches"),
        (("list", "nosuch-delivery"), "pipeline nosuch-delivery: there is none; there are gated-delivery"),
        (("list", "nosuch-training"), "pipeline nosuch-training: there is none"),
        (("stop", id_[:8]), "is a delivery (gated-delivery)"),
        (("release", id_[:8], "--reason", "late"), "waits for nobody; it is Failed"),
    ):
        finished = gated.desk.mlops("run", *arguments, "--as", "ml-engineer")
        assert (finished.returncode, words in finished.stderr) == (2, True), finished.stderr


def test_a_release_during_another_deployment_brings_both(gated: Gated) -> None:
    """Somebody upgrades the project at the moment of the release: the later one waits, and both changes are in use.

    Between them CloudFormation has updated the pipeline twice, and what SageMaker runs is what the last update rendered.
    """
    id_ = gated.push(2)
    before = len(gated.events())
    upgrades: list[subprocess.CompletedProcess[str]] = []
    other = threading.Thread(
        target=lambda: upgrades.append(gated.desk.mlops("project", "upgrade", PROJECT, "--param", "MinAuc=0.71"))
    )
    other.start()
    assert gated.release(id_, "go", "ml-engineer").returncode == 0
    other.join()
    assert gated.ended(id_) == "Succeeded", gated.desk.done("run", "logs", id_)
    assert upgrades[0].returncode == 0, upgrades[0].stderr
    assert (gated.floor(), gated.defaults()["MaxDepth"]) == (0.71, "2")
    resource = gated.training_resource()
    updates = [item["ResourceStatus"] for item in gated.events()[before:] if item["LogicalResourceId"] == resource]
    assert updates.count("UPDATE_COMPLETE") == 2
    released, delivered = gated.audit("release")[-1], gated.audit("deliver")[-1]
    assert [it["details"]["delivery"] for it in gated.audit("release") if it["outcome"] == "released"] == [id_]
    assert (released["reason"], released["outcome"]) == ("go", "released")
    assert released["by"].endswith("assumed-role/mlops-ml-engineer/ml-engineer")
    assert delivered["details"]["delivery"] == id_
    assert delivered["by"].endswith("mlops-data-scientist/data-scientist")  # whoever pushed


def test_nobody_releases_what_he_has_pushed(gated: Gated) -> None:
    """Who holds every right pushes and lets his own delivery through: CloudFormation's last look refuses it, and the trail says so."""
    before, id_ = gated.definition(), gated.push(5)
    pusher = gated.desk.everything("data-scientist")
    deliveries = Deliveries(pusher)
    waiting = deliveries.find(id_)
    assert waiting is not None
    deliveries.release(waiting, "mine is good", released=True)
    assert gated.ended(id_) == "Failed"
    assert "another person must release it" in gated.desk.done("run", "logs", id_[:8], "--step", "UpdateProject")
    assert gated.definition() == before
    assert gated.audit("release")[-1]["outcome"] == "refused: the pusher released it himself"
    assert gated.audit("deliver")[-1]["details"]["delivery"] != id_


def test_another_build_replaces_nothing_of_a_delivery_that_waits(gated: Gated) -> None:
    """Builds run anybody's pushed tests in one role: one that is hostile writes over nothing, and what was released is what was built."""
    id_ = gated.push(7)
    bucket = f"mlops-{PROJECT}-artifacts-{gated.desk.aws.account}"
    hostile = _as_a_build(gated.desk)
    pages = gated.desk.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=PIPELINE)
    carried = [item["Key"] for page in pages for item in page.get("Contents", [])]
    for key in (*carried, f"{PIPELINE}/Package/c0ffee"):
        with pytest.raises(ClientError, match="AccessDenied"):
            hostile.put_object(Bucket=bucket, Key=key, Body=b"hostile")
    actions = gated.desk.client("codepipeline").list_action_executions(
        pipelineName=PIPELINE, filter={"pipelineExecutionId": id_}
    )["actionExecutionDetails"]
    built = next(it for it in actions if it["actionName"] == "TestAndPackage")["output"]["outputVariables"]["PACKAGE"]
    assert gated.release(id_, "go", "ml-engineer").returncode == 0
    assert gated.ended(id_) == "Succeeded", gated.desk.done("run", "logs", id_)
    assert (gated.code_package(), gated.defaults()["MaxDepth"]) == (built, "7")
    assert carried


def _as_a_build(desk: Desk) -> Any:
    """S3 as pushed tests have it; the role trusts CodeBuild alone, which runs them."""
    iam, name = desk.client("iam"), f"mlops-{PROJECT}-build"
    before = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    us = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{desk.aws.account}:root"}}
    trust = {**before, "Statement": [*before["Statement"], us]}
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
    try:
        return desk.aws.assume(name, "AWSCodeBuild-hostile").client("s3")
    finally:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(before))


def test_a_deleted_project_stays_in_the_audit_trail(gated: Gated) -> None:
    """Who has deleted it and why outlives the project."""
    seen = json.loads(gated.desk.done("project", "delete", PROJECT, "--dry-run", "--json"))["plan_id"]
    gated.desk.done("project", "delete", PROJECT, "--yes", "--plan-id", seen, "--reason", "was a trial")
    found = gated.audit("delete project")
    assert [item["reason"] for item in found] == ["was a trial"]
    assert found[0]["by"].endswith("assumed-role/mlops-ml-engineer/ml-engineer")
