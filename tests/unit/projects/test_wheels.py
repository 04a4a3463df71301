"""Libraries that the jobs' image lacks: where the wheels are put, and that steps run with nothing else."""

import hashlib
import io
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from mlops.adherence.synthetic import simulate
from mlops.bundled.wheels import LAUNCHER
from mlops.projects.packages import packages
from mlops.projects.shipped import shipped
from tests.unit.lambdas.functions import published

_LOCKED = {"seed_code/adherence/wheels.lock": "image.lock", "mlops/monitoring/wheels.lock": "runtime.lock"}


@pytest.mark.parametrize("lock", _LOCKED)
def test_wheels_are_the_locks_own(lock: str) -> None:
    """Versions and hashes are those that the seed code's and the analyzer's tests run on."""
    root = Path(__file__).parents[3]
    text = (root / lock).read_text().split("\n", 1)[1]
    assert text.count("==") in {1, 2}
    resolved = (root / "requirements" / _LOCKED[lock]).read_text()
    for block in text.replace("\n    ", "\0").splitlines():
        assert block.replace("\0", "\n    ") in resolved


@mock_aws
def test_published_code_has_its_wheels_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each tree gets the wheels that its own lock names by hash, others stay where they are; training's archive has none."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="own")
    tree = dict(packages()["project-code"])
    made = {name: a_wheel(name) for name in ("duck", "polar", "other")}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in made.items()}
    tree["seed/wheels.lock"] = f"duck==1 \\\n    --hash=sha256:{digests['duck']}\n".encode()
    tree["monitor/mlops/monitoring/wheels.lock"] = f"polar==1 \\\n    --hash=sha256:{digests['polar']}\n".encode()
    for name, digest in digests.items():
        s3.put_object(Bucket="own", Key=f"wheels/{digest}/{name}-1-py3-none-any.whl", Body=made[name])
    for name, junk in (("duck", b"evil"), ("polar", made["other"])):  # a build of anybody's code was there first
        for key in (
            f"wheels/{digests[name]}/0-9.9.whl",
            f"wheels/{digests[name]}/z/{name}-1-py3-none-any.whl",
            "wheels/0.whl",
        ):
            s3.put_object(Bucket="own", Key=key, Body=junk)
    found = published(tree, s3, tmp_path, monkeypatch)

    def below(uri: str) -> dict[str, bytes]:
        prefix = uri.removeprefix("s3://own/") + "wheels/"
        listed = s3.list_objects_v2(Bucket="own", Prefix=prefix).get("Contents", [])
        return {item["Key"].removeprefix(prefix): body(s3, item["Key"]) for item in listed}

    assert below(found["CodeUri"]) == {f"duck-1-{digests['duck']}.whl": made["duck"]}
    assert below(found["MonitorCodeUri"]) == {f"polar-1-{digests['polar']}.whl": made["polar"]}
    assert below(found["SourceArchiveUri"]) == {}


@mock_aws
def test_the_name_of_a_file_decides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two wheels that a build has put there under one name, that of a library which the image has, come under their own."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="own")
    tree, made = dict(packages()["project-code"]), [a_wheel("duck"), a_wheel("polar")]
    digests = [hashlib.sha256(content).hexdigest() for content in made]
    tree["seed/wheels.lock"] = "".join(f"x==1 \\\n    --hash=sha256:{digest}\n" for digest in digests).encode()
    for digest, content in zip(digests, made, strict=True):
        s3.put_object(Bucket="own", Key=f"wheels/{digest}/numpy-1.whl", Body=content)
    prefix = published(tree, s3, tmp_path, monkeypatch)["CodeUri"].removeprefix("s3://own/") + "wheels/"
    names = {item["Key"].removeprefix(prefix) for item in s3.list_objects_v2(Bucket="own", Prefix=prefix)["Contents"]}
    assert names == {f"duck-1-{digests[0]}.whl", f"polar-1-{digests[1]}.whl"}


def a_wheel(name: str) -> bytes:
    """The least that is one."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(f"{name}-1.dist-info/METADATA", f"Name: {name}")
    return raw.getvalue()


def body(s3: Any, key: str) -> bytes:
    return bytes(s3.get_object(Bucket="own", Key=key)["Body"].read())


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that is installed here but DuckDB, as a folder for PYTHONPATH."""
    folder = tmp_path_factory.mktemp("bare")
    for path in Path(sysconfig.get_paths()["purelib"]).iterdir():
        if "duckdb" not in path.name.lower():
            (folder / path.name).symlink_to(path)
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few patients."""
    folder = tmp_path_factory.mktemp("wheels") / "data"
    simulate(60, 5).extract(date(2024, 6, 30), folder)
    return folder


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    """The seed code with DuckDB's wheel, made of what is installed, in its folder wheels."""
    folder = tmp_path / "code"
    shutil.copytree(shipped("seed_code/adherence"), folder, ignore=shutil.ignore_patterns("tests", "__pycache__"))
    for name, content in packages()["project-code"].items():
        if name.startswith("job/"):  # what publish-code puts beside the seed code
            (folder / name.removeprefix("job/")).parent.mkdir(parents=True, exist_ok=True)
            (folder / name.removeprefix("job/")).write_bytes(content)
    (folder / "wheels").mkdir()
    wheel = folder / "wheels" / f"duckdb-{metadata.version('duckdb')}-cp312-abi3-manylinux_2_28_x86_64.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_STORED) as archive:
        for file in metadata.files("duckdb") or []:
            if file.suffix != ".pyc" and Path(str(file.locate())).is_file() and ".." not in file.parts:
                archive.write(str(file.locate()), str(file))
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (folder / "wheels.lock").write_text(f"duckdb==2 \\\n    --hash=sha256:{digest}\n")
    return folder


def features(code: Path, bare: Path, data: Path, out: Path) -> "subprocess.CompletedProcess[str]":
    """Run the features step in the environment without DuckDB."""
    flags = ["--data", str(data), "--output", str(out)]
    command = [sys.executable, "-S", str(code / LAUNCHER), "run.py", "features", *flags]
    environment = {"PYTHONPATH": str(bare), "PATH": os.environ["PATH"], "TMPDIR": str(out.parent)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_the_features_step_runs_on_the_wheel(seed: Path, bare: Path, data: Path, tmp_path: Path) -> None:
    """With DuckDB from its wheel only, the features are those that the installed one gives; nothing is left behind."""
    done = features(seed, bare, data, tmp_path / "out")
    assert done.returncode == 0, done.stderr
    command = [sys.executable, str(shipped("seed_code/adherence") / "run.py"), "features", "--data", str(data)]
    subprocess.run([*command, "--output", str(tmp_path / "usual")], check=True, capture_output=True)
    assert (tmp_path / "out" / "rows.parquet").read_bytes() == (tmp_path / "usual" / "rows.parquet").read_bytes()
    assert not list(tmp_path.glob("wheels-*"))


def test_without_the_wheel_the_step_says_what_is_missing(seed: Path, bare: Path, data: Path, tmp_path: Path) -> None:
    """One line and exit code 2."""
    shutil.rmtree(seed / "wheels")
    done = features(seed, bare, data, tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.startswith("RefusedInput: duckdb is not in this image (rule wheels.lock)")


def test_another_wheel_is_refused(seed: Path, bare: Path, data: Path, tmp_path: Path) -> None:
    """A wheel whose hash the code's own lock does not name is not unpacked."""
    wheel = next((seed / "wheels").iterdir())
    with wheel.open("ab") as stream:
        stream.write(b"x")
    done = features(seed, bare, data, tmp_path / "out")
    assert done.returncode != 0
    assert (
        f"its sha256 {hashlib.sha256(wheel.read_bytes()).hexdigest()} is not among those of wheels.lock" in done.stderr
    )
    assert not (tmp_path / "out").exists()


def launched(folder: Path, program: str, wheel: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a program as a job's code, with one wheel beside it."""
    for name, content in packages()["project-code"].items():
        if name.startswith("job/"):
            (folder / name.removeprefix("job/")).parent.mkdir(parents=True, exist_ok=True)
            (folder / name.removeprefix("job/")).write_bytes(content)
    (folder / "run.py").write_text(program)
    (folder / "wheels").mkdir()
    file = folder / "wheels" / "extra-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in wheel.items():
            archive.writestr(name, text)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    (folder / "wheels.lock").write_text(f"extra==1.0 \\\n    --hash=sha256:{digest}\n")
    command = [sys.executable, str(folder / LAUNCHER), "run.py", "a", "--flag", "b"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_images_own_libraries_go_first(tmp_path: Path) -> None:
    """A module that only a wheel holds is found, and what Python has is not replaced."""
    wheel = {"only_in_wheel.py": "VALUE = 42\n", "json.py": "raise RuntimeError('the wheel went first')\n"}
    done = launched(tmp_path, "import json, only_in_wheel; print(only_in_wheel.VALUE)\n", wheel)
    assert done.stdout == "42\n", done.stderr


def test_a_program_is_started_as_python_starts_it(tmp_path: Path) -> None:
    """Its arguments, its folder on the path, its exit code and its words on standard error; a ValueError is its own."""
    program = "import os, sys; assert __name__ == '__main__'; assert sys.argv[1:] == ['a', '--flag', 'b']\n"
    program += "assert sys.path[0] == os.path.dirname(sys.argv[0]); sys.stderr.write('no\\n'); sys.exit(3)\n"
    done = launched(tmp_path, program, {})
    assert (done.returncode, done.stderr) == (3, "no\n")
    shutil.rmtree(tmp_path / "wheels")
    failed = launched(tmp_path, "raise ValueError('mine')\n", {})
    assert (failed.returncode, failed.stderr.rstrip().rpartition("\n")[2]) == (1, "ValueError: mine")
