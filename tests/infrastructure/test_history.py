"""The history of published versions differs in nothing from its lock."""

import shutil
from pathlib import Path

import pytest

from mlops.errors import RefusedInput
from stacks.products import history


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the history, which is checked instead of it."""
    copy = Path(shutil.copytree(history.FOLDER, tmp_path / "history"))
    monkeypatch.setattr(history, "FOLDER", copy)
    return copy


def _handler(folder: Path) -> Path:
    return min(folder.glob("*/handler.py"))


def _lock(folder: Path) -> str:
    """A lock for the files as they are."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    files.pop(history.LOCK)
    return history.grown(files)[folder / history.LOCK].decode()


def test_the_history_is_as_it_was_published(folder: Path) -> None:
    """Every file is locked, and the lock is what publishing writes."""
    history.check()
    assert (folder / history.LOCK).read_text() == _lock(folder)


def test_a_changed_file_of_an_archive_is_named(folder: Path) -> None:
    """Folder and file, in one line."""
    path = _handler(folder)
    path.write_text(path.read_text() + "\n")
    with pytest.raises(RefusedInput, match=f"{path.parent.name}/handler.py: a published version must never change"):
        history.check()


def test_an_archive_that_is_gone_is_named(folder: Path) -> None:
    """Losing one is no better."""
    archive = _handler(folder).parent
    shutil.rmtree(archive)
    with pytest.raises(RefusedInput, match=f"history/{archive.name}/"):
        history.check()


def test_a_lock_that_was_written_anew_hides_no_change(folder: Path) -> None:
    """The folder's own name gives the change away."""
    path = _handler(folder)
    path.write_text(path.read_text() + "\n")
    (folder / history.LOCK).write_text(_lock(folder))
    with pytest.raises(RefusedInput, match=f"{path.parent.name}: its files are not those that were published"):
        history.check()
