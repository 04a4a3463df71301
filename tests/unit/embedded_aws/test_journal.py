"""The journal under every cut and every flipped byte: what was written is there, and what is damaged is refused by name."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from embedded_aws.errors import DamagedState
from embedded_aws.journal import Journal, damage, generations, roll_back

A, B, C = ("iam", "a"), ("iam", "b"), ("ssm", "c")


def filled(folder: Path) -> dict[tuple[str, str], str]:
    """A journal with a second generation: a snapshot, and three groups of changes after it."""
    first = Journal(folder)
    first.write({A: "1", B: "2"})
    first.close()
    second = Journal(folder)
    second.write({A: "3"})
    second.write({B: None, C: "4"})
    second.write({C: "5"})
    second.close()
    return {A: "3", C: "5"}


def test_what_was_written_is_there(tmp_path: Path) -> None:
    """Read again without ever having been closed, as after kill -9; of earlier generations one stays."""
    expected = filled(tmp_path)
    again = Journal(tmp_path)
    assert again.texts == expected
    assert generations(tmp_path) == {2, 3}
    again.write({A: "6"})
    assert Journal(tmp_path).texts == {**expected, A: "6"}


@pytest.mark.parametrize("size", range(1, 300, 7))
def test_a_write_that_was_cut_off(tmp_path: Path, size: int) -> None:
    """At any byte: whole groups are there, half of one is not; nothing is called damaged."""
    filled(tmp_path)
    path = tmp_path / "2.changes"
    states = [{A: "1", B: "2"}, {A: "3", B: "2"}, {A: "3", C: "4"}, {A: "3", C: "5"}]
    content = path.read_bytes()
    path.write_bytes(content[:-size])
    whole = content[:-size].count(b"\n")
    assert Journal(tmp_path).texts == states[whole]


@pytest.mark.parametrize("name", ["2.snapshot", "2.changes"])
def test_every_flipped_byte_is_seen(tmp_path: Path, name: str) -> None:
    """The file is named; only the end of the last line may be taken for a write that was cut off."""
    filled(tmp_path)
    path = tmp_path / name
    content = path.read_bytes()
    for place in range(0, len(content) - 1, 3):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x20]) + content[place + 1 :])
        found = damage(tmp_path)
        assert found is not None
        assert found.path == path
    path.write_bytes(content)
    assert damage(tmp_path) is None


def test_a_snapshot_that_has_gone(tmp_path: Path) -> None:
    """It is not taken for the generation before."""
    filled(tmp_path)
    (tmp_path / "2.snapshot").unlink()
    with pytest.raises(DamagedState, match=r"2\.snapshot: damaged: No such file"):
        Journal(tmp_path)


def test_a_damaged_snapshot_is_made_anew(tmp_path: Path) -> None:
    """From the generation before, without loss; the damaged file stays beside it."""
    expected = filled(tmp_path)
    (tmp_path / "2.snapshot").write_bytes(b"junk\n")
    assert roll_back(tmp_path) == ["2.snapshot was made anew from the generation before it: nothing of it is lost"]
    assert (tmp_path / "2.snapshot.damaged").read_bytes() == b"junk\n"
    assert Journal(tmp_path).texts == expected


def test_damaged_changes_are_told(tmp_path: Path) -> None:
    """What was before the damaged group stays; how many are lost is said."""
    filled(tmp_path)
    path = tmp_path / "2.changes"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1].replace(b"4", b"7") + lines[2])
    assert roll_back(tmp_path) == ["2.changes: 2 of its 3 groups of changes are damaged and lost"]
    assert Journal(tmp_path).texts == {A: "3", B: "2"}


def test_nothing_to_go_back_to(tmp_path: Path) -> None:
    """Said, and nothing is changed."""
    filled(tmp_path)
    for number in (1, 2):
        (tmp_path / f"{number}.snapshot").write_bytes(b"junk\n")
    with pytest.raises(DamagedState):
        roll_back(tmp_path)
    assert not list(tmp_path.glob("*.damaged"))


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The write fails and leaves no half of itself; the next one succeeds."""
    written = Journal(tmp_path)
    written.write({A: "1"})

    def full(descriptor: int, content: bytes) -> int:
        os.pwrite(descriptor, bytes(content)[:20], 0)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space left"):
            written.write({A: "2", B: "2"})
    assert written.texts == {A: "1"}
    written.write({C: "3"})
    copied = tmp_path / "copy"
    shutil.copytree(tmp_path, copied)
    assert Journal(copied).texts == {A: "1", C: "3"}


def test_the_first_generation(tmp_path: Path) -> None:
    """Its snapshot was empty: all that there is stands in the changes."""
    first = Journal(tmp_path)
    first.write({A: "1"})
    first.close()
    (tmp_path / "1.snapshot").write_bytes(b"junk\n")
    assert roll_back(tmp_path) == ["1.snapshot was made anew from the generation before it: nothing of it is lost"]
    assert Journal(tmp_path).texts == {A: "1"}
