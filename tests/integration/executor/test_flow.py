"""How steps follow each other: parallel branches, dependencies, stop, resume, retries, caching, selection."""

import json
import socket
import threading
import time
from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.executor.lab import Lab, definition, own, processing, python

_OUT = "/opt/ml/processing/out"


def _writes(name: str, text: str = "x", **more: Any) -> dict[str, Any]:
    """A step that writes ``text`` to its own output."""
    return processing(name, python(f"open('{_OUT}/f', 'w').write({text!r})"), outputs={"out": own(name)}, **more)


def _output_of(step: str) -> dict[str, str]:
    return {"Get": f"Steps.{step}.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri"}


_MEET = """
import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=20) as other:
    assert other.recv(1), "alone"
"""


def _introduce(meeting: socket.socket) -> None:
    """Answer two guests once both are there."""
    guests = [meeting.accept()[0] for _ in range(2)]
    for guest in guests:
        guest.sendall(b".")
        guest.close()


def test_parallel_branches(lab: Lab) -> None:
    """Steps that need nothing of each other run at the same time (each waits for the other); what needs both, after."""
    meeting = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_introduce, args=(meeting,), daemon=True).start()
    left, right = lab.script("L", _MEET), lab.script("R", _MEET)
    for step in (left, right):
        step["Arguments"]["AppSpecification"]["ContainerArguments"] = [str(meeting.getsockname()[1])]
    after = processing("After", python("pass"), DependsOn=["L", "R"])
    outcome = lab.run([after, left, right])
    meeting.close()
    assert set(outcome.statuses.values()) == {"Succeeded"}, outcome.steps
    assert outcome.steps["After"]["StartTime"] >= max(outcome.steps[name]["EndTime"] for name in "LR")


def test_parallelism_is_limited(lab: Lab) -> None:
    """MaxParallelExecutionSteps 1: no two steps overlap."""
    steps = [processing(f"S{number}", python("import time;time.sleep(.05)")) for number in range(3)]
    pipeline = lab.create(steps)
    outcome = lab.wait(lab.start(pipeline, ParallelismConfiguration={"MaxParallelExecutionSteps": 1}))
    spans = sorted((step["StartTime"], step["EndTime"]) for step in outcome.steps.values())
    assert len(spans) == 3
    assert all(end <= begin for (_, end), (begin, _) in pairwise(spans))


def test_data_flows_between_steps(lab: Lab) -> None:
    """An output's URI is another step's input; Std:JsonGet reads an object that Std:Join names."""
    first = _writes("First", json.dumps({"values": [1, 2.5]}))
    double = python(
        f"import json;v=json.load(open('/opt/ml/processing/in/f'));open('{_OUT}/f','w').write(str(v['values'][1]*2))"
    )
    second = processing("Second", double, inputs={"in": _output_of("First")}, outputs={"out": own("Second")})
    uri = {"Std:Join": {"On": "/", "Values": [_output_of("First"), "f"]}}
    value = {"Std:JsonGet": {"S3Uri": uri, "Path": "values[1]"}}
    gate = {
        "Name": "Gate",
        "Type": "Condition",
        "Arguments": {
            "Conditions": [{"Type": "In", "QueryValue": value, "Values": [2.5, 9]}],
            "IfSteps": [second],
            "ElseSteps": [],
        },
    }
    outcome = lab.run([first, gate])
    assert outcome.statuses == {"First": "Succeeded", "Gate": "Succeeded", "Second": "Succeeded"}, outcome.steps
    target = lab.job(outcome, "Second")["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    assert lab.read(f"{target}/f") == b"5.0"


def test_branch_not_taken_never_runs(lab: Lab) -> None:
    """Steps of the other branch, nested ones included, and what depends on them have no record at all."""
    inner = {
        "Name": "Inner",
        "Type": "Condition",
        "Arguments": {
            "Conditions": [{"Type": "Equals", "LeftValue": 1, "RightValue": 1}],
            "IfSteps": [processing("Deep", python("pass"))],
            "ElseSteps": [],
        },
    }
    outer = {
        "Name": "Outer",
        "Type": "Condition",
        "Arguments": {
            "Conditions": [{"Type": "Not", "Expression": {"Type": "Equals", "LeftValue": 1, "RightValue": 1}}],
            "IfSteps": [inner],
            "ElseSteps": [processing("Other", python("pass"))],
        },
    }
    after = processing("After", python("pass"), DependsOn=["Deep"])
    outcome = lab.run([outer, after])
    assert outcome.status == "Succeeded"
    assert outcome.statuses == {"Outer": "Succeeded", "Other": "Succeeded"}


def test_failure_stops_what_depends_on_it(lab: Lab) -> None:
    """A failed step fails the execution; nothing new starts; what runs already ends by itself."""
    slow = processing("Slow", python("import time;time.sleep(.8)"))
    bad = processing("Bad", python("raise SystemExit('row 17: bad date')"))
    after = processing("After", python("pass"), DependsOn=["Bad"])
    outcome = lab.run([slow, bad, after])
    assert outcome.status == "Failed"
    assert outcome.description["FailureReason"] == "Step failure: One or multiple steps failed."
    assert outcome.statuses == {"Slow": "Succeeded", "Bad": "Failed"}
    assert outcome.reason("Bad") == "AlgorithmError: row 17: bad date, exit code: 1"


def test_resume_runs_only_what_is_missing(lab: Lab) -> None:
    """RetryPipelineExecution keeps what has succeeded, under the same execution id, and finishes the rest."""
    good = _writes("Good")
    flag = f"resume/{lab.backend}-{time.time_ns()}/flag"
    needs = processing(
        "Needs", python("assert open('/opt/ml/processing/flag/flag').read() == 'go'"), inputs={"flag": lab.uri(flag)}
    )
    failed = lab.run([good, needs])
    assert failed.statuses == {"Good": "Succeeded", "Needs": "Failed"}
    assert "No S3 objects found" in failed.reason("Needs")
    lab.put(flag, "go")
    lab.sagemaker.retry_pipeline_execution(PipelineExecutionArn=failed.arn, ClientRequestToken="t" * 32)
    done = lab.wait(failed.arn)
    assert done.statuses == {"Good": "Succeeded", "Needs": "Succeeded"}, done.steps
    assert done.steps["Good"] == failed.steps["Good"]
    with pytest.raises(ClientError, match="only a failed or stopped one can be retried"):
        lab.sagemaker.retry_pipeline_execution(PipelineExecutionArn=failed.arn, ClientRequestToken="u" * 32)


_WAIT = """
import pathlib, time
while not pathlib.Path("/opt/ml/processing/flag/go").exists():
    time.sleep(0.05)
"""


def test_stop_and_resume(lab: Lab) -> None:
    """A stopped execution's job has ended; resumed, it runs to its end."""
    flag = f"stop/{lab.backend}-{time.time_ns()}"
    lab.put(f"{flag}/note", "x")
    arn = lab.start(lab.create([lab.script("Wait", _WAIT, inputs={"flag": lab.uri(flag)})]))
    lab.until(arn, "Wait", "Executing")
    lab.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="s" * 32)
    stopped = lab.wait(arn)
    assert (stopped.status, stopped.statuses) == ("Stopped", {"Wait": "Stopped"})
    assert lab.job(stopped, "Wait")["ProcessingJobStatus"] == "Stopped"
    lab.put(f"{flag}/go", "x")
    lab.sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="r" * 32)
    assert lab.wait(arn).statuses == {"Wait": "Succeeded"}


def test_token_starts_once(lab: Lab) -> None:
    """The same ClientRequestToken twice is one execution."""
    pipeline = lab.create([processing("One", python("pass"))])
    first, second = (lab.start(pipeline, ClientRequestToken="k" * 32) for _ in range(2))
    assert first == second
    lab.wait(first)
    assert len(lab.sagemaker.list_pipeline_executions(PipelineName=pipeline)["PipelineExecutionSummaries"]) == 1


_STAMP = f"import time,shutil;shutil.copytree('/opt/ml/processing/in','{_OUT}/c');open('{_OUT}/f','w').write(str(time.time_ns()))"


def _cached(source: Any, expire: str = "P1D") -> dict[str, Any]:
    cache = {"Enabled": True, "ExpireAfter": expire}
    return processing("Once", python(_STAMP), inputs={"in": source}, outputs={"out": own("Once")}, CacheConfig=cache)


def test_cache_goes_by_content(lab: Lab) -> None:
    """The same bytes under another prefix hit; changed bytes under the same prefix do not; an expired result does not."""
    prefix = f"cache/{lab.backend}-{time.time_ns()}"
    one, two = lab.put(f"{prefix}/1/d", "same"), lab.put(f"{prefix}/2/d", "same")
    pipeline = lab.create([_cached({"Get": "Parameters.In"})], [{"Name": "In", "Type": "String"}])
    first = lab.wait(lab.start(pipeline, {"In": one.removesuffix("/d")}))
    hit = lab.wait(lab.start(pipeline, {"In": two.removesuffix("/d")}))
    assert "CacheHitResult" not in first.steps["Once"]
    assert hit.steps["Once"]["CacheHitResult"] == {"SourcePipelineExecutionArn": first.arn}
    assert lab.job(hit, "Once") == lab.job(first, "Once")
    lab.put(f"{prefix}/2/d", "other")
    assert "CacheHitResult" not in lab.wait(lab.start(pipeline, {"In": two.removesuffix("/d")})).steps["Once"]
    short = definition([_cached({"Get": "Parameters.In"}, "PT0S")], [{"Name": "In", "Type": "String"}])
    lab.sagemaker.update_pipeline(PipelineName=pipeline, PipelineDefinition=short)
    assert "CacheHitResult" not in lab.wait(lab.start(pipeline, {"In": one.removesuffix("/d")})).steps["Once"]


def test_selective_execution(lab: Lab) -> None:
    """Chosen steps run on the results of an earlier execution."""
    first = _writes("First", "3")
    code = f"v=int(open('/opt/ml/processing/in/f').read());open('{_OUT}/f','w').write(str(v*v))"
    second = processing("Second", python(code), inputs={"in": _output_of("First")}, outputs={"out": own("Second")})
    third = processing("Third", python("pass"), DependsOn=["Second"])
    pipeline = lab.create([first, second, third])
    whole = lab.wait(lab.start(pipeline))
    part = lab.wait(lab.start(pipeline, SelectiveExecutionConfig={"SelectedSteps": [{"StepName": "Second"}]}))
    assert part.statuses == {"First": "Succeeded", "Second": "Succeeded"}
    assert part.steps["First"]["SelectiveExecutionResult"] == {"SourcePipelineExecutionArn": whole.arn}
    assert part.steps["First"]["Metadata"] == whole.steps["First"]["Metadata"]
    target = lab.job(part, "Second")["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    assert lab.read(f"{target}/f") == b"9"
    with pytest.raises(ClientError, match="Nobody: no such step"):
        lab.start(pipeline, SelectiveExecutionConfig={"SelectedSteps": [{"StepName": "Nobody"}]})


def test_a_selective_execution_takes_over_what_has_ended(lab: Lab) -> None:
    """botocore's model: the source is an execution of the same pipeline, "either Failed or Success"."""
    second = processing("Second", python("pass"), inputs={"in": _output_of("First")})
    chosen: dict[str, Any] = {"SelectedSteps": [{"StepName": "Second"}]}
    slow = processing("Slow", python("import time;time.sleep(30)"))
    pipeline = lab.create([_writes("First", "3"), second, slow])
    running = lab.start(pipeline)
    lab.until(running, "First", "Succeeded")
    with pytest.raises(ClientError, match="is Executing, not Failed or Succeeded"):
        lab.start(pipeline, SelectiveExecutionConfig={**chosen, "SourcePipelineExecutionArn": running})
    lab.sagemaker.stop_pipeline_execution(PipelineExecutionArn=running, ClientRequestToken="s" * 32)
    lab.wait(running)
    with pytest.raises(ClientError, match="is Stopped, not Failed or Succeeded"):
        lab.start(pipeline, SelectiveExecutionConfig={**chosen, "SourcePipelineExecutionArn": running})
    other = lab.run([_writes("First", "3")])
    with pytest.raises(ClientError, match="no execution of this pipeline"):
        lab.start(pipeline, SelectiveExecutionConfig={**chosen, "SourcePipelineExecutionArn": other.arn})


_DRAW = """
import pathlib, random, sys
out = pathlib.Path("/opt/ml/processing/out")
assert not list(out.iterdir())
draw = random.Random(sys.argv[1])
(out / "f").write_text(str([draw.random() for _ in range(1000)]))
"""


def test_ten_at_once_equal_ten_in_turn(lab: Lab) -> None:
    """Ten executions started together give, byte for byte, the outputs of ten run in turn; nobody sees another's files."""
    first = lab.script("First", _DRAW, outputs={"out": own("First")})
    first["Arguments"]["AppSpecification"]["ContainerArguments"] = [{"Get": "Parameters.Seed"}]
    copy = f"open('{_OUT}/f','wb').write(open('/opt/ml/processing/in/f','rb').read()[::-1])"
    second = processing("Second", python(copy), inputs={"in": _output_of("First")}, outputs={"out": own("Second")})
    pipeline = lab.create([first, second], [{"Name": "Seed", "Type": "String"}])
    seeds = [str(number) for number in range(10)]
    together = [lab.wait(arn) for arn in [lab.start(pipeline, {"Seed": seed}) for seed in seeds]]
    in_turn = [lab.wait(lab.start(pipeline, {"Seed": seed})) for seed in seeds]
    assert {outcome.status for outcome in (*together, *in_turn)} == {"Succeeded"}
    assert [_results(lab, outcome.arn) for outcome in together] == [_results(lab, outcome.arn) for outcome in in_turn]
    assert len({str(_results(lab, outcome.arn)) for outcome in together}) == 10


def _results(lab: Lab, arn: str) -> dict[str, bytes]:
    prefix = f"out/{arn.rsplit('/', 1)[-1]}/"
    return {key.removeprefix(prefix): lab.read(key) for key in lab.keys(prefix)}


def test_events_tell_every_transition(lab: Lab) -> None:
    """EventBridge gets the executions' and steps' status changes with AWS's detail types."""
    sqs, events = lab.client("sqs"), lab.client("events")
    queue = sqs.create_queue(QueueName=f"heard-{lab.backend}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name=f"hear-{lab.backend}", EventPattern=json.dumps({"source": ["aws.sagemaker"]}))
    events.put_targets(Rule=f"hear-{lab.backend}", Targets=[{"Id": "1", "Arn": arn}])
    outcome = lab.run([processing("One", python("pass"))])
    heard: set[tuple[str, str]] = set()
    wanted = {("pipeline", "Succeeded"), ("step", "Executing"), ("step", "Succeeded"), ("job", "Completed")}
    deadline = time.monotonic() + 10
    while not wanted <= heard and time.monotonic() < deadline:
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get(
            "Messages", []
        ):
            heard.add(_kind(json.loads(message["Body"]), outcome.arn))
    events.remove_targets(Rule=f"hear-{lab.backend}", Ids=["1"])
    assert wanted <= heard


def _kind(event: dict[str, Any], arn: str) -> tuple[str, str]:
    detail = event["detail"]
    if event["detail-type"] == "SageMaker Processing Job State Change":
        return "job", detail["ProcessingJobStatus"]
    if detail.get("pipelineExecutionArn") != arn:
        return "other", ""
    if event["detail-type"] == "SageMaker Model Building Pipeline Execution Step Status Change":
        return "step", detail["currentStepStatus"]
    return "pipeline", detail["currentPipelineExecutionStatus"]
