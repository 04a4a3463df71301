"""The image's real toolkit trains and serves the seed code without a network, as the definitions start it; not without the remedy."""

import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mlops.adherence.synthetic import simulate
from mlops.bundled.code_tree import tar_gz
from mlops.bundled.definition import steps
from mlops.projects.shipped import read_tree
from tests.foreign.container import Container
from tests.foreign.environments import ROOT, needs_toolkit

SEED = ROOT / "seed_code" / "adherence"
DEFINITIONS = ROOT / "pipelines" / "definitions"
REMEDY = "PIP_NO_BUILD_ISOLATION"
# no remedy, and the value that reads like one
WITHOUT: list[dict[str, str]] = [{}, {REMEDY: "1"}]
CHANNELS = ["train", "calibration", "code"]


def arguments(definition: str, kind: str) -> dict[str, Any]:
    """Of the step of a kind, with the parameters' defaults put in."""
    content = json.loads((DEFINITIONS / f"{definition}.json").read_text())
    defaults = {item["Name"]: item.get("DefaultValue") for item in content["Parameters"]}
    found = next(step for step in steps(content) if step["Type"] == kind)["Arguments"]

    def filled(value: Any) -> Any:
        if isinstance(value, dict) and str(value.get("Get", "")).startswith("Parameters."):
            return defaults[value["Get"].removeprefix("Parameters.")]
        return {key: filled(item) for key, item in value.items()} if isinstance(value, dict) else value

    return dict(filled(found))


def version_variables() -> dict[str, str]:
    """Of the container that the training pipeline registers."""
    registered = arguments("training", "RegisterModel")["InferenceSpecification"]["Containers"]
    return dict(registered[0]["Environment"])


@pytest.fixture(scope="module")
def toolkit() -> Path:
    """Python with the image's toolkit."""
    return needs_toolkit()


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Features of synthetic patients, split as the pipeline does it."""
    folder = tmp_path_factory.mktemp("rows")
    simulate(600, 3).extract(date(2024, 6, 30), folder / "data")
    folds = [part for name in ("train", "calibration", "test", "baseline") for part in (f"--{name}", folder / name)]
    for command in (
        ["features", "--data", folder / "data", "--output", folder / "features"],
        ["split", "--features", folder / "features", *folds],
    ):
        subprocess.run([sys.executable, SEED / "run.py", *command], check=True, capture_output=True)
    return folder


def training(folder: Path, toolkit: Path, rows: Path, variables: dict[str, str]) -> Container:
    """A container with what SageMaker gives a training job of the definition."""
    container, job = Container.start(folder, toolkit, variables), arguments("training", "Training")
    data = container.base / "input" / "data"
    for name in ("train", "calibration"):
        shutil.copytree(rows / name, data / name)
    (data / "code").mkdir()
    (data / "code" / "sourcedir.tar.gz").write_bytes(tar_gz(read_tree(SEED)))
    container.settings({**job["HyperParameters"], "rounds": "20"}, CHANNELS)
    return container


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, toolkit: Path, rows: Path) -> Path:
    """/opt/ml/model of a training job that has ended well."""
    folder = tmp_path_factory.mktemp("training")
    container = training(folder, toolkit, rows, arguments("training", "Training")["Environment"])
    done = container.run("train")
    assert done.returncode == 0, done.stdout[-5000:]
    assert "-m pip install ." in done.stdout  # the toolkit's own words
    assert "calibration_auc=" in done.stdout
    return container.base / "model"


def test_training(model: Path) -> None:
    """The job leaves a model with its serving code."""
    assert (model / "code" / "inference.py").is_file()
    assert (model / "code" / "adherence" / "settings.py").is_file()


def records(rows: Path, number: int) -> bytes:
    """Lines of the test fold as the transform job sends them."""
    code = (
        "import sys, pandas as pd; from pathlib import Path\n"
        f"frame = pd.read_parquet(Path({str(rows)!r}) / 'test' / 'rows.parquet').head({number})\n"
        "sys.stdout.write(frame.to_json(orient='records', lines=True, date_format='iso'))"
    )
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout


def serving(folder: Path, toolkit: Path, model: Path, variables: dict[str, str]) -> Container:
    """A container with what SageMaker gives a transform job."""
    container = Container.start(folder, toolkit, variables)
    shutil.copytree(model, container.base / "model", dirs_exist_ok=True)
    return container


@pytest.mark.parametrize("where", ["registered", "model"])
def test_serving(tmp_path: Path, toolkit: Path, model: Path, rows: Path, where: str) -> None:
    """Answers over HTTP are the functions' own; the version's variables suffice, and the model's do for a version without."""
    variables = version_variables()
    if where == "model":  # a version that was registered earlier
        variables = {name: value for name, value in variables.items() if name != REMEDY}
        own = arguments("inference", "Model")["PrimaryContainer"]["Environment"]
        variables |= {
            name: value for name, value in own.items() if isinstance(value, str)
        }  # the others are the version's
    container = serving(tmp_path, toolkit, model, variables)
    body, answer = tmp_path / "body", tmp_path / "answer"
    body.write_bytes(records(rows, 25))
    done = container.run("serve", str(body), str(answer))
    assert done.returncode == 0, done.stdout[-5000:]
    code = (
        "import sys; sys.path.insert(0, sys.argv[1] + '/code')\n"
        "import inference as it\n"
        "kind = 'application/jsonlines'\n"
        "rows = it.input_fn(open(sys.argv[2], 'rb').read(), kind)\n"
        "sys.stdout.write(it.output_fn(it.predict_fn(rows, it.model_fn(sys.argv[1])), kind))"
    )
    direct = subprocess.run([toolkit, "-c", code, model, body], check=True, capture_output=True)
    assert answer.read_bytes() == direct.stdout
    assert len(answer.read_text().splitlines()) == 25


@pytest.mark.parametrize("variables", WITHOUT, ids=["none", "1"])
def test_training_fails_without_the_remedy(
    tmp_path: Path, toolkit: Path, rows: Path, variables: dict[str, str]
) -> None:
    """pip looks for setuptools in a network that is not there."""
    container = training(tmp_path, toolkit, rows, variables)
    done = container.run("train")
    assert done.returncode != 0
    _could_not_install(done.stdout)
    reason = (container.base / "output" / "failure").read_text()  # SageMaker's FailureReason begins with it
    assert reason.split() == ["InstallModuleError:", "Command", f'"{container.python}', "-m", "pip", "install", '."']


@pytest.mark.parametrize("variables", WITHOUT, ids=["none", "1"])
def test_serving_fails_without_the_remedy(
    tmp_path: Path, toolkit: Path, model: Path, rows: Path, variables: dict[str, str]
) -> None:
    """The server does not come up for the same reason."""
    plain = {name: value for name, value in version_variables().items() if name != REMEDY}
    container = serving(tmp_path, toolkit, model, plain | variables)
    body = tmp_path / "body"
    body.write_bytes(records(rows, 1))
    done = container.run("serve", str(body), str(tmp_path / "answer"))
    assert done.returncode != 0
    _could_not_install(done.stdout)


def _could_not_install(log: str) -> None:
    assert "-m pip install ." in log
    assert "No matching distribution found for setuptools" in log
