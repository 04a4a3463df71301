"""Durable documents of our services: one sqlite file, written through, safe across threads, kill -9 and a power cut.

Every document has a digest, which is verified when the file is opened; a copy of the file as it was then stays beside it
(``NAME.last-good``), for whoever has to go back (``roll_back``).
"""

import contextlib
import hashlib
import json
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from embedded_aws.errors import DamagedState

Document = dict[str, Any]

LAST_GOOD = ".last-good"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (kind TEXT, key TEXT, body TEXT NOT NULL, digest TEXT, PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""


def damage(path: Path) -> DamagedState | None:
    """What is wrong with a file, if anything is; nothing is changed. Nobody may have the file open."""
    if not path.exists():
        return None
    try:
        with contextlib.closing(sqlite3.connect(path)) as db:
            _verify(db, path)
    except DamagedState as error:
        return error
    return None


def roll_back(path: Path) -> list[str]:
    """Put what was there at the last start in a damaged file's place (which stays, as ``NAME.damaged``); lines that tell of it.

    Raises:
        DamagedState: there is no such copy, or it is damaged too.
    """
    found, good = damage(path), path.with_name(path.name + LAST_GOOD)
    if found is None:
        return []
    if not good.exists() or damage(good) is not None:
        raise DamagedState(path, f"{found.what}, and so is what is kept of its last start")
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    path.replace(path.with_name(f"{path.name}.damaged"))
    shutil.copyfile(good, path)
    return [f"{path.name} is as it was at the last start: what was recorded in it since is lost"]


def _verify(db: sqlite3.Connection, path: Path) -> None:
    try:
        said = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
        rows = db.execute("SELECT kind, key, body, digest FROM documents") if _has_digests(db) else ()
        wrong = next((f"{kind} {key}" for kind, key, body, digest in rows if digest not in (None, _digest(body))), None)
    except sqlite3.DatabaseError as error:
        raise DamagedState(path, str(error)) from error
    if said != "ok":
        raise DamagedState(path, said)
    if wrong is not None:
        raise DamagedState(path, f"{wrong} is not as it was written")


def _has_digests(db: sqlite3.Connection) -> bool:
    return any(row[1] == "digest" for row in db.execute("PRAGMA table_info(documents)"))


def _digest(body: str) -> str:
    return hashlib.blake2b(body.encode(), digest_size=12).hexdigest()


def take_over(former: Path, name: str) -> Path:
    """The file ``name`` beside ``former``; where there is none yet, ``former`` becomes it, once.

    What sqlite keeps beside a file goes first: a move that is cut off is finished by the next one. Nobody may have the file open.
    """
    path = former.with_name(name)
    if former.exists() and not path.exists():
        for suffix in ("-wal", "-shm", ""):
            with contextlib.suppress(FileNotFoundError):
                former.with_name(former.name + suffix).replace(path.with_name(name + suffix))
    return path


class DocumentStore:
    """Documents by (kind, key); values are JSON objects; every change is committed before the call returns."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it.

        Raises:
            DamagedState: it is not as it was written.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        found = damage(path)
        if found is not None:
            raise found
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA)
        if not _has_digests(self._db):
            self._db.execute("ALTER TABLE documents ADD COLUMN digest TEXT")  # an earlier version's file
        self._keep(path.with_name(path.name + LAST_GOOD))

    def _keep(self, path: Path) -> None:
        """A copy of the file as it is."""
        temporary = path.with_name(f"{path.name}.new")
        temporary.unlink(missing_ok=True)
        with contextlib.closing(sqlite3.connect(temporary)) as copy:
            self._db.backup(copy)
        temporary.replace(path)

    def get(self, kind: str, key: str) -> Document | None:
        """The document, or None."""
        with self._lock:
            row = self._db.execute("SELECT body FROM documents WHERE kind=? AND key=?", (kind, key)).fetchone()
        return json.loads(row[0]) if row else None

    def create(self, kind: str, key: str, document: Document) -> bool:
        """Insert; False (and no change) where the key is taken."""
        with self._lock:
            body = json.dumps(document)
            sql = "INSERT OR IGNORE INTO documents VALUES (?,?,?,?)"
            return self._db.execute(sql, (kind, key, body, _digest(body))).rowcount == 1

    def put(self, kind: str, key: str, document: Document) -> None:
        """Insert or replace."""
        with self._lock:
            body = json.dumps(document)
            self._db.execute("INSERT OR REPLACE INTO documents VALUES (?,?,?,?)", (kind, key, body, _digest(body)))

    def update(self, kind: str, key: str, change: Callable[[Document], None]) -> Document | None:
        """Apply ``change`` to the stored document atomically; None where there is no such document."""
        with self._lock:
            document = self.get(kind, key)
            if document is not None:
                change(document)
                self.put(kind, key, document)
            return document

    def delete(self, kind: str, key: str) -> bool:
        """Remove; False where there was nothing."""
        with self._lock:
            return self._db.execute("DELETE FROM documents WHERE kind=? AND key=?", (kind, key)).rowcount == 1

    def list(self, kind: str, prefix: str = "") -> Iterator[tuple[str, Document]]:
        """(key, document) of every key with that prefix, in key order."""
        with self._lock:
            sql = "SELECT key, body FROM documents WHERE kind=? AND substr(key, 1, ?)=? ORDER BY key"
            rows = self._db.execute(sql, (kind, len(prefix), prefix)).fetchall()
        return ((key, json.loads(body)) for key, body in rows)

    def next_number(self, name: str) -> int:
        """1, 2, 3, ... per name; a number is never given twice, deletions included."""
        sql = "INSERT INTO counters VALUES (?,1) ON CONFLICT(name) DO UPDATE SET value=value+1 RETURNING value"
        with self._lock:
            return int(self._db.execute(sql, (name,)).fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()
