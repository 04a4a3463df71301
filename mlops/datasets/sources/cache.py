"""Downloads by the hash of their content, with a cap (least recently used go first) and hit statistics."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_DEFAULT_CAP = 20 * 1024**3


@dataclass(frozen=True)
class Entry:
    """What is known about a URL that was downloaded."""

    url: str
    sha256: str
    bytes: int
    etag: str = ""
    last_modified: str = ""
    retrieved_at: str = ""


@dataclass(frozen=True)
class Statistics:
    """Since the cache was made; ``shared``: hits of the team's cache, a part of ``hits``."""

    hits: int = 0
    shared: int = 0
    misses: int = 0
    bytes_saved: int = 0
    evicted: int = 0


class Cache:
    """One folder: ``content/<sha256>``, ``urls/<hash of the URL>.json``, ``statistics.json``."""

    def __init__(self, folder: Path, cap: int = _DEFAULT_CAP) -> None:
        self._folder, self._cap = folder, cap
        for name in ("content", "urls", "partial"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    def entry(self, url: str) -> Entry | None:
        """What is known about a URL, if its content is still there."""
        path = self._url(url)
        if not path.is_file():
            return None
        found = Entry(**json.loads(path.read_text()))
        return found if self._content(found.sha256).is_file() else None

    def content(self, sha256: str) -> Path | None:
        """The content with that hash; it is then the most recently used."""
        path = self._content(sha256)
        if not path.is_file():
            return None
        os.utime(path)
        return path

    def partial(self, url: str) -> Path:
        """Where a download of the URL is collected."""
        return self._folder / "partial" / _key(url)

    def add(self, part: Path, entry: Entry, *, shared: bool = False) -> Path:
        """Take a finished download (or what came from the team's cache) over, then make room."""
        target = self._content(entry.sha256)
        part.replace(target)
        temporary = self._url(entry.url).with_suffix(".tmp")
        temporary.write_text(json.dumps(asdict(entry)))
        temporary.replace(self._url(entry.url))
        self._count(**({"hits": 1, "shared": 1, "bytes_saved": entry.bytes} if shared else {"misses": 1}))
        self._evict(keep=target)
        return target

    def hit(self, entry: Entry) -> None:
        """Count a download that was not needed."""
        self._count(hits=1, bytes_saved=entry.bytes)

    def statistics(self) -> Statistics:
        """Hits, misses and what they saved."""
        path = self._folder / "statistics.json"
        return Statistics(**json.loads(path.read_text())) if path.is_file() else Statistics()

    @property
    def size(self) -> int:
        """Bytes of all contents."""
        return sum(path.stat().st_size for path in (self._folder / "content").iterdir())

    def _url(self, url: str) -> Path:
        return self._folder / "urls" / f"{_key(url)}.json"

    def _content(self, sha256: str) -> Path:
        return self._folder / "content" / sha256

    def _evict(self, keep: Path) -> None:
        with self._locked():
            files = sorted((self._folder / "content").iterdir(), key=lambda path: path.stat().st_mtime_ns)
            size, gone = self.size, 0
            for path in files:
                if size <= self._cap:
                    break
                if path != keep:
                    size -= path.stat().st_size
                    path.unlink()
                    gone += 1
        if gone:
            self._count(evicted=gone)

    def _count(self, **change: int) -> None:
        with self._locked():
            now: dict[str, Any] = asdict(self.statistics())
            for name, value in change.items():
                now[name] += value
            temporary = self._folder / "statistics.tmp"
            temporary.write_text(json.dumps(now))
            temporary.replace(self._folder / "statistics.json")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _key(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()
