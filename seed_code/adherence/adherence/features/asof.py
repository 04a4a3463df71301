"""What was on record as of a day: running totals of the ledger and of tests, looked up by binary search.

A sum over a window is the difference of two running totals, so that its cost does not depend on how many records the window holds. All
totals are of whole numbers. ``definition.py`` makes the features of them.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from adherence.supply.index_rows import Rows
from adherence.supply.ledger import NEVER, Days, Ledger

YEAR = 365
COVERED = (30, 90, 180, YEAR)  # windows of the covered days
SLOW = 7  # days late that make a refill a late one
_BIG = np.int64(1 << 26)  # more than any two days lie apart, NEVER included
_BEFORE = 1 << 20  # room below the earliest day for the beginning of a window
_EARLIEST, _LATEST = -60, 90  # days late are cut there

Columns = dict[str, npt.NDArray[np.int32]]


@dataclass(frozen=True)
class Timeline:
    """Events of many owners (series or patients), by owner and day."""

    keys: Days

    @staticmethod
    def of(owner: Days, day: Days) -> "Timeline":
        """Of events that are in order of owner and day."""
        return Timeline(_key(owner, day))

    def upto(self, owner: Days, day: Days) -> Days:
        """Place behind the owner's last event dated on or before the day; as an index of running totals, the total until then."""
        return np.searchsorted(self.keys, _key(owner, day), side="right")


def _key(owner: Days, day: Days) -> Days:
    return owner * _BIG + (day + _BEFORE)


def _running(values: npt.NDArray[np.generic]) -> Days:
    """Totals before each event, and after the last."""
    return np.concatenate([[0], np.cumsum(values, dtype=np.int64)])


def _window(total: Days, since: Days, until: Days) -> npt.NDArray[np.int32]:
    return (total[until] - total[since]).astype(np.int32)


def _lateness(late: npt.NDArray[np.float64]) -> tuple[Days, npt.NDArray[np.bool_]]:
    """Days late, cut (0 for a first fill), and whether the fill is a refill."""
    refill = ~np.isnan(late)
    return np.clip(np.where(refill, late, 0), _EARLIEST, _LATEST).astype(np.int64), refill


def own_fills(ledger: Ledger, rows: Rows) -> Columns:
    """Fills and lateness of the row's series in the last year; of the last three fills in it."""
    series, until = rows.series, rows.fill + 1
    fills = Timeline.of(ledger.series, ledger.day)
    half, year = (fills.upto(series, rows.known - days) for days in (180, YEAR))
    three = np.maximum(until - 3, year)
    late, refill = _lateness(ledger.late)
    late_total, refill_total, slow_total = _running(late), _running(refill), _running(late > SLOW)
    return {
        "fills_180": (until - half).astype(np.int32),
        "fills_365": (until - year).astype(np.int32),
        "late_3": _window(late_total, three, until),
        "refills_3": _window(refill_total, three, until),
        "late_365": _window(late_total, year, until),
        "refills_365": _window(refill_total, year, until),
        "slow_365": _window(slow_total, year, until),
    }


def covered_days(ledger: Ledger, rows: Rows) -> Columns:
    """Days with supply of the last 30 to 365."""
    ends = _ends_of_use(ledger)
    supplies = Timeline.of(ledger.series, ledger.begin)
    length = ends - ledger.begin
    total = _running(length)

    def covered(day: Days) -> Days:
        place = supplies.upto(rows.series, day)
        last = np.maximum(place - 1, ledger.first[rows.series])
        unused = np.clip(ends[last] - day, 0, length[last])
        return np.where(place > ledger.first[rows.series], total[place] - unused, total[place])

    now = covered(rows.known)
    return {f"covered_{days}": (now - covered(rows.known - days)).astype(np.int32) for days in COVERED}


def habits(ledger: Ledger, gap: int, rows: Rows) -> Columns:
    """Refills, lateness and lapses of all the patient's series in the last one and two years."""
    owner, patient = ledger.patient[ledger.series], ledger.patient[rows.series]
    order = np.argsort(_key(owner, ledger.day), kind="stable")
    fills = Timeline.of(owner[order], ledger.day[order])
    late, refill = _lateness(ledger.late[order])
    late_total, refill_total, slow_total = _running(late), _running(refill), _running(late > SLOW)
    now, year, longer = (fills.upto(patient, rows.known - days) for days in (0, YEAR, 2 * YEAR))
    lapses = _lapses(ledger, gap, owner)
    lapsed, *before = (lapses.upto(patient, rows.known - days) for days in (0, YEAR, 2 * YEAR))
    return {
        "patient_late_365": _window(late_total, year, now),
        "patient_refills_365": _window(refill_total, year, now),
        "patient_late_730": _window(late_total, longer, now),
        "patient_refills_730": _window(refill_total, longer, now),
        "patient_slow_730": _window(slow_total, longer, now),
        "patient_lapses_365": (lapsed - before[0]).astype(np.int32),
        "patient_lapses_730": (lapsed - before[1]).astype(np.int32),
    }


def others(ledger: Ledger, rows: Rows, kind: Days) -> Columns:
    """Other series of the patient that are active on the index date: how many, how many of the same class (``kind`` by series), and
    the most days that one of them is overdue."""
    together = pd.factorize(_key(ledger.patient[rows.series], rows.date))[0].astype(np.int64)
    alike = pd.factorize(together * (int(kind.max(initial=0)) + 1) + kind[rows.series])[0]
    return {"others": _others(together), "class_others": _others(alike), "others_overdue": _overdue(together, rows)}


def _others(group: npt.NDArray[np.signedinteger[Any]]) -> npt.NDArray[np.int32]:
    """How many other rows are in each row's group."""
    return (np.bincount(group)[group] - 1).astype(np.int32) if len(group) else np.zeros(0, dtype=np.int32)


def _overdue(group: npt.NDArray[np.signedinteger[Any]], rows: Rows) -> npt.NDArray[np.int32]:
    """The most days without supply among the other rows of each row's group, 0 where none is overdue."""
    overdue = np.maximum(rows.date - rows.run_out, 0)
    order = np.lexsort((overdue, group))
    ordered, days = group[order], overdue[order]
    fresh = np.r_[True, ordered[1:] != ordered[:-1]][: len(order)]
    last = np.r_[fresh[1:], True][: len(order)]
    most = days[last][np.cumsum(fresh) - 1]
    second = np.where(fresh, 0, np.r_[0, days[:-1]][: len(order)])
    result = np.empty(len(order), dtype=np.int32)
    result[order] = np.where(last, second, most)
    return result


def tests(
    patient: Days, day: Days, value: npt.NDArray[np.float64], ledger: Ledger, rows: Rows
) -> dict[str, npt.NDArray[Any]]:
    """HbA1c tests of the last year: the newest and its day, the number of days with one, their total in thousandths.

    Several tests of a day count as the highest.
    """
    order = np.lexsort((value, day, patient))
    keys = _key(patient, day)[order]
    last = order[np.r_[keys[1:] != keys[:-1], True][: len(keys)]]
    line, owner = Timeline.of(patient[last], day[last]), ledger.patient[rows.series]
    total = _running(np.round(value[last] * 1000).astype(np.int64))
    until, since = line.upto(owner, rows.known), line.upto(owner, rows.known - YEAR - 1)
    newest = np.append(value[last], np.nan)[np.where(until > since, until - 1, -1)]
    return {
        "hba1c": pa.array(newest, mask=until == since),
        "hba1c_day": pa.array(np.append(day[last], 0)[until - 1].astype(np.int32), mask=until == since),
        "hba1c_tests": (until - since).astype(np.int32),
        "hba1c_total": total[until] - total[since],
    }


def _ends_of_use(ledger: Ledger) -> Days:
    """The run-out of every fill, or the next supply's begin where that discards what was carried beyond the cap: in order, and disjoint."""
    following = np.r_[ledger.begin[1:], NEVER]
    following[np.r_[ledger.first[1:], len(ledger.day)] - 1] = NEVER
    return np.minimum(ledger.run_out, following)


def _lapses(ledger: Ledger, gap: int, owner: Days) -> Timeline:
    """The days on which a fill's permissible gap ended without a refill."""
    last = np.zeros(len(ledger.day), dtype=bool)
    last[np.r_[ledger.first[1:], len(ledger.day)] - 1] = True
    following = np.where(last, NEVER, np.r_[ledger.day[1:], NEVER])
    end = ledger.run_out + gap
    lapsed = following > end
    return Timeline(np.sort(_key(owner[lapsed], end[lapsed])))
