"""Archives of published versions lie unpacked under their fingerprint; no file of them changes unnoticed."""

import io
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from mlops.errors import RefusedInput
from mlops.platform import assembly
from mlops.projects import published
from mlops.projects.packages import fingerprint, packages
from mlops.projects.shipped import shipped


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the history that ships, with a version more that names one function."""
    folder = Path(shutil.copytree(shipped(published.HISTORY), tmp_path / "history"))
    tree = packages()["function-resolve-model"]
    for name, content in tree.items():
        path = folder / fingerprint(tree) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / "ml-project.v99.template.json").write_text(f'{{"Code": "{fingerprint(tree)}.zip"}}')
    return folder


def _archive(folder: Path) -> Path:
    """The archive of a function: it has a handler."""
    handler = min(folder.rglob("handler.py"))
    return folder / handler.relative_to(folder).parts[0]


def test_archives_are_deployed_under_their_old_keys(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every archive that a published template names is an asset of the assembly, zipped from the files of its folder."""
    folder = copy
    monkeypatch.setattr(assembly, "shipped", lambda _: folder)
    text = "".join(path.read_text() for path in folder.glob("*.template.json"))
    named = set(re.findall(r"[0-9a-f]{64}(?=\.zip)", text))
    assert named == published.archives(folder).keys() != set()
    assets = assembly.load().assets
    for name, tree in published.archives(folder).items():
        with zipfile.ZipFile(io.BytesIO(assets[f"{name}.zip"])) as archive:
            assert {file: archive.read(file) for file in archive.namelist()} == tree


@pytest.mark.parametrize("change", ["edited", "added", "removed"])
def test_a_changed_archive_is_refused_by_its_folder(copy: Path, change: str) -> None:
    """One line that names the folder."""
    archive = _archive(copy)
    handler = min(archive.rglob("handler.py"))
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
