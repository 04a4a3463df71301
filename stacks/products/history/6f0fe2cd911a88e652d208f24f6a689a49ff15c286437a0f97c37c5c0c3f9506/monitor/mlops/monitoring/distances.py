"""Distances between two distributions."""

import math

import numpy as np

from mlops.monitoring.sketch import Cdf, Floats, Levels, weighted

_FLOOR = 1e-4  # of a share, so that an empty bin does not make PSI infinite (usual in credit scoring)


def ks(one: Cdf, other: Cdf) -> float:
    """Kolmogorov-Smirnov: the largest distance of the two distribution functions."""
    points = np.union1d(one.values, other.values)
    return float(np.abs(one.at(points) - other.at(points)).max())


def wasserstein(one: Cdf, other: Cdf) -> float:
    """First Wasserstein distance: the area between the two distribution functions, in the feature's unit."""
    points = np.union1d(one.values, other.values)
    gaps = np.diff(points)
    return float((np.abs(one.at(points) - other.at(points))[:-1] * gaps).sum())


def psi(expected: Floats, actual: Floats) -> float:
    """Population stability index over shares per bin."""
    e, a = np.maximum(expected, _FLOOR), np.maximum(actual, _FLOOR)
    return float(((a - e) * np.log(a / e)).sum())


def jensen_shannon(p: Floats, q: Floats) -> float:
    """Jensen-Shannon distance: the root of the divergence in bits, from 0 (equal) to 1 (disjoint)."""
    middle = (p + q) / 2
    return math.sqrt(max(0.0, (_kl(p, middle) + _kl(q, middle)) / 2))


def _kl(p: Floats, q: Floats) -> float:
    inside = p > 0
    return float((p[inside] * np.log2(p[inside] / q[inside])).sum())


def bins(one: Cdf, other: Cdf) -> tuple[Floats, Floats]:
    """Shares of both in the first one's deciles (joined where values repeat)."""
    edges = np.unique(one.quantile(np.arange(1, 10) / 10))
    shares, others = (np.diff(np.r_[0.0, it.at(edges), 1.0]) for it in (one, other))
    return shares, others


def linf_robust(distance: float, n: float, m: float) -> float:
    """Model Monitor's Robust distance: the simple one less its noise floor."""
    return max(0.0, distance - noise_floor(n, m))


def noise_floor(n: float, m: float) -> float:
    """1.8 sqrt((n + m) / (n m)): what the largest difference reaches by chance."""
    return 1.8 * math.sqrt((n + m) / (n * m))


def aws_distance(one: Levels, other: Levels, *, robust: bool) -> float:
    """Model Monitor's own distance of two sketches: every distinct value counts once (Deequ issue 392).

    Its weight is that of the highest level that holds it, and the noise floor uses the totals of these weights.
    """
    first, second = _collapsed(one), _collapsed(other)
    points = np.union1d(first[0], second[0])
    n, m = first[1][-1], second[1][-1]
    below = [
        np.r_[0.0, ranks][np.searchsorted(values, points, side="right")] / ranks[-1]
        for values, ranks in (first, second)
    ]
    simple = float(np.abs(below[0] - below[1]).max())
    return linf_robust(simple, n, m) if robust else simple


def _collapsed(levels: Levels) -> tuple[Floats, Floats]:
    """Distinct values and their running ranks."""
    items, weights = weighted(levels)
    values, position = np.unique(items, return_inverse=True)
    heaviest = np.zeros(len(values))
    np.maximum.at(heaviest, position, weights)
    return values, np.cumsum(heaviest)
