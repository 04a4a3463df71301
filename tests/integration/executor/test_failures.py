"""How jobs fail, and what is refused before anything runs."""

import json
import os
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.executor.lab import IMAGE, ROLE, Lab, definition, own, processing, python
from tests.integration.executor.test_flow import _WAIT
from tests.integration.executor.test_steps import _archive, _model, _training, _transform


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise ValueError('no rows')", "AlgorithmError: ValueError: no rows, exit code: 1"),
        ("import sys;sys.exit(3)", "AlgorithmError: see the logs, exit code: 3"),
        (
            "open('/opt/ml/output/message','w').write('bad input');raise SystemExit(2)",
            "AlgorithmError: bad input, exit code: 2",
        ),
        ("import os,signal;os.kill(os.getpid(), signal.SIGKILL)", "AlgorithmError: see the logs, exit code: 137"),
        ("import os;os._exit(7)", "AlgorithmError: see the logs, exit code: 7"),
    ],
)
def test_processing_failures(lab: Lab, code: str, reason: str) -> None:
    """The reason has the message or the last line, and the exit code (128 + signal where it was killed)."""
    outcome = lab.run([processing("Bad", python(code))])
    assert outcome.reason("Bad") == reason
    job = lab.job(outcome, "Bad")
    assert (job["ProcessingJobStatus"], job["FailureReason"]) == ("Failed", reason)


def test_script_is_killed_from_outside(lab: Lab) -> None:
    """The same for a script that the fork server runs itself."""
    code = lab.put("kill/main.py", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    step = processing("Bad", ["python3", "/opt/ml/processing/code/main.py"], inputs={"code": code})
    assert lab.run([step]).reason("Bad") == "AlgorithmError: see the logs, exit code: 137"


def test_missing_program(lab: Lab) -> None:
    """A command that does not exist fails the job and is named."""
    assert "no-such-program" in lab.run([processing("Bad", ["no-such-program"])]).reason("Bad")


def test_training_failure_file(lab: Lab) -> None:
    """FailureReason comes from /opt/ml/output/failure."""
    text = "open('/opt/ml/output/failure', 'w').write('label column is constant')\nraise SystemExit(1)\n"
    source = lab.put("fail/source.tar.gz", _archive({"train.py": text}))
    outcome = lab.run([_training("Train", source)])
    assert outcome.reason("Train") == "AlgorithmError: label column is constant, exit code: 1"
    assert lab.job(outcome, "Train")["SecondaryStatus"] == "Failed"


_BEATS = """
import subprocess, sys, time
child = '''import socket, sys, time
s = socket.socket(type=socket.SOCK_DGRAM)
while True: s.sendto(b".", ("127.0.0.1", int(sys.argv[1]))); time.sleep(.02)'''
subprocess.Popen([sys.executable, "-c", child, sys.argv[1]])
time.sleep(float(sys.argv[2]))
"""


class _Heart:
    """Hears the child of a job over the loopback network: a job can write no file that others see."""

    def __init__(self) -> None:
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]

    def __enter__(self) -> "_Heart":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def beats(self, seconds: float) -> int:
        """How often it has beaten since the last look, or does within so many seconds where it has not."""
        heard, self_timeout = 0, seconds
        try:
            while True:
                self._socket.settimeout(self_timeout)
                self._socket.recv(1)
                heard, self_timeout = heard + 1, 0.0
        except (TimeoutError, BlockingIOError):
            return heard


def _beating(lab: Lab, name: str, heart: _Heart, seconds: float, **arguments: Any) -> dict[str, Any]:
    """A step whose child beats, again and again."""
    step = lab.script(name, _BEATS, arguments=arguments)
    step["Arguments"]["AppSpecification"]["ContainerArguments"] = [str(heart.port), str(seconds)]
    return step


def test_runtime_limit_kills_the_group(lab: Lab) -> None:
    """MaxRuntimeInSeconds ends the job and what it has started, at the limit."""
    with _Heart() as heart:
        began = time.monotonic()
        outcome = lab.run([_beating(lab, "Long", heart, 60, StoppingCondition={"MaxRuntimeInSeconds": 1})])
        assert 1 <= time.monotonic() - began < 10
        assert outcome.reason("Long") == "ClientError: the job ran longer than 1 s (MaxRuntimeInSeconds)"
        assert heart.beats(0.2)
        assert not heart.beats(0.2)


def test_what_a_job_leaves_running_ends_with_it(lab: Lab) -> None:
    """A child that outlives its job is killed."""
    with _Heart() as heart:
        assert lab.run([_beating(lab, "Leaves", heart, 0.5)]).status == "Succeeded"
        assert heart.beats(0.2)
        assert not heart.beats(0.2)


def test_network_isolation(lab: Lab) -> None:
    """EnableNetworkIsolation: the job reaches nobody (namespace backend; the rewriting backend cannot enforce it)."""
    host = lab.endpoint.removeprefix("http://").split(":")
    code = f"import socket;socket.create_connection(('{host[0]}', {host[1]}), timeout=2)"
    closed = lab.run(
        [processing("Closed", python(code), arguments={"NetworkConfig": {"EnableNetworkIsolation": True}})]
    )
    opened = lab.run([processing("Opened", python(code))])
    assert opened.status == "Succeeded"
    assert closed.status == ("Failed" if lab.backend == "namespace" else "Succeeded")


def test_transform_count_mismatch(lab: Lab) -> None:
    """Predictions that cannot be joined with their records fail the job, and nothing is written."""
    code = "def model_fn(d): return 1\ndef transform_fn(m, body, kind, accept): return '1\\n'\n"
    model = lab.put("mismatch/model.tar.gz", _archive({"code/inference.py": code}))
    source = lab.put("mismatch/in/a.csv", "1\n2\n").removesuffix("/a.csv")
    steps = [
        _model({"Image": IMAGE, "ModelDataUrl": model}),
        _transform(source, DataProcessing={"JoinSource": "Input"}),
    ]
    outcome = lab.run(steps)
    assert outcome.reason("Score") == "ClientError: a.csv: 1 predictions for 2 records; they cannot be joined"
    assert not lab.keys(lab.job(outcome, "Score")["TransformOutput"]["S3OutputPath"].removeprefix(lab.uri("")))


def test_serving_function_missing(lab: Lab) -> None:
    """A model without model_fn is named."""
    model = lab.put("nofn/model.tar.gz", _archive({"code/inference.py": "x = 1\n"}))
    source = lab.put("nofn/in/a.csv", "1\n")
    outcome = lab.run([_model({"Image": IMAGE, "ModelDataUrl": model}), _transform(source)])
    assert outcome.reason("Score") == "AlgorithmError: inference.py defines no model_fn, exit code: 1"


def test_missing_property_fails_the_step(lab: Lab) -> None:
    """A path that a property file does not have fails the step that reads it, by name."""
    measure = processing(
        "Measure", python("open('/opt/ml/processing/r/r.json','w').write('{}')"), outputs={"r": own("r")}
    )
    measure["PropertyFiles"] = [{"PropertyFileName": "R", "OutputName": "r", "FilePath": "r.json"}]
    value = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Measure.PropertyFiles.R"}, "Path": "auc"}}
    gate = {
        "Name": "Gate",
        "Type": "Condition",
        "Arguments": {
            "Conditions": [{"Type": "LessThan", "LeftValue": value, "RightValue": 1}],
            "IfSteps": [],
            "ElseSteps": [],
        },
    }
    assert "there is no 'auc'" in lab.run([measure, gate]).reason("Gate")


def test_lost_fork_server_is_retried(lab: Lab) -> None:
    """An internal fault (the fork server killed) is retried by the step's policy; a job's own failure is not."""
    policy = [
        {"ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"], "IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 1.0}
    ]
    mark = f"retry/{lab.backend}-{time.time_ns()}"
    lab.put(f"{mark}/note", "x")
    step = lab.script("Try", _WAIT, inputs={"flag": lab.uri(mark)}, RetryPolicies=policy)
    arn = lab.start(lab.create([step]))
    lab.until(arn, "Try", "Executing")
    _kill_fork_server(lab)
    lab.put(f"{mark}/go", "x")
    outcome = lab.wait(arn)
    assert outcome.statuses == {"Try": "Succeeded"}, outcome.steps
    assert outcome.steps["Try"]["AttemptCount"] == 2
    own_fault = lab.run([processing("Bad", python("raise SystemExit(1)"), RetryPolicies=policy)])
    assert own_fault.steps["Bad"]["AttemptCount"] == 1


def _kill_fork_server(lab: Lab) -> None:
    """Kill -9 of the fork server that has a job beside the process that waits for the next one."""
    pid = _server_pid(lab.endpoint)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for zygote in _children(pid):
            if b"zygote.py" in Path(f"/proc/{zygote}/cmdline").read_bytes() and len(_children(zygote)) > 1:
                time.sleep(0.2)
                os.kill(zygote, 9)
                return
        time.sleep(0.02)
    raise AssertionError("no job is running")


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def _server_pid(endpoint: str) -> int:
    port = endpoint.rsplit(":", 1)[-1]
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                line = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if b"embedded_aws.process" in line and f"--port\0{port}\0".encode() in line:
                return int(folder.name)
    raise AssertionError(f"no server on port {port}")


def _changed(path: list[Any], value: Any, step: dict[str, Any] | None = None) -> dict[str, Any]:
    """A good Processing step with one member changed."""
    good = step or processing("S", python("pass"), inputs={"in": "s3://lab/x"}, outputs={"out": "s3://lab/y"})
    target: Any = good
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return good


_ARGUMENTS = "Arguments"
_TRAINING = lambda: _training("S", "s3://lab/s.tar.gz", channels=[_SOURCE])  # noqa: E731
_SOURCE = {"ChannelName": "train", "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://lab/x"}}}
REFUSED = [
    ({"Name": "S", "Type": "ClarifyCheck", "Arguments": {}}, "not supported locally: ClarifyCheck, step S"),
    ({"Name": "S", "Type": "Tuning", "Arguments": {}}, "not supported locally: Tuning, step S"),
    ({"Name": "S", "Type": "EMR", "Arguments": {}}, "not supported locally: EMR, step S"),
    ({"Name": "S", "Type": "Callback", "Arguments": {}}, "not supported locally: Callback, step S"),
    ({"Name": "S", "Type": "AutoML", "Arguments": {}}, "not supported locally: AutoML, step S"),
    ({"Name": "S", "Type": "Lambda"}, "FunctionArn is missing"),
    (_changed(["Name"], "a" * 65), "1 to 64 letters"),
    (_changed(["DependsOn"], ["Nobody"]), "unknown steps: Nobody"),
    (_changed(["DependsOn"], ["S"]), "depends on itself"),
    (_changed([_ARGUMENTS, "Environment"], {"A": {"Get": "Parameters.Nope"}}), "Parameters.Nope: no such parameter"),
    (_changed([_ARGUMENTS, "Environment"], {"A": {"Std:Upper": "x"}}), "function Std:Upper"),
    (_changed([_ARGUMENTS, "Enviroment"], {"A": "x"}), "unknown member CreateProcessingJob.Enviroment"),
    (_changed([_ARGUMENTS, "ProcessingResources", "ClusterConfig", "InstanceCount"], 2), "more than one instance"),
    (_changed([_ARGUMENTS, "ProcessingInputs", 0, "S3Input", "S3DataType"], "ManifestFile"), "S3DataType ManifestFile"),
    (
        _changed([_ARGUMENTS, "ProcessingInputs", 0, "S3Input", "LocalPath"], "/data/x"),
        "LocalPath /data/x outside /opt/ml",
    ),
    (
        _changed([_ARGUMENTS, "ProcessingInputs"], [{"InputName": "q", "DatasetDefinition": {}}]),
        "input q: DatasetDefinition",
    ),
    (
        _changed(
            [_ARGUMENTS, "ProcessingOutputConfig", "Outputs"],
            [{"OutputName": "f", "FeatureStoreOutput": {}, "AppManaged": True}],
        ),
        "output f: AppManaged outputs",
    ),
    (_changed([_ARGUMENTS, "InputDataConfig", 0, "InputMode"], "Pipe", _TRAINING()), "channel train: InputMode Pipe"),
    (_changed([_ARGUMENTS, "ResourceConfig", "InstanceCount"], 3, _TRAINING()), "InstanceCount 3"),
    (_changed([_ARGUMENTS, "TransformInput", "SplitType"], "RecordIO", _transform("s3://lab/x")), "SplitType RecordIO"),
]


@pytest.mark.parametrize(("step", "reason"), REFUSED, ids=[reason for _, reason in REFUSED])
def test_refused_when_the_pipeline_is_created(lab: Lab, step: dict[str, Any], reason: str) -> None:
    """What cannot run here is refused by name, before anything runs."""
    steps = [processing("Make", python("pass")), step]
    if step["Type"] == "Transform":
        steps[0] = _model({"Image": IMAGE})
    with pytest.raises(ClientError, match="ValidationException") as refused:
        lab.create(steps)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("parameters", "values", "reason"),
    [
        ([{"Name": "P", "Type": "Integer"}], {}, "Parameter P has no default"),
        ([{"Name": "P", "Type": "Integer"}], {"P": "three"}, "Parameter P: 'three' is no Integer"),
        ([{"Name": "P", "Type": "Integer", "DefaultValue": 1}], {"Q": "1"}, "Unknown parameters: Q"),
        ([{"Name": "P", "Type": "Integer", "DefaultValue": 1, "EnumValues": [1, 2]}], {"P": "3"}, "3 is not one of"),
        ([{"Name": "P", "Type": "Integer"}], {"P": "2"}, "step S: not supported locally: more than one instance"),
    ],
)
def test_refused_when_the_execution_is_started(
    lab: Lab, parameters: list[Any], values: dict[str, str], reason: str
) -> None:
    """Parameter values are checked, and what they make of the steps, before the first step runs."""
    step = _changed([_ARGUMENTS, "ProcessingResources", "ClusterConfig", "InstanceCount"], {"Get": "Parameters.P"})
    pipeline = lab.create([step], parameters)
    with pytest.raises(ClientError) as refused:
        lab.start(pipeline, values)
    assert reason in str(refused.value)
    assert not lab.sagemaker.list_pipeline_executions(PipelineName=pipeline)["PipelineExecutionSummaries"]


def test_unknown_image_is_refused_at_start(lab: Lab) -> None:
    """An image without an environment is refused with the file that can give it one."""
    step = _changed([_ARGUMENTS, "AppSpecification", "ImageUri"], {"Get": "Parameters.Image"})
    pipeline = lab.create([processing("First", python("pass")), step], [{"Name": "Image", "Type": "String"}])
    with pytest.raises(ClientError, match=r"step S: not supported locally: image nobody/knows:1.*images.toml"):
        lab.start(pipeline, {"Image": "nobody/knows:1"})


@pytest.mark.parametrize("text", ["", "[]", "{", '{"Version": "2019-01-01"}', '{"Version": "2020-12-01", "Steps": {}}'])
def test_no_definition(lab: Lab, text: str) -> None:
    """Broken text is refused with a typed error."""
    with pytest.raises(ClientError, match="Validation"):
        lab.sagemaker.create_pipeline(
            PipelineName="broken", PipelineDefinition=text or " ", RoleArn=ROLE, ClientRequestToken="x" * 32
        )


def test_circle(lab: Lab) -> None:
    """Steps that wait for each other are named."""
    one, two = (
        processing("One", python("pass"), DependsOn=["Two"]),
        processing("Two", python("pass"), DependsOn=["One"]),
    )
    with pytest.raises(ClientError, match="circle: One, Two"):
        lab.create([one, two])


def test_update_and_delete(lab: Lab) -> None:
    """Update replaces the definition for new executions; a second creation is refused in AWS's words; delete forgets."""
    pipeline = lab.create([processing("Old", python("pass"))])
    with pytest.raises(ClientError, match="Pipeline names must be unique within an AWS account and region"):
        lab.create([processing("Old", python("pass"))], name=pipeline)
    before = lab.wait(lab.start(pipeline))
    lab.sagemaker.update_pipeline(
        PipelineName=pipeline, PipelineDefinition=definition([processing("New", python("pass"))])
    )
    assert set(lab.wait(lab.start(pipeline)).steps) == {"New"}
    kept = lab.sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=before.arn)
    assert [step["Name"] for step in json.loads(kept["PipelineDefinition"])["Steps"]] == ["Old"]
    lab.sagemaker.delete_pipeline(PipelineName=pipeline, ClientRequestToken="d" * 32)
    with pytest.raises(ClientError, match="does not exist"):
        lab.sagemaker.describe_pipeline_execution(PipelineExecutionArn=before.arn)


@pytest.mark.parametrize(("given", "shown"), [("True", "true"), ("true", "true"), ("FALSE", "false"), (None, "true")])
def test_a_boolean_given_as_text(lab: Lab, given: str | None, shown: str) -> None:
    """StartPipelineExecution takes texts only, and the SDK sends Python's ``True``: it is the Boolean, in conditions and in texts."""
    equal = {"Type": "Equals", "LeftValue": {"Get": "Parameters.B"}, "RightValue": True}
    said = {"ErrorMessage": {"Std:Join": {"On": "", "Values": ["B is ", {"Get": "Parameters.B"}]}}}
    branches = {
        "IfSteps": [{"Name": "Yes", "Type": "Fail", "Arguments": said}],
        "ElseSteps": [{"Name": "No", "Type": "Fail", "Arguments": said}],
    }
    step = {"Name": "C", "Type": "Condition", "Arguments": {"Conditions": [equal], **branches}}
    pipeline = lab.create([step], [{"Name": "B", "Type": "Boolean", "DefaultValue": True}])
    outcome = lab.wait(lab.start(pipeline, {"B": given} if given else {}))
    assert outcome.reason("Yes" if shown == "true" else "No") == f"B is {shown}"
    found = lab.sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=outcome.arn)
    assert found["PipelineParameters"] == [{"Name": "B", "Value": shown}]


def test_a_boolean_that_is_none(lab: Lab) -> None:
    """Any other text is refused before anything runs."""
    pipeline = lab.create([processing("P", python("pass"))], [{"Name": "B", "Type": "Boolean", "DefaultValue": True}])
    with pytest.raises(ClientError, match="Parameter B: 'yes' is no Boolean"):
        lab.start(pipeline, {"B": "yes"})


def test_the_command_line_runs_and_refuses(lab: Lab, tmp_path: Path) -> None:
    """A file's name may have what a pipeline's may not; a definition or a value that is refused ends with exit code 2."""
    run = partial(_definition, lab, tmp_path)
    wide = {"Get": "Parameters.Count"}
    step = _changed(
        [_ARGUMENTS, "ProcessingResources", "ClusterConfig", "InstanceCount"], wide, processing("S", python("pass"))
    )
    good = definition([step], [{"Name": "Count", "Type": "Integer", "DefaultValue": 1}])
    (tmp_path / f"my_first.{lab.backend}_pipeline.json").write_text(good)
    (tmp_path / "bad.json").write_text(definition([{**step, "Foo": 1, "Bar": 2}]))

    done = run(f"my_first.{lab.backend}_pipeline.json")
    assert (done.returncode, f"pipeline/my-first-{lab.backend}-pipeline/" in done.stdout) == (0, True), done
    done = run(f"my_first.{lab.backend}_pipeline.json", "--parameter", "Count=2")
    assert (done.returncode, "more than one instance" in done.stderr) == (2, True), done
    done = run("bad.json")
    assert done.returncode == 2
    assert all(
        part in done.stderr for part in ("has no member Foo", "has no member Bar", "Parameters.Count: no such")
    ), done


def test_a_definition_names_roles_of_its_authors_account(lab: Lab, tmp_path: Path) -> None:
    """Roles of the same name stand for them, made once; a role that others have made is passed to no job."""
    run = partial(_definition, lab, tmp_path)
    for name, role in (
        ("theirs", f"123456789012:role/service-role/theirs-{lab.backend}"),
        ("ours", "000000000000:role/anybody"),
    ):
        step = processing("S", python("pass"), arguments={"RoleArn": f"arn:aws:iam::{role}"})
        (tmp_path / f"{name}-{lab.backend}.json").write_text(definition([step]))
    done = run(f"theirs-{lab.backend}.json")
    assert (done.returncode, f"made theirs-{lab.backend} here" in done.stdout) == (0, True), done
    done = run(f"theirs-{lab.backend}.json")
    assert (done.returncode, "made " in done.stdout) == (0, False), done
    done = run(f"ours-{lab.backend}.json")
    told = "mlops-definitions/SageMaker is not authorized to perform: iam:PassRole on resource: arn:aws:iam::000000000000:role/anybody"
    assert (done.returncode, told in done.stderr) == (1, True), done


def _definition(lab: Lab, folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """``mlops run definition`` in a folder, against the lab's server."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MLOPS_"))}
    settings = kept | {"MLOPS_STATE_DIR": str(lab.running.state_dir)}
    command = [sys.executable, "-m", "mlops", "run", "definition", *arguments]
    return subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, timeout=60, check=False)
