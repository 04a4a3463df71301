"""The history of published versions differs in nothing from its lock, but for what was withdrawn by name and with a reason."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlops.errors import RefusedInput
from stacks.products import history
from tests.infrastructure.versions import published

V2 = "ml-project.v2"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The history after the next publication."""
    return published(tmp_path_factory.mktemp("published"), ["ml-project"])[0]


@pytest.fixture
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, which is checked instead of the history."""
    copy = Path(shutil.copytree(made, tmp_path / "history"))
    monkeypatch.setattr(history, "FOLDER", copy)
    return copy


def _handler(folder: Path) -> Path:
    return min(folder.rglob("handler.py"))


def _archive(path: Path, folder: Path) -> str:
    """Name of the archive that the file is in."""
    return path.relative_to(folder).parts[0]


def _lock(folder: Path) -> str:
    """A lock for the files as they are."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for name in (history.LOCK, history.WITHDRAWN):
        files.pop(name)
    return history.grown(files)[folder / history.LOCK].decode()


def test_the_history_is_as_it_was_published(folder: Path) -> None:
    """Every file is locked, and the lock is what publishing writes."""
    history.check()
    assert (folder / history.LOCK).read_text() == _lock(folder)


def test_a_changed_file_of_an_archive_is_named(folder: Path) -> None:
    """Folder and file, in one line."""
    path = _handler(folder)
    path.write_text(path.read_text() + "\n")
    with pytest.raises(RefusedInput, match=f"{path.relative_to(folder)}: a published version must never change"):
        history.check()


def test_an_archive_that_is_gone_is_named(folder: Path) -> None:
    """Losing one is no better."""
    archive = folder / _archive(_handler(folder), folder)
    shutil.rmtree(archive)
    with pytest.raises(RefusedInput, match=f"history/{archive.name}/"):
        history.check()


def test_a_lock_that_was_written_anew_hides_no_change(folder: Path) -> None:
    """The folder's own name gives the change away."""
    path = _handler(folder)
    path.write_text(path.read_text() + "\n")
    (folder / history.LOCK).write_text(_lock(folder))
    with pytest.raises(RefusedInput, match=f"{_archive(path, folder)}: its files are not those that were published"):
        history.check()


def test_a_published_template_that_is_gone_is_named(folder: Path) -> None:
    """Whoever wants a version gone withdraws it."""
    (folder / f"{V2}.template.json").unlink()
    with pytest.raises(RefusedInput, match=f"{V2}.template.json: a published version must never change"):
        history.check()


def test_what_is_here_keeps_to_its_lock() -> None:
    """The repository's own history, withdrawals included."""
    history.check()
    assert history.withdrawn("ml-project") == ["v1"]
    assert not set(history.withdrawn("ml-project")) & set(history.versions("ml-project"))


def _withdraw(folder: Path, version: str, **waiver: Any) -> None:
    """Beside those that are there already."""
    path = folder / history.WITHDRAWN
    path.write_text(json.dumps(json.loads(path.read_text()) | {version: waiver}))


def _remove(folder: Path) -> list[str]:
    """Everything of the version that was published; names of the archives."""
    archives = [path.name for path in folder.iterdir() if path.is_dir()]
    for name in archives:
        shutil.rmtree(folder / name)
    (folder / f"{V2}.template.json").unlink()
    return archives


def test_a_version_is_withdrawn_by_name_and_with_a_reason(folder: Path) -> None:
    """Then it may be gone, and its number is not given again."""
    _withdraw(folder, V2, reason="it was published by mistake", archives=_remove(folder))
    history.check()
    assert history.withdrawn("ml-project") == ["v1", "v2"]


@pytest.mark.parametrize(
    ("withdraw", "words"),
    [
        (lambda it: _withdraw(it, V2, reason="it was published by mistake"), "template.json: is still there"),
        (lambda it: _withdraw(it, V2, reason="mistake", archives=_remove(it)), "say why in a sentence"),
        (lambda it: _withdraw(it, V2, archives=_remove(it)), "say why in a sentence"),
        (lambda it: _withdraw(it, "ml-project.v9", reason="it was never there at all"), "was never published"),
        (
            lambda it: _withdraw(it, V2, reason="it was published by mistake", archives=[*_remove(it), "0" * 64]),
            "was never published",
        ),
        (
            lambda it: _withdraw(it, V2, reason="it was published by mistake", archives=_remove(it)[1:]),
            "a published version must never change",
        ),
    ],
)
def test_a_withdrawal_that_is_none_is_refused(folder: Path, withdraw: Callable[[Path], None], words: str) -> None:
    """Without a reason, of what is still there, of nothing, of less than is gone."""
    withdraw(folder)
    with pytest.raises(RefusedInput, match=words):
        history.check()
