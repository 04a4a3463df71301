"""Read CSV, Parquet or JSON Lines as batches of texts, in row order and flat memory."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import polars as pl
from polars import selectors

from mlops.errors import RefusedInput

SUFFIXES = {
    "csv": (".csv",),
    "parquet": (".parquet", ".pq"),
    "jsonl": (".jsonl", ".ndjson", ".json"),
}
_BLOCK = 8 << 20
_LONGEST_RECORD = 64 << 20
_BLANK_LINES = re.compile(rb"(?:\r?\n){2,}")
_ROWS = 50_000
_LINE, _COMMA, _QUOTE = b"\n", b",", b'"'


class Source(NamedTuple):
    """A file or a folder of files of one format; ``header`` says whether CSV files have one."""

    path: Path
    format: str = ""
    header: bool = True

    def batches(self) -> Iterator[pl.DataFrame]:
        """The rows of all files; every column holds texts, null where missing.

        Raises:
            RefusedInput: no such file, an unknown format, or one that cannot be read.
        """
        files, kind = _files(self)
        for file in files:
            try:
                yield from _READERS[kind](file, self.header)
            except (pl.exceptions.PolarsError, OSError) as error:
                # by its kind alone: the reader's own words quote the text that it could not read
                raise RefusedInput(f"{file.name}: cannot be read as {kind} ({type(error).__name__})") from error

    def read(self) -> pl.DataFrame:
        """All rows as one table.

        Raises:
            RefusedInput: as ``batches``, or there are no rows.
        """
        parts = list(self.batches())
        if not sum(part.height for part in parts):
            raise RefusedInput(f"{self.path.name}: no rows")
        return pl.concat(parts, how="diagonal")


def _files(source: Source) -> tuple[list[Path], str]:
    if source.format and source.format not in SUFFIXES:
        raise RefusedInput(f"format {source.format!r}: must be one of {', '.join(SUFFIXES)}")
    known = {suffix: kind for kind, suffixes in SUFFIXES.items() for suffix in suffixes}
    if not source.path.is_dir():
        if not source.path.is_file():
            raise RefusedInput(f"{source.path}: no such file or folder")
        kind = source.format or known.get(source.path.suffix.lower(), "csv")
        return [source.path], kind
    files = sorted(file for file in source.path.rglob("*") if file.is_file() and file.name[0] not in "._")
    found = {known[file.suffix.lower()] for file in files if file.suffix.lower() in known}
    kind = source.format or (found.pop() if len(found) == 1 else "")
    if not kind:
        what = (
            f"files of several formats ({', '.join(sorted(found))})" if found else "no CSV, Parquet or JSON Lines file"
        )
        raise RefusedInput(f"{source.path}: {what} there; name the format")
    chosen = [file for file in files if file.suffix.lower() in SUFFIXES[kind]]
    chosen = chosen or [file for file in files if not file.suffix]  # part files without a suffix
    if not chosen:
        raise RefusedInput(f"{source.path}: no {kind} file there")
    return chosen, kind


def _read_csv(file: Path, header: bool) -> Iterator[pl.DataFrame]:
    with file.open("rb") as stream:
        first, names = _header(stream, file, header)
        schema = dict.fromkeys(names, pl.String())
        line = 2
        for block in _blocks(stream, first, file):
            try:
                frame = _csv_frame(block, schema, file, line)
            except pl.exceptions.PolarsError:
                _refuse_block(block, len(names), file, line)
                raise
            line += frame.height
            yield frame


def _csv_frame(block: bytes, schema: dict[str, pl.String], file: Path, line: int) -> pl.DataFrame:
    """The records of a block that begins at a line."""
    frame = pl.read_csv(block, has_header=False, schema=schema)
    if _QUOTE in block:
        return frame.with_columns(pl.all().replace("", None)) if b'""' in block else frame
    separators = int(np.count_nonzero(np.frombuffer(block, dtype=np.uint8) == ord(_COMMA)))
    if frame.width > 1 and separators == frame.height * (frame.width - 1):
        return frame
    lines = _BLANK_LINES.sub(_LINE, block).strip(b"\r\n")  # blank lines are no rows
    if lines != block.strip(b"\r\n"):
        return _csv_frame(lines, schema, file, line) if lines else frame.clear()
    if frame.width > 1:
        _refuse_short_row(lines, frame.width, file, line)
    return frame


def _header(stream: BinaryIO, file: Path, header: bool) -> tuple[bytes, list[str]]:
    """The bytes to read again, and the columns' names."""
    record = stream.readline()
    while record.count(_QUOTE) % 2 and (more := stream.readline()):
        record += more
    try:
        cells = next(csv.reader([record.decode("utf-8-sig")]), [])
    except (UnicodeDecodeError, csv.Error):
        raise RefusedInput(f"{file.name}: the header is not UTF-8 CSV") from None
    if not header:
        return record, [f"_c{number}" for number in range(len(cells))]
    names = [cell.strip() for cell in cells]
    if not names:
        raise RefusedInput(f"{file.name}: the file is empty; a header line is expected")
    if len(set(names)) < len(names) or "" in names:
        # by number: without a header line, the first record's values would stand here
        twice = next((place for place, name in enumerate(names, 1) if name and names.index(name) + 1 < place), 0)
        what = f"the name of column {twice} twice" if twice else "an empty name"
        raise RefusedInput(f"{file.name}: the header has {what}")
    return b"", names


def _blocks(stream: BinaryIO, rest: bytes, file: Path) -> Iterator[bytes]:
    """Whole records of about eight megabytes."""
    while chunk := (stream.read(_BLOCK) if rest else _lines(stream)):
        if not rest and _QUOTE not in chunk:  # the usual case, without copying: a record is a line
            yield chunk
            continue
        rest += chunk
        cut = _last_record_end(rest)
        if cut:
            yield rest[:cut]
            rest = rest[cut:]
        elif len(rest) > _LONGEST_RECORD:
            raise RefusedInput(f"{file.name}: a record longer than 64 MB: is a quotation mark never closed?")
    if rest:
        yield rest


def _lines(stream: BinaryIO) -> bytes:
    """About eight megabytes up to the end of a line, read in one piece."""
    begin = stream.tell()
    stream.seek(begin + _BLOCK)
    rest = stream.readline(_LONGEST_RECORD)
    stream.seek(begin)
    return stream.read(_BLOCK + len(rest))


def _last_record_end(text: bytes) -> int:
    """Position after the last line end that is outside of quotation marks; 0 where there is none."""
    cut = text.rfind(_LINE)
    if _QUOTE not in text:
        return cut + 1
    quotes = text.count(_QUOTE, 0, cut + 1)
    while cut >= 0 and quotes % 2:
        before = text.rfind(_LINE, 0, cut)
        quotes -= text.count(_QUOTE, before + 1, cut)
        cut = before
    return cut + 1


def _refuse_short_row(text: bytes, width: int, file: Path, line: int) -> None:
    """The reader fills rows that are too short up with missing values; a damaged file must not pass like that."""
    for number, row in enumerate(text.split(_LINE), start=line):
        if row.count(_COMMA) < width - 1:
            raise RefusedInput(
                f"{file.name}: line {number} has fewer fields than the {width} columns: is the file cut off?"
            )


def _refuse_block(block: bytes, width: int, file: Path, line: int) -> None:
    """Say which line it was that could not be read, where it can be found."""
    try:
        text = block.decode()
    except UnicodeDecodeError as error:
        number = line + block.count(_LINE, 0, error.start)
        raise RefusedInput(f"{file.name}: line {number} is not UTF-8: save the file in that encoding") from None
    lines = text.split("\n")
    if text.count('"') % 2:
        even = [index for index, odd in enumerate(accumulate(row.count('"') for row in lines)) if odd % 2 == 0]
        raise RefusedInput(
            f"{file.name}: line {line + (even[-1] + 1 if even else 0)}: a quotation mark is never closed"
        )
    reader = csv.reader(io.StringIO(text))
    for row in reader:
        if len(row) > width:
            raise RefusedInput(
                f"{file.name}: line {line + reader.line_num - 1} has {len(row)} fields, the header has {width}: "
                "does a text hold a comma without quotation marks around it?"
            )


def _read_parquet(file: Path, _header: bool) -> Iterator[pl.DataFrame]:
    for frame in pl.scan_parquet(file).collect_batches(chunk_size=_ROWS, maintain_order=True):
        yield _as_texts(frame, file)


def _read_json_lines(file: Path, _header: bool) -> Iterator[pl.DataFrame]:
    names: list[str] = []
    with file.open("rb") as stream:
        rest = b""
        while chunk := stream.read(_BLOCK):
            block, newline, rest = (rest + chunk).rpartition(_LINE)
            frames = [_json_frame(block, file)] if newline and block.strip() else []
            for frame in frames:
                names = names or frame.columns
                yield _completed(frame, names)
        if rest.strip():
            frame = _json_frame(rest, file)
            yield _completed(frame, names or frame.columns)


def _json_frame(block: bytes, file: Path) -> pl.DataFrame:
    return _as_texts(pl.read_ndjson(io.BytesIO(block), infer_schema_length=None), file)


def _completed(frame: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """A key that no record of this block has is a missing value."""
    absent = [name for name in names if name not in frame.columns]
    return frame.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in absent)


def _as_texts(frame: pl.DataFrame, file: Path) -> pl.DataFrame:
    """Values as they would stand in a CSV file; a float's NaN is a missing value."""
    nested = [name for name, kind in frame.schema.items() if kind.is_nested() or kind == pl.Binary]
    if nested:
        raise RefusedInput(f"{file.name}: column {nested[0]} holds nested or binary values: flatten it first")
    texts = frame.with_columns(selectors.float().fill_nan(None)).cast(pl.String())
    return texts.with_columns(pl.all().replace("", None))


_READERS = {"csv": _read_csv, "parquet": _read_parquet, "jsonl": _read_json_lines}
