"""The document store and the paging of List* answers."""

import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_aws.errors import DamagedState
from embedded_aws.sagemaker.paging import page
from embedded_aws.service import Call, ServiceError
from embedded_aws.store import DocumentStore, roll_back, take_over


@pytest.fixture
def store(tmp_path: Path) -> DocumentStore:
    """An empty store."""
    return DocumentStore(tmp_path / "deep" / "store.sqlite")


def test_documents_survive_reopening(store: DocumentStore, tmp_path: Path) -> None:
    """Every call is on disk when it returns: a second store on the file, unclosed first one, sees it."""
    store.put("Kind", "a", {"v": 1})
    assert store.create("Kind", "a", {"v": 2}) is False
    assert store.create("Other", "a", {"v": 3}) is True
    again = DocumentStore(tmp_path / "deep" / "store.sqlite")
    assert (again.get("Kind", "a"), again.get("Other", "a"), again.get("Kind", "b")) == ({"v": 1}, {"v": 3}, None)
    assert again.delete("Kind", "a") is True
    assert store.get("Kind", "a") is None


def test_prefixes_are_literal(store: DocumentStore) -> None:
    """A prefix holds no wildcards, and keys come in order."""
    for key in ("a_1", "ax1", "a%2", "b"):
        store.put("K", key, {})
    assert [key for key, _ in store.list("K", "a")] == ["a%2", "a_1", "ax1"]
    assert [key for key, _ in store.list("K", "a_")] == ["a_1"]
    assert [key for key, _ in store.list("K", "a%")] == ["a%2"]


def test_updates_of_many_threads_are_all_counted(store: DocumentStore) -> None:
    """update() is atomic, numbers are given once."""
    store.put("K", "count", {"v": 0})
    numbers: list[int] = []

    def work() -> None:
        for _ in range(25):
            store.update("K", "count", lambda document: document.update(v=document["v"] + 1))
            numbers.append(store.next_number("n"))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get("K", "count") == {"v": 200}
    assert sorted(numbers) == list(range(1, 201))
    assert store.update("K", "absent", lambda document: None) is None


def _call(**params: Any) -> Call:
    return Call("ListThings", params, "1" * 12, "us-east-1", "arn:aws:iam::111111111111:root")


@given(st.lists(st.integers(0, 50)), st.integers(1, 7), st.sampled_from(["Ascending", "Descending"]))
def test_pages_together_are_the_sorted_whole(times: list[int], size: int, order: str) -> None:
    """Following NextToken gives every item once, in order, in pages of at most MaxResults."""
    items = [{"CreationTime": at, "n": index} for index, at in enumerate(times)]
    found, token = [], None
    while True:
        params = {"MaxResults": size, "SortOrder": order} | ({"NextToken": token} if token else {})
        answer = page(_call(**params), items, "Things", default_sort="CreationTime")
        assert len(answer["Things"]) <= size
        found += answer["Things"]
        token = answer.get("NextToken")
        if token is None:
            break
    assert sorted(item["n"] for item in found) == list(range(len(times)))
    assert [item["CreationTime"] for item in found] == sorted(times, reverse=order == "Descending")


def test_bounds_and_names() -> None:
    """CreationTimeAfter is inclusive, CreationTimeBefore exclusive; SortBy Name sorts by the name member."""
    items = [{"CreationTime": at, "ThingName": name} for at, name in ((1, "c"), (2, "a"), (3, "b"))]
    call = _call(CreationTimeAfter=2, CreationTimeBefore=3)
    assert page(call, items, "T", default_sort="CreationTime")["T"] == [items[1]]
    call = _call(SortBy="Name", SortOrder="Ascending")
    answer = page(call, items, "T", default_sort="CreationTime", name="ThingName")
    assert [item["ThingName"] for item in answer["T"]] == ["a", "b", "c"]


def test_foreign_token() -> None:
    """A token that this service did not give is refused."""
    with pytest.raises(ServiceError, match="NextToken 'x'"):
        page(_call(NextToken="x"), [], "T", default_sort="CreationTime")


def test_file_of_an_earlier_version_is_taken_over_once(tmp_path: Path) -> None:
    """Its documents are there under the new name, those that a killed server left in sqlite's log included."""
    former = tmp_path / "former.sqlite"
    writer = DocumentStore(former)
    writer.put("Kind", "key", {"a": 1})
    for suffix in ("", "-wal", "-shm"):  # as a kill leaves them: nothing is merged into the file itself
        shutil.copy(f"{former}{suffix}", tmp_path / f"copy{suffix}")
    writer.close()
    former.unlink()
    for suffix in ("", "-wal", "-shm"):
        (tmp_path / f"copy{suffix}").rename(f"{former}{suffix}")
    store = DocumentStore(take_over(former, "present.sqlite"))
    assert store.get("Kind", "key") == {"a": 1}
    store.put("Kind", "key", {"a": 2})
    store.close()
    DocumentStore(former).close()  # a file that comes later is none of ours
    again = DocumentStore(take_over(former, "present.sqlite"))
    assert again.get("Kind", "key") == {"a": 2}
    again.close()


def test_takeover_that_was_cut_off_is_finished(tmp_path: Path) -> None:
    """The log has moved and the file has not: the next start moves the file."""
    former = tmp_path / "former.sqlite"
    former.write_bytes(b"file")
    (tmp_path / "present.sqlite-wal").write_bytes(b"log")
    assert take_over(former, "present.sqlite").read_bytes() == b"file"
    assert (tmp_path / "present.sqlite-wal").read_bytes() == b"log"
    assert not former.exists()


def _filled(path: Path) -> None:
    store = DocumentStore(path)
    store.put("Kind", "key", {"value": "kept-one"})
    store.close()


def test_a_changed_document_is_refused(tmp_path: Path) -> None:
    """By kind and key: sqlite itself would not see it; the copy of the last start takes its place."""
    path = tmp_path / "a.sqlite"
    _filled(path)
    DocumentStore(path).close()
    path.write_bytes(path.read_bytes().replace(b"kept-one", b"kept-two"))
    with pytest.raises(DamagedState, match=r"a\.sqlite: damaged: Kind key is not as it was written"):
        DocumentStore(path)
    assert roll_back(path) == ["a.sqlite is as it was at the last start: what was recorded in it since is lost"]
    assert DocumentStore(path).get("Kind", "key") == {"value": "kept-one"}
    assert roll_back(path) == []


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """Refused by name, and nothing is made of it where no copy is."""
    path = tmp_path / "a.sqlite"
    path.write_bytes(b"junk" * 1000)
    with pytest.raises(DamagedState, match=r"a\.sqlite: damaged: file is not a database"):
        DocumentStore(path)
    with pytest.raises(DamagedState, match="and so is what is kept of its last start"):
        roll_back(path)
    assert path.read_bytes() == b"junk" * 1000
