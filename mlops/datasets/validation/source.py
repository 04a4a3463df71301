"""What a CSV file's bytes tell before any parser sees them: is it a CSV at all, and in UTF-8?"""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = 1 << 22
_LONGEST_HEADER = 1 << 16
_CONTROLS = bytes(code for code in (*range(32), 127) if code not in b"\t\n\r")
_SIGNATURES = (
    (b"\x1f\x8b", "gzip", "a gzip file, not CSV text (rule CSV): unpack it first"),
    (b"PK\x03\x04", "zip", "a zip archive or an Excel workbook, not CSV text (rule CSV): save the sheet as CSV UTF-8"),
    (b"PAR1", "parquet", "a Parquet file, not CSV text (rule CSV)"),
    (b"%PDF", "pdf", "a PDF document, not CSV text (rule CSV)"),
    (b"\xd0\xcf\x11\xe0", "xls", "an old Excel workbook, not CSV text (rule CSV): save the sheet as CSV UTF-8"),
)


@dataclass(frozen=True)
class Problem:
    """Why a file cannot be read as it is: the rule and the message after the file's name."""

    rule: str
    message: str


@dataclass(frozen=True)
class Source:
    """A readable CSV file and its header."""

    path: Path
    header: tuple[str, ...]
    controls: bool = False  # control characters occur somewhere in the file


def inspect(path: Path, *, scan: bool = True) -> Source | list[Problem]:
    """The file's header, or what is wrong with its bytes or header; without ``scan`` only the first 64 KB are looked at."""
    with path.open("rb") as stream:
        head = stream.read(_LONGEST_HEADER)
    found = _not_text(head) or (_scan(path) if scan else False)
    if isinstance(found, Problem):
        return [found]
    header = _header(head)
    if isinstance(header, Problem):
        return [header]
    problems = list(_header_problems(header))
    return problems or Source(path, header, found)


def _not_text(head: bytes) -> Problem | None:
    if not head.removeprefix(codecs.BOM_UTF8).strip():
        return Problem("header", ": the file is empty (rule header)")
    for signature, _, message in _SIGNATURES:
        if head.startswith(signature):
            return Problem("CSV", f": the file is {message}")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Problem("encoding", ", row 1: the text is UTF-16 (rule encoding): save the file as UTF-8")
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()[:200].lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml", b"<body")):
        return Problem("CSV", ": the file is a web page or XML, not CSV text (rule CSV): was it behind a sign-in?")
    if start.startswith((b"{", b"[")):
        return Problem("CSV", ": the file is JSON, not CSV text (rule CSV)")
    return None


def _scan(path: Path) -> Problem | bool:
    """NUL bytes, bytes that are no UTF-8 and unbalanced quotes; else whether there are control characters."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    quotes, before, controls, pending = 0, 0, False, False
    for block in _blocks(path):
        controls = controls or len(block.translate(None, _CONTROLS)) < len(block)
        where = block.find(b"\0") if controls else -1
        if where >= 0:
            line = _line(path, before + where)
            return Problem("NUL", f", line {line}: a NUL byte (rule NUL): is the text UTF-16, or the file damaged?")
        if pending or not block.isascii():  # pure ASCII is UTF-8 and needs no decoding
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                return _encoding(_line(path, max(0, before + error.start)))
            pending = bool(decoder.getstate()[0])
        quotes += block.count(b'"')
        before += len(block)
    if pending:
        return _encoding(_line(path, before))
    return controls if quotes % 2 == 0 else _unbalanced(path)


def _line(path: Path, position: int) -> int:
    """The line in which a byte lies."""
    line = 1
    for block in _blocks(path):
        line += block.count(b"\n", 0, max(0, position))
        position -= len(block)
    return line


def _encoding(line: int) -> Problem:
    return Problem("encoding", f", line {line}: the text is not UTF-8 (rule encoding): save the file as UTF-8")


def _unbalanced(path: Path) -> Problem:
    with path.open("rb") as stream:
        odd = next((number for number, line in enumerate(stream, 1) if line.count(b'"') % 2), 1)
    return Problem("quotes", f", line {odd}: a quote is opened and never closed (rule balanced quotes)")


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            yield block


def _header(head: bytes) -> tuple[str, ...] | Problem:
    text = codecs.decode(head, "utf-8-sig", errors="replace")
    try:
        header = next(csv.reader(io.StringIO(text, newline=""), strict=True), [])
    except csv.Error as error:
        return Problem("CSV", f", row 1: the header cannot be read (rule CSV): {error}")
    return tuple(header)


def _header_problems(header: tuple[str, ...]) -> Iterator[Problem]:
    for separator, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")):
        if len(header) == 1 and separator in header[0]:
            yield Problem("separator", f", header (row 1): columns are separated by {name} (rule comma-separated)")
            return
    if "" in header:
        number = header.index("") + 1
        yield Problem("column names", f", header (row 1): column {number} has no name (rule named columns)")
    first = {column: number for number, column in reversed(list(enumerate(header, 1)))}
    twice = [number for number, column in enumerate(header, 1) if column and first[column] < number]
    if twice:  # by number: where the header line is missing, the first record's values stand in its place
        both = f"{first[header[twice[0] - 1]]} and {twice[0]}"
        yield Problem("unique columns", f", header (row 1): columns {both} have the same name (rule unique columns)")
