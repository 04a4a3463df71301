"""Download once: through the cache, resumed after a cut, verified, never half there."""

import hashlib
import http.client
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlops.datasets.sources.cache import Cache, Entry
from mlops.datasets.sources.http import PATIENT, Limits, get, shown
from mlops.datasets.sources.shared import Shared
from mlops.errors import MlopsError, RefusedInput

_BLOCK = 1 << 18
_SHA256 = re.compile(r"[0-9a-f]{64}")
Report = Callable[[int, int | None], None]  # bytes so far, and of how many (None: not known)


@dataclass(frozen=True)
class Wanted:
    """A file, and what its source says about it."""

    url: str
    sha256: str = ""
    md5: str = ""
    bytes: int | None = None


@dataclass(frozen=True)
class Downloaded:
    """A file in the cache."""

    path: Path
    entry: Entry
    cached: bool


class _Cut(Exception):
    """The connection ended before the content did; what came is kept."""


class Downloader:
    """Downloads into one cache; ``shared`` is the team's, which is asked before a content is sent."""

    def __init__(
        self, cache: Cache, limits: Limits = PATIENT, report: Report | None = None, shared: Shared | None = None
    ) -> None:
        self.cache, self._limits, self._report = cache, limits, report or (lambda _so_far, _total: None)
        self._shared = shared

    def fetch(self, wanted: Wanted) -> Downloaded:
        """The content; from the cache where the source says that it has not changed.

        Raises:
            RefusedInput: not there, not allowed, a web page, another length or hash than stated, too large.
            MlopsError: it cannot be reached, or breaks off again and again.
        """
        known = self._known(wanted.url)
        if wanted.sha256:
            found = self._stated(wanted, known)
            if found is not None:
                return found
            known = None
        for attempt in range(self._limits.attempts):
            try:
                return self._attempt(wanted, known)
            except _Cut as cut:
                if attempt == self._limits.attempts - 1:
                    raise MlopsError(
                        f"{shown(wanted.url)}: {cut}, {attempt + 1} times; the next import resumes"
                    ) from None
                self._limits.sleep(0.2 * 2**attempt)
        raise MlopsError(f"{shown(wanted.url)}: no attempts allowed")

    def object(self, wanted: Wanted, etag: str, bring: Callable[[Path], None]) -> Downloaded:
        """An object of a store that states ETags: ``bring`` writes it to a file, where the caches do not have it.

        Raises:
            RefusedInput: another length than stated.
        """
        known = self._known(wanted.url)
        found = self._hit(wanted, known) if known is not None and known.etag == etag else None
        if found is not None:
            return found
        part = self.cache.partial(wanted.url)
        bring(part)
        entry = Entry(wanted.url, _digest(part, "sha256"), part.stat().st_size, etag, retrieved_at=_now())
        if wanted.bytes not in {None, entry.bytes}:
            part.unlink()
            raise RefusedInput(f"{wanted.url}: {entry.bytes} bytes came, {wanted.bytes} were stated")
        return self._keep(part, entry)

    def _stated(self, wanted: Wanted, known: Entry | None) -> Downloaded | None:
        """The content whose digest the source states: it says what that is, so that whoever has shared it will do."""
        digest = wanted.sha256.lower()
        if known is not None and known.sha256 == digest:
            return self._hit(wanted, known)
        if _SHA256.fullmatch(digest) is None:
            return None  # nothing has that digest; it must not be taken for a file's name
        return self._hit(wanted, Entry(wanted.url, digest, wanted.bytes or 0, retrieved_at=_now()))

    def _known(self, url: str) -> Entry | None:
        """What this machine or, else, the same person on another one has of a URL."""
        return self.cache.entry(url) or (self._shared.entry(url) if self._shared is not None else None)

    def _hit(self, wanted: Wanted, known: Entry) -> Downloaded | None:
        """What is known, from here or from the team's cache; None where that has lost it."""
        path = self.cache.content(known.sha256)
        if path is not None:
            self.cache.hit(known)
            return Downloaded(path, known, cached=True)
        part = self.cache.partial(f"shared {wanted.url}")
        if self._shared is None or not self._shared.take(known.sha256, part):
            return None
        known = replace(known, bytes=part.stat().st_size)
        self._verify(wanted, part, known)
        return Downloaded(self.cache.add(part, known, shared=True), known, cached=True)

    def _keep(self, part: Path, entry: Entry) -> Downloaded:
        path = self.cache.add(part, entry)
        if self._shared is not None:
            self._shared.put(entry, path)
        return Downloaded(path, entry, cached=False)

    def _attempt(self, wanted: Wanted, known: Entry | None) -> Downloaded:
        part = self.cache.partial(wanted.url)
        headers = self._headers(part, known)
        with get(wanted.url, self._limits, headers) as answer:
            if answer.status == 304 and known is not None:
                found = self._hit(wanted, known)
                return found or self._attempt(wanted, None)
            _refuse_page(wanted.url, answer)
            resumed = answer.status == 206
            total = _total(answer, part if resumed else None)
            if wanted.bytes is not None and total is not None and total != wanted.bytes:
                raise RefusedInput(
                    f"{shown(wanted.url)}: the server offers {total} bytes, its catalogue states {wanted.bytes}"
                )
            if total is not None and total > self._limits.largest:
                raise RefusedInput(
                    f"{shown(wanted.url)}: {total} bytes are more than the limit of {self._limits.largest}"
                )
            etag = answer.headers.get("ETag", "")
            _note(part).write_text(json.dumps({"etag": etag}))
            self._collect(answer, part, total, append=resumed)
            entry = Entry(
                url=wanted.url,
                sha256=_digest(part, "sha256"),
                bytes=part.stat().st_size,
                etag=etag,
                last_modified=answer.headers.get("Last-Modified", ""),
                retrieved_at=_now(),
            )
        self._verify(wanted, part, entry)
        _note(part).unlink(missing_ok=True)
        return self._keep(part, entry)

    def _headers(self, part: Path, known: Entry | None) -> dict[str, str]:
        headers = {"Accept-Encoding": "identity"}
        if known is not None and known.etag:
            return {**headers, "If-None-Match": known.etag}
        if known is not None and known.last_modified:
            return {**headers, "If-Modified-Since": known.last_modified}
        etag = json.loads(_note(part).read_text())["etag"] if part.is_file() and _note(part).is_file() else ""
        # without a strong ETag nobody can say that the rest belongs to what is here
        if part.is_file() and etag and not etag.startswith("W/"):
            return {**headers, "Range": f"bytes={part.stat().st_size}-", "If-Range": etag}
        return headers

    def _collect(self, answer: Any, part: Path, total: int | None, *, append: bool) -> None:
        began, came = time.monotonic(), 0
        with part.open("ab" if append else "wb") as stream:
            so_far = stream.tell()
            while True:
                try:
                    block = answer.read1(_BLOCK)
                except (TimeoutError, OSError, http.client.HTTPException) as error:
                    raise _Cut(f"broke off after {so_far} bytes ({type(error).__name__})") from None
                if not block:
                    break
                stream.write(block)
                so_far, came = so_far + len(block), came + len(block)
                if so_far > min(self._limits.largest, total or self._limits.largest):
                    stream.close()
                    part.unlink()
                    raise RefusedInput(
                        f"{shown(answer.url)}: sends more than the {total or self._limits.largest} bytes allowed"
                    )
                self._report(so_far, total)
                elapsed = time.monotonic() - began
                if elapsed > self._limits.slow_after and came / elapsed < self._limits.slowest:
                    raise _Cut(f"sends less than {self._limits.slowest:.0f} bytes a second")
        if total is not None and so_far < total:
            raise _Cut(f"broke off after {so_far} of {total} bytes")

    def _verify(self, wanted: Wanted, part: Path, entry: Entry) -> None:
        found = {"sha256": entry.sha256, "md5": _digest(part, "md5") if wanted.md5 else ""}
        for kind, stated in (("sha256", wanted.sha256), ("md5", wanted.md5)):
            if stated and found[kind] != stated.lower():
                part.unlink()
                raise RefusedInput(
                    f"{shown(wanted.url)}: the content has {kind} {found[kind]}, its source states {stated.lower()}"
                )


def _refuse_page(url: str, answer: Any) -> None:
    if answer.headers.get_content_type() in {"text/html", "application/xhtml+xml"}:
        raise RefusedInput(
            f"{shown(url)}: the server sends a web page, not data: is it behind a sign-in or a consent page?"
        )


def _total(answer: Any, part: Path | None) -> int | None:
    length = answer.headers.get("Content-Length", "")
    if not length.isdigit():
        return None
    return int(length) + (part.stat().st_size if part is not None else 0)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _note(part: Path) -> Path:
    return part.with_suffix(".json")


def _digest(path: Path, kind: str) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest()
