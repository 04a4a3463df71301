"""Archives, workspaces, images and limits of jobs."""

import io
import tarfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from embedded_aws.sagemaker.jobs import archive
from embedded_aws.sagemaker.jobs.images import THIS_INTERPRETER, Images
from embedded_aws.sagemaker.jobs.limits import UNKNOWN, unsupported
from embedded_aws.sagemaker.jobs.workspace import Workspace
from embedded_aws.service import ServiceError


def test_archives_are_byte_equal_and_come_back(tmp_path: Path) -> None:
    """The same tree, written in another order and at another time, has the same bytes; unpacking gives it back."""
    for name, files in (("one", ("a", "b/c")), ("two", ("b/c", "a"))):
        for file in files:
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file)
    (tmp_path / "one" / "a").chmod(0o755)
    (tmp_path / "two" / "a").chmod(0o700)
    packed = archive.pack(tmp_path / "one")
    assert archive.pack(tmp_path / "two") == packed
    (tmp_path / "x.tar.gz").write_bytes(packed)
    archive.unpack(tmp_path / "x.tar.gz", tmp_path / "out")
    assert (tmp_path / "out" / "b" / "c").read_text() == "b/c"
    assert (tmp_path / "out" / "a").stat().st_mode & 0o111
    assert not (tmp_path / "out" / "b" / "c").stat().st_mode & 0o111


@pytest.mark.parametrize("name", ["../outside", "/outside"])
def test_archives_cannot_leave_their_folder(tmp_path: Path, name: str) -> None:
    """A member that would be written elsewhere is refused or kept inside."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as bad:
        entry = tarfile.TarInfo(name)
        entry.size = 1
        bad.addfile(entry, io.BytesIO(b"x"))
    (tmp_path / "bad.tar.gz").write_bytes(raw.getvalue())
    inside = tmp_path / "in" / "side"
    with suppress(tarfile.TarError):
        archive.unpack(tmp_path / "bad.tar.gz", inside)
    assert not (tmp_path / "in" / "outside").exists()
    assert not Path("/outside").exists()


@pytest.mark.parametrize(
    ("text", "rewritten"),
    [
        ("/opt/ml", True),
        ("/opt/ml/model", True),
        ("--path=/opt/ml/x", True),
        ("file:///opt/ml/x", True),
        ("open('/opt/ml/x')", True),
        ("/opt/mlflow/x", False),
        ("/opt/ml-tools", False),
        ("s3://bucket/opt/ml/x", False),
        ("/srv/opt/ml", False),
    ],
)
def test_only_the_contract_s_path_is_rewritten(tmp_path: Path, text: str, rewritten: bool) -> None:
    """The rewriting backend replaces /opt/ml and nothing that only looks like it."""
    space = Workspace(tmp_path / "job", rewriting=True)
    expected = text.replace("/opt/ml", str(space.root)) if rewritten else text
    assert space.seen(text) == expected
    assert Workspace(tmp_path / "other", rewriting=False).seen(text) == text


def test_scripts_in_source_archives_are_rewritten_too(tmp_path: Path) -> None:
    """Scripts and settings in the folder and in archives that the job unpacks itself; data files stay as they are."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "main.py").write_text("open('/opt/ml/a')")
    space = Workspace(tmp_path / "job", rewriting=True)
    code = space.root / "input" / "data" / "code"
    code.mkdir()
    (code / "sourcedir.tar.gz").write_bytes(archive.pack(source))
    (code / "run.sh").write_text("cat /opt/ml/b")
    (code / "data.csv").write_text("/opt/ml/c")
    space.rewrite_files([code])
    archive.unpack(code / "sourcedir.tar.gz", tmp_path / "out")
    assert (tmp_path / "out" / "main.py").read_text() == f"open('{space.root}/a')"
    assert (code / "run.sh").read_text() == f"cat {space.root}/b"
    assert (code / "data.csv").read_text() == "/opt/ml/c"


def test_images_file(tmp_path: Path) -> None:
    """An entry wins over the built-in ones, the first match wins, and a new entry counts at once."""
    images = Images(tmp_path, {})
    built_in = images.find("x/sagemaker-xgboost:3.2-0")
    assert built_in.environment.interpreter == THIS_INTERPRETER
    assert "xgboost" in built_in.environment.preload
    text = '[[image]]\nuri = "*xgboost:*"\ncommand = ["run"]\n[[image]]\nuri = "*"\nserve = ["serve"]\n'
    (tmp_path / "images.toml").write_text(text)
    assert images.find("x/sagemaker-xgboost:3.2-0").command == ("run",)
    assert images.find("anything").serve == ("serve",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[image]\n", "images.toml"),
        ('[[image]]\ninterpreter = "python"\n', "image 1: uri"),
        ('[[image]]\nuri = "*"\nenv = "x"\n', "image 1: unknown env"),
        ('[[image]]\nuri = "*"\ninterpreter = "/no/python"\n', "interpreter /no/python does not exist"),
        ('[[image]]\nuri = "*"\npreload = [1]\n', "preload must be a list of strings"),
    ],
)
def test_wrong_images_file(tmp_path: Path, text: str, message: str) -> None:
    """A wrong file is refused with entry and member."""
    (tmp_path / "images.toml").write_text(text)
    with pytest.raises(ServiceError, match=r"images\.toml") as raised:
        Images(tmp_path, {}).find("any")
    assert message in raised.value.message


@pytest.mark.parametrize(
    ("kind", "job", "found"),
    [
        ("ProcessingJob", {"ProcessingInputs": [{"InputName": "a"}]}, ["input a: no S3Input"]),
        ("ProcessingJob", {"ProcessingResources": {"ClusterConfig": {"InstanceCount": UNKNOWN}}}, []),
        ("TrainingJob", {"ResourceConfig": {"InstanceCount": 2}}, ["more than one instance (InstanceCount 2)"]),
        ("TrainingJob", {"AlgorithmSpecification": {"AlgorithmName": "arn"}}, ["AlgorithmName"]),
        ("TrainingJob", {"OutputDataConfig": {"CompressionType": "NONE"}}, ["CompressionType NONE"]),
        (
            "TrainingJob",
            {"InputDataConfig": [{"ChannelName": "c", "DataSource": {"FileSystemDataSource": {}}}]},
            ["channel c: FileSystemDataSource that is not S3DataSource"],
        ),
        ("TransformJob", {"TransformInput": {"CompressionType": "Gzip"}}, ["CompressionType Gzip"]),
        ("TransformJob", {"TransformInput": {"SplitType": UNKNOWN}}, []),
        (
            "TransformJob",
            {"DataProcessing": {"InputFilter": "$[?(@.a)]", "JoinSource": "Input"}},
            ["InputFilter $[?(@.a)]"],
        ),
    ],
)
def test_limits(kind: str, job: dict[str, Any], found: list[str]) -> None:
    """What this machine cannot do is named; what is not known yet is not judged."""
    assert list(unsupported(kind, job)) == found
