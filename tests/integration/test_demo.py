"""``mlops demo`` as a newcomer runs it: the whole story, and nothing left behind, whatever ends it."""

import contextlib
import csv
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlparse

import pandas as pd
import pytest

_STAGES = [
    "start the embedded AWS",
    "make synthetic patients",
    "deploy the platform",
    "create the project as ml-engineer",
]


def start(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MLOPS_"))}
    # a folder that no other process has in its command line, so that what is left can be found
    return subprocess.Popen(
        [sys.executable, "-m", "mlops", "demo", *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def processes_of(folder: Path) -> list[str]:
    """Command lines of the processes that work in or on a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it may end while we look
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            where = str((entry / "cwd").readlink())
            if str(folder) in line or where.startswith(str(folder)):
                found.append(line)
    return found


def assert_nothing_runs(folder: Path) -> None:
    deadline = time.monotonic() + 30
    while processes_of(folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_of(folder) == []


def read_until(stream: Iterator[str], words: str) -> str:
    """The first line with ``words``."""
    for line in stream:
        if words in line:
            return line
    pytest.fail(f"the demo ended before it said {words!r}")


class Page(HTMLParser):
    """Addresses that a page loads, and its headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [value or "" for name, value in attrs if name in {"src", "href", "srcset"}]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict, str]:
    folder = tmp_path_factory.mktemp("demo")
    process = start(folder, "--json")
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    return folder, json.loads(out.splitlines()[-1]), err


def test_the_story_is_told_to_its_end(story: tuple[Path, dict, str]) -> None:
    """Training, approval, a quiet month, a drifted month, an alarm and a retrained version 2."""
    _, told, _ = story
    assert told["ok"] is True
    assert [stage["name"] for stage in told["stages"]][:4] == _STAGES
    assert {stage["status"] for stage in told["stages"]} == {"Succeeded"}
    assert told["model"]["version"] == 1
    assert told["retrained_version"] == 2
    assert told["drift"] == {"baseline_batch": False, "drifted_batch": True}
    assert 0.8 < told["model"]["auc"] < 0.93  # the generator's Bayes limit lies near .89
    assert 0.7 < told["model"]["auc_due"] < told["model"]["auc"]


def test_progress_is_one_plain_line_an_event(story: tuple[Path, dict, str]) -> None:
    """Without a terminal there are neither control codes nor repeated lines."""
    lines = story[2].splitlines()
    assert len(lines) > 40
    assert all(re.fullmatch(r"\[ *\d+\.\d s\] [^\x1b]+", line) for line in lines)
    assert len({line.split("] ", 1)[1] for line in lines if "..." in line}) == len(
        [line for line in lines if "..." in line]
    )


def test_predictions_hold_what_a_clinician_needs(story: tuple[Path, dict, str]) -> None:
    """One row per (patient, brand): probability within its interval, confidence, reasons; CSV and Parquet agree."""
    folder, _, _ = story
    for month in ("2024-08-18", "2024-11-16"):
        base = folder / ".mlops" / "demo" / month / "predictions"
        table = pd.read_parquet(base / "predictions.parquet")
        with (base / "predictions.csv").open(newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert len(rows) == len(table) == json.loads((base / "metadata.json").read_text())["rows"]
        assert not table.duplicated(["patient_id", "brand"]).any()
        assert [row["patient_id"] for row in rows] == table["patient_id"].tolist()
        assert (table["p_low"] <= table["p_stop"]).all()
        assert (table["p_stop"] <= table["p_high"]).all()
        assert table["confidence"].between(0.5, 1).all()
        assert set(table["index_date"]) == {month}
        assert set(table["model_version"].astype(str)) == {"1"}
        risky = table[table["risk_band"] == "high"]
        assert len(risky) > 0
        assert (risky["factor_1_text"] != "").all()


def test_drift_is_named(story: tuple[Path, dict, str]) -> None:
    """The month after copays rose has drifted in the copay; the usual month has not drifted at all."""
    base = story[0] / ".mlops" / "demo"
    usual = json.loads((base / "2024-08-18" / "monitoring" / "drift_report.json").read_text())
    after = json.loads((base / "2024-11-16" / "monitoring" / "drift_report.json").read_text())
    assert [item["name"] for item in usual["features"] if item["drifted"]] == []
    assert {"copay_month", "copay_change"} <= {item["name"] for item in after["features"] if item["drifted"]}


def test_the_report_is_self_contained(story: tuple[Path, dict, str]) -> None:
    """The page loads nothing, has its charts, and names no patient."""
    folder, told, _ = story
    text = (folder / told["report"]).read_text()
    page = Page(text)
    assert page.loaded == []
    assert "script" not in page.tags
    assert page.tags.count("svg") >= 6  # calibration, drift, and a timeline for each of four runs
    patients = pd.read_parquet(folder / ".mlops/demo/2024-08-18/predictions/predictions.parquet")["patient_id"]
    assert not [patient for patient in set(patients) if patient in text]


def test_nothing_is_left(story: tuple[Path, dict, str]) -> None:
    """No process, no open port, no file but the results."""
    folder, _, err = story
    assert_nothing_runs(folder)
    endpoint = urlparse(re.search(r"http://127\.0\.0\.1:\d+", err).group())  # type: ignore[union-attr]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((endpoint.hostname, endpoint.port), timeout=2)
    assert sorted(path.name for path in folder.iterdir()) == [".mlops"]
    assert sorted(path.name for path in (folder / ".mlops").iterdir()) == ["demo"]
    left = sorted(path.name for path in (folder / ".mlops" / "demo").iterdir())
    assert left == ["2024-08-18", "2024-11-16", "report.html"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C (or SIGTERM) in the middle of a job ends everything at once, with exit code 130."""
    process = start(tmp_path)
    assert process.stdout is not None
    read_until(process.stdout, "train as data-scientist")
    time.sleep(1.0)  # into the first job
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "interrupted\n")
    assert_nothing_runs(tmp_path)
    assert list((tmp_path / ".mlops" / "demo").iterdir()) == []


def test_a_killed_demo_leaves_no_process_and_the_next_one_clears_its_files(tmp_path: Path) -> None:
    """After kill -9 the server and its jobs end by themselves."""
    process = start(tmp_path)
    assert process.stdout is not None
    read_until(process.stdout, "train as data-scientist")
    time.sleep(1.0)
    process.kill()
    process.communicate()
    assert_nothing_runs(tmp_path)
    again = start(tmp_path)
    assert again.stdout is not None
    read_until(again.stdout, "make synthetic patients Succeeded")
    left = [path.name for path in (tmp_path / ".mlops" / "demo").iterdir()]
    assert sorted(name.split("-")[0] for name in left) == [".aws", ".tables"]
    again.send_signal(signal.SIGINT)
    again.communicate(timeout=30)


def test_two_demos_in_one_folder_do_not_mix(tmp_path: Path) -> None:
    """The second is refused with what to do; the first goes on."""
    first = start(tmp_path)
    assert first.stdout is not None
    read_until(first.stdout, "start the embedded AWS")
    second = start(tmp_path)
    _, err = second.communicate(timeout=30)
    assert second.returncode == 2
    assert err.splitlines() == [
        "error: another demo is writing to .mlops/demo/: wait for it, or choose another with --out"
    ]
    assert first.poll() is None
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=30)
