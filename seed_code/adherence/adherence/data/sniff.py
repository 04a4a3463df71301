"""Is a file CSV at all? What its bytes tell before a parser sees them, in the words of `mlops dataset validate`."""

import codecs
from collections.abc import Iterator
from pathlib import Path

_BLOCK = 1 << 22
_HEAD = 1 << 16
_KINDS = (
    (b"\x1f\x8b", "a gzip file, not CSV text (rule CSV): unpack it first"),
    (b"PK\x03\x04", "a zip archive or an Excel workbook, not CSV text (rule CSV): save the sheet as CSV UTF-8"),
    (b"PAR1", "a Parquet file, not CSV text (rule CSV)"),
    (b"%PDF", "a PDF document, not CSV text (rule CSV)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook, not CSV text (rule CSV): save the sheet as CSV UTF-8"),
)
_TEXTS = (
    (
        (b"<!doctype", b"<html", b"<head", b"<?xml", b"<body"),
        "a web page or XML, not CSV text (rule CSV): was it behind a sign-in?",
    ),
    ((b"{", b"["), "JSON, not CSV text (rule CSV)"),
)
_SEPARATORS = ((b";", "semicolons"), (b"\t", "tabs"), (b"|", "vertical bars"))


def problem(path: Path) -> str | None:
    """Why the file cannot be read, as a message that begins behind its name; None where it looks like CSV."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    return _kind(head) or _separator(head) or _scan(path)


def _kind(head: bytes) -> str | None:
    if not head.removeprefix(codecs.BOM_UTF8).strip():
        return ": the file is empty (rule header)"
    for signature, message in _KINDS:
        if head.startswith(signature):
            return f": the file is {message}"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ", row 1: the text is UTF-16 (rule encoding): save the file as UTF-8"
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()[:200].lower()
    return next((f": the file is {message}" for marks, message in _TEXTS if start.startswith(marks)), None)


def _separator(head: bytes) -> str | None:
    header = head.split(b"\n", 1)[0]
    if b"," in header or b"\0" in header:
        return None
    found = next((name for separator, name in _SEPARATORS if separator in header), None)
    return found and f", header (row 1): columns are separated by {found} (rule comma-separated)"


def _scan(path: Path) -> str | None:
    """NUL bytes, and a quote that is never closed: it would swallow the rows below it."""
    quotes, line = 0, 1
    for block in _blocks(path):
        place = block.find(b"\0")
        if place >= 0:
            line += block.count(b"\n", 0, place)
            return f", line {line}: a NUL byte (rule NUL): is the text UTF-16, or the file damaged?"
        quotes += block.count(b'"')
        line += block.count(b"\n")
    if quotes % 2 == 0:
        return None
    with path.open("rb") as stream:
        odd = next(number for number, text in enumerate(stream, 1) if text.count(b'"') % 2)
    return f", line {odd}: a quote is opened and never closed (rule balanced quotes)"


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            yield block
