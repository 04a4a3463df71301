"""Archives and foreign text forms that sources deliver, made plain tables; bounded, and never outside the folder."""

import csv
import gzip
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from mlops.errors import RefusedInput

ENDINGS = {".csv", ".tsv", ".txt", ".json", ".ndjson", ".arff"}
_LARGEST = 50 * 1024**3  # bytes of everything in an archive
_RATIO = 200  # unpacked to packed; tables reach 20
_BLOCK = 1 << 20


def unpack(path: Path, folder: Path) -> list[Path]:
    """Put the tables of a file (plain, .gz or .zip) into ``folder``.

    Raises:
        RefusedInput: it is damaged, holds no tables, or is larger unpacked than it may be.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = path.name.lower()
    if name.endswith(".zip"):
        found = list(_unzip(path, folder))
    elif name.endswith(".gz"):
        found = [_gunzip(path, folder / path.name[:-3])]
    else:
        found = [Path(shutil.copyfile(path, folder / path.name))]
    tables = [_plain(it) for it in found if it.suffix.lower() in ENDINGS]
    if not tables:
        raise RefusedInput(f"{path.name}: no tables in it ({', '.join(sorted(ENDINGS))})")
    return tables


def _unzip(path: Path, folder: Path) -> Iterator[Path]:
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                name = Path(member.filename).name  # folders in an archive are dropped: nothing lands elsewhere
                if member.is_dir() or Path(name).suffix.lower() not in ENDINGS:
                    continue
                if (folder / name).exists():
                    raise RefusedInput(f"{path.name}: two files in it are called {name}")
                with archive.open(member) as source:
                    _copy(source, folder / name, max(member.compress_size, 1), path.name)
                yield folder / name
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise RefusedInput(f"{path.name}: not a readable zip archive ({error})") from None


def _gunzip(path: Path, target: Path) -> Path:
    try:
        with gzip.open(path) as source:
            _copy(source, target, max(path.stat().st_size, 1), path.name)
    except (gzip.BadGzipFile, EOFError, OSError) as error:
        # gzip's own text quotes the first bytes
        raise RefusedInput(f"{path.name}: not a readable gzip file ({type(error).__name__})") from None
    return target


def _copy(source: "IO[bytes] | gzip.GzipFile", target: Path, packed: int, name: str) -> None:
    limit = min(_LARGEST, packed * _RATIO + _BLOCK)
    size = 0
    with target.open("wb") as stream:
        while block := source.read(_BLOCK):
            size += len(block)
            if size > limit:
                target.unlink()
                raise RefusedInput(f"{name}: unpacks to more than {_RATIO} times its size; refused as an archive bomb")
            stream.write(block)


def _plain(path: Path) -> Path:
    return from_arff(path) if path.suffix.lower() == ".arff" else path


def from_arff(path: Path) -> Path:
    """A dense ARFF file as CSV beside it; ``?`` becomes an empty value.

    Raises:
        RefusedInput: it is sparse, or no ARFF.
    """
    target = path.with_suffix(".csv")
    with path.open(encoding="utf-8", newline="") as source, target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        names: list[str] = []
        for line in source:
            word = line.strip()
            if word.lower().startswith("@attribute"):
                names.append(_attribute(word))
            elif word.lower().startswith("@data"):
                break
        if not names:
            raise RefusedInput(f"{path.name}: no ARFF header in it")
        writer.writerow(names)
        lines = (line for line in source if line.strip() and not line.startswith("%"))
        for row in csv.reader(lines, quotechar="'", skipinitialspace=True, escapechar="\\"):
            if row and row[0].startswith("{"):
                raise RefusedInput(f"{path.name}: sparse ARFF is not supported")
            writer.writerow("" if value.strip() == "?" else value.strip() for value in row)
    path.unlink()
    return target


def _attribute(line: str) -> str:
    rest = line.split(None, 1)[1].lstrip()
    if rest[0] in "'\"":
        return rest[1:].split(rest[0], 1)[0]
    return rest.split(None, 1)[0]
