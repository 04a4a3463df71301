"""The audit trail: racing writers, and every way of tampering with it."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from mlops.bundled.audit import Entry, Trail, scopes
from mlops.cli import audit

BUCKET = "mlops-audit-000000000000"
COUNT = 6


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A bucket without versions: whoever tampers has got past versioning and object lock, the chain is all that is left."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client


def filled(s3: Any, scope: str = "clinic") -> Trail:
    """A trail of ``COUNT`` approvals."""
    trail = Trail(s3, BUCKET, scope)
    for number in range(1, COUNT + 1):
        trail.append("approve", f"version {number}", by=f"arn:person-{number}", reason=f"because {number}")
    return trail


def key(number: int, scope: str = "clinic") -> str:
    return f"audit/{scope}/{number:08d}.json"


def rewrite(s3: Any, number: int, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    content = json.loads(s3.get_object(Bucket=BUCKET, Key=key(number))["Body"].read())
    s3.put_object(Bucket=BUCKET, Key=key(number), Body=json.dumps(change(content)).encode())


def test_an_untouched_trail_verifies(s3: Any) -> None:
    """Entries are numbered and chained, say who, what, when and why, and nothing is found."""
    trail = filled(s3)
    found = trail.verify()
    assert found.problems == ()
    assert [entry.number for entry in found.entries] == list(range(1, COUNT + 1))
    assert [entry.previous_sha256 for entry in found.entries[1:]] == [entry.sha256 for entry in found.entries[:-1]]
    last = found.entries[-1]
    assert (last.action, last.subject, last.by, last.reason) == ("approve", "version 6", "arn:person-6", "because 6")
    assert last.at == last.written_at
    assert found.head == f"6:{last.sha256}"
    assert trail.entries() == list(found.entries)


@pytest.mark.parametrize("number", [1, 3, COUNT])
@pytest.mark.parametrize("field", ["by", "reason", "at", "action", "subject", "outcome"])
def test_an_edited_entry_is_named(s3: Any, number: int, field: str) -> None:
    """One field of one entry is changed: that entry is named, and no other one."""
    trail = filled(s3)
    rewrite(s3, number, lambda content: content | {field: content[field] + "x"})
    assert trail.verify().problems == (f"entry {number} was edited: its content has another digest than it says",)


@pytest.mark.parametrize("number", range(1, COUNT))
def test_an_entry_that_was_edited_with_a_new_digest_is_named(s3: Any, number: int) -> None:
    """Who computes the digest anew is found by the next entry, which holds the digest of the one before."""
    trail = filled(s3)

    def forge(content: dict[str, Any]) -> dict[str, Any]:
        forged = Entry(**(content | {"by": "arn:somebody-else"}))
        return content | {"by": "arn:somebody-else", "sha256": forged.digest()}

    rewrite(s3, number, forge)
    expected = f"entry {number} is not the one that entry {number + 1} was written after: it was replaced"
    assert trail.verify().problems == (expected,)


@pytest.mark.parametrize("number", range(1, COUNT))
def test_a_removed_entry_is_named(s3: Any, number: int) -> None:
    """A gap in the numbers."""
    trail = filled(s3)
    s3.delete_object(Bucket=BUCKET, Key=key(number))
    assert trail.verify().problems == (f"entry {number} is missing",)


def test_removed_entries_at_the_end_are_found_by_a_noted_head(s3: Any) -> None:
    """Nothing follows the last entries: only a head that was kept elsewhere (the function's log has each) shows that they are gone."""
    trail = filled(s3)
    head = trail.verify().head
    assert trail.verify(head).problems == ()
    s3.delete_object(Bucket=BUCKET, Key=key(COUNT))
    assert trail.verify().problems == ()
    digest = head.partition(":")[2]
    assert trail.verify(head).problems == (f"entry 6 with digest {digest} was noted earlier and is not here any more",)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=15)
@given(st.permutations(range(1, COUNT + 1)))
def test_reordered_entries_are_named(s3: Any, order: list[int]) -> None:
    """Every entry that stands in another one's place is named with both numbers."""
    scope = "-".join(str(number) for number in order)
    trail = filled(s3, scope)
    bodies = {n: s3.get_object(Bucket=BUCKET, Key=key(n, scope))["Body"].read() for n in range(1, COUNT + 1)}
    for place, number in enumerate(order, 1):
        s3.put_object(Bucket=BUCKET, Key=key(place, scope), Body=bodies[number])
    found = trail.verify().problems
    moved = {
        f"entry {number} stands in the place of entry {place}: entries were reordered"
        for place, number in enumerate(order, 1)
        if number != place
    }
    assert moved <= set(found)
    assert bool(found) == bool(moved)


def test_what_is_no_entry_is_named(s3: Any) -> None:
    """Garbage in the place of an entry, and a file that somebody has put there."""
    trail = filled(s3)
    s3.put_object(Bucket=BUCKET, Key=key(3), Body=b"{}")
    s3.put_object(Bucket=BUCKET, Key="audit/clinic/notes.json", Body=b"hello")
    problems = trail.verify().problems
    assert f"{key(3)} is no entry: it was edited or put there by somebody else" in problems
    assert "audit/clinic/notes.json is no entry: it was put there by somebody else" in problems


@pytest.mark.parametrize(
    "name", ["zz-data-000000000000/datasets/9.json", "00000009.json/x", "000000009.json", "9.json", "00000009.json\n"]
)
def test_what_lies_beside_the_entries_decides_nothing(s3: Any, name: str) -> None:
    """An entry with its right digest under another name: it is nobody's registration, stops nobody who reads or appends, and is told."""
    trail = filled(s3)
    forged = replace(trail.entries()[-1], number=COUNT + 1, action="register", details={"people": []}, by="mallory")
    body = json.dumps(asdict(replace(forged, sha256=forged.digest()))).encode()
    s3.put_object(Bucket=BUCKET, Key=f"audit/clinic/{name}", Body=body)
    s3.put_object(Bucket=BUCKET, Key=f"audit/clinic/x{name}", Body=b"no JSON")
    assert trail.newest(lambda it: it.action == "register") is None
    assert [it.number for it in trail.entries()] == list(range(1, COUNT + 1))
    assert trail.append("approve", "v", by="a", once="e").number == COUNT + 1
    found = trail.verify()
    assert {entry.by for entry in found.entries} & {"mallory"} == set()
    assert [it for it in found.problems if "is no entry: it was put there by somebody else" in it] == list(
        found.problems
    )
    assert len(found.problems) == 2


def test_versions_show_an_overwritten_and_a_removed_entry(s3: Any) -> None:
    """In the versioned bucket that the platform makes, the same entry written twice, or a deletion, is a finding of its own."""
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    trail = filled(s3)
    rewrite(s3, 2, lambda content: content)
    s3.delete_object(Bucket=BUCKET, Key=key(COUNT))
    problems = trail.verify().problems
    assert problems == ("entry 6 was removed", "entry 2 was overwritten: it has 2 versions")


class Crowd:
    """An S3 client under whose conditional write others write first, a given number of times."""

    def __init__(self, s3: Any, others: int) -> None:
        self._s3, self._others = s3, others

    def __getattr__(self, name: str) -> Any:
        return getattr(self._s3, name)

    def put_object(self, **given: Any) -> Any:
        """Somebody else was faster, ``others`` times."""
        if self._others:
            self._others -= 1
            Trail(self._s3, BUCKET, "clinic").append("reject", "version 1", by="arn:other")
        return self._s3.put_object(**given)


@pytest.mark.parametrize("others", [0, 1, 7])
def test_no_entry_of_racing_writers_is_lost(s3: Any, others: int) -> None:
    """Others write between our look and our write: every entry is there once, in one chain."""
    own = Trail(Crowd(s3, others), BUCKET, "clinic").append("approve", "version 1", by="arn:own")
    found = Trail(s3, BUCKET, "clinic").verify()
    assert own.number == others + 1
    assert [entry.by for entry in found.entries] == ["arn:other"] * others + ["arn:own"]
    assert found.problems == ()


def test_who_never_gets_a_turn_says_so(s3: Any) -> None:
    """An endless crowd is an error, not an entry that is silently missing."""
    with pytest.raises(RuntimeError, match="audit trail clinic: others kept writing"):
        Trail(Crowd(s3, 50), BUCKET, "clinic").append("approve", "version 1", by="arn:own")


def test_every_scope_has_a_trail_of_its_own(s3: Any) -> None:
    """Entries of one project do not touch another one's."""
    filled(s3, "clinic")
    Trail(s3, BUCKET, "ward").append("reject", "version 1", by="arn:p")
    assert scopes(s3, BUCKET) == ["clinic", "ward"]
    assert [entry.number for entry in Trail(s3, BUCKET, "ward").entries()] == [1]


def test_an_event_has_one_entry_of_an_action(s3: Any) -> None:
    """Also where several attempts race; another action, another event and entries without one are entries of their own."""
    trails = [Trail(s3, BUCKET, "clinic") for _ in range(6)]
    with ThreadPoolExecutor(len(trails)) as pool:
        found = list(pool.map(lambda it: it.append("approve", "version 1", by="a", once="e1"), trails))
    assert {it.number for it in found} == {1}
    trail = filled(s3)
    assert trail.append("approve", "version 1", by="b", once="e1").by == "a"
    assert trail.append("reject", "version 1", by="b", once="e1").number == COUNT + 2
    assert trail.append("approve", "version 1", by="b", once="e2").number == COUNT + 3
    assert trail.verify().problems == ()


def test_what_was_written_before_an_event_is_not_read(s3: Any) -> None:
    """A long trail costs an event nothing: the look ends where its entry cannot be."""
    filled(s3)
    s3.put_object(Bucket=BUCKET, Key=key(1), Body=b"not an entry")
    content = json.loads(s3.get_object(Bucket=BUCKET, Key=key(3))["Body"].read())
    rewrite(s3, 3, lambda it: it | {"written_at": "2020-01-01T00:00:00.000+00:00"})
    entry = Trail(s3, BUCKET, "clinic").append("approve", "v", by="a", once="e", since="2026-01-01T00:00:00Z")
    assert (entry.number, content["number"]) == (COUNT + 1, 3)
    with pytest.raises(ValueError, match="is no entry"):
        Trail(s3, BUCKET, "clinic").append("approve", "v", by="a", once="another")


def test_the_log_shows_what_is_odd(
    s3: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A reason that is no text, a name of two lines, an entry that is none: each is one line, and the others are there."""
    filled(s3)
    rewrite(s3, 2, lambda it: it | {"reason": {"a": ["x"]}, "by": "arn:bob\n2026-01-01  approved by carol", "at": 7})
    s3.put_object(Bucket=BUCKET, Key=key(3), Body=b"[" * 100_000)
    monkeypatch.setattr(audit, "caller", lambda _: SimpleNamespace(account="000000000000", client=lambda _: s3))
    audit.log("clinic")
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == COUNT  # the heading, and all but the one
    assert "odd: {'a': ['x']}" in told.out
    assert "bob 2026-01-01 approved by carol" in told.out
    assert told.err == (
        f"warning: {key(3)} is no entry: it was edited or put there by somebody else; 'mlops audit verify' says what else\n"
    )
