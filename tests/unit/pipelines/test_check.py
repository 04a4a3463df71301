"""What AWS refuses in a definition, and what cannot run here: all at once, by step and member, without a server.

Expected words come from AWS's own errors (SDK issues 2631, 4867, 4994), types from botocore's shapes, members from the SDK.
"""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from embedded_aws.sagemaker.pipelines.check import report

Document = dict[str, Any]
_ACCOUNT = "683313688378.dkr.ecr.us-east-1.amazonaws.com"
_XGBOOST, _SKLEARN = f"{_ACCOUNT}/sagemaker-xgboost:1.7-1-cpu-py3", f"{_ACCOUNT}/sagemaker-scikit-learn:1.2-1-cpu-py3"
_ROLE = "arn:aws:iam::000000000000:role/pipeline"
_TRAIN: Document = {
    "Name": "T",
    "Type": "Training",
    "Arguments": {
        "AlgorithmSpecification": {"TrainingImage": _XGBOOST, "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/model"},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1},
        "RoleArn": _ROLE,
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/train"}},
            }
        ],
        "HyperParameters": {"num_round": "3"},
    },
}
_PROCESS: Document = {
    "Name": "P",
    "Type": "Processing",
    "Arguments": {
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
        },
        "AppSpecification": {"ImageUri": _SKLEARN, "ContainerEntrypoint": ["python3", "-c", "pass"]},
        "RoleArn": _ROLE,
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": "report",
                    "S3Output": {
                        "S3Uri": "s3://bucket/out",
                        "LocalPath": "/opt/ml/processing/report",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
    },
}
_PARAMETERS = [
    {"Name": "Text", "Type": "String"},
    {"Name": "Count", "Type": "Integer", "DefaultValue": 1},
    {"Name": "Rate", "Type": "Float", "DefaultValue": 1},
    {"Name": "Flag", "Type": "Boolean", "DefaultValue": True},
]


def _definition(*steps: Document, **more: Any) -> str:
    return json.dumps({"Version": "2020-12-01", "Metadata": {}, "Parameters": _PARAMETERS, "Steps": steps} | more)


def _changed(step: Document, path: str, value: Any) -> Document:
    changed = copy.deepcopy(step)
    target, *rest = changed, *path.split(".")
    for key in rest[:-1]:
        target = target[int(key) if key.isdigit() else key]
    target[rest[-1]] = value
    return changed


def _parameter(name: str) -> Document:
    return {"Get": f"Parameters.{name}"}


def test_good_ones_have_no_problems() -> None:
    """Nothing is wrong with the steps that the faults below are planted in."""
    assert report(_definition(_TRAIN, _PROCESS)).problems == []


@pytest.mark.parametrize("name", ["Count", "Rate", "Flag"])
@pytest.mark.parametrize(
    ("step", "path"),
    [
        (_TRAIN, "Arguments.HyperParameters.eta"),
        (_TRAIN, "Arguments.RoleArn"),
        (_PROCESS, "Arguments.AppSpecification.ContainerArguments"),
        (_PROCESS, "Arguments.Environment"),
    ],
)
def test_texts_take_no_numbers(name: str, step: Document, path: str) -> None:
    """An Integer, Float or Boolean parameter as an argument of string type is refused in AWS's words."""
    value: Any = _parameter(name)
    if path.endswith("ContainerArguments"):
        value = ["--x", value]
    elif path.endswith("Environment"):
        value = {"X": value}
    (problem,) = report(_definition(_changed(step, path, value))).aws_problems
    assert problem.startswith(f"step {step['Name']}: ")
    assert problem.endswith(f"Cannot assign property reference [Parameters.{name}] to argument of type [String]")


@pytest.mark.parametrize(
    ("step", "path", "value", "wanted"),
    [
        (_PROCESS, "Arguments.ProcessingResources.ClusterConfig.InstanceCount", "Text", "Integer"),
        (_PROCESS, "Arguments.ProcessingResources.ClusterConfig.InstanceCount", "Rate", "Integer"),
        (_PROCESS, "Arguments.NetworkConfig", "Text", "Structure"),
        (_TRAIN, "Arguments.EnableNetworkIsolation", "Text", "Boolean"),
        (_TRAIN, "Arguments.InputDataConfig", "Text", "List"),
    ],
)
def test_nothing_takes_another_type(step: Document, path: str, value: str, wanted: str) -> None:
    """The same for every other type."""
    found = report(_definition(_changed(step, path, _parameter(value)))).aws_problems
    assert [problem.rpartition("of type ")[2] for problem in found] == [f"[{wanted}]"]


@pytest.mark.parametrize(
    ("step", "path", "value"),
    [
        (_TRAIN, "Arguments.HyperParameters.eta", {"Std:Join": {"On": "", "Values": [_parameter("Rate")]}}),
        (_TRAIN, "Arguments.HyperParameters.eta", _parameter("Text")),
        (_TRAIN, "Arguments.ResourceConfig.InstanceCount", _parameter("Count")),
        (_TRAIN, "Arguments.EnableNetworkIsolation", _parameter("Flag")),
        (_TRAIN, "Arguments.HyperParameters.id", {"Get": "Execution.PipelineExecutionId"}),
        (_TRAIN, "Arguments.HyperParameters.at", {"Get": "Steps.P.ProcessingOutputConfig.Outputs['report'].S3Output.S3Uri"}),
        (_TRAIN, "Arguments.HyperParameters.at", {"Get": 'Steps.P.ProcessingOutputConfig.Outputs["report"].S3Output.S3Uri'}),
        (_TRAIN, "Arguments.HyperParameters.at", {"Get": "Steps.P.ProcessingOutputConfig.Outputs[0].S3Output.S3Uri"}),
        (_TRAIN, "Arguments.ResourceConfig.InstanceCount", {"Get": "Steps.P.ProcessingResources.ClusterConfig.InstanceCount"}),
        (_TRAIN, "CacheConfig", {"Enabled": True, "ExpireAfter": "P30D"}),
        (_TRAIN, "CacheConfig", {"Enabled": True, "ExpireAfter": "PT1H30M"}),
        (_TRAIN, "CacheConfig", {"Enabled": True, "ExpireAfter": "30d"}),
        (_TRAIN, "CacheConfig", {"Enabled": False}),
        (_TRAIN, "RetryPolicies", [{"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 2}]),
        (_TRAIN, "DisplayName", "any words"),
    ],
)  # fmt: skip
def test_no_false_alarms(step: Document, path: str, value: Any) -> None:
    """What AWS takes is taken."""
    assert report(_definition(_PROCESS, _changed(step, path, value))).problems == []


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("Steps.T.ModelArtefacts.S3ModelArtifacts", "there is no ModelArtefacts"),
        ("Steps.T.ModelArtifacts.S3Artifacts", "there is no S3Artifacts"),
        ("Steps.T.TrainingJobName.x", "there is no x"),
        ("Steps.T.HyperParameters['a'].b", "there is no b"),
        ("Steps.T", "a property of the step must be named"),
        ("Steps.T.ModelArtifacts..S3ModelArtifacts", "cannot be read at '..S3ModelArtifacts'"),
        (
            "Steps.P2.ProcessingOutputConfig.Outputs['raport'].S3Output.S3Uri",
            "there is no raport (the step has report)",
        ),
        ("Steps.C.Result", "a Condition step has no property Result"),
        ("Steps.L.OutputParameters['b']", "the step has no such output parameter: b"),
        ("Steps.Q.ProcessingJobArn", "a QualityCheck step has no property ProcessingJobArn"),
        ("Steps.Nobody.X", "no such step"),
        ("Parameters.Nothing", "no such parameter"),
        ("Execution.Nothing", "no such execution variable"),
    ],
)
@pytest.mark.parametrize("place", ["an argument", "a function's payload", "a condition", "a message"])
def test_property_paths_that_lead_nowhere(path: str, said: str, place: str) -> None:
    """A path that the API's Describe answer does not have is refused wherever it stands; its type is not said to be wrong, too."""
    reference = {"Get": path}
    compared = {"Type": "Equals", "LeftValue": reference, "RightValue": 1}
    arn = "arn:aws:lambda:us-east-1:000000000000:function:f"
    users: dict[str, Document] = {
        "an argument": _changed(_TRAIN, "Arguments.HyperParameters.x", reference) | {"Name": "X"},
        "a function's payload": {"Name": "X", "Type": "Lambda", "FunctionArn": arn, "Arguments": {"deep": [reference]}},
        "a condition": {
            "Name": "X",
            "Type": "Condition",
            "Arguments": {"Conditions": [{"Type": "Not", "Expression": compared}], "IfSteps": [], "ElseSteps": []},
        },
        "a message": {
            "Name": "X",
            "Type": "Fail",
            "Arguments": {"ErrorMessage": {"Std:Join": {"On": " ", "Values": ["a", reference]}}},
        },
    }
    others = (
        {
            "Name": "L",
            "Type": "Lambda",
            "FunctionArn": arn,
            "OutputParameters": [{"OutputName": "a", "OutputType": "String"}],
        },
        {
            "Name": "C",
            "Type": "Condition",
            "Arguments": {
                "Conditions": [{"Type": "Equals", "LeftValue": 1, "RightValue": 1}],
                "IfSteps": [],
                "ElseSteps": [],
            },
        },
        {**_PROCESS, "Name": "Q", "Type": "QualityCheck", "CheckType": "DATA_QUALITY"},
        {**_PROCESS, "Name": "P2"},
    )
    found = report(_definition(_TRAIN, *others, users[place])).aws_problems
    assert len(found) == 1, found
    assert found[0].startswith(f"step X: {path}: {said}"), found


_MODEL: Document = {
    "Name": "M",
    "Type": "Model",
    "Arguments": {
        "PrimaryContainer": {"Image": _XGBOOST, "ModelDataUrl": "s3://b/m.tar.gz"},
        "ExecutionRoleArn": _ROLE,
    },
}
_REGISTER: Document = {
    "Name": "R",
    "Type": "RegisterModel",
    "Arguments": {
        "ModelPackageGroupName": "group",
        "InferenceSpecification": {
            "Containers": [{"Image": _XGBOOST, "ModelDataUrl": "s3://b/m.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    },
}


@pytest.mark.parametrize(
    ("step", "path", "value", "said"),
    [
        (_PROCESS, "Foo", 1, "step P: a Processing step has no member Foo"),
        (_PROCESS, "CacheConfg", {"Enabled": True}, "step P: a Processing step has no member CacheConfg"),
        (_TRAIN, "PropertyFiles", [], "step T: a Training step has no member PropertyFiles"),
        (_MODEL, "CacheConfig", {"Enabled": True}, "step M: a Model step has no member CacheConfig"),
        (_PROCESS, "CacheConfig", {"Enable": True}, "step P: CacheConfig has no member Enable"),
        (_PROCESS, "PropertyFiles", [{"Name": "x"}], "step P: PropertyFiles has no member Name"),
        (_PROCESS, "RetryPolicies", [{"MaxAttempt": 1}], "step P: RetryPolicies has no member MaxAttempt"),
        (_PROCESS, "Arguments.Enviroment", {}, "step P: unknown member CreateProcessingJob.Enviroment"),
        (_TRAIN, "CacheConfig", {"Enabled": True, "ExpireAfter": "1 month"}, "step T: CacheConfig.ExpireAfter '1 month'"),
        (_TRAIN, "CacheConfig", {"Enabled": True, "ExpireAfter": "P"}, "step T: CacheConfig.ExpireAfter 'P'"),
        (_TRAIN, "CacheConfig", {"Enabled": True, "ExpireAfter": 30}, "step T: CacheConfig.ExpireAfter '30'"),
        (_TRAIN, "Arguments.OutputDataConfig.S3OutputPath", "bucket/model", "does not match the pattern"),
        (_TRAIN, "Arguments.OutputDataConfig.S3OutputPath", "https://example.com/x", "is not an S3 URI"),
        (_TRAIN, "Arguments.OutputDataConfig.S3OutputPath", "https://s3.us-east-1.amazonaws.com", "is not an S3 URI"),
        (_MODEL, "Arguments.PrimaryContainer.Image", "nowhere.example/x:1", 'step M: Using non-ECR image "nowhere'),
        (_REGISTER, "Arguments.InferenceSpecification.Containers.0.Image", "x:1", 'step R: Using non-ECR image "x:1"'),
        (_MODEL, "Arguments.PrimaryContainer.ModelDataURL", "s3://b/m", "unknown member CreateModel.PrimaryContainer.M"),
    ],
)  # fmt: skip
def test_members_durations_addresses_and_images(step: Document, path: str, value: Any, said: str) -> None:
    """Misspelt members at every depth, durations that are none, addresses that are not S3's, images that are not ECR's."""
    found = report(_definition(_changed(step, path, value))).aws_problems
    assert any(said in problem for problem in found), found


@pytest.mark.parametrize(
    "uri",
    [
        "s3://bucket",
        "s3://bucket/a/b c#1",
        "https://bucket.s3.us-east-1.amazonaws.com/key",
        "https://my.bucket.s3.amazonaws.com/key",
        "https://s3.eu-central-1.amazonaws.com/bucket/key",
        "https://s3-us-west-2.amazonaws.com/bucket/key",
        "https://bucket.s3.dualstack.us-east-1.amazonaws.com/key",
        "https://bucket.s3.cn-north-1.amazonaws.com.cn/key",
    ],
)
def test_both_forms_of_s3_addresses(uri: str) -> None:
    """s3:// and https://, with the bucket in the host or in the path."""
    assert report(_definition(_changed(_TRAIN, "Arguments.OutputDataConfig.S3OutputPath", uri))).problems == []


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        ({"Name": "B", "Type": "Boolean", "DefaultValue": "true"}, "parameter B: 'true' is no value of type Boolean"),
        ({"Name": "B", "Type": "Integer", "DefaultValue": "1"}, "parameter B: '1' is no value of type Integer"),
        ({"Name": "B", "Type": "Integer", "DefaultValue": True}, "parameter B: True is no value of type Integer"),
        ({"Name": "B", "Type": "String", "DefaultValue": 1}, "parameter B: 1 is no value of type String"),
        ({"Name": "B", "Type": "String", "EnumValues": ["a", 1]}, "parameter B: 1 is no value of type String"),
        ({"Name": "B", "Type": "Text"}, "parameter B: Type must be one of String, Integer, Float, Boolean"),
        ({"Name": "B", "Type": "String", "Default": ""}, "parameter B: a parameter has no member Default"),
    ],
)
def test_parameters(parameter: Document, said: str) -> None:
    """A default is an instance of the parameter's type (developer guide, "Pipeline parameters")."""
    (problem,) = report(_definition(_TRAIN, Parameters=[parameter])).problems
    assert problem.startswith(said)


def test_the_top_level() -> None:
    """The definition has members of its own, too; what the SDK writes is known."""
    known = {"PipelineExperimentConfig": None, "MlflowConfig": None}
    assert report(_definition(_TRAIN, **known)).problems == []
    (problem,) = report(_definition(_TRAIN, Step=[])).problems
    assert problem.startswith("a definition has no member Step (")


def test_all_at_once() -> None:
    """Nothing hides behind an earlier fault, be it AWS's or this machine's own."""
    tuning = {"Name": "Tune", "Type": "Tuning", "Arguments": {}, "Foo": 1}
    callback = {"Name": "Call", "Type": "Callback", "SqsQueueUrl": "x", "Arguments": {}, "OutputParameters": []}
    wide = _changed(_PROCESS, "Arguments.ProcessingResources.ClusterConfig.InstanceCount", 2) | {"Name": "Wide"}
    found = report(
        _definition(
            _changed(_TRAIN, "Arguments.HyperParameters.eta", _parameter("Rate")),
            _changed(_PROCESS, "Foo", 1),
            tuning,
            callback,
            wide,
            {**_PROCESS, "Name": "-"},
            {**_TRAIN, "Name": "T2", "DependsOn": ["Nobody", "T2"]},
        )
    )
    said = " | ".join(found.problems)
    for part in (
        "step T: CreateTrainingJob.HyperParameters['eta']: Cannot assign",
        "step P: a Processing step has no member Foo",
        "not supported locally: Tuning, step Tune",
        "step Tune: a Tuning step has no member Foo",
        "not supported locally: Callback, step Call",
        "step Wide: not supported locally: more than one instance",
        "step -: the name must have 1 to 64",
        "step T2 depends on unknown steps: Nobody",
        "step T2 depends on itself",
    ):
        assert part in said
    assert {name: here for name, (_, here) in found.steps.items()} == {
        **dict.fromkeys(("T", "P", "Tune", "Call", "Wide", "-"), "refused"),
        "T2": "runs",
    }
    assert not any("locally" in problem for problem in found.aws_problems)


_SHAPELESS: list[Any] = [
    {"Steps": [1]},
    {"Steps": [{}]},
    {"Parameters": 5},
    {"Parameters": [{"Name": "x"}]},
    {"Steps": [{"Name": "x", "Type": "Condition", "Arguments": {"Conditions": 3, "IfSteps": 4}}]},
    {"Steps": [{"Name": "x", "Type": "Condition", "Arguments": {"Conditions": [{"Type": "Or", "Conditions": 3}]}}]},
    {"Steps": [{"Name": "x", "Type": "Condition", "Arguments": {"Conditions": [{"Type": ["Or"]}]}}]},
    {"Steps": [{**_TRAIN, "DependsOn": 7}]},
    {"Steps": [{**_TRAIN, "DependsOn": [7, None, {}]}]},
    {"Steps": [{**_TRAIN, "CacheConfig": 7, "RetryPolicies": "x"}]},
    {"Steps": [{**_TRAIN, "Arguments": []}]},
    {"Steps": [_changed(_TRAIN, "Arguments.HyperParameters", {"a": {"Get": 5}})]},
    {"Steps": [_changed(_TRAIN, "Arguments.HyperParameters", {"a": {"Std:Join": 5}})]},
    {"Steps": [_changed(_TRAIN, "Arguments.HyperParameters", {"a": {"Std:Join": {"On": "", "Values": 5}}})]},
    {"Steps": [_changed(_TRAIN, "Arguments.HyperParameters", {"a": {"Std:JsonGet": {"Path": 1, "PropertyFile": 2}}})]},
    {"Steps": [_changed(_MODEL, "Arguments.PrimaryContainer", 1)]},
    {"Steps": [_changed(_MODEL, "Arguments", {"Containers": 1, "InferenceExecutionConfig": 1})]},
    {"Steps": [_changed(_REGISTER, "Arguments.InferenceSpecification", 1)]},
]


@pytest.mark.parametrize("content", _SHAPELESS, ids=[str(number) for number in range(len(_SHAPELESS))])
def test_whatever_it_is_it_is_told(content: Document) -> None:
    """Shapes that nobody expects are problems, never a crash."""
    assert report(json.dumps({"Version": "2020-12-01", "Steps": [_TRAIN]} | content), lambda _: None, {}).problems


def _mlops(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MLOPS_"))}
    command = [sys.executable, "-m", "mlops", "run", "definition", *arguments]
    return subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, timeout=60, check=False)


def test_check_on_the_command_line(tmp_path: Path) -> None:
    """``--check`` needs no server: what runs, what stands in, what is refused, every problem; exit code 2."""
    check = {**_PROCESS, "Name": "Q", "Type": "QualityCheck", "CheckType": "DATA_QUALITY"}
    tuning = {"Name": "Tune", "Type": "Tuning", "Arguments": {}}
    unknown = _changed(_PROCESS, "Arguments.AppSpecification.ImageUri", "nobody/knows:1") | {"Name": "U"}
    (tmp_path / "my_pipeline.json").write_text(_definition(_TRAIN, check, tuning, unknown, Foo=1))
    done = _mlops(tmp_path, "my_pipeline.json", "--check")
    assert (done.returncode, done.stderr) == (2, "error: my_pipeline.json: 4 problems\n"), done
    lines = done.stdout.splitlines()
    assert [line.split(maxsplit=2)[::2] for line in lines[1:5]] == [
        ["T", "runs"],
        ["Q", "stands in: an analyzer of this machine's for Model Monitor's"],
        ["Tune", "refused"],
        ["U", "refused"],
    ]
    assert any("image nobody/knows:1 has no environment" in line for line in lines)
    assert not (tmp_path / ".mlops").exists()


def test_check_finds_nothing(tmp_path: Path) -> None:
    """A good one ends with 0; parameters are judged by their values."""
    step = _changed(_PROCESS, "Arguments.ProcessingResources.ClusterConfig.InstanceCount", _parameter("Count"))
    (tmp_path / "good_one.json").write_text(_definition(step))
    done = _mlops(tmp_path, "good_one.json", "--check")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "no problems"), done
    wide = _mlops(tmp_path, "good_one.json", "--check", "--parameter", "Count=2")
    assert (wide.returncode, "more than one instance" in wide.stdout) == (2, True)
