"""Profiles and comparisons: right numbers, nothing identifying, small cells pooled, planted changes found."""

import json
import math
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops.adherence.synthetic import simulate
from mlops.datasets import infer, schema
from mlops.datasets.profile import Profile, compare, profile
from mlops.datasets.profile.measure import _bins, _edges
from mlops.datasets.profile.page import comparison_page, profile_page
from tests.unit.adherence.exporters import table

SCHEMA = schema.load(Path("seed_code/adherence/schema/tables.json"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    simulate(600, 3).extract(date(2023, 6, 30), folder)
    return folder


@pytest.fixture(scope="module")
def found(world: Path) -> Profile:
    return profile(world, SCHEMA, "diabetes@v1")


def copy(world: Path, target: Path, **change: pd.DataFrame) -> Path:
    """The data set with some tables replaced."""
    target.mkdir()
    for path in world.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    for name, frame in change.items():
        frame.to_csv(target / f"{name}.csv", index=False)
    return target


def frame(world: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(world / f"{name}.csv", dtype=str, keep_default_na=False)


def test_statistics_equal_numpy(world: Path, found: Profile) -> None:
    """Mean, standard deviation, quantiles, missing values and outliers as numpy has them."""
    text = frame(world, "fills")["copay"]
    values = text[text != ""].astype(float).to_numpy()
    column = found.by_name["fills"].by_name["copay"]
    assert (column.count, column.missing) == (len(values), int((text == "").sum()))
    assert column.mean == pytest.approx(values.mean(), rel=1e-12)
    assert column.std == pytest.approx(values.std(ddof=1), rel=1e-9)
    for share, value in column.quantiles.items():
        assert value == pytest.approx(np.quantile(values, float(share)), rel=1e-12)
    q1, q3 = np.quantile(values, [0.25, 0.75])
    assert column.outliers == int(((values < q1 - 1.5 * (q3 - q1)) | (values > q3 + 1.5 * (q3 - q1))).sum())
    assert (column.lowest, column.highest) == (np.sort(values)[10], np.sort(values)[-11])
    assert sum(it.count for it in column.bins) == len(values)


def test_categories_and_correlations_equal_pandas(world: Path, found: Profile) -> None:
    """Counts per brand, and Pearson's r."""
    counts = frame(world, "fills")["brand"].value_counts()
    column = found.by_name["fills"].by_name["brand"]
    assert {it.label: it.count for it in column.categories} == counts[counts >= 11].to_dict()
    assert column.pooled == counts[counts < 11].sum()
    fills = frame(world, "fills")[["copay", "refills_remaining"]].replace("", None).astype(float)
    r = next(it.r for it in found.by_name["fills"].correlations if {it.first, it.second} == set(fills.columns))
    assert r == pytest.approx(fills.corr().iloc[0, 1], abs=1e-4)


def test_a_profile_is_the_same_every_time(world: Path, found: Profile) -> None:
    """The same tables give the same JSON and the same page."""
    again = profile(world, SCHEMA, "diabetes@v1")
    assert json.dumps(again.to_json()) == json.dumps(found.to_json())
    assert profile_page(again) == profile_page(found)


def test_nothing_identifying_and_no_small_cell(world: Path, found: Profile) -> None:
    """No patient, fill or birth year, and no count from 1 to 10, in the JSON or on the pages."""
    text = json.dumps(found.to_json()) + profile_page(found) + comparison_page(compare(found, found, (SCHEMA, SCHEMA)))
    for row in table(world, "patients")[:200]:
        assert row["patient_id"] not in text
    assert not re.search(r"\b[PF]0\d{5,}\b", text)
    assert {it.kind for it in found.by_name["patients"].columns if it.name == "birth_year"} == {"identifier"}
    for each in found.tables:
        for column in each.columns:
            cells = [it.count for it in (*column.bins, *column.categories)]  # type: ignore[attr-defined]
            assert all(count == 0 or count >= 11 for count in cells) or sum(cells) < 11


def test_a_small_table_shows_no_single_person(tmp_path: Path) -> None:
    """17 rows, 9 values, one value missing, two of a rare category: no quantile of it, and no count that gives a small one away."""
    rows = [
        ("high" if n < 15 else "rare", str(100 + n), str(n) if n < 9 else "", "" if n == 5 else "1") for n in range(17)
    ]
    schema_ = schema.Schema(
        (
            schema.Table(
                "t", "t.csv", tuple(schema.Field(*it) for it in zip("abcd", ("string", *["number"] * 3), strict=True))
            ),
        )
    )
    for folder, more in (("one", []), ("two", [("rare", "7", "", "")] * 3)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "t.csv").write_text("a,b,c,d\n" + "\n".join(",".join(row) for row in [*rows, *more]))
    first = profile(tmp_path / "one", schema_, "t@v1")
    a, b, c, d = first.to_json()["tables"][0]["columns"]
    assert (a["pooled"], a["count"], d["missing"], d["count"]) == ("<11", None, "<11", None)
    assert (b["quantiles"], b["lowest"], b["highest"], b["mean"]) == ({}, None, None, 108.0)
    assert (c["mean"], c["bins"]) == (None, ())
    assert (first.by_name["t"].columns[3].missing_text, first.by_name["t"].columns[0].missing_text) == (
        "fewer than 11 rows",
        "0.0%",
    )
    compared = compare(first, profile(tmp_path / "two", schema_, "t@v2", first), (schema_, schema_))
    assert {
        (it.before, it.after) for it in compared.differences if it.column == "d" and it.what == "without a value"
    } == {("fewer than 11 rows", "fewer than 11 rows")}
    (pair,) = [it for it in compared.pairs if it.name == "a"]
    assert (pair.labels, pair.before, pair.after) == (("value 1",), (1.0,), (1.0,))
    assert "fewer than 11 rows" in profile_page(first) + comparison_page(compared)


@pytest.mark.parametrize("public", [False, True])
def test_only_a_declared_vocabulary_is_named(tmp_path: Path, public: bool) -> None:
    """A column of texts that the schema does not call public: its values are numbered in JSON, profile, comparison and anomalies."""
    fields = (schema.Field("town", public=public), schema.Field("sex", enum=("F", "M")))
    declared = schema.Schema.from_json(schema.Schema((schema.Table("t", "t.csv", fields),)).to_json())
    for folder, towns in (("one", ["Gotham"] * 1999 + ["Ankh"]), ("two", ["Gotham"] * 100 + ["Ankh"] * 1900)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "t.csv").write_text("town,sex\n" + "".join(f"{town},F\n" for town in towns))
    one = profile(tmp_path / "one", declared, "t@v1")
    compared = compare(one, profile(tmp_path / "two", declared, "t@v2", one), (declared, declared))
    shown = [json.dumps(one.to_json()), profile_page(one), json.dumps(compared.to_json()), comparison_page(compared)]
    assert [("Gotham" in text, "Ankh" in text) for text in shown] == [(public, False)] * 2 + [(public, public)] * 2
    assert any(it.aspect == "distribution" and it.column == "town" for it in compared.differences)
    assert '"label": "F"' in shown[0]


def test_the_pages_need_no_network_and_no_script(found: Profile) -> None:
    """One file: no URL, script or import; a viewport for phones; every chart has a title."""
    for page in (profile_page(found), comparison_page(compare(found, found, (SCHEMA, SCHEMA)))):
        assert not re.search(r"https?://|<script|@import|url\(|<link|<img|<iframe", page)
        assert '<meta name="viewport" content="width=device-width' in page
        assert page.count("<svg") == page.count('role="img"')
        assert len(page) < 400_000


def test_hostile_names_and_values_are_escaped(tmp_path: Path) -> None:
    """Markup in column names and values stays text."""
    rows = "\n".join(["<b>x</b>,y"] + ["<script>alert(1)</script>,1"] * 20)
    (tmp_path / "t.csv").write_text(rows)
    (found,) = infer.infer(tmp_path).tables
    declared = schema.Schema((replace(found, fields=tuple(replace(it, public=True) for it in found.fields)),))
    page = profile_page(profile(tmp_path, declared, "bad@v1"))
    assert "<script" not in page
    assert "<b>x" not in page
    assert "&lt;script&gt;" in page


def test_a_version_compared_with_itself_differs_in_nothing(found: Profile, world: Path) -> None:
    """No differences, and a PSI of 0 everywhere."""
    same = compare(found, profile(world, SCHEMA, "diabetes@v2", found), (SCHEMA, SCHEMA))
    assert same.differences == ()
    assert {pair.psi for pair in same.pairs} == {0.0}
    assert len(same.pairs) > 10


def test_planted_changes_are_found(found: Profile, world: Path, tmp_path: Path) -> None:
    """A dropped column, a changed unit, missing values, a new category, repeated rows: each with its aspect."""
    labs = frame(world, "labs")
    labs["value"] = ((labs["value"].astype(float) - 2.15) * 10.929).round(1).astype(str)
    fills = frame(world, "fills").drop(columns="refills_remaining")
    fills.loc[fills.index[::3], "copay"] = ""
    fills.loc[fills.index[:400], "brand"] = "Brandnew"
    stays = pd.concat([frame(world, "stays")] * 2)
    changed = profile(copy(world, tmp_path / "b", labs=labs, fills=fills, stays=stays), SCHEMA, "diabetes@v2", found)
    result = compare(found, changed, (SCHEMA, SCHEMA))
    seen = {(it.aspect, it.table, it.column, it.what): it for it in result.differences}
    assert seen["schema", "fills", "refills_remaining", "column removed"].severity == "high"
    assert seen["statistics", "labs", "value", "mean"].severity == "high"
    gaps = seen["quality", "fills", "copay", "without a value"]
    assert float(gaps.after.rstrip("%")) == pytest.approx(100 * (fills["copay"] == "").mean(), abs=0.05)
    assert ("rows", "stays", "", "rows") in seen
    assert ("quality", "stays", "", "rows that equal an earlier one") in seen
    brands = next(pair for pair in result.pairs if pair.name == "brand")
    share = dict(zip(brands.labels, zip(brands.before, brands.after, strict=True), strict=True))["Brandnew"]
    assert share == (0.0, pytest.approx(400 / len(fills), abs=1e-6))


def test_psi_is_the_published_formula(tmp_path: Path) -> None:
    """Sum of (q - p) ln(q / p): 50/50 against 80/20 of 1,000 rows, by hand, is .3 ln 1.6 - .3 ln .4 = .4159."""
    for name, share in (("a", 500), ("b", 800)):
        (tmp_path / name).mkdir()
        values = ["x"] * share + ["y"] * (1000 - share)
        (tmp_path / name / "t.csv").write_text("\n".join(["letter,n", *(f"{it},1" for it in values)]))
    wanted = infer.infer(tmp_path / "a")
    before = profile(tmp_path / "a", wanted, "a")
    result = compare(before, profile(tmp_path / "b", wanted, "b", before), (wanted, wanted))
    psi = next(pair.psi for pair in result.pairs if pair.name == "letter")
    assert psi == pytest.approx(0.3 * math.log(1.6) - 0.3 * math.log(0.4), abs=2e-3)


def test_anomalies_are_flagged_with_severity(tmp_path: Path) -> None:
    """Missing values, a constant, repeated rows and extreme values."""
    rows = [f"{n % 7},{'' if n % 2 else n % 5},1,{n if n % 20 else 100_000 + n}" for n in range(400)]
    (tmp_path / "t.csv").write_text("\n".join(["a,gaps,constant,wild", *rows, *rows[:50]]))
    result = profile(tmp_path, infer.infer(tmp_path), "t@v1")
    seen = {(it.column, it.what.split(" (")[0] if "(" in it.what else it.what): it.severity for it in result.anomalies}
    assert seen["gaps", "225 rows"] == "high"
    assert seen["constant", "has one value only"] == "warning"
    assert seen["", "50 rows"] == "high"
    assert seen["wild", "23 rows"] == "high"


@given(
    st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=1, max_size=300),
)
def test_pooling_keeps_every_row(values: list[float]) -> None:
    """Whatever the values: bins cover all rows, are in order, and none holds 1 to 10 rows unless it is the only one."""
    edges = _edges(min(values), max(values), len(set(values)))
    counts: dict[float, int] = {}
    for value in values:
        edge = next((it for it in edges if value <= it), math.inf)
        counts[edge] = counts.get(edge, 0) + 1
    bins = list(_bins(edges, counts, pool=True))
    assert sum(it.count for it in bins) == len(values)
    assert [it.high for it in bins[:-1]] == [it.low for it in bins[1:]]
    assert all(it.count == 0 or it.count >= 11 for it in bins) or len([it for it in bins if it.count]) == 1
