"""publish-code: what goes together in a code package."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from embedded_aws.sagemaker.pipelines.definition import parse
from embedded_aws.sagemaker.pipelines.preflight import refuse_unsupported
from mlops.bundled.definition import undelivered
from mlops.projects.packages import CONTRACT, packages
from pipelines.check import problems
from stacks.constructs.buildspecs import build_spec, deploy_spec
from tests.unit.lambdas.functions import published

Tree = dict[str, bytes]


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client, with the project's bucket."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="own")
        yield client


def older(tree: Tree) -> Tree:
    """A package's seed code as it was before it declared a contract."""
    text = tree["seed/project.toml"].decode()
    lines = [line for line in text.splitlines() if not line.startswith("contract =")]
    assert len(lines) == len(text.splitlines()) - 1
    return tree | {"seed/project.toml": "\n".join(lines).encode()}


def test_the_seed_code_and_the_pipelines_fit(s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ships together is published: both definitions and the code."""
    found = published(dict(packages()["project-code"]), s3, tmp_path, monkeypatch)
    assert {"CodeUri", "TrainingDefinition", "InferenceDefinition"} <= set(found)


def test_publishing_again_finds_what_is_there(s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code and definitions lie under their hash and are written once: no version of an object is replaced."""
    first = published(dict(packages()["project-code"]), s3, tmp_path / "1", monkeypatch)
    assert published(dict(packages()["project-code"]), s3, tmp_path / "2", monkeypatch) == first


@pytest.mark.parametrize("place", ["CodeUri", "MonitorCodeUri", "TrainingDefinition"])
def test_another_object_under_the_hash_is_refused(
    s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Whoever could write there before may have left something: it is named, and not run."""
    first = published(dict(packages()["project-code"]), s3, tmp_path / "1", monkeypatch)
    prefix = first[place].removeprefix("s3://own/")
    key = s3.list_objects_v2(Bucket="own", Prefix=prefix)["Contents"][0]["Key"]
    s3.put_object(Bucket="own", Key=key, Body=b"print('mine')")
    with pytest.raises(ValueError, match=f"s3://own/{key}: another object is there than its key says"):
        published(dict(packages()["project-code"]), s3, tmp_path / "2", monkeypatch)


def test_an_older_repository_in_a_newer_project_is_refused(
    s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything changes, with both numbers and what to do; not by a job that does not know its flags."""
    product = dict(packages()["project-code"])
    with pytest.raises(
        ValueError, match=r"code follows contract 1, the project's pipelines contract 2 .*: merge the seed code"
    ):
        published(older(product), s3, tmp_path, monkeypatch, product)


def earlier(product: Tree) -> tuple[Tree, Tree]:
    """(code package of an earlier product version, today's product that knows it): no contract, and a pipeline that authorizes nothing."""
    content = json.loads(product["definitions/training.json"])
    content["Steps"] = [step for step in content["Steps"] if step["Name"] != "AuthorizeRun"]
    old = older(product) | {"definitions/training.json": json.dumps(content, indent=1).encode()}
    contract = {"seed": CONTRACT, "earlier": [undelivered(old)]}
    return old, product | {"contract.json": json.dumps(contract).encode()}


def test_a_delivered_package_of_a_published_version_keeps_its_training(
    s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What its training registers is rejected until it has merged; it predicts with its own code in the product's own batch."""
    old, product = earlier(dict(packages()["project-code"]))
    delivered = old | {"seed/extra.py": b"# a team's own"}
    content = json.loads(delivered["definitions/training.json"])
    content["Parameters"][0]["DefaultValue"] = "as a delivery renders it"
    delivered["definitions/training.json"] = json.dumps(content, indent=1).encode()
    found = published(delivered, s3, tmp_path, monkeypatch, product)
    training = definition(s3, found["TrainingDefinition"])
    assert "AuthorizeRun" not in {step["Name"] for step in training["Steps"]}
    assert not {"MinAuc", "CodeUri"} & set(parameters(training))
    batch = definition(s3, found["InferenceDefinition"])
    current = published(dict(packages()["project-code"]), s3, tmp_path / "now", monkeypatch)
    wanted = definition(s3, current["InferenceDefinition"])
    assert [step["Name"] for step in batch["Steps"]] == [step["Name"] for step in wanted["Steps"]]
    assert "PublishPredictions" in json.dumps(batch)


def test_a_forged_old_package_is_refused(s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that says that its code is old brings no pipeline, launcher or analyzer of its own."""
    old, product = earlier(dict(packages()["project-code"]))
    loose = json.loads(old["definitions/inference.json"])
    loose["Steps"] = loose["Steps"][1:]
    for forged in (
        {"definitions/inference.json": json.dumps(loose).encode()},
        {"monitor/mlops/monitoring/__main__.py": b"evil()"},
        {"monitor/sitecustomize.py": b"evil()"},
        {"job/mlops/bundled/wheels.py": b"evil()"},
    ):
        with pytest.raises(ValueError, match="code follows contract 1"):
            published(old | forged, s3, tmp_path, monkeypatch, product)


def definition(s3: Any, key: str) -> dict[str, Any]:
    return dict(json.loads(s3.get_object(Bucket="own", Key=key)["Body"].read()))


def parameters(content: dict[str, Any]) -> dict[str, Any]:
    return {item["Name"]: item.get("DefaultValue") for item in content["Parameters"]}


def test_what_is_no_choice_is_no_parameter(s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A start chooses data set, date, request and hyper-parameters; floors, code, image, roles and functions are constants."""
    found = published(dict(packages()["project-code"]), s3, tmp_path, monkeypatch)
    training = definition(s3, found["TrainingDefinition"])
    tuned = {"MaxDepth", "LearningRate", "Rounds", "Seed"}
    assert set(parameters(training)) == {"DatasetUri", "DatasetId", "StartRequest", *tuned}
    assert parameters(training)["StartRequest"] == "none"
    gate = next(step for step in training["Steps"] if step["Type"] == "Condition")["Arguments"]["Conditions"]
    assert [condition["RightValue"] for condition in gate] == [0.75, 0.68, 0.05, 1.0]
    inference = definition(s3, found["InferenceDefinition"])
    assert set(parameters(inference)) == {"DatasetUri", "DatasetId", "AsOf", "OnViolation", "StartRequest"}
    for content in (training, inference):
        assert problems(json.dumps(content)) == []
        refuse_unsupported(parse(json.dumps(content)), {})


def test_a_start_cannot_loosen_what_a_batch_does_on_findings(
    s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A project that refuses batches with findings has no such parameter; one that lets them pass may be told to refuse."""
    tree = dict(packages()["project-code"])
    found = published(tree, s3, tmp_path, monkeypatch, defaults={"OnViolation": "fail"})
    assert "OnViolation" not in parameters(definition(s3, found["InferenceDefinition"]))


def test_a_package_brings_code_and_nothing_else(s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build runs pushed code, so that what it packs may say anything: pipelines, launcher and analyzer are the product's."""
    product = dict(packages()["project-code"])
    forged = {name: content for name, content in product.items() if name.startswith("seed/")}
    forged["seed/extra.py"] = b"# pushed"
    loose = json.loads(product["definitions/training.json"])
    loose["Steps"] = [step for step in loose["Steps"] if step["Name"] != "AuthorizeRun"]
    forged["definitions/training.json"] = json.dumps(loose).encode()
    forged["job/mlops/bundled/wheels.py"] = forged["monitor/mlops/monitoring/__main__.py"] = b"evil()"
    forged["contract.json"] = b'{"seed": 1}'
    found = published(forged, s3, tmp_path, monkeypatch, product)
    training = definition(s3, found["TrainingDefinition"])
    assert training["Steps"][0]["Name"] == "AuthorizeRun"
    code = found["CodeUri"].removeprefix("s3://own/")
    launcher = s3.get_object(Bucket="own", Key=f"{code}mlops/bundled/wheels.py")["Body"].read()
    assert launcher == product["job/mlops/bundled/wheels.py"]
    assert s3.get_object(Bucket="own", Key=f"{code}extra.py")["Body"].read() == b"# pushed"


def test_a_package_is_what_its_key_says(s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Builds run anybody's code: one that puts another package under the key of a colleague's brings nothing in."""
    key = f"packages/{'a' * 64}.zip"
    with pytest.raises(ValueError, match=f"{key}: its content has another digest"):
        published(dict(packages()["project-code"]), s3, tmp_path, monkeypatch, key=key)


def test_the_deploy_role_runs_no_pushed_code() -> None:
    """Its commands come from the product's package, in a folder of its own; of the build it takes a variable, a key, and no file."""
    spec = json.loads(deploy_spec(trains=True))
    first, *commands = spec["phases"]["build"]["commands"]
    assert first == 'cd "$(mktemp -d)"'
    assert [command for command in commands if "-m delivery" in command or not command.startswith("python3 -I ")] == []
    built = json.loads(build_spec())
    assert (built["env"], "artifacts" in built) == ({"exported-variables": ["PACKAGE"]}, False)
    assert packages()["project-code"]["kit/delivery.py"] == packages()["seed-repository"]["delivery.py"]


def test_a_projects_hyper_parameters_are_the_defaults(s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They come from the package's own project.toml."""
    tree = dict(packages()["project-code"])
    text = tree["seed/project.toml"].decode()
    tree["seed/project.toml"] = re.sub(r"(?m)^max_depth = .*$", "max_depth = 6", text).encode()
    assert tree["seed/project.toml"].decode() != text
    found = published(tree, s3, tmp_path, monkeypatch)
    assert parameters(definition(s3, found["TrainingDefinition"]))["MaxDepth"] == "6"
