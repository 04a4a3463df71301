"""Model Monitor's container contract: variables in, files, metric lines and closing text out."""

import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.unit.monitoring.monitor_cases import claims


class Container:
    """Runs ``python -m mlops.monitoring`` over a folder that stands for /opt/ml."""

    def __init__(self, folder: Path) -> None:
        self.ml = folder / "ml"
        self.data = self.ml / "processing" / "input" / "dataset"
        self.data.mkdir(parents=True)
        (self.ml / "output").mkdir()

    def run(self, **variables: str) -> subprocess.CompletedProcess[str]:
        keep = {name: value for name, value in os.environ.items() if not name.startswith("MLOPS_")}
        given = {
            "dataset_format": '{"csv": {"header": true}}',
            "dataset_source": str(self.data),
            "output_path": str(self.ml / "processing" / "output"),
            "MLOPS_ML_FOLDER": str(self.ml),
        }
        command = [sys.executable, "-m", "mlops.monitoring"]
        return subprocess.run(
            command, env=keep | given | variables, capture_output=True, text=True, timeout=60, check=False
        )

    def check(self, **variables: str) -> subprocess.CompletedProcess[str]:
        base = self.ml / "baseline"
        files = {f"baseline_{name}": str(base / f"{name}.json") for name in ("statistics", "constraints")}
        return self.run(**files | variables)

    @property
    def message(self) -> str:
        return (self.ml / "output" / "message").read_text()

    @property
    def metrics(self) -> dict[str, float]:
        text = (self.ml / "output" / "metrics" / "cloudwatch" / "cloudwatch_metrics.jsonl").read_text()
        return {item["MetricName"]: item["Value"] for item in map(json.loads, text.splitlines())}


@pytest.fixture
def container(tmp_path: Path) -> Container:
    """A container with a baseline of 1,000 rows and the same rows as its data set."""
    made = Container(tmp_path)
    claims(1_000).write_csv(made.data / "part-0.csv")
    done = made.run(output_path=str(made.ml / "baseline"))
    assert done.returncode == 0, done.stderr
    return made


def test_no_violation(container: Container) -> None:
    """Metrics are published on every run, zero included, under Model Monitor's names."""
    done = container.check(
        publish_cloudwatch_metrics="Enabled",
        start_time="2026-01-01T00:00:00Z",
        end_time="2026-01-02T00:00:00Z",
    )
    assert done.returncode == 0, done.stderr
    assert container.message == "Completed: Job completed successfully with no violations."
    assert container.metrics == {
        **{f"feature_baseline_drift_{name}": 0.0 for name in ("copay", "fills", "a1c", "payer")},
        "drift_share": 0.0,
        "max_drift_score": 0.0,
        "violations_count": 0.0,
        "schema_violations": 0.0,
        "rows": 1_000.0,
    }
    output = {path.name for path in (container.ml / "processing" / "output").iterdir()}
    assert {
        "statistics.json",
        "constraints.json",
        "constraint_violations.json",
        "drift_report.json",
        "report.html",
    } == output


def test_violations_leave_the_job_green_unless_asked(container: Container) -> None:
    """Drift is a finding, not a failure; ``on_violation=fail`` makes it one."""
    claims(1_000, 1).with_columns(pl.col("a1c") + 3, pl.lit(1).alias("new")).write_csv(container.data / "part-0.csv")
    assert container.check().returncode == 0
    assert container.message == "CompletedWithViolations: Job completed successfully with 2 violations."
    assert container.check(on_violation="fail").returncode == 3


@pytest.mark.parametrize("kind", ["parquet", "json"])
def test_other_formats(container: Container, kind: str) -> None:
    """``{"parquet": {}}`` and ``{"json": {"lines": true}}``."""
    (container.data / "part-0.csv").unlink()
    frame = claims(1_000)
    if kind == "parquet":
        frame.write_parquet(container.data / "a.parquet")
    else:
        frame.write_ndjson(container.data / "a.jsonl")
    done = container.check(dataset_format=json.dumps({kind: {"lines": True} if kind == "json" else {}}))
    assert done.returncode == 0, done.stderr
    assert "no violations" in container.message


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"dataset_format": '{"avro": {}}'}, "dataset_format"),
        ({"dataset_format": "csv"}, "dataset_format"),
        ({"dataset_source": "/nowhere"}, "no such file"),
        ({"baseline_constraints": ""}, "both or none"),
        ({"baseline_statistics": "/nowhere/statistics.json"}, "is missing"),
        ({"record_preprocessor_script": "/nowhere.py"}, "record_preprocessor_script"),
        ({"rule": "wild"}, "rule 'wild'"),
    ],
)
def test_wrong_variables_are_refused(container: Container, variables: dict[str, str], words: str) -> None:
    """Exit code 2, and the reason where SageMaker shows it."""
    done = container.check(**variables)
    assert done.returncode == 2
    assert container.message.startswith("RefusedInput: ")
    assert words in container.message
    assert "Traceback" not in done.stderr


def test_scripts_before_and_after(container: Container, tmp_path: Path) -> None:
    """The record preprocessor sees every line and may drop it; the post-analytics script runs once, after the files are there."""
    before, after = tmp_path / "before.py", tmp_path / "after.py"
    before.write_text(
        "def preprocess_handler(line):\n"
        "    if line.startswith('copay'):\n        return None\n"
        "    copay, fills, a1c, payer = line.split(',')\n"
        "    return {'copay': float(copay), 'fills': int(fills), 'a1c': float(a1c), 'payer': payer}\n"
    )
    after.write_text(
        "import os, pathlib\nout = pathlib.Path(os.environ['output_path'])\n"
        "assert (out / 'drift_report.json').is_file()\n(out / 'after').touch()\n"
    )
    done = container.check(record_preprocessor_script=str(before), post_analytics_processor_script=str(after))
    assert done.returncode == 0, done.stderr + container.message
    assert "no violations" in container.message
    assert (container.ml / "processing" / "output" / "after").is_file()
    before.write_text("def preprocess_handler(line):\n    raise ValueError('bad line')\n")
    assert container.check(record_preprocessor_script=str(before)).returncode == 2
    assert container.message.endswith(".py ended with exit code 1: ValueError")
    assert "bad line" not in container.message


def test_without_polars_the_message_says_what_the_job_needs(container: Container, tmp_path: Path) -> None:
    """On an image without polars and without wheels the job ends with the way out, not with an ImportError."""
    code = (
        "import sys, importlib.util as u; real = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'polars' else real(name, *a)\n"
        "from mlops.monitoring.__main__ import main; sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"MLOPS_ML_FOLDER": str(container.ml)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "has no polars" in container.message


def test_wheels_beside_the_code_are_unpacked(tmp_path: Path) -> None:
    """A wheel is a zip file: whatever package it holds becomes importable, where the lock names its hash."""
    import hashlib
    import zipfile

    file, lock = tmp_path / "shipped-1.0-py3-none-any.whl", tmp_path / "wheels.lock"
    with zipfile.ZipFile(file, "w") as wheel:
        wheel.writestr("shipped_package.py", "ANSWER = 42\n")
    lock.write_text(f"shipped==1.0 --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n")
    code = (
        "from pathlib import Path; from mlops.bundled.wheels import provided\n"
        f"with provided(Path({str(tmp_path)!r}), Path({str(lock)!r}), 'shipped_package'):\n"
        "    import shipped_package; print(shipped_package.ANSWER)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "42"
