"""Archives, workspaces, images and limits of jobs."""

import io
import os
import shutil
import socket
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from embedded_aws.box.files import plain_files, read_plain
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


def _member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return entry


_ESCAPES = {
    "up": [_member("../outside")],
    "absolute": [_member("/outside")],
    "up within": [_member("a/../../outside")],
    "link up": [_member("a", tarfile.SYMTYPE, "../outside")],
    "absolute link": [_member("a", tarfile.SYMTYPE, "/etc/passwd")],
    "behind a link": [_member("a", tarfile.SYMTYPE, "b"), _member("a/x")],
    "behind a link that comes later": [_member("a/x"), _member("a", tarfile.SYMTYPE, "b")],
    "down and up through a link": [
        _member("x", tarfile.SYMTYPE, "p/q/a/../.."),
        _member("p/q/a", tarfile.SYMTYPE, "../.."),
    ],
    "hard link up": [_member("a", tarfile.LNKTYPE, "../outside")],
    "hard link to a link": [_member("b", tarfile.SYMTYPE, "c"), _member("a", tarfile.LNKTYPE, "b")],
    "device": [_member("a", tarfile.CHRTYPE)],
    "pipe": [_member("a", tarfile.FIFOTYPE)],
}


@pytest.mark.parametrize("filters", [True, False], ids=["with tarfile's filters", "without"])
@pytest.mark.parametrize("members", _ESCAPES.values(), ids=_ESCAPES)
def test_archives_cannot_leave_their_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, members: list[tarfile.TarInfo], filters: bool
) -> None:
    """Members and links that lead outside, by whatever way, are refused before anything is extracted; so are devices."""
    if not filters:
        monkeypatch.delattr(tarfile, "data_filter", raising=False)
    with tarfile.open(tmp_path / "bad.tar.gz", mode="w:gz") as bad:
        bad.addfile(_member("first"))
        for member in members:
            bad.addfile(member)
    with pytest.raises(ServiceError, match=r"archive bad\.tar\.gz cannot be unpacked: member '") as raised:
        archive.unpack(tmp_path / "bad.tar.gz", tmp_path / "in" / "side")
    assert any(repr(member.name) in raised.value.message for member in members)
    assert list((tmp_path / "in").rglob("*")) == [tmp_path / "in" / "side"]


@pytest.mark.parametrize("filters", [True, False], ids=["with tarfile's filters", "without"])
def test_links_within_an_archive_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, filters: bool) -> None:
    """Links between members are members like others; neither owners nor the set-user-id bit come along."""
    if not filters:
        monkeypatch.delattr(tarfile, "data_filter", raising=False)
    with tarfile.open(tmp_path / "good.tar.gz", mode="w:gz") as good:
        file = _member("lib/v1/model")
        file.size, file.mode, file.uid = 1, 0o4755, 12345
        good.addfile(file, io.BytesIO(b"x"))
        same = _member("lib/v1/same", tarfile.LNKTYPE, "lib/v1/model")
        same.mode = file.mode
        good.addfile(same)
        good.addfile(_member("lib/now", tarfile.SYMTYPE, "../lib/v1"))
    archive.unpack(tmp_path / "good.tar.gz", tmp_path / "out")
    assert (tmp_path / "out" / "lib" / "now" / "same").read_text() == "x"
    status = (tmp_path / "out" / "lib" / "v1" / "model").stat()
    assert (status.st_mode & 0o7777, status.st_uid) == (0o755, (tmp_path / "out").stat().st_uid)


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    """By name, and not as an error of the server."""
    (tmp_path / "model.tar.gz").write_bytes(b"no gzip")
    with pytest.raises(ServiceError, match=r"archive model\.tar\.gz cannot be unpacked"):
        archive.unpack(tmp_path / "model.tar.gz", tmp_path / "out")


def _tree(root: Path) -> Path:
    folder = root / "out" / "deep"
    folder.mkdir(parents=True)
    (folder / "good").write_text("good")
    (root.parent / "secret").write_text("secret")
    return folder


_ODD: dict[str, tuple[str, Callable[[Path, Path], object]]] = {
    "a symbolic link": ("deep/odd", lambda odd, secret: odd.symlink_to(secret)),
    "a symbolic link to nothing": ("deep/odd", lambda odd, secret: odd.symlink_to("nowhere")),
    "a symbolic link to a folder": ("deep/odd", lambda odd, secret: odd.symlink_to(secret.parent)),
    "a hard link": ("deep/odd", lambda odd, secret: odd.hardlink_to(secret)),
    "a named pipe": ("deep/odd", lambda odd, secret: os.mkfifo(odd)),
    "a socket": ("deep/odd", lambda odd, secret: _socket(odd)),
}


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


@pytest.mark.parametrize(("name", "make"), _ODD.values(), ids=_ODD)
def test_outputs_are_files(tmp_path: Path, name: str, make: Callable[[Path, Path], object]) -> None:
    """What is neither a file nor a folder, or is the name of a file elsewhere, is refused by its name below the folder."""
    _tree(tmp_path / "ml")
    assert plain_files(tmp_path / "ml" / "out", tmp_path / "ml") == [tmp_path / "ml" / "out" / "deep" / "good"]
    make(tmp_path / "ml" / "out" / name, tmp_path / "secret")
    with pytest.raises(ServiceError, match=f"output out/{name} is a") as raised:
        plain_files(tmp_path / "ml" / "out", tmp_path / "ml")
    assert str(tmp_path) not in raised.value.message


@pytest.mark.parametrize("replaced", ["out", "out/deep"])
def test_an_output_folder_is_no_link(tmp_path: Path, replaced: str) -> None:
    """Neither the folder nor one that leads to it."""
    folder = _tree(tmp_path / "ml")
    shutil.rmtree(tmp_path / "ml" / replaced)
    (tmp_path / "elsewhere" / "deep").mkdir(parents=True)
    (tmp_path / "ml" / replaced).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ServiceError, match=f"output {replaced} is a symbolic link"):
        plain_files(folder, tmp_path / "ml")


def test_two_names_within_are_two_files(tmp_path: Path) -> None:
    """Hard links between a job's own files are files."""
    folder = _tree(tmp_path / "ml")
    (folder / "again").hardlink_to(folder / "good")
    assert plain_files(folder, tmp_path / "ml") == [folder / "again", folder / "good"]
    assert plain_files(tmp_path / "ml" / "nothing", tmp_path / "ml") == []


def test_small_files_are_read_without_following(tmp_path: Path) -> None:
    """A link, what lies behind one, and a pipe are no files."""
    folder = _tree(tmp_path / "ml")
    (folder / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "ml" / "behind").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    within = tmp_path / "ml"
    assert read_plain(folder / "good", within, 2) == b"go"
    for file in (folder / "link", within / "behind" / "secret", folder / "pipe", folder / "none"):
        assert read_plain(file, within) is None


def test_a_workspace_s_paths_stay_in_it(tmp_path: Path) -> None:
    """A LocalPath that goes up is refused."""
    space = Workspace(tmp_path / "job", rewriting=False)
    assert space.path("/opt/ml/model") == tmp_path / "job" / "ml" / "model"
    with pytest.raises(ServiceError, match="must not go up"):
        space.path("/opt/ml/../../outside")


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
        ('[[image]]\nuri = "*"\nfolders = ["/no/folder"]\n', "folder /no/folder must be"),
        ('[[image]]\nuri = "*"\nfolders = ["tests"]\n', "folder tests must be"),
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
