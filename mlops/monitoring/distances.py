"""Distances between two distributions, and two-sample tests."""

import math

import numpy as np
import numpy.typing as npt

from mlops.monitoring.sketch import Cdf

Floats = npt.NDArray[np.float64]

_FLOOR = 1e-4  # of a share, so that an empty bin does not make PSI infinite (usual in credit scoring)


def ks(one: Cdf, other: Cdf) -> float:
    """Kolmogorov-Smirnov: the largest distance of the two distribution functions."""
    points = np.union1d(one.values, other.values)
    return float(np.abs(one.at(points) - other.at(points)).max())


def ks_p_value(distance: float, n: int, m: int) -> float:
    """Asymptotic p-value (Stephens' correction as in Numerical Recipes, section 14.3)."""
    effective = math.sqrt(n * m / (n + m))
    x = (effective + 0.12 + 0.11 / effective) * distance
    if x < 0.3:  # the series converges slowly there, and the value is 1 to six digits
        return 1.0
    terms = (2 * (-1) ** (k - 1) * math.exp(-2 * k * k * x * x) for k in range(1, 101))
    return float(min(1.0, max(0.0, sum(terms))))


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


def chi_square_p_value(expected: Floats, actual: Floats, n: int, m: int) -> float:
    """Two-sample chi-square test over category counts; categories with an expected count under 5 are pooled."""
    first, second = expected * n, actual * m
    total = first + second
    small = total * min(n, m) / (n + m) < 5
    if small.any():
        first, second = (np.r_[it[~small], it[small].sum()] for it in (first, second))
        total = first + second
    kept = total > 0
    if kept.sum() < 2:
        return 1.0
    first, second, total = first[kept], second[kept], total[kept]
    statistic = sum(
        (((it - total * size / (n + m)) ** 2) / (total * size / (n + m))).sum()
        for it, size in ((first, n), (second, m))
    )
    return _chi_square_tail(float(statistic), int(kept.sum()) - 1)


def _chi_square_tail(x: float, freedom: int) -> float:
    """P(chi-square > x): Wilson-Hilferty's normal approximation (1931), within .001 for the degrees that matter here."""
    if x <= 0:
        return 1.0
    z = ((x / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / math.sqrt(2 / (9 * freedom))
    return 0.5 * math.erfc(z / math.sqrt(2))


def linf_robust(distance: float, n: int, m: int) -> float:
    """Model Monitor's Robust distance: the simple one less its noise floor."""
    return max(0.0, distance - noise_floor(n, m))


def noise_floor(n: int, m: int) -> float:
    """1.8 sqrt((n + m) / (n m)): what the largest difference reaches by chance."""
    return 1.8 * math.sqrt((n + m) / (n * m))


def aws_distance(one: Cdf, other: Cdf, n: int, m: int) -> float:
    """Model Monitor's own distance, which counts each distinct value once (Deequ issue 392), Robust."""
    unweighted = [Cdf(it.values, np.arange(1, len(it.values) + 1) / len(it.values)) for it in (one, other)]
    return linf_robust(ks(*unweighted), n, m)


def significant(p_values: list[float], rate: float) -> list[bool]:
    """Benjamini-Hochberg (1995): which hypotheses are rejected at false-discovery rate ``rate``."""
    order = np.argsort(p_values, kind="stable")
    limits = rate * np.arange(1, len(p_values) + 1) / max(len(p_values), 1)
    passed = np.nonzero(np.asarray(p_values)[order] <= limits)[0]
    rejected = np.zeros(len(p_values), dtype=bool)
    if len(passed):
        rejected[order[: passed[-1] + 1]] = True
    return [bool(value) for value in rejected]
