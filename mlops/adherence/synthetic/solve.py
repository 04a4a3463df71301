"""Solve the brands' intercepts so that 12-month persistence meets its published figure: ``python -m mlops.adherence.synthetic.solve``."""

import json
import sys
from datetime import date
from pathlib import Path

import numpy as np

from mlops.adherence.synthetic import catalog
from mlops.adherence.synthetic.chance import Chance, Floats, Ints
from mlops.adherence.synthetic.dispensing import Change, Fills, dispense
from mlops.adherence.synthetic.patients import Patients, make_patients

_PATIENTS, _ROUNDS, _SEED = 300_000, 7, 20_261_124
_LAST_DAY = (date(2025, 6, 30) - date(2022, 1, 1)).days


def persistence(fills: Fills, patients: Patients, gaps: Floats, last_day: int = _LAST_DAY) -> tuple[Floats, Floats]:
    """(share persistent at 12 months, starts) per brand: no gap beyond the source's within 365 days of the first fill.

    Counts first starts of patients who stay enrolled (and observed) for 365 days plus the gap.
    """
    order = np.lexsort((fills.day, fills.line, fills.patient))
    therapy = (fills.patient * 100 + fills.line)[order]
    day, run_out, brand, number = fills.day[order], fills.run_out[order], fills.brand[order], fills.number[order]
    patient = fills.patient[order]
    first = np.r_[True, therapy[1:] != therapy[:-1]]
    group = np.cumsum(first) - 1
    start = day[first][group]
    following = np.r_[day[1:], 10**7]
    following = np.where(np.r_[first[1:], True], 10**7, following)
    # a restart on another line of the same patient and brand ends the gap as well
    following = np.minimum(following, _restarts(patient, brand, day))
    lapsed = (run_out < start + 365) & (following - run_out > gaps[brand])
    broken = np.zeros(group[-1] + 1, dtype=bool)
    np.logical_or.at(broken, group[lapsed], True)
    head = np.nonzero(first)[0]
    watched = start[head] + 365 + gaps[brand[head]] <= np.minimum(patients.enrol_end[patient[head]], last_day)
    counted = watched & (number[head] == 1)
    starts = np.bincount(brand[head][counted], minlength=len(gaps)).astype(np.float64)
    kept = np.bincount(brand[head][counted & ~broken], minlength=len(gaps)).astype(np.float64)
    return kept / np.maximum(starts, 1), starts


def _restarts(patient: Ints, brand: Ints, day: Ints) -> Ints:
    """Day of the next fill of the same patient and brand after each fill, whichever therapy it belongs to."""
    order = np.lexsort((day, brand, patient))
    same = (patient[order][1:] == patient[order][:-1]) & (brand[order][1:] == brand[order][:-1])
    after = np.full(len(day), 10**7)
    after[order[:-1]] = np.where(same, day[order][1:], 10**7)
    return after


def measure(patients: int = _PATIENTS, seed: int = _SEED + 1) -> tuple[Floats, Floats, Floats]:
    """(persistence at 12 months, its target, starts) per brand, with the solved intercepts and other patients."""
    brands, chance = catalog.load(), Chance(seed)
    people = make_patients(chance, patients, _LAST_DAY)
    found, starts = persistence(
        dispense(chance, brands, people, _LAST_DAY, Change()), people, brands.column("gap_days")
    )
    return found[:-1], brands.column("persistence_12m")[:-1], starts[:-1]


def solve() -> dict[str, float]:
    """Brand -> intercept, by damped Newton steps on the log-odds of stopping."""
    table = catalog.load((-2.5,) * 30).table
    names = list(table["brand"][:-1])
    alpha = catalog.load().alpha[: len(names)].copy()  # the last solution
    chance = Chance(_SEED)
    people = make_patients(chance, _PATIENTS, _LAST_DAY)
    for number in range(_ROUNDS):
        brands = catalog.load(tuple(alpha))
        target = brands.column("persistence_12m")[:-1]
        found, starts = persistence(
            dispense(chance, brands, people, _LAST_DAY, Change()), people, brands.column("gap_days")
        )
        error = found[:-1] - target
        sys.stderr.write(f"round {number}: worst {np.abs(error).max():.4f}, fewest starts {starts[:-1].min():.0f}\n")
        alpha = alpha + 1.6 * error / np.maximum(target * (1 - target), 0.1) * 0.45
    return dict(zip(names, np.round(alpha, 4).tolist(), strict=True))


if __name__ == "__main__":
    Path(__file__).with_name("alpha.json").write_text(json.dumps(solve(), indent=1) + "\n")
