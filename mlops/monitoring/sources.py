"""Read CSV, Parquet or JSON Lines as batches of texts, in row order and flat memory."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import polars as pl

from mlops.errors import RefusedInput

SUFFIXES = {
    "csv": (".csv",),
    "parquet": (".parquet", ".pq"),
    "jsonl": (".jsonl", ".ndjson", ".json"),
}
_BLOCK = 8 << 20
_LONGEST_RECORD = 64 << 20
_BLANK_LINES = re.compile(rb"(?:\r?\n)+")
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
                reason = re.sub(r"\s+", " ", str(error)).partition(" You might want")[0]
                raise RefusedInput(f"{file.name}: cannot be read as {kind}: {reason[:200]}") from error


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
            quoted = _QUOTE in block
            text = block if quoted else _without_blank_lines(block)
            if not text:
                continue
            frame = pl.read_csv(io.BytesIO(text), has_header=False, schema=schema)
            if not quoted:
                _check_width(text, frame, file, line)
            elif b'""' in text:
                frame = frame.with_columns(pl.all().replace("", None))
            line += frame.height
            yield frame


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
        twice = next((name for name in names if names.count(name) > 1), "")
        raise RefusedInput(f"{file.name}: the header has {f'the column {twice!r} twice' if twice else 'an empty name'}")
    return b"", names


def _blocks(stream: BinaryIO, rest: bytes, file: Path) -> Iterator[bytes]:
    """Whole records of about eight megabytes."""
    while chunk := stream.read(_BLOCK):
        rest += chunk
        cut = _last_record_end(rest)
        if cut:
            yield rest[:cut]
            rest = rest[cut:]
        elif len(rest) > _LONGEST_RECORD:
            raise RefusedInput(f"{file.name}: a record longer than 64 MB: is a quotation mark never closed?")
    if rest:
        yield rest


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


def _without_blank_lines(block: bytes) -> bytes:
    ends = np.flatnonzero(np.frombuffer(block, dtype=np.uint8) == ord(_LINE))
    shortest = 2 if b"\r" in block else 1
    if block[:1] in b"\r\n" or (np.diff(ends) <= shortest).any():
        return _BLANK_LINES.sub(_LINE, block).lstrip(b"\r\n")
    return block


def _check_width(text: bytes, frame: pl.DataFrame, file: Path, line: int) -> None:
    """Refuse rows that are too short: the reader would fill them up with missing values."""
    expected = frame.height * (frame.width - 1)
    found = int(np.count_nonzero(np.frombuffer(text, dtype=np.uint8) == ord(_COMMA)))
    if found != expected:
        short = next(number for number, row in enumerate(text.split(_LINE)) if row.count(_COMMA) < frame.width - 1)
        raise RefusedInput(
            f"{file.name}: line {line + short} has fewer fields than the {frame.width} columns: is the file cut off?"
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
        raise RefusedInput(f"{file.name}: column {nested[0]} holds {frame.schema[nested[0]]}: flatten it first")
    floats = [name for name, kind in frame.schema.items() if kind.is_float()]
    texts = frame.with_columns(pl.col(floats).fill_nan(None)).cast(dict.fromkeys(frame.columns, pl.String()))
    return texts.with_columns(pl.all().replace("", None))


_READERS = {"csv": _read_csv, "parquet": _read_parquet, "jsonl": _read_json_lines}
