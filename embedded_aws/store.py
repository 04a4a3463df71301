"""Durable documents of our services: one sqlite file, written through, safe across threads and kill -9."""

import contextlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Document = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (kind TEXT, key TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""


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
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)

    def get(self, kind: str, key: str) -> Document | None:
        """The document, or None."""
        with self._lock:
            row = self._db.execute("SELECT body FROM documents WHERE kind=? AND key=?", (kind, key)).fetchone()
        return json.loads(row[0]) if row else None

    def create(self, kind: str, key: str, document: Document) -> bool:
        """Insert; False (and no change) where the key is taken."""
        with self._lock:
            sql = "INSERT OR IGNORE INTO documents VALUES (?,?,?)"
            return self._db.execute(sql, (kind, key, json.dumps(document))).rowcount == 1

    def put(self, kind: str, key: str, document: Document) -> None:
        """Insert or replace."""
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO documents VALUES (?,?,?)", (kind, key, json.dumps(document)))

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
