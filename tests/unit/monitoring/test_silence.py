"""What monitoring may say of texts: the segment's, where enough rows have them; of all others nothing, neither in pages nor in mails."""

import json
import re
from pathlib import Path

import polars as pl
import pytest

from lambdas.publish_drift_metrics import summary as summaries
from mlops.errors import RefusedInput
from mlops.monitoring import sources
from mlops.monitoring.analyzer import DriftReport
from tests.unit.monitoring.monitor_cases import claims, compared
from tests.unit.monitoring.test_prediction_reports import judged, predictions

CANARY = "Zwergspitz4711"


def _shown(folder: Path, report: DriftReport) -> str:
    """Everything of a check that leaves the statistics: its page, its report, its summary."""
    page = next(folder.rglob("report.html")).read_text()
    return page + json.dumps(report.to_json()) + summaries.summary(report.to_json(), "s3://b/r/m/drift_report.json")


@pytest.mark.parametrize(("column", "named"), [("town", False), ("brand", True)])
def test_the_level_that_changed_is_named_for_the_segment_only(tmp_path: Path, column: str, named: bool) -> None:
    """A usual level vanishes: reports say that one of its values has changed, and which one where the column is the segment."""
    before = claims(2000).with_columns(pl.Series(column, [CANARY] * 1000 + ["other"] * 1000))
    now = claims(2000, 1).with_columns(pl.Series(column, ["other"] * 2000))
    report = compared(tmp_path, before, now)
    assert column in {item.name for item in report.drifted}
    assert (CANARY in _shown(tmp_path, report)) == named


@pytest.mark.parametrize("rows", [30, 300])
def test_a_chart_ends_where_enough_rows_are(tmp_path: Path, rows: int) -> None:
    """Ten rows lie far outside, on either side: no axis ends at their values, before or now."""
    far = [-7351.25] * 10 + [1.0 + 0.01 * it for it in range(rows - 20)] + [8462.75] * 10
    before, odd = claims(rows), claims(rows, 1).with_columns(pl.Series("copay", far))
    for name, one, other in (("now", before, odd), ("before", odd, before)):
        compared(tmp_path / name, one, other)
        page = next((tmp_path / name).rglob("report.html")).read_text()
        assert "distributions" in page
        assert not re.search("735[12]|846[23]", page)


def test_too_few_rows_are_not_drawn(tmp_path: Path) -> None:
    """The eleventh values from both sides cross: whatever an axis began with would be somebody's."""
    compared(tmp_path, claims(21), claims(21, 1))
    page = next(tmp_path.rglob("report.html")).read_text()
    assert "fewer than 22 values: not drawn" in page
    assert "distributions" not in page


def test_a_rare_level_of_the_segment_is_not_named(tmp_path: Path) -> None:
    """Ten rows of a large batch are the largest change there is: no name in page, report or summary."""
    levels = ["a"] * 300
    before = claims(300).with_columns(pl.Series("brand", levels))
    now = claims(300, 1).with_columns(pl.Series("brand", [CANARY] * 10 + levels[10:]))
    assert CANARY not in _shown(tmp_path / "new", compared(tmp_path / "new", before, now))
    assert CANARY not in _shown(tmp_path / "gone", compared(tmp_path / "gone", now, before))


def test_a_batch_without_its_header_line_names_no_value(tmp_path: Path) -> None:
    """Its columns are called by the first record's values: how many are too many is said, and which ones are missing."""
    before = claims(500)
    now = before.rename({"payer": CANARY, "copay": "73519.4437"})
    shown = _shown(tmp_path, compared(tmp_path, before, now))
    assert CANARY not in shown
    assert "73519" not in shown
    assert "Missing: copay, payer" in shown


def test_a_brand_of_few_patients_is_named_nowhere_in_the_report_on_predictions(tmp_path: Path) -> None:
    """Neither one that the evaluation had, nor one that is new, however many rows its few patients have."""
    usual = {"Ozempic": 1200, "Lantus": 800}
    now = predictions(1, brands=usual | {CANARY: 40}).with_columns(
        unit=pl.when(pl.col("brand") == CANARY).then(pl.col("unit") % 10 + 10**6).otherwise(pl.col("unit"))
    )
    for name, known in (("new", predictions(2, brands=usual)), ("known", now)):
        report = judged(tmp_path / name, now, known)
        assert CANARY not in json.dumps(report) + (tmp_path / name / "out" / "report.html").read_text()
        assert {item["name"] for item in report["features"]} == {"all predictions", *usual}


def _summary(check: str, description: str) -> str:
    violation = {"feature_name": "copay", "constraint_check_type": check, "description": description}
    report = {"rows": 1, "features": [], "schema_violations": 1, "violations": [violation]}
    return str(json.loads(summaries.summary(report, "s3://b/r/m/drift_report.json"))["violations"])


def test_a_sentence_that_nobody_knows_stays_in_the_report() -> None:
    """Another version of the container might quote: the parameter and the mail then name the check."""
    told = _summary("data_type_check", f"Value: {CANARY} does not meet the constraint requirement!")
    assert told == "['copay: data_type_check, see the report']"


def test_the_sentences_of_the_analyzer_are_told(tmp_path: Path) -> None:
    """Every kind of violation that it writes."""
    before = claims(600)
    payer = ["nobody", *["commercial"] * 299, *[None] * 300]
    now = claims(600, 1, copay=["x"] * 300 + ["1"] * 300, fills=[-5] * 600, payer=payer).drop("a1c")
    violations = compared(tmp_path, before, now.with_columns(more=pl.lit(1))).violations
    broken = [it for it in violations if it["constraint_check_type"] != "baseline_drift_check"]
    assert len({it["constraint_check_type"] for it in broken}) >= 5
    for item in broken:
        assert "see the report" not in _summary(item["constraint_check_type"], item["description"])


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_reader_quotes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """What Polars says of a text that it cannot read is its business; how it says it changes from version to version."""

    def read(_file: Path, _header: bool) -> list[pl.DataFrame]:
        return [pl.DataFrame({"a": [CANARY]}).cast(pl.Int64)]

    with pytest.raises(pl.exceptions.PolarsError, match=CANARY):
        read(tmp_path, True)
    monkeypatch.setitem(sources._READERS, kind, read)
    (tmp_path / "a").write_text("a\n")
    with pytest.raises(RefusedInput) as refused:
        list(sources.Source(tmp_path / "a", kind).batches())
    assert str(refused.value) == f"a: cannot be read as {kind} (InvalidOperationError)"
