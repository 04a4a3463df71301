"""``mlops monitor baseline`` and ``check`` as a user runs them, and the page they write."""

import json
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from tests.unit.monitoring.monitor_cases import claims, compared


def monitor(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mlops", "monitor", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """before.csv, its baseline, and a drifted now.csv."""
    claims(1_000).write_csv(tmp_path / "before.csv")
    claims(1_000, 1).with_columns(pl.col("a1c") + 2).write_csv(tmp_path / "now.csv")
    done = monitor("baseline", "--input", "before.csv", "--output", "base", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "baseline of 1,000 rows" in done.stdout
    return tmp_path


def test_check_prints_what_drifted(folder: Path) -> None:
    """Without any AWS; drift is a finding, so the exit code is 0."""
    done = monitor("check", "--input", "now.csv", "--baseline", "base", "--output", "out", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "a1c" in done.stdout
    assert "1 of 4 compared features drifted; 1 violation\n" in done.stdout
    assert (folder / "out" / "report.html").is_file()


def test_files_without_a_header(tmp_path: Path) -> None:
    """Every line is a row, and columns have the container's names."""
    claims(300).write_csv(tmp_path / "before.csv", include_header=False)
    claims(300, 1).write_csv(tmp_path / "now.csv", include_header=False)
    arguments = ("--no-header", "--json")
    described = monitor("baseline", "--input", "before.csv", "--output", "base", *arguments, cwd=tmp_path)
    found = json.loads(described.stdout)
    assert (found["rows"], [it["name"] for it in found["columns"]]) == (300, ["_c0", "_c1", "_c2", "_c3"])
    done = monitor("check", "--input", "now.csv", "--baseline", "base", "--output", "o", *arguments, cwd=tmp_path)
    assert json.loads(done.stdout)["rows"] == 300, done.stderr


def test_check_as_json(folder: Path) -> None:
    """One object: the drift report and the violations."""
    arguments = ("--input", "now.csv", "--baseline", "base", "--output", "out", "--rule", "aws", "--json")
    content = json.loads(monitor("check", *arguments, cwd=folder).stdout)
    assert (content["rule"], content["drifted"], content["violations"][0]["feature_name"]) == ("aws", True, "a1c")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--input", "gone.csv", "--baseline", "base"), "gone.csv: no such file"),
        (("--input", "now.csv", "--baseline", "nowhere"), "is missing"),
        (("--input", "now.csv", "--baseline", "base", "--rule", "wild"), "rule 'wild'"),
        (("--input", "now.csv", "--baseline", "base", "--format", "xlsx"), "format 'xlsx'"),
        (("--input", "now.csv", "--baseline", "base", "--format", "parquet"), "cannot be read as parquet"),
    ],
)
def test_bad_input_ends_with_exit_code_two(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    """One line that names the file or the option."""
    done = monitor("check", *arguments, "--output", "out", cwd=folder)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert words in done.stderr


def test_two_runs_write_the_same_bytes(folder: Path) -> None:
    """Same data, same files."""
    for name in ("one", "two"):
        monitor("check", "--input", "now.csv", "--baseline", "base", "--output", name, cwd=folder)
    first, second = ({path.name: path.read_bytes() for path in (folder / name).iterdir()} for name in ("one", "two"))
    assert first == second
    assert len(first) == 5


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href", "xlink:href"}]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_page_is_self_contained_and_shows_no_small_cells(tmp_path: Path) -> None:
    """No script, no link; a drawing per comparable feature; a category of fewer than eleven rows is not named; text is escaped."""
    before = claims(2_000)
    rare = pl.when(pl.int_range(pl.len()) < 5).then(pl.lit("very-rare")).otherwise("payer").alias("payer")
    now = claims(2_000, 1).with_columns(rare, pl.lit("<script>alert(1)</script>").alias("<b>extra</b>"))
    compared(tmp_path, before, now)
    text = (tmp_path / "check" / "report.html").read_text()
    page = _Page()
    page.feed(text)
    assert (page.links, "script" in page.tags, "b" in page.tags) == ([], False, False)
    assert page.tags.count("svg") == 4
    assert "very-rare" not in text
    assert {"copay", "fills", "a1c", "payer"} <= set(page.texts)
