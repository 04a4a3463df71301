"""Files that are written together: all of them, or none."""

import tempfile
from collections.abc import Mapping
from pathlib import Path


def write_together(files: Mapping[Path, bytes], scratch: Path) -> None:
    """Write files; where one cannot be, every file and folder is again as it was.

    ``scratch`` is a folder of the same file system: whole files are moved from there to their places, so none is ever half there.
    """
    changed = {path: content for path, content in files.items() if not _has(path, content)}
    folders = {folder for path in changed for folder in path.parents if not folder.exists()}
    with tempfile.TemporaryDirectory(dir=scratch, prefix=".writing-") as name:
        written = _stage(changed, Path(name, "new"))
        before = _stage({path: path.read_bytes() for path in changed if path.exists()}, Path(name, "before"))
        try:
            for path, staged in written.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                staged.replace(path)
        except BaseException:
            _take_back(changed, before, folders)
            raise


def _has(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _stage(files: Mapping[Path, bytes], folder: Path) -> dict[Path, Path]:
    """Path -> where its content waits."""
    folder.mkdir()
    staged = {path: folder / str(index) for index, path in enumerate(files)}
    for path, content in files.items():
        staged[path].write_bytes(content)
    return staged


def _take_back(changed: Mapping[Path, bytes], before: Mapping[Path, Path], folders: set[Path]) -> None:
    for path in changed:
        if path in before:
            path.write_bytes(before[path].read_bytes())
        else:
            path.unlink(missing_ok=True)
    for folder in sorted(folders, key=lambda folder: len(folder.parts), reverse=True):
        if folder.exists():
            folder.rmdir()
