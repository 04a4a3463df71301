"""Every step type, on both backends, through boto3 against a running server."""

import io
import json
import tarfile
import zipfile
from contextlib import suppress
from typing import Any

import pytest

from tests.integration.executor.lab import IMAGE, LOGS, READS, ROLE, Lab, own, processing, python


def _archive(files: dict[str, str]) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return raw.getvalue()


def _training(name: str, source: Any, **more: Any) -> dict[str, Any]:
    parameters = more.pop("hyperparameters", {})
    arguments = {
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File", **more.pop("algorithm", {})},
        "HyperParameters": {
            "sagemaker_program": '"train.py"',
            "sagemaker_submit_directory": json.dumps(source),
            **parameters,
        },
        **({"InputDataConfig": more.pop("channels")} if "channels" in more else {}),
        "OutputDataConfig": {"S3OutputPath": own("model")},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": more.pop("stopping", {"MaxRuntimeInSeconds": 60}),
        "RoleArn": ROLE,
        **more.pop("arguments", {}),
    }
    return {"Name": name, "Type": "Training", "Arguments": arguments, **more}


def _channel(name: str, uri: str) -> dict[str, Any]:
    return {"ChannelName": name, "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}}


def test_processing_contract(lab: Lab) -> None:
    """A script finds its inputs, settings, arguments and environment under /opt/ml; its outputs reach S3; its lines the log."""
    code = lab.put("contract/code/main.py", _CONTRACT)
    data = lab.put("contract/data/deep/a.txt", "alpha")
    step = processing(
        "Look",
        ["python3", "/opt/ml/processing/code/main.py"],
        inputs={"code": code, "data": data.removesuffix("/deep/a.txt")},
        outputs={"result": own("result")},
    )
    step["Arguments"]["AppSpecification"]["ContainerArguments"] = ["--path", "/opt/ml/processing/data", "s3://b/opt/ml"]
    step["Arguments"]["Environment"] = {"WHERE": "/opt/ml/processing", "PLAIN": "x"}
    outcome = lab.run([step])
    assert outcome.statuses == {"Look": "Succeeded"}, outcome.steps
    job = lab.job(outcome, "Look")
    found = json.loads(lab.read(f"{job['ProcessingOutputConfig']['Outputs'][0]['S3Output']['S3Uri']}/r.json"))
    assert found == {
        "arguments": ["--path", "data", "s3://b/opt/ml"],
        "content": "alpha",
        "hosts": {"current_host": "algo-1", "hosts": ["algo-1"]},
        "image": IMAGE,
        "plain": "x",
        "where": True,
    }
    assert job["ProcessingJobStatus"] == "Completed"
    assert job["ExitMessage"] == "all is well"
    lines = lab.log("/aws/sagemaker/ProcessingJobs", job["ProcessingJobName"])
    assert lines == ["to standard output", "to standard error"]


_CONTRACT = """
import json, os, sys
from pathlib import Path
base = Path("/opt/ml")
arguments = sys.argv[1:]
folder = Path(arguments[1])
result = {
    "arguments": [arguments[0], folder.name, arguments[2]],
    "content": (folder / "deep" / "a.txt").read_text(),
    "hosts": json.loads((base / "config/resourceconfig.json").read_text()),
    "image": json.loads((base / "config/processingjobconfig.json").read_text())["AppSpecification"]["ImageUri"],
    "plain": os.environ["PLAIN"],
    "where": Path(os.environ["WHERE"]).is_dir(),
}
Path("/opt/ml/processing/result/r.json").write_text(json.dumps(result))
Path("/opt/ml/output/message").write_text("all is well")
print("to standard output", flush=True)
print("to standard error", file=sys.stderr, flush=True)
"""


def test_training_script_mode(lab: Lab) -> None:
    """Script mode: hyperparameters as arguments and SM_* variables, channels, model.tar.gz, output.tar.gz, final metrics."""
    source = lab.put("train/source.tar.gz", _archive({"train.py": _TRAIN, "helper.py": "VALUE = 7\n"}))
    lab.put("train/data/part.csv", "1,2\n")
    step = _training(
        "Train",
        source,
        hyperparameters={"depth": "3", "eta": "0.5", "name": '"quoted"', "flag": "true", "plain": "text"},
        channels=[_channel("train", lab.uri("train/data"))],
        algorithm={
            "MetricDefinitions": [{"Name": "auc", "Regex": "auc=([0-9.]+)"}, {"Name": "no", "Regex": "no=(.*)"}]
        },
    )
    outcome = lab.run([step])
    assert outcome.statuses == {"Train": "Succeeded"}, outcome.steps
    job = lab.job(outcome, "Train")
    assert {item["MetricName"]: pytest.approx(item["Value"]) for item in job["FinalMetricDataList"]} == {"auc": 0.75}
    uri = job["ModelArtifacts"]["S3ModelArtifacts"]
    with tarfile.open(fileobj=io.BytesIO(lab.read(uri))) as archive:
        found = json.load(archive.extractfile("seen.json"))  # type: ignore[arg-type]
    assert found["arguments"] == [
        "--depth",
        "3",
        "--eta",
        "0.5",
        "--flag",
        "True",
        "--name",
        "quoted",
        "--plain",
        "text",
    ]
    assert found["variables"] == {
        "SM_CHANNELS": '["train"]',
        "SM_HP_DEPTH": "3",
        "SM_HP_NAME": "quoted",
        "SM_NUM_GPUS": "0",
    }
    assert found["data"] == "1,2\n"
    assert found["helper"] == 7
    assert found["hyperparameters"]["name"] == '"quoted"'
    with tarfile.open(fileobj=io.BytesIO(lab.read(uri.replace("model.tar.gz", "output.tar.gz")))) as archive:
        assert archive.getnames() == ["extra.txt"]


_TRAIN = """
import json, os, sys
import helper
seen = {
    "arguments": sys.argv[1:],
    "variables": {key: os.environ[key] for key in ("SM_CHANNELS", "SM_HP_DEPTH", "SM_HP_NAME", "SM_NUM_GPUS")},
    "data": open(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "part.csv")).read(),
    "helper": helper.VALUE,
    "hyperparameters": json.load(open("/opt/ml/input/config/hyperparameters.json")),
}
with open(os.path.join(os.environ["SM_MODEL_DIR"], "seen.json"), "w") as file:
    json.dump(seen, file)
with open(os.path.join(os.environ["SM_OUTPUT_DATA_DIR"], "extra.txt"), "w") as file:
    file.write("more")
print("auc=0.5")
print("auc=0.75")
print("no=thing")
"""

_RESUMES = """
import pathlib
folder = pathlib.Path("/opt/ml/checkpoints")
before = len(list(folder.glob("epoch-*")))
(folder / f"epoch-{before}").write_text("x")
print("epochs before:", before)
"""


def test_checkpoints_and_requirements(lab: Lab) -> None:
    """Checkpoints come back in the next training job; requirements that are not installed are said so in the log."""
    source = lab.put("ckpt/source.tar.gz", _archive({"train.py": _RESUMES, "requirements.txt": "left-pad"}))
    config = {"CheckpointConfig": {"S3Uri": lab.uri("ckpt/kept")}}
    pipeline = lab.create([_training("Train", source, arguments=config)])
    logs = []
    for _ in range(2):
        outcome = lab.wait(lab.start(pipeline))
        assert outcome.status == "Succeeded", outcome.steps
        logs.append(lab.log("/aws/sagemaker/TrainingJobs", lab.job(outcome, "Train")["TrainingJobName"]))
    assert [log[-1] for log in logs] == ["epochs before: 0", "epochs before: 1"]
    assert "requirements.txt is not installed here" in logs[0][0]
    assert lab.keys("ckpt/kept") == ["ckpt/kept/epoch-0", "ckpt/kept/epoch-1"]


_SERVE = """
import json
def model_fn(model_dir):
    return float(open(model_dir + "/slope").read())
def input_fn(body, content_type):
    assert content_type == "text/csv", content_type
    return [[float(cell) for cell in line.split(",")] for line in body.splitlines()]
def predict_fn(data, model):
    return [sum(row) * model for row in data]
def output_fn(prediction, accept):
    return "\\n".join(str(value) for value in prediction) + "\\n"
"""


def _served(lab: Lab) -> str:
    return lab.put("serve/model.tar.gz", _archive({"slope": "2", "code/inference.py": _SERVE}))


def _transform(source: str, **more: Any) -> dict[str, Any]:
    return {
        "Name": "Score",
        "Type": "Transform",
        "Arguments": {
            "ModelName": {"Get": "Steps.Make.ModelName"},
            "TransformInput": {
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": source}},
                "ContentType": "text/csv",
                "SplitType": "Line",
            },
            "TransformOutput": {"S3OutputPath": own("scores"), "Accept": "text/csv", "AssembleWith": "Line"},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
            **more,
        },
    }


def _model(container: dict[str, Any]) -> dict[str, Any]:
    return {"Name": "Make", "Type": "Model", "Arguments": {"PrimaryContainer": container, "ExecutionRoleArn": ROLE}}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, b"6.0\n14.0\n"),
        ({"BatchStrategy": "SingleRecord"}, b"6.0\n14.0\n"),
        ({"DataProcessing": {"InputFilter": "$[1:]", "JoinSource": "Input"}}, b"1,2,4.0\n3,4,8.0\n"),
        (
            {"DataProcessing": {"InputFilter": "$[0]", "JoinSource": "Input", "OutputFilter": "$[1,-1]"}},
            b"2,2.0\n4,6.0\n",
        ),
    ],
)
def test_model_and_transform(lab: Lab, settings: dict[str, Any], expected: bytes) -> None:
    """A Model step and a batch transform through model_fn, input_fn, predict_fn, output_fn, one .out a file."""
    source = lab.put("serve/in/a.csv", "1,2\n3,4\n").removesuffix("/a.csv")
    container = {"Image": IMAGE, "ModelDataUrl": _served(lab), "Environment": {"SAGEMAKER_PROGRAM": "inference.py"}}
    outcome = lab.run([_model(container), _transform(source, **settings)])
    assert outcome.statuses == {"Make": "Succeeded", "Score": "Succeeded"}, outcome.steps
    target = lab.job(outcome, "Score")["TransformOutput"]["S3OutputPath"]
    assert lab.read(f"{target}/a.csv.out") == expected


def test_register_condition_and_property_file(lab: Lab) -> None:
    """A metric of a property file decides; the version is registered with it, in a group that Pipelines makes."""
    group = f"group-{lab.backend}"
    outcome = lab.run(_gated(lab, group), _LEVEL, {"Level": "0.8"})
    assert outcome.statuses == {"Measure": "Succeeded", "Gate": "Succeeded", "Register": "Succeeded"}, outcome.steps
    assert outcome.steps["Gate"]["Metadata"] == {"Condition": {"Outcome": "True"}}
    arn = outcome.steps["Register"]["Metadata"]["RegisterModel"]["Arn"]
    version = lab.sagemaker.describe_model_package(ModelPackageName=arn)
    assert version["ModelPackageGroupName"] == group
    assert version["ModelPackageVersion"] == 1
    assert version["ModelApprovalStatus"] == "PendingManualApproval"
    assert version["CustomerMetadataProperties"] == {"auc": "0.9"}
    again = lab.run(_gated(lab, group), _LEVEL, {"Level": "0.95"})
    assert again.status == "Failed"
    assert again.statuses == {"Measure": "Succeeded", "Gate": "Succeeded", "Stop": "Failed"}
    assert again.reason("Stop") == "auc 0.9 is under 0.95"
    assert again.steps["Stop"]["Metadata"] == {"Fail": {"ErrorMessage": "auc 0.9 is under 0.95"}}
    assert len(lab.sagemaker.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"]) == 1


_LEVEL = [{"Name": "Level", "Type": "Float", "DefaultValue": 0.5}]
_AUC = {
    "Std:JsonGet": {
        "PropertyFile": {"Get": "Steps.Measure.PropertyFiles.Report"},
        "Path": "metrics['a b'].values[1].auc",
    }
}


def _gated(lab: Lab, group: str) -> list[Any]:
    content = {"metrics": {"a b": {"values": [{}, {"auc": 0.9}]}}}
    write = f"import json;json.dump({content!r}, open('/opt/ml/processing/report/r.json','w'))"
    measure = processing("Measure", python(write), outputs={"report": own("report")})
    measure["PropertyFiles"] = [{"PropertyFileName": "Report", "OutputName": "report", "FilePath": "r.json"}]
    text = {"Std:Join": {"On": " ", "Values": ["auc", _AUC, "is under", {"Get": "Parameters.Level"}]}}
    register = {
        "Name": "Register",
        "Type": "RegisterModel",
        "Arguments": {
            "ModelPackageGroupName": group,
            "ModelApprovalStatus": "PendingManualApproval",
            "CustomerMetadataProperties": {"auc": _AUC},
            "InferenceSpecification": {
                "Containers": [{"Image": IMAGE, "ModelDataUrl": _served(lab)}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        },
    }
    condition = {"Type": "GreaterThanOrEqualTo", "LeftValue": _AUC, "RightValue": {"Get": "Parameters.Level"}}
    gate = {
        "Name": "Gate",
        "Type": "Condition",
        "Arguments": {
            "Conditions": [condition],
            "IfSteps": [register],
            "ElseSteps": [{"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": text}}],
        },
    }
    return [measure, gate]


def _function(lab: Lab, name: str, code: str) -> str:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("handler.py", code)
    answer = lab.client("lambda").create_function(
        FunctionName=f"{name}-{lab.backend}",
        Runtime="python3.12",
        Role=ROLE,
        Handler="handler.handle",
        Code={"ZipFile": raw.getvalue()},
    )
    return str(answer["FunctionArn"])


@pytest.fixture(scope="session")
def double(lab: Lab) -> str:
    """A function that doubles ``n``, and fails where there is none."""
    return _function(lab, "double", "def handle(event, context):\n    return {'twice': 2 * event['n'], 'text': 'x'}\n")


def test_lambda_outputs(lab: Lab, double: str) -> None:
    """A Lambda step's outputs are readable by later steps."""
    call = {
        "Name": "Call",
        "Type": "Lambda",
        "FunctionArn": double,
        "Arguments": {"n": {"Get": "Parameters.N"}},
        "OutputParameters": [{"OutputName": "twice", "OutputType": "Integer"}],
    }
    twice = {"Get": "Steps.Call.OutputParameters['twice']"}
    gate = {
        "Name": "Gate",
        "Type": "Condition",
        "Arguments": {
            "Conditions": [{"Type": "Equals", "LeftValue": twice, "RightValue": 42}],
            "IfSteps": [],
            "ElseSteps": [{"Name": "Wrong", "Type": "Fail", "Arguments": {"ErrorMessage": "wrong"}}],
        },
    }
    outcome = lab.run([call, gate], [{"Name": "N", "Type": "Integer"}], {"N": "21"})
    assert outcome.statuses == {"Call": "Succeeded", "Gate": "Succeeded"}, outcome.steps
    shown = outcome.steps["Call"]["Metadata"]["Lambda"]
    assert shown == {"Arn": double, "OutputParameters": [{"Name": "twice", "Value": "42"}]}


def test_lambda_failures(lab: Lab, double: str) -> None:
    """What the function raises, and an output that it does not return, fail the step with that reason."""
    bad = {"Name": "Bad", "Type": "Lambda", "FunctionArn": double, "Arguments": {}}
    assert "'n'" in lab.run([bad]).reason("Bad")
    missing = {
        "Name": "Missing",
        "Type": "Lambda",
        "FunctionArn": double,
        "Arguments": {"n": 1},
        "OutputParameters": [{"OutputName": "other", "OutputType": "String"}],
    }
    assert lab.run([missing]).reason("Missing") == "ClientError: Lambda function returned no other"


_CALLS = """
import boto3
print(boto3.client("sts").get_caller_identity()["Arn"])
boto3.client("s3").put_object(Bucket="lab", Key="allowed/" + "x", Body=b"1")
try:
    boto3.client("s3").put_object(Bucket="lab", Key="other/x", Body=b"1")
except Exception as error:
    print(error)
"""


def test_aws_calls_of_a_job_use_its_role(lab: Lab) -> None:
    """boto3 in a job's script reaches this endpoint as the job's role, with that role's rights and no others."""
    allowed = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::lab/allowed/*"}
    role = lab.role("writer", {"Effect": "Allow", **READS}, {"Effect": "Allow", **LOGS}, allowed)
    step = lab.script("Call", _CALLS, arguments={"RoleArn": role})
    outcome = lab.run([step])
    assert outcome.status == "Succeeded", outcome.steps
    lines = lab.log("/aws/sagemaker/ProcessingJobs", lab.job(outcome, "Call")["ProcessingJobName"])
    assert lines[0] == "arn:aws:sts::000000000000:assumed-role/writer/SageMaker"
    assert "not authorized to perform: s3:PutObject" in lines[1]


_SERVER = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/ping" else 404)
        self.end_headers()
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        lines = [f"{self.headers['Content-Type']};{self.headers['Accept']};{line}" for line in body.splitlines()]
        self.send_response(200 if "bad" not in body else 500)
        self.end_headers()
        self.wfile.write("".join(line + "\\n" for line in lines).encode())
    def log_message(self, *arguments):
        pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
"""


@pytest.mark.parametrize(("row", "status"), [("1,2", "Succeeded"), ("bad", "Failed")])
def test_transform_by_an_http_server(lab: Lab, row: str, status: str) -> None:
    """An image with a server of its own is asked through /ping and /invocations; its error fails the job, with its code."""
    model = lab.put("http/model.tar.gz", _archive({"server.py": _SERVER}))
    source = lab.put(f"http/{row}/a.csv", f"{row}\n").removesuffix("/a.csv")
    container = {"Image": IMAGE.replace("quick", "server"), "ModelDataUrl": model}
    outcome = lab.run([_model(container), _transform(source)])
    assert outcome.statuses["Score"] == status, outcome.steps
    if status == "Succeeded":
        target = lab.job(outcome, "Score")["TransformOutput"]["S3OutputPath"]
        assert lab.read(f"{target}/a.csv.out") == b"text/csv;text/csv;1,2\n"
    else:
        assert outcome.reason("Score").startswith("AlgorithmError: the model server answered 500 to payload 000000")


def test_built_in_xgboost(lab: Lab) -> None:
    """A training job without a script on the XGBoost image is the built-in algorithm; its model serves without a script too."""
    rows = "".join(f"{number},{number % 4},{number // 4}\n" for number in range(16))
    uris = {name: lab.put(f"builtin/{name}/d.csv", rows) for name in ("train", "validation")}
    data = [_channel(name, uri) | {"ContentType": "text/csv"} for name, uri in uris.items()]
    metrics = [{"Name": "rmse", "Regex": "validation-rmse:([0-9.]+)"}]
    step = _training("Train", "none", channels=data, algorithm={"MetricDefinitions": metrics})
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
    step["Arguments"]["AlgorithmSpecification"]["TrainingImage"] = image
    wanted = {
        "num_round": "60",
        "objective": "reg:squarederror",
        "max_depth": "4",
        "eta": "0.5",
        "min_child_weight": "0",
        "lambda": "0",
    }
    step["Arguments"]["HyperParameters"] = wanted
    container = {"Image": image, "ModelDataUrl": {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}}
    source = lab.put("builtin/in/a.csv", "0,0\n3,3\n1,2\n").removesuffix("/a.csv")
    outcome = lab.run([step, _model(container), _transform(source)])
    assert set(outcome.statuses.values()) == {"Succeeded"}, outcome.steps
    target = lab.job(outcome, "Score")["TransformOutput"]["S3OutputPath"]
    assert [float(line) for line in lab.read(f"{target}/a.csv.out").split()] == pytest.approx([0, 15, 9], abs=0.05)
    (metric,) = lab.job(outcome, "Train")["FinalMetricDataList"]
    assert metric["Value"] < 0.05


_XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
_REMEDY = "PIP_NO_BUILD_ISOLATION"  # what is so with the image's real toolkit: tests/foreign/test_script_mode.py
_NOT_INSTALLED = 'AlgorithmError: InstallModuleError: Command "python3 -m pip install ."'


@pytest.mark.parametrize(
    ("variables", "isolated", "succeeds"),
    [({}, True, False), ({_REMEDY: "1"}, True, False), ({_REMEDY: "0"}, True, True), ({}, False, True)],
)
def test_script_without_a_network(lab: Lab, variables: dict[str, str], isolated: bool, succeeds: bool) -> None:
    """The image's pip could not install the script's folder: training fails as it would on AWS, unless the variable is there."""
    source = lab.put("isolated/source.tar.gz", _archive({"train.py": "print('ran')"}))
    more = {"Environment": variables, "EnableNetworkIsolation": isolated}
    step = _training("Train", source, algorithm={"TrainingImage": _XGBOOST}, arguments=more)
    outcome = lab.run([step])
    assert (outcome.status == "Succeeded") is succeeds, outcome.steps
    assert succeeds or _NOT_INSTALLED in outcome.reason("Train")


@pytest.mark.parametrize(
    ("registered", "given", "succeeds"),
    [({}, {}, False), ({_REMEDY: "0"}, {}, True), ({}, {_REMEDY: "0"}, True), ({_REMEDY: "0"}, {_REMEDY: "1"}, False)],
)
def test_served_script_without_a_network(
    lab: Lab, registered: dict[str, str], given: dict[str, str], succeeds: bool
) -> None:
    """So does serving; a model's variables are its version's, overridden by its own one by one."""
    group = f"served-{lab.backend}"
    with suppress(lab.sagemaker.exceptions.ClientError):
        lab.sagemaker.create_model_package_group(ModelPackageGroupName=group)
    environment = {"SAGEMAKER_PROGRAM": "inference.py", **registered}
    containers = [{"Image": _XGBOOST, "ModelDataUrl": _served(lab), "Environment": environment}]
    types = {"SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
    version = lab.sagemaker.create_model_package(
        ModelPackageGroupName=group,
        ModelApprovalStatus="Approved",
        InferenceSpecification={"Containers": containers, **types},
    )["ModelPackageArn"]
    source = lab.put("serve/in/a.csv", "1,2\n3,4\n").removesuffix("/a.csv")
    model = _model({"ModelPackageName": version, "Environment": given})
    model["Arguments"]["EnableNetworkIsolation"] = True
    outcome = lab.run([model, _transform(source)])
    assert (outcome.status == "Succeeded") is succeeds, outcome.steps
    assert succeeds or _NOT_INSTALLED in outcome.reason("Score")


@pytest.mark.parametrize("status", ["PendingManualApproval", "Rejected"])
def test_a_version_that_is_not_approved_makes_no_model(lab: Lab, status: str) -> None:
    """botocore's model, ModelApprovalStatus: "must be set to Approved to deploy the model"."""
    group = f"decided-{lab.backend}"
    with suppress(lab.sagemaker.exceptions.ClientError):
        lab.sagemaker.create_model_package_group(ModelPackageGroupName=group)
    types = {"SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
    version = lab.sagemaker.create_model_package(
        ModelPackageGroupName=group,
        ModelApprovalStatus=status,
        InferenceSpecification={"Containers": [{"Image": _XGBOOST, "ModelDataUrl": "s3://b/model.tar.gz"}], **types},
    )["ModelPackageArn"]
    outcome = lab.run([_model({"ModelPackageName": version})])
    assert f"{version} is {status}: a version must be Approved" in outcome.reason("Make")
    outcome = lab.run([_model({"ModelPackageName": f"{version}9"})])
    assert "does not exist" in outcome.reason("Make")
