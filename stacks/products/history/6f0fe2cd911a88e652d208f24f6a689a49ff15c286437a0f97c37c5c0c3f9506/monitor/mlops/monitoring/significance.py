"""Two-sample tests, and which of many of them are significant together."""

import math
from collections.abc import Sequence

import numpy as np

from mlops.monitoring.sketch import Floats

_SMALLEST_EXPECTED = 5.0


def ks_p_value(distance: float, n: float, m: float) -> float:
    """Asymptotic p-value (Stephens' correction as in Numerical Recipes, section 14.3)."""
    effective = math.sqrt(n * m / (n + m))
    x = (effective + 0.12 + 0.11 / effective) * distance
    if x < 0.3:  # the series converges slowly there, and the value is 1 to six digits
        return 1.0
    terms = (2 * (-1) ** (k - 1) * math.exp(-2 * k * k * x * x) for k in range(1, 101))
    return float(min(1.0, max(0.0, sum(terms))))


def chi_square_p_value(first: Floats, second: Floats) -> float:
    """Homogeneity of two rows of counts; categories with an expected count under five are pooled."""
    n, m = float(first.sum()), float(second.sum())
    small = (first + second) * min(n, m) / (n + m) < _SMALLEST_EXPECTED
    if small.any():
        first, second = (np.r_[it[~small], it[small].sum()] for it in (first, second))
    kept = first + second > 0
    first, second = first[kept], second[kept]
    if len(first) < 2:
        return 1.0
    total = first + second
    statistic = sum(
        (((it - total * size / (n + m)) ** 2) / (total * size / (n + m))).sum()
        for it, size in ((first, n), (second, m))
    )
    return chi_square_tail(float(statistic), len(first) - 1)


def chi_square_tail(x: float, freedom: int) -> float:
    """P(chi-square > x), by the finite series for whole degrees of freedom (Abramowitz, Stegun 26.4.4 and 26.4.5)."""
    if x <= 0:
        return 1.0
    half = x / 2
    odd = freedom % 2
    result = math.erfc(math.sqrt(half)) if odd else 0.0
    for k in range((freedom - odd) // 2):
        power = k + odd / 2
        result += math.exp(power * math.log(half) - half - math.lgamma(power + 1))
    return min(1.0, result)


def share_fell(before: float, now: float, n: int, m: int, errors: float) -> bool:
    """Whether a share has fallen by more than ``errors`` standard errors (two-sample z-test)."""
    pooled = (before * n + now * m) / (n + m)
    error = math.sqrt(max(pooled * (1 - pooled), 1e-12) * (1 / n + 1 / m))
    return (before - now) / error > errors


def significant(p_values: Sequence[float], rate: float) -> list[bool]:
    """Benjamini-Hochberg (1995): which hypotheses are rejected at false-discovery rate ``rate``."""
    order = np.argsort(p_values, kind="stable")
    limits = rate * np.arange(1, len(p_values) + 1) / max(len(p_values), 1)
    passed = np.nonzero(np.asarray(p_values)[order] <= limits)[0]
    rejected = np.zeros(len(p_values), dtype=bool)
    if len(passed):
        rejected[order[: passed[-1] + 1]] = True
    return [bool(value) for value in rejected]
