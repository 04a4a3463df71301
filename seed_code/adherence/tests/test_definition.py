"""The compiled SQL is what the definition says, does not depend on threads or chunks, and agrees with plain Python."""

import sys
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from adherence.errors import RefusedInput
from adherence.features import dataset, features
from worlds import ORIGIN, build, day, fill, random_world, rows, write

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("dialect", ["duckdb", "pyspark"])
def test_the_committed_sql_is_compiled_from_the_definition(dialect: str) -> None:
    """After a change: ``python -m adherence.features.definition``."""
    pytest.importorskip("ibis", reason="the default AWS image has no ibis: jobs run the compiled SQL")
    from adherence.features import definition

    assert definition.sql(dialect) == features.sql(dialect)


@pytest.mark.slow
def test_chunks_and_threads_change_no_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Patient ranges of 50 rows on one thread give what all at once on four threads gives."""
    import duckdb

    random_world(tmp_path, 3)
    names = list(features.NUMERIC)
    found = []
    connect = duckdb.connect
    for size, threads in ((50, 1), (10**6, 4)):
        monkeypatch.setattr(features, "_ROWS_AT_ONCE", size)
        monkeypatch.setattr(
            duckdb, "connect", lambda config, threads=threads: connect(config=config | {"threads": threads})
        )
        found.append(build(tmp_path, step_days=30).rows[names].to_numpy().tobytes())
    assert found[0] == found[1]


def test_features_of_a_hand_worked_series(tmp_path: Path) -> None:
    """Fills of 30 days on days 0, 35 and 60; a switch candidate B from day 70; HbA1c on days 10 (8.0) and 50 (64 mmol/mol). Day 80."""
    fills = [
        fill(0, copay=10, refills_remaining=2, channel="retail"),
        fill(35, copay=10, refills_remaining=1, channel="retail"),
        fill(60, copay=30, refills_remaining=0, channel="mail"),
        fill(70, brand="B"),
        fill(-300, 30, brand="D"),
    ]
    labs = [
        ("4548-4", 10, 8.0, "%"),
        ("4548-4", 50, 64, "mmol/mol"),
        ("2345-7", 60, 200, "mg/dL"),
        ("4548-4", 81, 12, "%"),
    ]
    lines = [{"patient_id": "p", "loinc": a, "lab_date": day(b), "value": c, "unit": d} for a, b, c, d in labs]
    person = [{"patient_id": "p", "birth_year": 1962, "sex": "F", "payer": "cash", "depression": 1}]
    stays = [{"patient_id": "p", "admit_date": day(-20), "discharge_date": day(-5)}]
    write(tmp_path, fills, labs=lines, patients=person, stays=stays)
    found = rows(tmp_path, as_of=80)
    row = found[found["brand"] == "A"].iloc[0]
    expected = {
        "days_left": 15,  # 0-30, 35-65, 65-95
        "days_since_fill": 20,
        "last_days_supply": 30,
        "days_supply_change": 0,
        "fills_180": 3,
        "fills_365": 3,
        "pdc_30": 1.0,  # days 50-80
        "pdc_90": 75 / 80,  # 5 days missing since the first fill
        "late_last": -5,
        "late_mean_3": 0.0,  # 5 late, 5 early
        "late_share_365": 0.0,
        "patient_refills": 2,
        "patient_lapses": 1,  # D ran out on day -270, and 30 days later
        "patient_late_mean": 0.0,
        "first_fill": 0,
        "second_fill": 0,
        "copay_month": 30,
        "copay_change": 31 / 11,
        "refills_remaining": 0,
        "mail": 1,
        "reset_months": 0,  # run-out on 2022-04-06
        "other_active": 1,
        "same_class_active": 1,
        "other_overdue": 0,  # B ends on day 100
        "patient_refills_730": 2,
        "patient_late_share_730": 0.0,
        "patient_lapses_730": 1,
        "related_started": 1,
        "related_before": 0,
        "recent_stay": 1,  # discharged on day -5, 85 days before
        "hba1c": 64 / 10.929 + 2.15,
        "hba1c_mean": round((8.0 + 64 / 10.929 + 2.15) / 2, 3),
        "hba1c_age": 30,
        "age": 60,
        "female": 1,
        "depression": 1,
        "payer_cash": 1,
        "payer_medicare": 0,
    }
    actual = {name: float(row[name]) for name in expected}
    assert actual == pytest.approx({name: float(value) for name, value in expected.items()}, abs=1e-3)
    assert np.isnan(row[["n_comorbidities", "fill_number"]].to_numpy(dtype=float)).all()


def test_features_agree_with_plain_python(tmp_path: Path) -> None:
    """On a random world: habits, windows and other medicines counted line by line."""
    random_world(tmp_path, 9)
    found = build(tmp_path, step_days=45).rows.sample(150, random_state=1)
    from reference import clean_fills, read

    fills = (
        pd.DataFrame(clean_fills(read(tmp_path, "fills")))
        .groupby(["patient", "brand", "day"], as_index=False)["days"]
        .sum()
    )
    for row in found.to_dict("records"):
        now = (date.fromisoformat(row["index_date"]) - date(1970, 1, 1)).days
        own = fills[(fills["patient"] == row["patient_id"]) & (fills["brand"] == row["brand"]) & (fills["day"] <= now)]
        days = own["day"].to_numpy()
        assert row["days_since_fill"] == now - days.max()
        assert row["last_days_supply"] == own["days"].to_numpy()[-1]
        assert row["fills_180"] == (days > now - 180).sum()
        assert row["fills_365"] == (days > now - 365).sum()
        assert row["first_fill"] == (len(days) == 1)
        assert row["second_fill"] == (len(days) == 2)


@pytest.mark.parametrize(("first", "around", "before"), [(-400, 0, 0), (-285, 0, 0), (-284, 0, 1), (70, 1, 0)])
def test_related_products_count_for_a_year(tmp_path: Path, first: int, around: int, before: int) -> None:
    """On day 80, 15 days before the run-out: a product first filled over a year ago is no sign, however far back the data go."""
    fills = [fill(day_, copay=10) for day_ in (0, 35, 60)] + [fill(first, brand="B"), fill(first + 30, brand="B")]
    write(tmp_path, [line for line in fills if line["fill_date"] <= day(80)])
    found = rows(tmp_path, as_of=80).set_index("brand").loc["A"]
    assert (found["related_started"], found["related_before"]) == (around, before)


def test_other_medicines_that_are_overdue(tmp_path: Path) -> None:
    """On day 80 A has been out of supply for 10 days, C for 20, D is not: each row sees the most overdue of the others."""
    fills = [fill(40), fill(30, brand="C"), fill(70, brand="D"), fill(30, brand="D", patient="q")]
    write(tmp_path, fills)
    found = rows(tmp_path, as_of=80).set_index(["patient_id", "brand"])["other_overdue"]
    assert found.to_dict() == {("p", "A"): 20, ("p", "C"): 10, ("p", "D"): 20, ("q", "D"): 0}


def test_windows_agree_with_plain_python(tmp_path: Path) -> None:
    """Covered days marked one by one on a calendar; refills, lapses and tests counted line by line."""
    from reference import clean_fills, read

    random_world(tmp_path, 31)
    lines = pd.DataFrame(clean_fills(read(tmp_path, "fills")))
    fills = lines.groupby(["patient", "brand", "day"], as_index=False)["days"].sum()
    in_hospital = {line["patient_id"] for line in read(tmp_path, "stays")}
    tests = read(tmp_path, "labs")
    found = build(tmp_path, step_days=45).rows
    sample = found[~found["patient_id"].isin(in_hospital)].sample(120, random_state=1)  # stays have tests of their own
    for row in sample.to_dict("records"):
        now = (date.fromisoformat(row["index_date"]) - date(1970, 1, 1)).days
        mine = fills[(fills["patient"] == row["patient_id"]) & (fills["day"] <= now)]
        refills: list[tuple[int, int]] = []
        lapses, covered, first = 0, set[int](), 0
        for brand, series in mine.groupby("brand"):
            days, late, gaps, marked = _pill_box(series, now)
            refills += late
            lapses += sum(now - 365 < gap <= now for gap in gaps)
            if brand == row["brand"]:
                covered, first = marked, days[0]
        for window in (30, 90, 180, 365):
            share = sum(now - window <= day_ < now for day_ in covered) / max(1, min(window, now - first))
            assert row[f"pdc_{window}"] == pytest.approx(share, abs=1e-12), window
        for name, window in (("patient_late_mean", 365), ("patient_late_mean_730", 730)):
            late_days = [late for day_, late in refills if day_ > now - window]
            expected = np.mean(late_days) if late_days else np.nan
            assert row[name] == pytest.approx(expected, nan_ok=True), name
        assert row["patient_refills"] == sum(day_ > now - 365 for day_, _ in refills)
        assert row["patient_lapses"] == lapses
        two_years = [late for day_, late in refills if day_ > now - 730]
        assert row["patient_refills_730"] == len(two_years)
        assert row["patient_late_share_730"] == pytest.approx(
            sum(late > 7 for late in two_years) / (len(two_years) + 3)
        )
        _same_test(row, tests, now)


def _pill_box(series: pd.DataFrame, now: int) -> tuple[list[int], list[tuple[int, int]], list[int], set[int]]:
    """Days of the fills, (day, days late) of the refills, ends of gaps beyond 30 days, and the days covered: a box emptied day by day."""
    days = sorted(series["day"].tolist())
    supply = dict(zip(series["day"], series["days"], strict=True))
    box, covered, late, gaps, empty_since = 0, set[int](), [], [], None
    for day_ in range(days[0], now + 1):
        if day_ in supply:
            if day_ != days[0]:
                late.append((day_, int(np.clip(day_ - empty_since if box == 0 else -box, -60, 90))))
            box = min(box, 180) + supply[day_]
        if box == 0 and day_ - empty_since == 30:
            gaps.append(day_)
        if box > 0:
            covered.add(day_)
            box -= 1
            empty_since = day_ + 1
    return days, late, gaps, covered


def _same_test(row: dict[str, Any], tests: list[dict[str, str]], now: int) -> None:
    mine: dict[int, float] = {}
    for line in tests:
        taken = (date.fromisoformat(line["lab_date"]) - date(1970, 1, 1)).days
        if line["patient_id"] == row["patient_id"] and now - 365 <= taken <= now:
            mine[taken] = max(mine.get(taken, 0.0), float(line["value"]))
    if not mine:
        assert np.isnan(row["hba1c"])
        return
    assert row["hba1c"] == mine[max(mine)]
    assert row["hba1c_age"] == now - max(mine)
    assert row["hba1c_mean"] == pytest.approx(sum(mine.values()) / len(mine))


def test_a_missing_engine_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without duckdb the step says what is missing and where to put it."""
    monkeypatch.setitem(sys.modules, "duckdb", None)
    write(tmp_path, [fill(0)])
    with pytest.raises(RefusedInput, match="duckdb is not in this image"):
        build(tmp_path, 5)


def test_every_feature_is_there(tmp_path: Path) -> None:
    """Keys, flags and all features, in one table of numbers."""
    write(tmp_path, [fill(0)])
    found: Any = build(tmp_path, 5).rows
    assert [*dataset.KEYS, "drug_class", *features.NUMERIC, *dataset.EXTRA[1:]] == list(found.columns)
    assert found[list(features.NUMERIC)].dtypes.eq("float64").all()
    assert date.fromisoformat(found["index_date"][0]) > ORIGIN
