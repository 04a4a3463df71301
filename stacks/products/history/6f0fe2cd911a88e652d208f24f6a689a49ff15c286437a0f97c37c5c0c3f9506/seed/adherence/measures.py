"""Adherence measures of one series of fills: the continuous measures of medication availability CMA1..CMA7 (AdhereR) and PDC (PQA).

Days are whole numbers; windows are half-open, [begin, end). Events are sorted by day; those outside the window are left out, but for
CMA7, into which supply carries over from before the window.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from adherence.ledger import Days, run_outs

_NO_CAP = 10**6


def cma1(day: Days, supply: Days, begin: int, end: int) -> float:
    """Days supplied from the first to the last event, the last one's excluded, over the days between them."""
    day, supply = _inside(day, supply, begin, end)
    return _share(supply[:-1].sum(), day[-1] - day[0]) if len(day) > 1 else float("nan")


def cma2(day: Days, supply: Days, begin: int, end: int) -> float:
    """Days supplied by all events over the days from the first event to the window's end."""
    day, supply = _inside(day, supply, begin, end)
    return _share(supply.sum(), end - day[0]) if len(day) else float("nan")


def cma3(day: Days, supply: Days, begin: int, end: int) -> float:
    """CMA1, at most 1."""
    return min(cma1(day, supply, begin, end), 1.0)


def cma4(day: Days, supply: Days, begin: int, end: int) -> float:
    """CMA2, at most 1."""
    return min(cma2(day, supply, begin, end), 1.0)


def cma5(day: Days, supply: Days, begin: int, end: int) -> float:
    """Covered days with carry-over from the first to the last event, over the days between them."""
    day, supply = _inside(day, supply, begin, end)
    return _share(covered(day, supply, int(day[0]), int(day[-1])), day[-1] - day[0]) if len(day) > 1 else float("nan")


def cma6(day: Days, supply: Days, begin: int, end: int) -> float:
    """Covered days with carry-over from the first event to the window's end, over those days."""
    day, supply = _inside(day, supply, begin, end)
    return _share(covered(day, supply, int(day[0]), end), end - day[0]) if len(day) else float("nan")


def cma7(day: Days, supply: Days, begin: int, end: int) -> float:
    """Covered days of the whole window, with supply from before it carried over: a true PDC."""
    earlier = day < end
    return _share(covered(day[earlier], supply[earlier], begin, end), end - begin)


CMA: Mapping[int, Callable[[Days, Days, int, int], float]] = {
    1: cma1,
    2: cma2,
    3: cma3,
    4: cma4,
    5: cma5,
    6: cma6,
    7: cma7,
}


def pdc(drugs: Sequence[tuple[Days, Days]], begin: int, end: int) -> float:
    """Proportion of days covered by at least one of the drugs, from ``begin`` to before ``end`` (PQA).

    Overlapping supplies of the same drug are shifted behind each other; those of different drugs are not.
    """
    days = np.zeros(end - begin, dtype=bool)
    for day, supply in drugs:
        for first, last in zip(*_spans(day, supply), strict=True):
            days[max(first - begin, 0) : max(min(last, end) - begin, 0)] = True
    return float(days.mean())


def covered(day: Days, supply: Days, begin: int, end: int) -> int:
    """Days of [begin, end) with supply, carry-over included."""
    first, last = _spans(day, supply)
    return int(np.maximum(np.minimum(last, end) - np.maximum(first, begin), 0).sum())


def _spans(day: Days, supply: Days) -> tuple[Days, Days]:
    return run_outs(np.zeros(min(len(day), 1), dtype=np.int64), day, supply, _NO_CAP)


def _inside(day: Days, supply: Days, begin: int, end: int) -> tuple[Days, Days]:
    chosen = (day >= begin) & (day < end)
    return day[chosen], supply[chosen]


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else float("nan")
