"""The exact probability of a stop given what could be seen on an index date: the ceiling of every model, and a leak detector.

The only hidden quantity is a patient's frailty u. Its posterior is computed on a grid, from every decision and every lateness
that had been seen by then, and from the supplies that had run out without a refill so far.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mlops.adherence.synthetic.chance import Floats, Ints
from mlops.adherence.synthetic.dispensing import LATE_MOST, LATE_SD, LINES, early_effects, lateness_mean, supply_effects

if TYPE_CHECKING:
    from mlops.adherence.synthetic.world import World

_GRID = np.linspace(-4.0, 4.0, 33)
_PRIOR = -0.5 * _GRID**2
_FRAILTY = 0.75
_BIG = 1 << 24
_FAR = 10**7
_CHUNK = 20_000


@dataclass(frozen=True)
class Index:
    """Rows to compute the probability for: patient number, brand number, day of the world, run-out as known then."""

    patient: Ints
    brand: Ints
    day: Ints
    run_out: Ints


def stop_probability(world: "World", rows: Index, horizon: int = 30, gap: int = 30) -> Floats:
    """P(stop within ``horizon`` days and no switch | everything seen by the row's day); ``gap`` must be 27 to 33 days.

    Exact but for coincidences that the row cannot show: a new therapy of the same class that begins by chance within the window
    of a stop, a hospital stay after the index date, and the noise of the copay of the next but one decision.
    """
    history = _History.of(world)
    parts = [_chunk(world, history, _take(rows, start), horizon, gap) for start in range(0, len(rows.day), _CHUNK)]
    return np.concatenate(parts) if parts else np.zeros(0)


def _take(rows: Index, start: int) -> Index:
    part = slice(start, start + _CHUNK)
    return Index(rows.patient[part], rows.brand[part], rows.day[part], rows.run_out[part])


@dataclass(frozen=True)
class _History:
    """Fills by therapy and day, and the log-likelihood of every decision that ended in a refill, by patient and day seen."""

    therapy: Ints
    day: Ints
    first: Ints  # per therapy: its first fill
    base: Floats  # log-odds of stopping without frailty
    switching: Floats  # chance of switching given no stop
    order: Ints
    seen_key: Ints
    total: npt.NDArray[np.float64]

    @staticmethod
    def of(world: "World") -> "_History":
        it = world.fills
        order = np.lexsort((it.day, it.line, it.patient))
        order = order[it.day[order] >= 0]
        therapy, day = (it.patient * LINES + it.line)[order], it.day[order]
        p = np.clip(it.p_stop[order], 1e-12, 1 - 1e-12)
        base = np.log(p / (1 - p)) - _FRAILTY * world.patients.frailty[it.patient[order]]
        switching = it.p_switch[order] / (1 - p)
        refilled = np.nonzero(therapy[1:] == therapy[:-1])[0]
        following = day[refilled + 1]
        late = following - it.run_out[order][refilled]
        soonest = following <= day[refilled] + _shortest(it.days_supply[order][refilled])
        upper = _late_cdf(late)
        lower = np.where(soonest[:, None], 0.0, _late_cdf(late - 1))
        stay = 1 / (1 + np.exp(base[refilled, None] + _FRAILTY * _GRID)) * (1 - switching[refilled, None])
        found = np.log(stay) + np.log(np.maximum(upper - lower, 1e-300))
        key = it.patient[order][refilled] * _BIG + following
        arranged = np.argsort(key, kind="stable")
        total = np.vstack([np.zeros(len(_GRID)), np.cumsum(found[arranged], axis=0)])
        first = np.nonzero(np.r_[True, therapy[1:] != therapy[:-1]])[0]
        return _History(therapy, day, first, base, switching, order, key[arranged], total)


def _shortest(supply: Ints) -> Ints:
    return np.maximum(1, np.round(0.7 * supply)).astype(np.int64)


def _late_cdf(late: Ints) -> npt.NDArray[np.float64]:
    """P(lateness <= late | frailty), per row and grid point."""
    from scipy.special import ndtr

    mean = lateness_mean(_GRID)[None, :]
    inner = ndtr((late[:, None] + 0.5 - mean) / LATE_SD)
    return np.asarray(np.where(late[:, None] >= LATE_MOST, 1.0, np.where(late[:, None] < -7, 0.0, inner)))


def _chunk(world: "World", history: _History, rows: Index, horizon: int, gap: int) -> Floats:
    log_posterior = _PRIOR + _resolved(history, rows)
    pair, fill = _open(history, rows)
    it, order = world.fills, history.order
    own = it.brand[order[fill]] == rows.brand[pair]
    # of two therapies with the row's brand the one filled last
    best = np.full(len(rows.day), -1)
    for position in np.nonzero(own)[0]:
        row = pair[position]
        if best[row] < 0 or history.day[fill[position]] >= history.day[fill[best[row]]]:
            best[row] = position
    stop, switch, refill = _outcomes(world, history, rows, pair, fill)
    main = np.zeros(len(pair), dtype=bool)
    main[best] = True
    other = np.log(np.maximum(stop + switch + refill, 1e-300))
    np.add.at(log_posterior, pair[~main], other[~main])
    weight = np.exp(log_posterior - log_posterior.max(axis=1, keepdims=True))
    stop, switch, refill, fill = stop[best], switch[best], refill[best], fill[best]
    whole = (weight * (stop + switch + refill)).sum(axis=1)
    recent, share = _relatives(world, rows, gap)
    hit = np.where(recent, 0.0, (weight * stop).sum(axis=1)) + share * (weight * switch).sum(axis=1)
    again = (weight * refill * _second(world, history, rows, fill, horizon)).sum(axis=1)
    hit = np.where(rows.run_out <= rows.day + horizon, hit, 0.0) + np.where(recent, 0.0, again)
    return np.asarray(hit / np.maximum(whole, 1e-300))


def _resolved(history: _History, rows: Index) -> npt.NDArray[np.float64]:
    upto = np.searchsorted(history.seen_key, rows.patient * _BIG + rows.day, side="right")
    since = np.searchsorted(history.seen_key, rows.patient * _BIG, side="left")
    return np.asarray(history.total[upto] - history.total[since])


def _open(history: _History, rows: Index) -> tuple[Ints, Ints]:
    """(row, fill) for every therapy of the row's patient: its last fill by then."""
    starts = history.first
    patient = history.therapy[starts] // LINES
    low, high = np.searchsorted(patient, rows.patient), np.searchsorted(patient, rows.patient, side="right")
    count = high - low
    pair = np.repeat(np.arange(len(rows.day)), count)
    number = np.repeat(low - np.r_[0, np.cumsum(count)[:-1]], count) + np.arange(int(count.sum()))
    key = history.therapy * _BIG + history.day
    fill = np.searchsorted(key, history.therapy[starts[number]] * _BIG + rows.day[pair], side="right") - 1
    begun = fill >= starts[number]
    return pair[begun], fill[begun]


def _outcomes(
    world: "World", history: _History, rows: Index, pair: Ints, fill: Ints
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """P(decision and nothing seen of it by the row's day | frailty), for stop, switch and refill."""
    it, source = world.fills, history.order[fill]
    since = rows.day[pair] - it.run_out[source]
    p = 1 / (1 + np.exp(-(history.base[fill, None] + _FRAILTY * _GRID)))
    switching = history.switching[fill, None] * (1 - p)
    unseen = np.clip((14 - since) / 20, 0.0, 1.0)[:, None]
    seen = _successor_seen(history, rows, pair, fill)[:, None]
    decided = it.decision[source][:, None]
    refill = (1 - p - switching) * (1 - _late_cdf(since))
    return (
        np.where(seen & (decided == 2), 0.0, p),
        np.where(seen, np.where(decided == 2, switching, 0.0), switching * unseen),
        np.where(seen, 0.0, refill),
    )


def _successor_seen(history: _History, rows: Index, pair: Ints, fill: Ints) -> npt.NDArray[np.bool_]:
    """Whether the therapy that followed this one had begun by the row's day."""
    therapies = history.therapy[history.first]
    position = np.searchsorted(therapies, history.therapy[fill] + 3)
    safe = np.minimum(position, len(therapies) - 1)
    same = (therapies[safe] == history.therapy[fill] + 3) & (history.therapy[fill] % LINES + 3 < LINES)
    return np.asarray(same & (history.day[history.first[safe]] <= rows.day[pair]))


def _relatives(world: "World", rows: Index, gap: int) -> tuple[npt.NDArray[np.bool_], Floats]:
    """(a product of the class was first filled in the window already, P(a switch goes to a product used long before))."""
    brands, it = world.catalog, world.fills
    classes, weight = brands.class_code, brands.column("weight")
    visible = it.day >= 0
    earliest = np.full((len(world.patients), len(classes)), _FAR)
    np.minimum.at(earliest, (it.patient[visible], it.brand[visible]), it.day[visible])
    first = earliest[rows.patient]
    sibling = (classes[None, :] == classes[rows.brand][:, None]) & (np.arange(len(classes)) != rows.brand[:, None])
    seen = sibling & (first <= rows.day[:, None])
    recent = seen & (first >= rows.run_out[:, None] - 30) & (first <= rows.run_out[:, None] + gap)
    chance = np.where(sibling, weight, 0.0)
    whole = chance.sum(axis=1)
    old = np.where(seen & ~recent, chance, 0.0).sum(axis=1)
    share = np.where(recent.any(axis=1) | (whole == 0), 0.0, old / np.maximum(whole, 1e-12))
    return recent.any(axis=1), share


def _second(world: "World", history: _History, rows: Index, fill: Ints, horizon: int) -> npt.NDArray[np.float64]:
    """P(the refilled supply runs out within the horizon too, and then a stop | a refill still to come, frailty)."""
    it, source = world.fills, history.order[fill]
    result = np.zeros((len(fill), len(_GRID)))
    short = np.nonzero(rows.run_out + it.days_supply[source] <= rows.day + horizon)[0]
    if len(short) == 0:
        return result
    src = source[short]
    late_now = rows.day[short] - it.run_out[src]
    rest = np.maximum(1 - _late_cdf(late_now), 1e-12)
    number, refills = it.number[src], it.refills_remaining[src]
    before = early_effects(world.catalog, it.brand[src], number) + supply_effects(refills, it.last_late[src])
    for late in range(-7, LATE_MOST + 1):
        until = np.maximum(it.run_out[src], it.run_out[src] + late) + it.days_supply[src]
        fits = (late > late_now) & (until <= rows.day[short] + horizon)
        if not fits.any():
            continue
        share = _late_cdf(np.full(len(src), late)) - _late_cdf(np.full(len(src), late - 1))
        after = early_effects(world.catalog, it.brand[src], number + 1) + supply_effects(
            np.where(refills == 0, 5, refills - 1), np.full(len(src), float(max(late, 0)))
        )
        logit = (history.base[fill[short]] - before + after)[:, None] + _FRAILTY * _GRID
        result[short] += np.where(fits[:, None], share / rest / (1 + np.exp(-logit)), 0.0)
    return result
