"""Which batches alarm: the joint rule, Model Monitor's rule, thresholds, and properties that hold for all data."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlops.errors import RefusedInput
from mlops.monitoring.analyzer import check, load_baseline
from mlops.monitoring.sources import Source
from tests.unit.monitoring.monitor_cases import checks, claims, compared

PROPERTY = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ROWS = st.integers(200, 6_000)
SEED = st.integers(0, 10_000)


@given(ROWS, SEED)
@PROPERTY
def test_identical_data_never_alarm(tmp_path: Path, rows: int, seed: int) -> None:
    """The baseline's own rows have no drift and no violation, under either rule."""
    frame = claims(rows, seed)
    for rule in ("joint", "aws"):
        report = compared(tmp_path, frame, frame, rule)
        assert (report.drifted, report.violations) == ([], [])
        assert all(feature.score == 0.0 for feature in report.features)


@given(ROWS, SEED, st.sampled_from([0.0, 1.0]))
@PROPERTY
def test_the_order_of_rows_changes_no_decision(tmp_path: Path, rows: int, seed: int, shift: float) -> None:
    """Sketches differ by their rounding, decisions and violations do not."""
    before, now = claims(rows, seed), claims(rows, seed + 1)
    now = now.with_columns(pl.col("a1c") + shift)
    first = compared(tmp_path / "a", before, now)
    second = compared(tmp_path / "b", before, now.sample(fraction=1.0, shuffle=True, seed=3))
    assert [item.name for item in first.drifted] == [item.name for item in second.drifted]
    assert checks(first) == checks(second)


@given(ROWS, SEED, st.sampled_from(["up", "down", "wider", "medicaid"]))
@PROPERTY
def test_a_shift_of_power_one_always_alarms(tmp_path: Path, rows: int, seed: int, kind: str) -> None:
    """A shift by a standard deviation, three times the spread, or a turned-over mix."""
    before, now = claims(rows, seed), claims(rows, seed + 1)
    change = {
        "up": pl.col("a1c") + 1.2,
        "down": pl.col("a1c") - 1.2,
        "wider": (pl.col("a1c") - 7.5) * 3 + 30,
        "medicaid": pl.when(pl.col("payer") == "commercial").then(pl.lit("medicaid")).otherwise("payer").alias("payer"),
    }[kind]
    report = compared(tmp_path, before, now.with_columns(change))
    assert ("payer" if kind == "medicaid" else "a1c") in [item.name for item in report.drifted]


def test_a_certain_but_meaningless_shift_is_no_drift(tmp_path: Path) -> None:
    """.05 standard deviations in 100,000 rows: the test is sure, the effect is nothing."""
    before, now = claims(100_000), claims(100_000, 1)
    report = compared(tmp_path, before, now.with_columns(pl.col("a1c") + 0.06))
    found = next(item for item in report.features if item.name == "a1c")
    assert found.p_value < 1e-6
    assert not report.drifted


def test_a_large_but_uncertain_shift_is_no_drift(tmp_path: Path) -> None:
    """.15 standard deviations in 210 rows is what chance does."""
    before, now = claims(5_000), claims(210, 4)
    now = now.with_columns(pl.col("a1c") - pl.col("a1c").mean() + before["a1c"].mean() + 0.15)
    found = next(item for item in compared(tmp_path, before, now).features if item.name == "a1c")
    assert found.score > found.threshold
    assert not found.drifted


def test_under_two_hundred_rows_only_the_schema_is_checked(tmp_path: Path) -> None:
    """However far the values are, 199 of them do not decide; a missing column does."""
    now = claims(199, 1).with_columns(pl.col("a1c") + 50).drop("fills")
    report = compared(tmp_path, claims(2_000), now)
    assert not report.drifted
    assert checks(report) == {"Missing columns": "missing_column_check"}
    assert "fewer than 200" in report.features[2].why


def test_model_monitors_rule_is_blind_to_a_flag(tmp_path: Path) -> None:
    """Rule ``aws`` reproduces the published distance: a 0/1 column never drifts; the joint rule sees it."""
    before = claims(2_000).with_columns(pl.Series("flag", np.repeat([0, 1], 1_000)))
    now = claims(2_000, 1).with_columns(pl.Series("flag", np.repeat([0, 1], [200, 1_800])))
    as_aws, ours = compared(tmp_path, before, now, "aws"), compared(tmp_path, before, now)
    assert [item.name for item in as_aws.drifted] == []
    assert [item.name for item in ours.drifted] == ["flag"]
    assert ours.features[-1].scores["aws_distance"] == 0.0


def test_a_constant_that_changes_has_drifted(tmp_path: Path) -> None:
    """No spread to measure by: any change of a constant counts."""
    before, now = claims(500, g=np.full(500, 3)), claims(500, 1, g=np.full(500, 4))
    assert [item.name for item in compared(tmp_path, before, now).drifted] == ["g"]


def test_thresholds_of_one_feature(tmp_path: Path) -> None:
    """monitoringConfigOverrides raise the limit of one feature and switch off another; the wording is Model Monitor's."""
    before, now = claims(2_000), claims(2_000, 1).with_columns(pl.col("a1c") + 0.6, pl.col("copay") + 40)
    compared(tmp_path, before, now)
    path = tmp_path / "baseline" / "constraints.json"
    content = json.loads(path.read_text())
    by_name = {feature["name"]: feature for feature in content["features"]}
    by_name["a1c"]["monitoringConfigOverrides"] = {"distribution_constraints": {"comparison_threshold": 0.9}}
    path.write_text(json.dumps(content))
    report = check(Source(tmp_path / "now.csv"), load_baseline(path.parent), tmp_path / "again")
    assert [item.name for item in report.drifted] == ["copay"]
    violation = report.violations[0]
    assert violation["description"].startswith("Baseline drift distance: ")
    assert violation["description"].endswith(" exceeds threshold: 0.1")
    by_name["copay"]["monitoringConfigOverrides"] = {"distribution_constraints": {"perform_comparison": "Disabled"}}
    path.write_text(json.dumps(content))
    assert not check(Source(tmp_path / "now.csv"), load_baseline(path.parent), tmp_path / "again").drifted


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ({"comparison_method": "Wild"}, "must be Simple or Robust"),
        ({"comparison_threshold": "much"}, "no number"),
        ({"categorical_drift_method": "ChiSquared"}, "must be LInfinity"),
    ],
)
def test_unknown_settings_are_refused(tmp_path: Path, override: dict[str, str], words: str) -> None:
    """A typing error in the constraints never passes silently."""
    compared(tmp_path, claims(300), claims(300))
    path = tmp_path / "baseline" / "constraints.json"
    content = json.loads(path.read_text())
    content["features"][0]["monitoringConfigOverrides"] = {"distribution_constraints": override}
    path.write_text(json.dumps(content))
    with pytest.raises(RefusedInput, match=words):
        load_baseline(path.parent)


def test_the_report_says_why(tmp_path: Path) -> None:
    """drift_report.json holds every score, the noise floor, the decision and its reason, for every feature."""
    report = compared(tmp_path, claims(1_000), claims(1_000, 1).with_columns(pl.col("a1c") * 2)).to_json()
    numeric = {"psi", "js", "ks", "w1_over_sd", "linf_simple", "linf_robust", "aws_distance", "noise_floor", "p_value"}
    by_name = {feature["name"]: feature for feature in report["features"]}
    assert numeric <= set(by_name["a1c"])
    assert numeric - {"ks", "w1_over_sd"} <= set(by_name["payer"])
    assert by_name["a1c"]["drifted"]
    assert "not explained by chance" in by_name["a1c"]["why"]
    assert (report["drifted"], report["drift_share"], report["rows"]) == (True, 0.25, 1_000)
    assert report["max_drift_score"] == by_name["a1c"]["score"]
