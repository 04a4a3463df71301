"""A backup's files: verified by digests, refused whole where one is not as it was written."""

import json
from pathlib import Path

import pytest

from mlops.backups.archive import Archive, Folder
from mlops.errors import MlopsError, RefusedInput


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A finished backup of two files."""
    archive = Archive(Folder(tmp_path))
    archive.add("audit/1.json", b"{}")
    archive.add_json("models/ward/1.json", {"ModelPackageArn": "arn"})
    archive.finish({"account": "1", "made_at": "2026-01-01T00:00:00+00:00"})
    return tmp_path


def test_a_whole_backup(folder: Path) -> None:
    """Every file is in the manifest, with size and digest."""
    manifest = Archive(Folder(folder)).verify()
    assert manifest["account"] == "1"
    assert {name: it["bytes"] for name, it in manifest["files"].items()} == {
        "audit/1.json": 2,
        "models/ward/1.json": len((folder / "models/ward/1.json").read_bytes()),
    }
    assert Archive(Folder(folder)).read_json("models/ward/1.json") == {"ModelPackageArn": "arn"}


def test_damage_is_named(folder: Path) -> None:
    """All of it, the missing file too; nothing else of the backup is used."""
    (folder / "audit/1.json").write_bytes(b"[]")
    (folder / "models/ward/1.json").unlink()
    with pytest.raises(MlopsError) as error:
        Archive(Folder(folder)).verify()
    assert "2 damaged: audit/1.json: its digest is another one; models/ward/1.json: it is missing" in str(error.value)


def test_a_manifest_that_was_edited(folder: Path) -> None:
    """It has a digest of its own."""
    path = folder / "manifest.json"
    signed = json.loads(path.read_text())
    del signed["manifest"]["files"]["audit/1.json"]
    path.write_text(json.dumps(signed))
    with pytest.raises(RefusedInput, match=r"manifest\.json is damaged"):
        Archive(Folder(folder)).verify()


def test_a_backup_that_was_cut_off(tmp_path: Path) -> None:
    """Without its manifest it is none."""
    Archive(Folder(tmp_path)).add("audit/1.json", b"{}")
    with pytest.raises(RefusedInput, match="this is no backup, or one that was not finished"):
        Archive(Folder(tmp_path)).verify()


def test_a_newer_format(folder: Path) -> None:
    """Refused with what to do."""
    archive = Archive(Folder(folder))
    archive.finish({"format": 2})
    with pytest.raises(RefusedInput, match="format 2 is of a newer version of mlops: install that one"):
        Archive(Folder(folder)).manifest()


def test_a_place_in_use(folder: Path) -> None:
    """A backup never goes into another one."""
    with pytest.raises(RefusedInput, match="is not empty"):
        Archive(Folder(folder)).ensure_empty()
