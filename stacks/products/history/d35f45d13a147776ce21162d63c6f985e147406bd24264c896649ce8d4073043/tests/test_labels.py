"""The rules of the label, each on a series that was worked out by hand (H = G = 30, L = 180; data end on day 700)."""

from pathlib import Path
from typing import Any

import pytest
from adherence.errors import RefusedInput
from worlds import day, fill, rows, write


def _at(folder: Path, number: int, brand: str = "A", **chosen: Any) -> Any:
    """The row of a brand on a day."""
    found = rows(folder, **chosen)
    found = found[(found["day"] == number) & (found["brand"] == brand)]
    return found.iloc[0] if len(found) else None


def _label(folder: Path, number: int, brand: str = "A", **chosen: Any) -> tuple[int, int, int] | None:
    row = _at(folder, number, brand, **chosen)
    return None if row is None else (row["y"], row["y_any"], row["y_switch"])


def test_run_out_carries_early_supply_over(tmp_path: Path) -> None:
    """Fills of 30 days on days 0 and 20 last until day 60."""
    write(tmp_path, [fill(0), fill(20)])
    assert _at(tmp_path, 25)["days_left_exact"] == 35


def test_run_out_does_not_fill_a_gap(tmp_path: Path) -> None:
    """A refill after the run-out begins on its own day: 0-30, then 40-70."""
    write(tmp_path, [fill(0), fill(40)])
    assert _at(tmp_path, 45)["days_left_exact"] == 25


def test_carry_over_is_capped(tmp_path: Path) -> None:
    """On day 1, 299 days are in stock; 180 count: 1 + 180 + 30 = 211."""
    write(tmp_path, [fill(0, 300), fill(1, 30)])
    assert _at(tmp_path, 1)["days_left_exact"] == 210


def test_same_day_fills_add_up(tmp_path: Path) -> None:
    """Two lines of 30 days on one day are 60 days, and one fill."""
    write(tmp_path, [fill(0), fill(0)])
    row = _at(tmp_path, 10)
    assert (row["days_left_exact"], row["first_fill"], row["last_days_supply"]) == (50, 1, 60)


def test_reversed_and_repeated_lines_do_not_count(tmp_path: Path) -> None:
    """A reversed line is no fill, and a fill_id counts once."""
    lines = [
        fill(0, fill_id="a", status="paid"),
        fill(0, fill_id="a", status="paid"),
        fill(5, fill_id="b", status="reversed"),
        fill(9, fill_id="c", status="paid"),
        fill(9, fill_id="c", status="reversed"),
    ]
    write(tmp_path, lines)
    assert _at(tmp_path, 10)["days_left_exact"] == 20


def test_hospital_days_extend_the_run_out(tmp_path: Path) -> None:
    """Five of thirty days are in hospital: the supply lasts until day 35."""
    write(tmp_path, [fill(0)], stays=[{"patient_id": "p", "admit_date": day(10), "discharge_date": day(15)}])
    assert _at(tmp_path, 20)["days_left_exact"] == 15
    assert _at(tmp_path, 5)["days_left_exact"] == 25  # nobody knew of the stay then


def test_supply_left_at_admission_is_used_after_discharge(tmp_path: Path) -> None:
    """Admitted on day 25 with five days left, discharged on day 45: they last until day 50 (CMS's adjustment)."""
    write(tmp_path, [fill(0)], stays=[{"patient_id": "p", "admit_date": day(25), "discharge_date": day(45)}])
    assert _at(tmp_path, 46)["days_left_exact"] == 4


def test_inpatients_have_no_row(tmp_path: Path) -> None:
    """From the admission until the day before the discharge."""
    write(tmp_path, [fill(0)], stays=[{"patient_id": "p", "admit_date": day(10), "discharge_date": day(15)}])
    found = set(rows(tmp_path)["day"])
    assert {9, 15} <= found
    assert not {10, 11, 12, 13, 14} & found


def test_rows_end_with_the_permissible_gap(tmp_path: Path) -> None:
    """Run-out on day 30: a row on day 59 (t < r + G), none on day 60."""
    write(tmp_path, [fill(0)])
    found = rows(tmp_path)["day"]
    assert (found.min(), found.max()) == (0, 59)


def test_one_fill_is_enough_but_must_be_recent(tmp_path: Path) -> None:
    """L = 180: a supply of 200 days has rows until day 179, the last day with the fill in (t - L, t]."""
    write(tmp_path, [fill(0, 200)])
    assert rows(tmp_path)["day"].max() == 179


def test_stop_without_another_fill(tmp_path: Path) -> None:
    """Run-out on day 30 lies within day 0 + H and nothing follows."""
    write(tmp_path, [fill(0)])
    assert _label(tmp_path, 0) == (1, 1, 0)


def test_no_stop_where_the_run_out_lies_beyond_the_horizon(tmp_path: Path) -> None:
    """Run-out on day 31 is not within day 0 + 30."""
    write(tmp_path, [fill(0, 31)])
    assert _label(tmp_path, 0) == (0, 0, 0)


def test_a_refill_on_the_last_day_of_the_gap_continues(tmp_path: Path) -> None:
    """Run-out 30, refill on day 60 = r + G."""
    write(tmp_path, [fill(0), fill(60)])
    assert _label(tmp_path, 0) == (0, 0, 0)


def test_a_refill_a_day_later_is_a_stop(tmp_path: Path) -> None:
    """Run-out 30, refill on day 61 > r + G."""
    write(tmp_path, [fill(0), fill(61)])
    assert _label(tmp_path, 0) == (1, 1, 0)


def test_short_supplies_repeat_from_the_new_run_out(tmp_path: Path) -> None:
    """Day 0: run-out 7, refilled on day 7 until 14, which lies within the horizon and is followed by nothing."""
    write(tmp_path, [fill(0, 7), fill(7, 7)])
    assert _label(tmp_path, 0) == (1, 1, 0)
    write(tmp_path, [fill(0, 7), fill(7, 7), fill(14, 30)])
    assert _label(tmp_path, 0) == (0, 0, 0)  # the third run-out, day 44, lies beyond the horizon


@pytest.mark.parametrize(("last", "row"), [(60, True), (59, False)])
def test_rows_need_an_outcome(tmp_path: Path, last: int, row: bool) -> None:
    """A row on day 0 needs enrolment through day 0 + H + G = 60, whoever refills."""
    enrolment = [{"patient_id": "p", "enrol_start": day(-500), "enrol_end": day(last)}]
    for fills in ([fill(0)], [fill(0), fill(30), fill(59)]):
        write(tmp_path, fills, enrolment=enrolment)
        if row:
            assert _label(tmp_path, 0) is not None
        else:
            with pytest.raises(RefusedInput, match="no \\(patient, brand\\) is eligible"):
                rows(tmp_path, first_date=worlds_day(0))


def worlds_day(number: int) -> Any:
    """A date object."""
    from datetime import date

    return date.fromisoformat(day(number))


def test_the_data_end_censors_where_enrolment_is_open(tmp_path: Path) -> None:
    """Planned enrolment to day 700, but the newest record is of day 100: rows until day 40."""
    write(tmp_path, [fill(0, 90), fill(100)])
    assert rows(tmp_path, data_end=None)["day"].max() == 40


def test_gaps_in_enrolment(tmp_path: Path) -> None:
    """Spans that touch are one; a day without enrolment between the first fill and the outcome drops the row."""
    spans = [(-500, 20), (21, 700)]
    write(tmp_path, [fill(0)], enrolment=[_span(*span) for span in spans])
    assert _label(tmp_path, 0) is not None
    spans = [(-500, 20), (22, 700)]
    write(
        tmp_path, [fill(0), fill(0, patient="q")], enrolment=[*(_span(*span) for span in spans), _span(-500, 700, "q")]
    )
    assert set(rows(tmp_path)["patient_id"]) == {"q"}


def _span(begin: int, end: int, patient: str = "p") -> dict[str, str]:
    return {"patient_id": patient, "enrol_start": day(begin), "enrol_end": day(end)}


@pytest.mark.parametrize(("death", "row"), [(60, False), (61, True)])
def test_deaths(tmp_path: Path, death: int, row: bool) -> None:
    """A row on day 0 needs the patient alive through day 60."""
    person = {"patient_id": "p", "birth_year": 1962, "sex": "F", "death_date": day(death)}
    other = {"patient_id": "q", "birth_year": 1962, "sex": "M"}
    write(tmp_path, [fill(0), fill(30), fill(60), fill(0, patient="q")], patients=[person, other])
    found = rows(tmp_path)
    assert ("p" in set(found[found["day"] == 0]["patient_id"])) is row
    assert set(rows(tmp_path, as_of=0)["patient_id"]) == {"p", "q"}  # nobody knows it on day 0


def test_minors_have_no_row(tmp_path: Path) -> None:
    """Born in 2005: 17 in 2022, 18 in 2023 (age is the year's difference)."""
    person = {"patient_id": "p", "birth_year": 2005, "sex": "F"}
    write(tmp_path, [fill(30 * number) for number in range(20)], patients=[person])
    assert rows(tmp_path)["day"].min() == 365


@pytest.mark.parametrize(
    ("first", "other", "switch"),
    [
        (0, "B", 1),  # r - 30: same ingredient, another brand
        (-1, "B", 0),
        (60, "B", 1),  # r + G
        (61, "B", 0),
        (30, "C", 1),  # another ingredient of the class
        (30, "D", 0),  # another class
    ],
)
def test_switches(tmp_path: Path, first: int, other: str, switch: int) -> None:
    """Run-out 30: a related product first filled in [0, 60] is a switch."""
    write(tmp_path, [fill(0), fill(first, brand=other)])
    assert _label(tmp_path, 0) == (1 - switch, 1, switch)


def test_going_back_to_a_product_is_no_switch(tmp_path: Path) -> None:
    """The other product was first filled long before the window."""
    write(tmp_path, [fill(-200, brand="B"), fill(0), fill(35, brand="B")])
    assert _label(tmp_path, 0) == (1, 1, 0)


def test_switch_policies(tmp_path: Path) -> None:
    """A switch is no stop (negative), a stop (positive), or no row (exclude)."""
    write(tmp_path, [fill(0), fill(30, brand="B")])
    assert _label(tmp_path, 0, switch_policy="negative") == (0, 1, 1)
    assert _label(tmp_path, 0, switch_policy="positive") == (1, 1, 1)
    assert _label(tmp_path, 0, switch_policy="exclude") is None


def test_unusable_days_supply_is_the_brands_median_so_far_and_flagged(tmp_path: Path) -> None:
    """Nothing, 0 and 999 become the median (rounded down) of the brand's usable fills up to that day; the later 90 is not seen."""
    lines = [fill(-60, 28, patient="a"), fill(-60, 31, patient="b"), fill(50, 90, patient="c")]
    lines += [fill(0, value, patient=f"p{number}") for number, value in enumerate(("", 0, 999))]
    write(tmp_path, lines)
    found = rows(tmp_path)
    found = found[(found["day"] == 1) & found["patient_id"].str.startswith("p")]
    assert found["days_left_exact"].tolist() == [28, 28, 28]
    assert found["imputed"].all()


def test_scoring_needs_nothing_after_the_day(tmp_path: Path) -> None:
    """A patient who left after day 5 is scored on day 5, and three active brands give three rows."""
    fills = [fill(0, brand=brand) for brand in "ABD"]
    write(tmp_path, fills, enrolment=[_span(-500, 5)])
    assert rows(tmp_path, as_of=5)["brand"].tolist() == ["A", "B", "D"]


def test_claims_lag(tmp_path: Path) -> None:
    """With records that arrive ten days late, the refill of day 28 is unknown on day 37 and known on day 38."""
    write(tmp_path, [fill(0), fill(28)])
    found = rows(tmp_path, claims_lag_days=10).set_index("day")
    assert found.loc[37, "days_left_exact"] == -7
    assert found.loc[38, "days_left_exact"] == 60 - 38
    assert (
        found.loc[37, "y_any"] == 1
    )  # the episode of the known fill goes on with the refill until day 60, then it ends
