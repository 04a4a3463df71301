"""The database that everything about data sets runs on."""

import tempfile
from pathlib import Path

import pytest

from mlops.datasets.sql import connection


def test_what_spills_lies_in_the_temporary_folder_and_is_gone_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sort that is larger than the memory allowed: nothing in the working folder, nothing left behind."""
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    home.mkdir()
    temporary.mkdir()
    monkeypatch.chdir(home)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    with connection("150MB") as db:
        db.execute("CREATE TABLE t AS SELECT i, repeat('x', 100) || i AS s FROM range(2000000) r(i)")
        db.execute("CREATE TABLE u AS SELECT * FROM t ORDER BY s DESC")
        (spilled,) = temporary.iterdir()
        assert sum(path.stat().st_size for path in spilled.iterdir()) > 1_000_000
    assert list(home.iterdir()) == list(temporary.iterdir()) == []
