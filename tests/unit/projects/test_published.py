"""Archives of published versions lie unpacked under their fingerprint; no file of them changes unnoticed."""

import io
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from mlops.errors import RefusedInput
from mlops.platform.assembly import load
from mlops.projects import published
from mlops.projects.shipped import shipped


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the history that ships."""
    return Path(shutil.copytree(shipped(published.HISTORY), tmp_path / "history"))


def _archive(folder: Path) -> Path:
    """The archive of a function: it has a handler."""
    return next(path.parent for path in sorted(folder.glob("*/handler.py")))


def test_archives_are_deployed_under_their_old_keys() -> None:
    """Every archive that a published template names is an asset of the assembly, zipped from the files of its folder."""
    folder = shipped(published.HISTORY)
    text = "".join(path.read_text() for path in folder.glob("*.template.json"))
    named = set(re.findall(r"[0-9a-f]{64}(?=\.zip)", text))
    assert named == published.archives(folder).keys()
    assets = load().assets
    for name, tree in published.archives(folder).items():
        with zipfile.ZipFile(io.BytesIO(assets[f"{name}.zip"])) as archive:
            assert {file: archive.read(file) for file in archive.namelist()} == tree


@pytest.mark.parametrize("change", ["edited", "added", "removed"])
def test_a_changed_archive_is_refused_by_its_folder(copy: Path, change: str) -> None:
    """One line that names the folder."""
    archive = _archive(copy)
    handler = archive / "handler.py"
    if change == "removed":
        handler.unlink()
        (archive / "left.py").write_text("")
    else:
        (handler if change == "edited" else archive / "more.py").write_text("pass\n")
    with pytest.raises(RefusedInput, match=f"{archive.name}: its files are not those that were published") as error:
        published.archives(copy)
    assert "\n" not in str(error.value)


def test_what_tools_leave_behind_is_no_file_of_an_archive(copy: Path) -> None:
    """An installer that compiles the library's Python files changes no published version."""
    before = published.assets(copy)
    for folder in (copy, _archive(copy)):
        (folder / "__pycache__").mkdir()
        (folder / "__pycache__" / "handler.cpython-311.pyc").write_bytes(b"compiled")
    assert published.assets(copy) == before
