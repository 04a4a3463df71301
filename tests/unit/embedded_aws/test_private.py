"""The state folder and the root's secret are their owner's alone, whatever was there before."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from embedded_aws.errors import EmbeddedAwsError
from embedded_aws.private import ROOT_SECRET, folder, root_secret
from mlops import aws


def mode(path: Path) -> int:
    """Permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def careless() -> Iterator[None]:
    """A umask that would let everybody in."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_a_new_folder(tmp_path: Path) -> None:
    """0700, however the umask is."""
    assert mode(folder(tmp_path / "a" / "state")) == 0o700


def test_an_earlier_versions_folder_is_tightened(tmp_path: Path) -> None:
    """What others could enter they cannot any more."""
    (tmp_path / "state").mkdir(mode=0o755)
    assert mode(folder(tmp_path / "state")) == 0o700


def test_the_secret_is_made_once(tmp_path: Path) -> None:
    """Random, 0600, the same at the next start, another in another folder; nothing else is left."""
    first = root_secret(folder(tmp_path / "one"))
    assert root_secret(tmp_path / "one") == first
    assert root_secret(folder(tmp_path / "two")) != first
    assert len(first) >= 40
    assert [path.name for path in (tmp_path / "one").iterdir()] == [ROOT_SECRET]
    assert mode(tmp_path / "one" / ROOT_SECRET) == 0o600
    assert (tmp_path / "one" / ROOT_SECRET).read_text() == first


_SPOILT: dict[str, Callable[[Path], object]] = {
    "readable": lambda path: (path.write_text("known"), path.chmod(0o644)),
    "empty": lambda path: path.write_text(""),
    "half": lambda path: path.with_name(f"{path.name}.new").write_text("ha"),
}


@pytest.mark.parametrize("how", _SPOILT)
def test_a_spoilt_secret_is_made_anew(tmp_path: Path, how: str) -> None:
    """One that others could read, an empty one, what a killed start left."""
    _SPOILT[how](tmp_path / ROOT_SECRET)
    made = root_secret(tmp_path)
    assert len(made) >= 40
    assert mode(tmp_path / ROOT_SECRET) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [ROOT_SECRET]


def test_no_link_is_followed(tmp_path: Path) -> None:
    """A link or a folder in the secret's place is refused, not read."""
    (tmp_path / "elsewhere").write_text("known")
    (tmp_path / ROOT_SECRET).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EmbeddedAwsError, match="a plain file of your own"):
        root_secret(tmp_path)
    (tmp_path / ROOT_SECRET).unlink()
    (tmp_path / ROOT_SECRET).mkdir(mode=0o700)
    with pytest.raises((EmbeddedAwsError, IsADirectoryError)):
        root_secret(tmp_path)


def test_both_sides_name_the_same_file() -> None:
    """The library looks where the server writes."""
    assert aws.ROOT_SECRET == ROOT_SECRET


def test_credentials_do_not_show_their_secret() -> None:
    """Neither in a message nor in a traceback's values."""
    shown = repr(aws.Aws(credentials=aws.Credentials("key", "hidden", "hidden too")))
    assert "hidden" not in shown
