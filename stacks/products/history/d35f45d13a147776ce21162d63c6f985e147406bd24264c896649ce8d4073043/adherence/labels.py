"""The label: does the patient stop the brand within the horizon, or switch within the class (adherence contract, section 2)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from adherence.index_rows import Flags, People, Rows
from adherence.ledger import NEVER, Days, Ledger
from adherence.settings import Settings


@dataclass(frozen=True)
class Labels:
    """Per row: stopped at all, switched, and the target under the switch policy; ``kept`` rows have a usable target."""

    stop_any: Flags
    switch: Flags
    y: Flags
    kept: Flags


def outcome_known(ledger: Ledger, people: People, rows: Rows, data_end: int, settings: Settings) -> Flags:
    """Rows enrolled and alive until the outcome is certain; the others are dropped whoever refills (rule 5)."""
    patient = ledger.patient[rows.series]
    until = rows.date + settings.outcome_days
    return people.enrolled(patient, rows.date, until) & people.alive(patient, until) & (until <= data_end)


def label(ledger: Ledger, rows: Rows, classes: pd.DataFrame, settings: Settings) -> Labels:
    """Labels of rows whose outcome is known; ``classes`` has ingredient and drug_class by brand code."""
    stop, stopped_at = _stops(ledger, rows, settings)
    switch = np.zeros(len(rows), dtype=bool)
    where = np.nonzero(stop)[0]
    switch[where] = _switches(ledger, rows.take(where), stopped_at[where], classes, settings)
    y = {"negative": stop & ~switch, "positive": stop, "exclude": stop & ~switch}[settings.switch_policy]
    kept = ~switch if settings.switch_policy == "exclude" else np.ones(len(rows), dtype=bool)
    return Labels(stop, switch, y, kept)


def _stops(ledger: Ledger, rows: Rows, settings: Settings) -> tuple[Flags, Days]:
    """Whether an episode ends within the horizon, and its run-out.

    A refill within the gap carries the episode on: with a short supply the next run-out may lie within the horizon too.
    """
    last = np.r_[ledger.first[1:], len(ledger.day)][rows.series] - 1
    fill, run_out = rows.fill.copy(), rows.run_out.copy()
    horizon = rows.date + settings.horizon_days
    stop = np.zeros(len(rows), dtype=bool)
    open_ = run_out <= horizon
    while open_.any():
        following = np.where(fill < last, ledger.day[np.minimum(fill + 1, last)], NEVER)
        ends = open_ & (following > run_out + settings.permissible_gap_days)
        stop |= ends
        goes_on = open_ & ~ends
        fill[goes_on] += 1
        run_out[goes_on] = ledger.run_out[fill[goes_on]]
        open_ = goes_on & (run_out <= horizon)
    return stop, run_out


def _switches(ledger: Ledger, rows: Rows, stopped_at: Days, classes: pd.DataFrame, settings: Settings) -> Flags:
    """Whether another product (same ingredient or class) is filled for the first time in [r - 30, r + G]."""
    series = pd.DataFrame({"patient": ledger.patient, "other": ledger.brand, "first_day": ledger.day[ledger.first]})
    row = pd.DataFrame(
        {
            "row": np.arange(len(rows)),
            "patient": ledger.patient[rows.series],
            "brand": ledger.brand[rows.series],
            "run_out": stopped_at,
        }
    )
    pairs = row.merge(series, on="patient")
    pairs = pairs[pairs["brand"] != pairs["other"]]
    ingredient, drug_class = (pd.factorize(classes[name])[0] for name in ("ingredient", "drug_class"))
    brand, other = pairs["brand"].to_numpy(), pairs["other"].to_numpy()
    related = (ingredient[brand] == ingredient[other]) | (drug_class[brand] == drug_class[other])
    since = pairs["first_day"].to_numpy() - pairs["run_out"].to_numpy()
    hit = related & (since >= -30) & (since <= settings.permissible_gap_days)
    switched = np.zeros(len(rows), dtype=bool)
    switched[pairs["row"].to_numpy()[hit]] = True
    return switched
