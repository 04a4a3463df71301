"""Read foreign tables as text: any case of names, commas or tabs."""

import csv
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from mlops.errors import RefusedInput

Row = dict[str, str]


def find(folder: Path, name: str) -> Path | None:
    """``name.csv`` (or .tsv, .txt) in a folder, in any case."""
    wanted = {f"{name}{ending}" for ending in (".csv", ".tsv", ".txt")}
    return next((path for path in sorted(folder.iterdir()) if path.name.lower() in wanted), None)


def need(folder: Path, name: str, why: str) -> Path:
    """``find``, or RefusedInput."""
    found = find(folder, name)
    if found is None:
        raise RefusedInput(f"{folder.name}: {name}.csv is missing: {why}")
    return found


def rows(folder: Path, name: str) -> Iterator[Row]:
    """The rows of a table, with lower-case column names; none where there is no such file."""
    path = find(folder, name)
    if path is not None:
        yield from read(path)


def read(path: Path) -> Iterator[Row]:
    """The rows of a file.

    Raises:
        RefusedInput: it is not UTF-8 text.
    """
    with path.open(encoding="utf-8-sig", newline="") as stream:
        try:
            head = stream.readline()
            stream.seek(0)
            tabs = "\t" in head and "," not in head
            # Athena's vocabulary files are tab-separated and quote nothing
            reader = csv.DictReader(
                stream, delimiter="\t" if tabs else ",", quoting=csv.QUOTE_NONE if tabs else csv.QUOTE_MINIMAL
            )
            for row in reader:
                yield {key.strip().lower(): (value or "").strip() for key, value in row.items() if key}
        except UnicodeDecodeError:
            raise RefusedInput(f"{path.name}: the text is not UTF-8 (rule encoding): save the file as UTF-8") from None


def columns(path: Path) -> set[str]:
    """Lower-case column names."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        head = stream.readline().rstrip("\r\n")
    return {name.strip().strip('"').lower() for name in head.split("\t" if "\t" in head and "," not in head else ",")}


def need_columns(path: Path, shown: str, *names: str) -> None:
    """Refuse a file of dispensings, called ``shown``, that lacks one of these columns, in whatever case.

    Raises:
        RefusedInput: it does.
    """
    there = columns(path)
    missing = [name for name in names if name.lower() not in there]
    if missing:
        raise RefusedInput(f"{shown}: column {', '.join(missing)} is missing (rule dispensing dates)")


def day(text: str) -> date | None:
    """The day of an ISO date, date-time, or YYYYMMDD; None for anything else."""
    head = text.strip()[:10]
    try:
        if len(head) >= 8 and head[:8].isdigit():
            return datetime.strptime(head[:8], "%Y%m%d").date()
        return date.fromisoformat(head)
    except ValueError:
        return None


def whole(text: str) -> str:
    """A whole number without a decimal part (``30.0`` -> ``30``); empty where it is none."""
    try:
        value = float(text)
    except ValueError:
        return ""
    return str(int(value)) if value == int(value) else ""


def number(text: str) -> str:
    """A finite decimal number, else empty."""
    try:
        value = float(text)
    except ValueError:
        return ""
    return f"{value:.10f}".rstrip("0").rstrip(".") if abs(value) < 1e14 else ""
