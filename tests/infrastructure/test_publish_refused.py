"""Publishing checks everything before it synthesizes, and keeps nothing of what fails in the middle."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from stacks import publish
from stacks.products import history
from tests.infrastructure.versions import as_packaged, published

FIRST = {"products": {"ml-project": {"current": "v2"}}}
KEPT = {"ml-project": {"current": "v3", "published": ["v2"]}}


class Place:
    """A copy of what publishing changes: the history, with one version published, and cdk.json."""

    def __init__(self, folder: Path, source: Path) -> None:
        self.folder, self.settings = folder, folder / "cdk.json"
        shutil.copytree(source, folder / "history")

    def choose(self, context: Any) -> None:
        """Write cdk.json."""
        self.settings.write_text(json.dumps({"context": {"mlops": context}}))

    def files(self) -> dict[str, bytes | None]:
        """Every path with its content; None for a folder."""
        paths = sorted(self.folder.rglob("*"))
        return {str(path.relative_to(self.folder)): path.read_bytes() if path.is_file() else None for path in paths}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The history after the next publication."""
    return published(tmp_path_factory.mktemp("published"), ["ml-project"])[0]


@pytest.fixture
def place(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Publishing happens there."""
    made = Place(tmp_path, source)
    made.choose({"products": KEPT})
    monkeypatch.setattr(history, "FOLDER", tmp_path / "history")
    monkeypatch.setattr(publish, "CDK_JSON", made.settings)
    return made


@pytest.fixture
def first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Where nothing is published yet: a publication writes every archive."""
    made = Place(tmp_path, history.FOLDER)
    made.choose(FIRST)
    monkeypatch.setattr(history, "FOLDER", tmp_path / "history")
    monkeypatch.setattr(publish, "CDK_JSON", made.settings)
    return made


@pytest.fixture
def unsynthesized(monkeypatch: pytest.MonkeyPatch) -> None:
    """A synth would be too late."""

    def synthesize(folder: Path, *_: str) -> None:
        raise AssertionError("synthesized before everything was checked")

    monkeypatch.setattr(publish, "synthesize", synthesize)


@pytest.fixture
def synthesized(monkeypatch: pytest.MonkeyPatch) -> None:
    """The synth writes what is packaged, at once."""
    monkeypatch.setattr(publish, "synthesize", as_packaged)


def _refused(place: Place, keys: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    before = place.files()
    assert publish.main(keys) == 2
    assert place.files() == before
    written = capsys.readouterr()
    assert (written.out, written.err.count("\n")) == ("", 1)
    return written.err


@pytest.mark.usefixtures("unsynthesized")
@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ([], "no product is given"),
        (["web-shop"], "web-shop: no such product"),
        (["ml-project", "web-shop"], "web-shop: no such product"),
        (["--all"], "--all: there are no options"),
        (["ml-project", "--help"], "--help: there are no options"),
        (["ml-project", "ml-project"], "ml-project: given more than once"),
        ([""], "no such product"),
    ],
)
def test_wrong_words_are_refused(place: Place, keys: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One line that says which, and which products there are."""
    assert words in _refused(place, keys, capsys)


@pytest.mark.usefixtures("unsynthesized")
@pytest.mark.parametrize(
    ("context", "words"),
    [
        ({}, "current: v1 was withdrawn"),
        ({"products": {"ml-project": {"current": "v2"}}}, "current: v2 is published already"),
        ({"products": {"ml-project": {"current": "v2", "published": ["v2"]}}}, "in order, each once, not v2, v2"),
        ({"products": {"ml-project": {"current": "v2", "published": ["v3"]}}}, "in order, each once, not v3, v2"),
        ({"products": {"ml-project": {"current": "v4", "published": ["v2", "v3"]}}}, "v3: the history has no such"),
        ({"products": {"ml-project": {"current": "v3", "published": ["v1", "v2"]}}}, "v1: the history has no such"),
        ({"products": {"ml-project": {"current": "v3"}}}, "v2: the history has it, too"),
        ({"products": {"web-shop": {}}}, "products.web-shop"),
        ("nothing", "context mlops"),
    ],
)
def test_settings_that_disagree_with_the_history_are_refused(
    place: Place, context: Any, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A version is published once, and cdk.json lists what was published."""
    place.choose(context)
    assert words in _refused(place, ["ml-project"], capsys)


@pytest.mark.usefixtures("unsynthesized")
@pytest.mark.parametrize("text", ["", "{", "[]", '{"context": {}}'])
def test_settings_that_cannot_be_read_are_refused(place: Place, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Broken JSON, or none of ours."""
    place.settings.write_text(text)
    assert "cdk.json: no JSON with the settings" in _refused(place, ["ml-project"], capsys)


@pytest.mark.usefixtures("unsynthesized")
def test_a_changed_history_is_refused(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is published beside a version that is not as it was."""
    path = min((place.folder / "history").rglob("handler.py"))
    path.write_text("")
    name = path.relative_to(place.folder / "history")
    assert f"{name}: a published version must never change" in _refused(place, ["ml-project"], capsys)


def test_stacks_that_do_not_synthesize_are_not_published(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The gates have said why."""

    def synthesize(folder: Path, *_: str) -> None:
        raise subprocess.CalledProcessError(1, ["app.py"])

    monkeypatch.setattr(publish, "synthesize", synthesize)
    before = place.files()
    assert publish.main(["ml-project"]) == 1
    assert capsys.readouterr().err == "error: the stacks do not synthesize, see above; nothing was published\n"
    assert place.files() == before


@pytest.mark.usefixtures("synthesized")
def test_several_products_are_published_together(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """With one synth; each goes on by its own numbers."""
    assert publish.main(["ml-project", "training-only"]) == 0
    assert capsys.readouterr().out == "published v3 v1: commit it, then 'make assembly'\n"
    products = json.loads(place.settings.read_text())["context"]["mlops"]["products"]
    assert products == {
        "ml-project": {"current": "v4", "published": ["v2", "v3"]},
        "training-only": {"current": "v2", "published": ["v1"]},
    }
    history.check()
    assert [history.versions(key) for key in ("training-only", "inference-only")] == [["v1"], []]


@pytest.mark.usefixtures("synthesized")
@pytest.mark.parametrize("failing", [1, 2, 40, -2, -1])
def test_nothing_is_kept_of_a_publication_that_fails(
    first: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], failing: int
) -> None:
    """Wherever it fails: at the first file or the last, history and settings are as they were."""
    place = first
    before, moves, replace = place.files(), 0, Path.replace
    total = _moves(place, monkeypatch)
    assert total > 40

    def broken(self: Path, target: Path) -> Path:
        nonlocal moves
        moves += 1
        if moves == failing % (total + 1):
            raise OSError("no space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", broken)
    assert publish.main(["ml-project"]) == 1
    assert capsys.readouterr().err == "error: no space left on device; nothing was published\n"
    assert place.files() == before


def _moves(place: Place, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many files a publication of the ML project writes, counted on a second copy."""
    other = Place(place.folder.parent / f"{place.folder.name}-counted", place.folder / "history")
    other.choose(FIRST)
    with monkeypatch.context() as patch:
        patch.setattr(history, "FOLDER", other.folder / "history")
        patch.setattr(publish, "CDK_JSON", other.settings)
        before = other.files()
        publish.publish(["ml-project"])
    return sum(content is not None and content != before.get(name) for name, content in other.files().items())
