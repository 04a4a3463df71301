"""A quantile sketch in Model Monitor's form: levels of items, an item of level i stands for 2^i values.

Compactors as in Deequ's QuantileNonSample (Karnin, Lang, Liberty 2016; no sampling, alternating offsets): deterministic in row order.
"""

from dataclasses import dataclass, field
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SIZE, SHRINK = 2048, 0.64


@dataclass
class Sketch:
    """Exact for up to about ``SIZE`` values, then within about 1.3 / SIZE of every rank."""

    levels: list[list[float]] = field(default_factory=lambda: [[]])
    _compressions: list[int] = field(default_factory=lambda: [0])
    _offsets: list[int] = field(default_factory=lambda: [0])

    def add(self, values: Floats) -> None:
        """Add values in row order."""
        begin = 0
        while begin < len(values):
            room = max(1, self._capacity_of_all() - self._size() + 1)
            self.levels[0].extend(values[begin : begin + room].tolist())
            begin += room
            if self._size() > self._capacity_of_all():
                self._condense()

    def _capacity(self, level: int) -> int:
        return 2 * (ceil(SIZE * SHRINK ** (len(self.levels) - level - 1) / 2) + 1)

    def _capacity_of_all(self) -> int:
        return sum(self._capacity(level) for level in range(len(self.levels)))

    def _size(self) -> int:
        return sum(len(level) for level in self.levels)

    def _condense(self) -> None:
        for level in range(len(self.levels)):
            if len(self.levels[level]) >= self._capacity(level):
                if level + 1 == len(self.levels):
                    self.levels.append([])
                    self._compressions.append(0)
                    self._offsets.append(0)
                self._compact(level)
                return

    def _compact(self, level: int) -> None:
        items = self.levels[level]
        even = len(items) - len(items) % 2
        odd = self._compressions[level] % 2 == 1
        self._offsets[level] = 1 - self._offsets[level] if odd else self._offsets[level]
        kept = sorted(items[:even])[self._offsets[level] :: 2]
        self.levels[level] = items[even:]
        self._compressions[level] += 1
        self.levels[level + 1].extend(kept)

    def to_json(self) -> dict[str, Any]:
        """Model Monitor's ``sketch`` member."""
        return {"parameters": {"c": SHRINK, "k": float(SIZE)}, "data": self.levels}


@dataclass(frozen=True)
class Cdf:
    """A weighted empirical distribution: sorted distinct values and the share of values at or below each."""

    values: Floats
    shares: Floats

    def at(self, points: Floats) -> Floats:
        """Share of values at or below each point."""
        position = np.searchsorted(self.values, points, side="right")
        return np.asarray(np.r_[0.0, self.shares][position])

    def quantile(self, share: Floats) -> Floats:
        """The smallest value with at least that share at or below it."""
        position = np.minimum(np.searchsorted(self.shares, share - 1e-12), len(self.values) - 1)
        return np.asarray(self.values[position])


def cdf(levels: list[list[float]]) -> Cdf:
    """The distribution that a sketch's levels stand for."""
    items = np.concatenate([np.asarray(level, dtype=np.float64) for level in levels])
    weights = np.concatenate([np.full(len(level), 2.0**number) for number, level in enumerate(levels)])
    values, position = np.unique(items, return_inverse=True)
    mass = np.bincount(position, weights, len(values))
    return Cdf(values, np.cumsum(mass) / mass.sum())
