"""CodePipeline and CodeBuild on the embedded AWS: real commits through real processes, with the services' own words for everything."""

import io
import json
import time
import zipfile
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.integration.delivery.bench import Bench, wait_for
from tests.integration.delivery.line import BUCKET, Line, action, build, function, line, on_push, project, role

pytestmark = pytest.mark.xdist_group("codepipeline")

SPEC = """
version: 0.2
env:
  variables: {COLOUR: blue}
  exported-variables: [TOTAL]
phases:
  install:
    commands: ['test "$GREETING" = hello']
  pre_build:
    commands: ['cd sub && export TOTAL=$(cat number)']
  build:
    commands:
      - 'cd "$CODEBUILD_SRC_DIR" && python3 -c "import os; print(os.environ[\\"COLOUR\\"], os.environ[\\"TOTAL\\"])" > out.txt'
      - sh check.sh
  post_build:
    commands: ['echo succeeding=$CODEBUILD_BUILD_SUCCEEDING']
artifacts:
  files: [out.txt, 'sub/**/*']
"""


@pytest.fixture(scope="module")
def built(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Line:
    """Source, build, deployment to S3; a push starts it."""
    bench.client("s3").create_bucket(Bucket=BUCKET)
    bench.client("s3").create_bucket(Bucket="site")
    bench.listen("delivery", {"source": ["aws.codepipeline", "aws.codebuild"]})
    project(bench, "build", SPEC, role(bench, "build-role"))
    configuration = {"BucketName": "site", "ObjectKey": "#{Source.CommitId}/#{Build.TOTAL}", "Extract": "true"}
    deploy = action("Deploy", "S3", configuration=configuration, inputArtifacts=[{"name": "Built"}])
    found = line(
        bench, "web", [build("build"), {"name": "Deploy", "actions": [deploy]}], tmp_path_factory.mktemp("built")
    )
    on_push(bench, "web")
    return found


def latest(of: Line, count: int) -> str:
    """Id of the newest execution as soon as there are ``count``."""
    wait_for(lambda: len(of.executions()) >= count, f"execution {count}")
    return str(of.executions()[0]["pipelineExecutionId"])


def test_a_push_runs_through_to_the_deployment(bench: Bench, built: Line) -> None:
    """The pushed commit is built by its buildspec's phases and deployed; variables, revision and trigger are recorded."""
    head = built.push("first", sub_in_number="42", sub_in_deep_in_file="x", check__sh="exit 0\n")
    id_ = latest(built, 1)
    assert built.ended(id_) == "Succeeded", built.why(id_)
    listed = bench.client("s3").list_objects_v2(Bucket="site")["Contents"]
    assert {item["Key"] for item in listed} == {
        f"{head}/42/{name}" for name in ("out.txt", "sub/number", "sub/deep/file")
    }
    body = bench.client("s3").get_object(Bucket="site", Key=f"{head}/42/out.txt")["Body"].read()
    assert body == b"blue 42\n"
    summary = built.executions()[0]
    assert summary["trigger"]["triggerType"] == "CloudWatchEvent"
    assert summary["trigger"]["triggerDetail"].endswith("rule/web-push")
    assert summary["sourceRevisions"][0]["revisionId"] == head
    record = built.actions(id_)["Build"]
    document = bench.client("codebuild").batch_get_builds(
        ids=[record["output"]["executionResult"]["externalExecutionId"]]
    )
    phases = {phase["phaseType"]: phase["phaseStatus"] for phase in document["builds"][0]["phases"]}
    assert phases == dict.fromkeys(
        ["DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD", "UPLOAD_ARTIFACTS"], "SUCCEEDED"
    )
    assert document["builds"][0]["resolvedSourceVersion"] == head


def test_a_failing_command_stops_everything_after_it(bench: Bench, built: Line) -> None:
    """Exit code 3 of a command fails build, stage and execution; post_build runs, nothing is deployed, the reason is everywhere."""
    bench.heard("delivery")
    before = bench.client("s3").list_objects_v2(Bucket="site")["KeyCount"]
    built.push("broken", check__sh="echo it is broken; exit 3\n")
    id_ = latest(built, 2)
    assert built.ended(id_) == "Failed"
    why = "BUILD: Error while executing command: sh check.sh. Reason: exit status 3"
    assert built.why(id_) == why
    build_id = built.actions(id_)["Build"]["output"]["executionResult"]["externalExecutionId"]
    lines = built.log(build_id)
    assert "it is broken" in lines
    assert "succeeding=0" in lines
    assert bench.client("s3").list_objects_v2(Bucket="site")["KeyCount"] == before
    assert "Deploy" not in built.actions(id_)
    heard = wait_for(lambda: [e for e in bench.heard("delivery") if e["detail"].get("state") == "FAILED"], "events")
    results = [e["detail"]["execution-result"]["external-execution-summary"] for e in heard if "action" in e["detail"]]
    assert results == [why]


def test_a_failed_stage_is_retried(bench: Bench, built: Line) -> None:
    """RetryStageExecution runs the failed action again in the same execution; it still fails, as the commit is the same."""
    id_ = str(built.executions()[0]["pipelineExecutionId"])
    client = bench.client("codepipeline")
    client.retry_stage_execution(
        pipelineName="web", stageName="Build", pipelineExecutionId=id_, retryMode="FAILED_ACTIONS"
    )
    wait_for(lambda: len([1 for item in all_actions(built, id_) if item["actionName"] == "Build"]) == 2, "second run")
    assert built.ended(id_) == "Failed"
    assert len([1 for item in all_actions(built, id_) if item["actionName"] == "Source"]) == 1


def all_actions(of: Line, id_: str) -> list[dict[str, object]]:
    answer = of.bench.client("codepipeline").list_action_executions(
        pipelineName=of.name, filter={"pipelineExecutionId": id_}
    )
    return list(answer["actionExecutionDetails"])


def test_two_pushes_in_a_row_are_two_executions_in_order(bench: Bench, built: Line) -> None:
    """Each push gets its own execution with its own commit; the second enters a stage only after the first has left it."""
    count = len(built.executions())
    heads = [built.push(f"number {n}", sub_in_number=str(n), check__sh="sleep 0.5\n") for n in (1, 2)]
    latest(built, count + 2)
    ids = [str(item["pipelineExecutionId"]) for item in built.executions()[:2]][::-1]
    assert [built.ended(id_) for id_ in ids] == ["Succeeded", "Succeeded"]
    summaries = {item["pipelineExecutionId"]: item for item in built.executions()}
    assert [summaries[id_]["sourceRevisions"][0]["revisionId"] for id_ in ids] == heads
    first, second = (built.actions(id_) for id_ in ids)
    assert first["Build"]["lastUpdateTime"] <= second["Build"]["startTime"]


def test_a_build_starts_clean_and_as_its_role(bench: Bench, tmp_path: Path) -> None:
    """Nothing of the last build or of the server's environment is there; the role's credentials are, and only those."""
    spec = {
        "version": 0.2,
        "phases": {
            "build": {
                "commands": [
                    "test ! -e left && touch left",
                    "python3 -c \"import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])\"",
                    "python3 -c \"import os; print(sorted(n for n in os.environ if n.startswith(('MLOPS', 'GATEWAY', 'STATE'))))\"",
                ]
            }
        },
    }
    client = bench.client("codebuild")
    client.create_project(
        name="clean",
        source={"type": "NO_SOURCE", "buildspec": json.dumps(spec)},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "x", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole=role(bench, "clean-role"),
    )
    for _ in range(2):
        id_ = client.start_build(projectName="clean")["build"]["id"]
        wait_for(lambda id_=id_: client.batch_get_builds(ids=[id_])["builds"][0]["buildComplete"], "build")
        assert client.batch_get_builds(ids=[id_])["builds"][0]["buildStatus"] == "SUCCEEDED"
    lines = Line(bench, "", tmp_path).log(id_)
    session = "arn:aws:sts::000000000000:assumed-role/clean-role/AWSCodeBuild-"  # the build's id follows
    assert any(line.startswith(session) for line in lines)
    assert "[]" in lines
    assert client.list_builds_for_project(projectName="clean")["ids"][0] == id_


def test_a_stopped_build_ends_with_all_its_processes(bench: Bench) -> None:
    """StopBuild ends the command and what it has started."""
    client = bench.client("codebuild")
    spec = {"version": 0.2, "phases": {"build": {"commands": ["sleep 4711 & echo pid=$!", "wait"]}}}
    client.create_project(
        name="long",
        source={"type": "NO_SOURCE", "buildspec": json.dumps(spec)},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "x", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole=role(bench, "long-role"),
    )
    id_ = client.start_build(projectName="long")["build"]["id"]
    of = Line(bench, "", Path())
    wait_for(lambda: client.batch_get_builds(ids=[id_])["builds"][0]["currentPhase"] == "BUILD", "phase")
    pid = wait_for(lambda: [line for line in lines_of(of, id_) if line.startswith("pid=")], "pid")[0].removeprefix(
        "pid="
    )
    client.stop_build(id=id_)
    wait_for(lambda: client.batch_get_builds(ids=[id_])["builds"][0]["buildStatus"] == "STOPPED", "stop")
    wait_for(lambda: not runs(pid), "end of the process")


def lines_of(of: Line, build_id: str) -> list[str]:
    try:
        return of.log(build_id)
    except ClientError:
        return []


def runs(pid: str) -> bool:
    try:
        return "4711" in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False


@pytest.mark.parametrize("decision", ["Approved", "Rejected"])
def test_a_person_decides_at_a_gate(bench: Bench, built: Line, tmp_path: Path, decision: str) -> None:
    """The execution waits with a token; the decision and its reason end it; a second decision is refused."""
    gate = {"name": "Gate", "actions": [action("Approval", "Manual")]}
    of = line(bench, f"gate-{decision.lower()}", [gate], tmp_path)
    of.push("x", a="1")
    id_ = of.start()
    token = wait_for(lambda: of.action_state("Gate").get("token"), "token")
    assert of.status(id_) == "InProgress"
    client = bench.client("codepipeline")
    given = {"pipelineName": of.name, "stageName": "Gate", "actionName": "Approval", "token": token}
    client.put_approval_result(**given, result={"summary": "seen in staging", "status": decision})
    assert of.ended(id_) == {"Approved": "Succeeded", "Rejected": "Failed"}[decision]
    assert "seen in staging" in of.action_state("Gate")["summary"]
    with pytest.raises(client.exceptions.ApprovalAlreadyCompletedException):
        client.put_approval_result(**given, result={"summary": "again", "status": decision})


HANDLER = """
import io, json, zipfile, boto3
pipeline, s3 = boto3.client("codepipeline"), boto3.client("s3")
def handler(event, context):
    job = event["CodePipeline.job"]
    given = job["data"]["actionConfiguration"]["configuration"]["UserParameters"]
    if given == "fail":
        pipeline.put_job_failure_result(jobId=job["id"], failureDetails={"type": "JobFailed", "message": "as told"})
        return
    if given == "raise":
        raise ValueError("broken")
    where = job["data"]["inputArtifacts"][0]["location"]["s3Location"]
    body = s3.get_object(Bucket=where["bucketName"], Key=where["objectKey"])["Body"].read()
    names = zipfile.ZipFile(io.BytesIO(body)).namelist()
    if "continuationToken" not in job["data"]:
        pipeline.put_job_success_result(jobId=job["id"], continuationToken=json.dumps(names))
        return
    seen = {"token": job["data"]["continuationToken"], "given": given}
    pipeline.put_job_success_result(jobId=job["id"], outputVariables=seen)
"""


@pytest.fixture(scope="module")
def worker(bench: Bench, built: Line) -> str:
    """A function that jobs call."""
    function(bench, "worker", HANDLER)
    return "worker"


def invoking(bench: Bench, worker: str, folder: Path, name: str, given: str) -> tuple[Line, str]:
    configuration = {"FunctionName": worker, "UserParameters": given}
    call = action("Invoke", "Lambda", configuration=configuration, inputArtifacts=[{"name": "Code"}])
    of = line(bench, name, [{"name": "Call", "actions": [call]}], folder)
    of.push("x", a="1")
    return of, of.start()


def test_a_function_works_on_an_artifact_and_asks_to_be_called_again(bench: Bench, worker: str, tmp_path: Path) -> None:
    """Job, artifact location, continuation token and output variables go both ways as CodePipeline words them."""
    of, id_ = invoking(
        bench, worker, tmp_path, "calls", "for #{Source.BranchName} of #{codepipeline.PipelineExecutionId}"
    )
    assert of.ended(id_) == "Succeeded", of.why(id_)
    assert of.actions(id_)["Invoke"]["output"]["outputVariables"] == {"token": '["a"]', "given": f"for main of {id_}"}


@pytest.mark.parametrize(
    ("given", "why"), [("fail", "as told"), ("raise", "broken"), ("#{No.Such}", "#{No.Such} has no value")]
)
def test_a_functions_failure_is_the_actions(bench: Bench, worker: str, tmp_path: Path, given: str, why: str) -> None:
    """A failure result, an exception and an unknown variable fail the action with their own words."""
    name = "fails-" + "".join(letter for letter in given.lower() if letter.isalpha())
    of, id_ = invoking(bench, worker, tmp_path, name, given)
    assert of.ended(id_) == "Failed"
    assert why in of.why(id_)


def test_an_abandoned_execution_stops_at_once(bench: Bench, built: Line, tmp_path: Path) -> None:
    """Stop with abandon ends a waiting gate; the next execution goes on."""
    of = line(bench, "stops", [{"name": "Gate", "actions": [action("Approval", "Manual")]}], tmp_path)
    of.push("x", a="1")
    first, second = of.start(), of.start()
    wait_for(lambda: of.action_state("Gate").get("token"), "token")
    client = bench.client("codepipeline")
    client.stop_pipeline_execution(pipelineName="stops", pipelineExecutionId=first, abandon=True, reason="wrong one")
    assert of.ended(first) == "Stopped"
    assert of.actions(first)["Approval"]["status"] == "Abandoned"
    wait_for(lambda: of.actions(second).get("Approval", {}).get("status") == "InProgress", "the second at the gate")
    client.stop_pipeline_execution(pipelineName="stops", pipelineExecutionId=second, abandon=True)
    assert of.ended(second) == "Stopped"


def test_a_superseded_execution_gives_way(bench: Bench, built: Line, tmp_path: Path) -> None:
    """In SUPERSEDED mode the newest of those that wait at a stage goes on; the others end as superseded."""
    gate = {"name": "Gate", "actions": [action("Approval", "Manual")]}
    of = line(bench, "newest", [gate], tmp_path, mode="SUPERSEDED")
    of.push("x", a="1")
    first = of.start()
    wait_for(lambda: of.action_state("Gate").get("token"), "token")
    second = of.start()
    wait_for(lambda: of.actions(second).get("Source", {}).get("status") == "Succeeded", "the second's source")
    time.sleep(0.3)  # it waits at the gate now: there is nothing to look at
    third = of.start()
    assert of.ended(second) == "Superseded"
    for id_ in (first, third):
        wait_for(lambda id_=id_: of.actions(id_).get("Approval", {}).get("status") == "InProgress", "gate")
        bench.client("codepipeline").put_approval_result(
            pipelineName="newest",
            stageName="Gate",
            actionName="Approval",
            token=of.action_state("Gate")["token"],
            result={"summary": "ok", "status": "Approved"},
        )
        assert of.ended(id_) == "Succeeded"


def test_a_template_is_deployed_by_change_set(bench: Bench, built: Line, tmp_path: Path) -> None:
    """CloudFormation actions make, review and execute a change set from the repository's template; a broken one fails with its reason."""
    common = {"StackName": "shop", "ChangeSetName": "next", "Capabilities": "CAPABILITY_IAM"}
    overrides = json.dumps({"Text": "one"})
    prepare = {
        **common,
        "ActionMode": "CHANGE_SET_REPLACE",
        "TemplatePath": "Code::stack.json",
        "ParameterOverrides": overrides,
    }
    execute = {**common, "ActionMode": "CHANGE_SET_EXECUTE"}
    actions = [
        action(
            "Deploy", "CloudFormation", "Prepare", configuration=prepare, inputArtifacts=[{"name": "Code"}], runOrder=1
        ),
        action("Deploy", "CloudFormation", "Execute", configuration=execute, runOrder=2),
    ]
    of = line(bench, "stack", [{"name": "Deploy", "actions": actions}], tmp_path)
    value = {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/shop", "Type": "String", "Value": {"Ref": "Text"}}}
    template = {"Parameters": {"Text": {"Type": "String"}}, "Resources": {"Value": value}}
    of.push("x", stack__json=json.dumps(template))
    id_ = of.start()
    assert of.ended(id_) == "Succeeded", of.why(id_)
    assert bench.client("ssm").get_parameter(Name="/shop")["Parameter"]["Value"] == "one"
    of.push("y", stack__json=json.dumps({**template, "Resources": {"Value": {**value, "Type": "AWS::No::Such"}}}))
    id_ = of.start()
    assert of.ended(id_) == "Failed"
    assert "AWS::No::Such" in of.why(id_)
    assert bench.client("ssm").get_parameter(Name="/shop")["Parameter"]["Value"] == "one"


def test_an_object_on_s3_is_a_source(bench: Bench, built: Line, tmp_path: Path) -> None:
    """A second source action brings another artifact into the build, beside the primary one."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("tool.py", "print('from the tool')")
    bench.client("s3").put_object(Bucket="site", Key="tool.zip", Body=raw.getvalue())
    spec = {
        "version": 0.2,
        "phases": {"build": {"commands": ['python3 "$CODEBUILD_SRC_DIR_Tool/tool.py" > made']}},
        "artifacts": {"files": ["made"]},
    }
    project(bench, "tooled", json.dumps(spec), role(bench, "tooled-role"))
    configuration = {"S3Bucket": "site", "S3ObjectKey": "tool.zip"}
    other = action("Source", "S3", "Fetch", configuration=configuration, outputArtifacts=[{"name": "Tool"}])
    stage = build("tooled")
    stage["actions"][0]["inputArtifacts"].append({"name": "Tool"})
    stage["actions"][0]["configuration"]["PrimarySource"] = "Code"
    of = line(bench, "two-sources", [stage], tmp_path, sources=(other,))
    of.push("x", a="1")
    id_ = of.start()
    assert of.ended(id_) == "Succeeded", of.why(id_)
    where = of.actions(id_)["Build"]["output"]["executionResult"]
    assert where["externalExecutionId"].startswith("tooled:")
