"""Archives: tables come out, nothing lands elsewhere, bombs and damage are refused."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from mlops.datasets.sources.unpack import unpack
from mlops.errors import RefusedInput
from tests.unit.datasets.answers import ARFF


def packed(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name.replace("__", "/").replace("_csv", ".csv"), body)
    return path


def test_tables_come_out_of_archives(tmp_path: Path) -> None:
    """A zip with folders and other files, and a gzip."""
    found = unpack(packed(tmp_path / "a.zip", deep__x_csv=b"a\n1\n", README=b"hello"), tmp_path / "out")
    (tmp_path / "y.csv.gz").write_bytes(gzip.compress(b"b\n2\n", mtime=0))
    found += unpack(tmp_path / "y.csv.gz", tmp_path / "out")
    assert {path.name: path.read_bytes() for path in found} == {"x.csv": b"a\n1\n", "y.csv": b"b\n2\n"}


def test_nothing_lands_outside_the_folder(tmp_path: Path) -> None:
    """Paths in an archive are dropped."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../evil.csv", "a\n")
        archive.writestr("/abs/other.csv", "a\n")
    (tmp_path / "a.zip").write_bytes(out.getvalue())
    unpack(tmp_path / "a.zip", tmp_path / "deep" / "out")
    assert sorted(path.name for path in (tmp_path / "deep" / "out").iterdir()) == ["evil.csv", "other.csv"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "deep"]


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("a.zip", b"PK\x03\x04 garbage", "not a readable zip archive"),
        ("a.csv.gz", b"\x1f\x8b garbage", "not a readable gzip file"),
        ("a.csv.gz", gzip.compress(b"a\n" * 1000, mtime=0)[:-20], "not a readable gzip file"),
        ("a.csv.gz", gzip.compress(b"0" * 30_000_000, mtime=0), "archive bomb"),
        ("a.pdf", b"%PDF", "no tables in it"),
    ],
    ids=["zip", "gzip", "cut off", "bomb", "pdf"],
)
def test_bad_archives_are_refused(tmp_path: Path, name: str, body: bytes, words: str) -> None:
    """Damaged, truncated, exploding, or something else."""
    (tmp_path / name).write_bytes(body)
    with pytest.raises(RefusedInput, match=words):
        unpack(tmp_path / name, tmp_path / "out")


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    """One would silently replace the other."""
    with pytest.raises(RefusedInput, match=r"two files in it are called x\.csv"):
        unpack(packed(tmp_path / "a.zip", one__x_csv=b"a\n", two__x_csv=b"b\n"), tmp_path / "out")


def test_arff_becomes_csv(tmp_path: Path) -> None:
    """Names and values without ARFF's quotes; ``?`` is empty."""
    (tmp_path / "d.arff").write_bytes(ARFF)
    found = unpack(tmp_path / "d.arff", tmp_path / "out")
    assert [path.name for path in found] == ["d.csv"]
    assert found[0].read_text() == "preg,plas,class\n6,148,tested positive\n1,,tested_negative\n"
