"""Models of several containers, and the XGBoost image's algorithm by tag: what the public image does, tried through the API."""

import io
import pickle
import tarfile
from typing import Any

import pytest
import xgboost
from botocore.exceptions import ClientError

from tests.integration.executor.lab import IMAGE, Lab
from tests.integration.executor.test_steps import _archive, _channel, _model, _training, _transform

_REPOSITORY = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost"


def _container(lab: Lab, name: str, code: str, **more: Any) -> dict[str, Any]:
    model = lab.put(f"serial/{name}/model.tar.gz", _archive({"name": name, "code/inference.py": code}))
    return {"Image": IMAGE, "ModelDataUrl": model, **more}


def _serial(*containers: dict[str, Any], **more: Any) -> dict[str, Any]:
    step = _model({})
    del step["Arguments"]["PrimaryContainer"]
    step["Arguments"] |= {"Containers": list(containers), **more}
    return step


_SAYS = """
def model_fn(model_dir):
    return open(model_dir + "/name").read()
def transform_fn(model, body, content_type, accept):
    rows = "".join(f"{row}>{model}" + chr(10) for row in body.splitlines())
    return rows + f"{model} got {content_type}, was asked for {accept}" + chr(10), "text/" + model
"""


def test_containers_run_in_series(lab: Lab) -> None:
    """Each container gets the answer of the one before it, under the content type that it gave; the last gives the result."""
    asked = {"Environment": {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "application/json"}}
    three = [_container(lab, "one", _SAYS, **asked), *(_container(lab, name, _SAYS) for name in ("two", "three"))]
    source = lab.put("serial/in/a.csv", "1\n2\n").removesuffix("/a.csv")
    outcome = lab.run([_serial(*three), _transform(source)])
    assert outcome.status == "Succeeded", outcome.steps
    target = lab.job(outcome, "Score")["TransformOutput"]["S3OutputPath"]
    assert lab.read(f"{target}/a.csv.out").decode().splitlines() == [
        "1>one>two>three",
        "2>one>two>three",
        "one got text/csv, was asked for application/json>two>three",
        "two got text/one, was asked for text/csv>three",
        "three got text/two, was asked for text/csv",
    ]


def test_a_failing_second_container_fails_the_job(lab: Lab) -> None:
    """None of them is left out: the second one's error is the job's."""
    second = _container(lab, "bad", "def model_fn(model_dir):\n    raise OSError('no weights')\n")
    source = lab.put("serial/in/a.csv", "1\n2\n").removesuffix("/a.csv")
    outcome = lab.run([_serial(_container(lab, "one", _SAYS), second), _transform(source)])
    assert outcome.statuses == {"Make": "Succeeded", "Score": "Failed"}
    assert outcome.reason("Score") == "AlgorithmError: OSError: no weights, exit code: 1"
    prefix = lab.job(outcome, "Score")["TransformOutput"]["S3OutputPath"].removeprefix(lab.uri(""))
    assert lab.keys(prefix) == []


@pytest.mark.parametrize(
    ("second", "more", "said"),
    [
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com/never:1", {}, "image 123456789012.dkr.ecr.us-east-1.amazonaws.com/never:1 has"),
        ("nowhere.example/never:1", {}, "Using non-ECR image"),
        (IMAGE, {"InferenceExecutionConfig": {"Mode": "Direct"}}, "Mode Direct"),
    ],
)  # fmt: skip
def test_impossible_containers_are_refused_first(lab: Lab, second: str, more: dict[str, Any], said: str) -> None:
    """Before anything starts, by the step's name."""
    first = {"Image": IMAGE, "ModelDataUrl": lab.uri("x")}
    with pytest.raises(ClientError, match="step Make: ") as refused:
        lab.create([_serial(first, {**first, "Image": second}, **more), _transform("s3://lab/x")])
    assert said in str(refused.value)


def test_an_unpacked_model(lab: Lab) -> None:
    """ModelDataSource without compression: the files below the prefix are the model."""
    for key, body in {"name": "flat", "code/inference.py": _SAYS}.items():
        lab.put(f"flat/{key}", body)
    where = {"S3Uri": lab.uri("flat/"), "S3DataType": "S3Prefix", "CompressionType": "None"}
    source = lab.put("serial/in/a.csv", "1\n2\n").removesuffix("/a.csv")
    outcome = lab.run([_model({"Image": IMAGE, "ModelDataSource": {"S3DataSource": where}}), _transform(source)])
    assert outcome.status == "Succeeded", outcome.steps


def _booster(lab: Lab, tag: str, **more: Any) -> Any:
    """Train on ten rows where the first feature is the label; (outcome, bytes of xgboost-model)."""
    hyper = {"num_round": "3", "objective": "reg:squarederror", **more.pop("hyper", {})}
    body = more.pop("body", "".join(f"{row},{row},{row % 2}\n" for row in range(10)))
    uri = more.pop("uri", lab.uri)(f"algorithm/{tag}/{abs(hash(body))}/d.csv")
    lab.put(f"algorithm/{tag}/{abs(hash(body))}/d.csv", body)
    kind = more.pop("kind", "text/csv")
    step = _training("Train", "none", channels=[_channel("train", uri) | {"ContentType": kind}])
    step["Arguments"]["AlgorithmSpecification"]["TrainingImage"] = f"{_REPOSITORY}:{tag}"
    step["Arguments"]["HyperParameters"] = hyper
    outcome = lab.run([step])
    if outcome.status != "Succeeded":
        return outcome, b""
    made = lab.job(outcome, "Train")["ModelArtifacts"]["S3ModelArtifacts"]
    with tarfile.open(fileobj=io.BytesIO(lab.read(made))) as archive:
        return outcome, archive.extractfile("xgboost-model").read()


@pytest.mark.parametrize("tag", ["0.90-2-cpu-py3", "1.0-1-cpu-py3", "1.2-2"])
def test_early_images_pickle(lab: Lab, tag: str) -> None:
    """Images before 1.3 write a pickled booster, as everybody's evaluation script expects."""
    _, body = _booster(lab, tag, hyper={"objective": "reg:linear"})
    assert pickle.loads(body).num_features() == 2  # noqa: S301 (our own)


@pytest.mark.parametrize("tag", ["1.3-1", "1.7-1-cpu-py3", "3.2-0"])
def test_later_images_do_not(lab: Lab, tag: str) -> None:
    """From 1.3 on the model is in XGBoost's own format."""
    _, body = _booster(lab, tag)
    booster = xgboost.Booster()
    booster.load_model(bytearray(body))
    assert booster.num_features() == 2


def test_a_pickled_model_serves(lab: Lab) -> None:
    """The image's own serving functions read a pickle."""
    body = pickle.dumps(xgboost.train({}, xgboost.DMatrix([[0.0], [1.0]], [0, 1]), 1))
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as target:
        member = tarfile.TarInfo("xgboost-model")
        member.size = len(body)
        target.addfile(member, io.BytesIO(body))
    model = lab.put("pickled/model.tar.gz", archive.getvalue())
    source = lab.put("pickled/in/a.csv", "0\n1\n").removesuffix("/a.csv")
    outcome = lab.run([_model({"Image": f"{_REPOSITORY}:1.0-1-cpu-py3", "ModelDataUrl": model}), _transform(source)])
    assert outcome.status == "Succeeded", outcome.steps


@pytest.mark.parametrize(("weights", "features"), [("1", 1), ("0", 2)])
def test_csv_weights(lab: Lab, weights: str, features: int) -> None:
    """With csv_weights=1 the second column is the rows' weight and no feature; the weights count."""
    body = "".join(f"{row % 2},{99 if row % 2 else 1},7\n" for row in range(10))
    _, model = _booster(lab, "1.7-1", body=body, hyper={"csv_weights": weights, "num_round": "50", "lambda": "0"})
    booster = xgboost.Booster()
    booster.load_model(bytearray(model))
    assert booster.num_features() == features
    if weights == "1":  # one feature that tells nothing: the prediction is the weighted mean
        assert booster.predict(xgboost.DMatrix([[7.0]])) == pytest.approx(0.99, abs=0.01)


@pytest.mark.parametrize(
    ("tag", "hyper", "said"),
    [
        ("1.7-1", {"max_deph": "3"}, "Extraneous hyperparameter found: max_deph"),
        ("1.7-1", {"silent": "0"}, "Extraneous hyperparameter found: silent"),
        ("1.7-1", {"eta": "2"}, "Hyperparameter eta: 2.0 is not in [0, 1]"),
        ("1.7-1", {"learning_rate": "-1"}, "Hyperparameter eta: -1.0 is not in [0, 1]"),
        ("1.7-1", {"max_depth": "deep"}, "Hyperparameter max_depth: could not parse value"),
        ("1.7-1", {"subsample": "0"}, "Hyperparameter subsample: 0.0 is not in (0, 1]"),
        ("1.7-1", {"booster": "forest"}, "Hyperparameter booster: forest is not in ['gbtree', 'gblinear', 'dart']"),
        ("1.7-1", {"objective": "multi:softmax"}, "Require input for parameter 'num_class' for multi-classification"),
    ],
)
def test_hyper_parameters_are_refused_in_the_algorithms_words(
    lab: Lab, tag: str, hyper: dict[str, str], said: str
) -> None:
    """Names, types and ranges are those of the public image; its words are the failure's reason."""
    outcome, _ = _booster(lab, tag, hyper=hyper)
    assert outcome.reason("Train").startswith(f"AlgorithmError: UserError: {said}")
    assert outcome.reason("Train").endswith(", exit code: 1")


def test_what_early_images_know(lab: Lab) -> None:
    """``silent`` and aliases are taken where the image knows them; https addresses and libsvm are read."""
    near = lambda key: f"https://lab.s3.us-east-1.amazonaws.com/{key}"  # noqa: E731
    hyper = {"silent": "0", "reg_lambda": "1", "early_stopping_rounds": "2"}
    assert _booster(lab, "1.0-1", hyper=hyper, uri=near)[1]
    rows = "".join(f"{row} 1:{row} 2:{row % 2}\n" for row in range(10))
    assert _booster(lab, "1.7-1", body=rows, kind="text/libsvm")[1]
    outcome, _ = _booster(lab, "1.7-1", kind="application/json")
    assert "UserError: application/json is not an accepted ContentType: csv, " in outcome.reason("Train")
