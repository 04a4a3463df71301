"""Issue 6's table of bad input: a clear violation or a clear error, never a crash, never a silent pass."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from mlops.errors import RefusedInput
from mlops.monitoring.analyzer import load_baseline
from tests.unit.monitoring.monitor_cases import checks, claims, compared

Change = Callable[[pl.DataFrame], pl.DataFrame]
TEXT = pl.col("a1c").cast(pl.String)

VIOLATED: dict[str, tuple[Change, dict[str, str]]] = {
    "missing column": (lambda it: it.drop("copay"), {"Missing columns": "missing_column_check"}),
    "extra column": (lambda it: it.with_columns(pl.lit(1).alias("new")), {"Extra columns": "extra_column_check"}),
    "renamed column": (
        lambda it: it.rename({"copay": "co_pay"}),
        {"Missing columns": "missing_column_check", "Extra columns": "extra_column_check"},
    ),
    "all-null column": (
        lambda it: it.with_columns(pl.lit(None).alias("a1c")),
        {"a1c": "completeness_check"},
    ),
    "a third missing": (
        lambda it: it.with_columns(pl.when(pl.int_range(pl.len()) % 3 > 0).then("a1c").alias("a1c")),
        {"a1c": "completeness_check"},
    ),
    "numbers become text": (
        lambda it: it.with_columns(pl.lit("high").alias("a1c")),
        {"a1c": "data_type_check"},
    ),
    "text becomes numbers": (
        lambda it: it.with_columns(pl.lit(7).alias("payer")),
        {"payer": "data_type_check|categorical_values_check|baseline_drift_check"},
    ),
    "whole numbers become fractions": (
        lambda it: it.with_columns(pl.col("fills") + 0.5),
        {"fills": "data_type_check|baseline_drift_check"},
    ),
    "NaN": (
        lambda it: it.with_columns(
            pl.when(pl.int_range(pl.len()) > 5).then(TEXT).otherwise(pl.lit("NaN")).alias("a1c")
        ),
        {"a1c": "data_type_check"},
    ),
    "infinity": (
        lambda it: it.with_columns(
            pl.when(pl.int_range(pl.len()) > 0).then(TEXT).otherwise(pl.lit("inf")).alias("a1c")
        ),
        {"a1c": "data_type_check"},
    ),
    "a number too large for a float": (
        lambda it: it.with_columns(
            pl.when(pl.int_range(pl.len()) > 0).then(TEXT).otherwise(pl.lit("1e999")).alias("a1c")
        ),
        {"a1c": "data_type_check"},
    ),
    "negative amounts": (
        lambda it: it.with_columns(-pl.col("fills")),
        {"fills": "num_constraints|baseline_drift_check"},
    ),
    "a flood of unknown categories": (
        lambda it: it.with_columns(pl.format("payer-{}", pl.int_range(pl.len())).alias("payer")),
        {"payer": "categorical_values_check|baseline_drift_check"},
    ),
    "a new category in one row of twenty": (
        lambda it: it.with_columns(
            pl.when(pl.int_range(pl.len()) % 20 == 0).then(pl.lit("other")).otherwise("payer").alias("payer")
        ),
        {"payer": "categorical_values_check|baseline_drift_check"},
    ),
}


@pytest.mark.parametrize("case", VIOLATED)
def test_a_clear_violation(tmp_path: Path, case: str) -> None:
    """Each is named at the feature where it lies, and no other feature is blamed."""
    change, expected = VIOLATED[case]
    report = compared(tmp_path, claims(3_000), change(claims(3_000, 1)))
    by_feature: dict[str, set[str]] = {}
    for item in report.violations:
        by_feature.setdefault(item["feature_name"], set()).add(item["constraint_check_type"])
        assert item["description"]
    assert by_feature == {name: set(names.split("|")) for name, names in expected.items()}
    written = json.loads((tmp_path / "check" / "constraint_violations.json").read_text())
    assert written == {"violations": report.violations}


def test_reordered_columns_are_the_same_columns(tmp_path: Path) -> None:
    """Columns are told apart by name."""
    now = claims(3_000, 1)
    assert compared(tmp_path, claims(3_000), now.select(reversed(now.columns))).violations == []


def test_one_row(tmp_path: Path) -> None:
    """One row is checked against the schema; an ordinary one passes, one with a missing or unknown value does not."""
    before, one = claims(3_000), claims(1, 1)
    assert compared(tmp_path, before, one).violations == []
    broken = one.with_columns(pl.lit(None).alias("a1c"), pl.lit("barter").alias("payer"))
    found = checks(compared(tmp_path, before, broken))
    assert found == {"a1c": "completeness_check", "payer": "categorical_values_check"}


def test_chance_does_not_break_completeness(tmp_path: Path) -> None:
    """Two missing values more in 3,000 rows are chance under our rule, and a violation under Model Monitor's."""
    gaps = pl.when(pl.int_range(pl.len()) > 1).then("a1c").alias("a1c")
    now = claims(3_000, 1).with_columns(gaps)
    assert compared(tmp_path, claims(3_000), now).violations == []
    assert checks(compared(tmp_path, claims(3_000), now, "aws")) == {"a1c": "completeness_check"}


def test_the_wording_that_others_parse(tmp_path: Path) -> None:
    """Model Monitor's own sentences."""
    report = compared(tmp_path, claims(1_000), claims(1_000, 1).select("a1c", pl.col("fills") + 0.5))
    texts = {item["constraint_check_type"]: item["description"] for item in report.violations}
    assert texts["missing_column_check"].startswith(
        "There are missing columns in current dataset. Number of columns in current dataset: 2, "
        "Number of columns in baseline constraints: 4"
    )
    assert texts["data_type_check"] == (
        "Data type match requirement is not met. Expected data type: Integral, Expected match: 100.0%. "
        "Observed: Only 0.0% of data is Integral."
    )


def test_shares_are_printed_with_all_digits(tmp_path: Path) -> None:
    """As in AWS's own example, where one value of 354 is no whole number."""
    texts = [str(number % 2) for number in range(354)]
    whole, spoiled = pl.DataFrame({"churn": texts}), pl.DataFrame({"churn": ["0.5", *texts[1:]]})
    (violation,) = compared(tmp_path, whole, spoiled).violations
    assert violation["description"].endswith("Observed: Only 99.71751412429379% of data is Integral.")


def test_an_empty_batch_is_refused(tmp_path: Path) -> None:
    """A batch without rows is an error, never a batch without drift."""
    with pytest.raises(RefusedInput, match="no rows"):
        compared(tmp_path, claims(300), claims(300).head(0))


def damage(text: str, pattern: str, by: str) -> str:
    changed = re.sub(pattern, by, text, count=1)
    assert changed != text
    return changed


@pytest.mark.parametrize(
    ("file", "pattern", "by", "words"),
    [
        ("statistics.json", r'"version": 0.0', '"version": 1.0', "has version 1.0"),
        ("statistics.json", r"\}\s*$", "", "damaged"),
        ("statistics.json", r'"features"', '"fields"', "no list of features"),
        ("statistics.json", r'"item_count": \d+', '"item_count": "many"', "damaged"),
        ("statistics.json", r'"mean": [0-9.]+', '"mean": null', "damaged"),
        ("statistics.json", r'"num_present": \d+', '"num_present": 5', "stands for"),
        ("statistics.json", r'"kll"', '"kmm"', "damaged"),
        ("statistics.json", r'"name": "a1c"', '"name": "b1c"', "different baselines"),
        ("constraints.json", r'"inferred_type": "Fractional"', '"inferred_type": "Complex"', "damaged"),
        ("constraints.json", r'"domains": \[[^]]*\]', '"domains": 7', "damaged"),
        ("constraints.json", r"^\{", "[", "damaged"),
    ],
)
def test_a_damaged_baseline_is_refused(tmp_path: Path, file: str, pattern: str, by: str, words: str) -> None:
    """Of another version, cut off, or with a value that cannot be: one line that says so."""
    compared(tmp_path, claims(300), claims(300))
    path = tmp_path / "baseline" / file
    path.write_text(damage(path.read_text(), pattern, by))
    with pytest.raises(RefusedInput) as error:
        load_baseline(path.parent)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_baseline_is_refused(tmp_path: Path) -> None:
    """The message says how to make one."""
    with pytest.raises(RefusedInput, match="mlops monitor baseline"):
        load_baseline(tmp_path)
