"""A quantile sketch in Model Monitor's form: levels of items, an item of level i stands for 2^i values.

Compactors as in Deequ's QuantileNonSample (Karnin, Lang, Liberty 2016, without sampling): deterministic in row order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil, log2
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SIZE, SHRINK = 2048, 0.64


@cache
def capacity(level: int) -> int:
    """How many items a level holds before it is compacted."""
    return 2 * (ceil(SIZE * SHRINK**level / 2) + 1)


class _Level:
    """Items in order of arrival, as parts that are joined when the level is compacted."""

    def __init__(self) -> None:
        self.parts: list[Floats] = []
        self.count = 0
        self._compactions = 0
        self._offset = 0

    def extend(self, items: Floats) -> None:
        self.parts.append(items)
        self.count += len(items)

    def items(self) -> Floats:
        return np.concatenate(self.parts) if self.parts else np.empty(0)

    def compact(self) -> Floats:
        """Sort an even number of items and hand on every second one; offsets alternate in pairs (0, 1, 1, 0, 0, ...)."""
        items = self.items()
        even = len(items) - len(items) % 2
        if self._compactions % 2 == 1:
            self._offset = 1 - self._offset
        self._compactions += 1
        self.parts, self.count = [items[even:]], len(items) - even
        head = items[:even]
        head.sort()
        return head[self._offset :: 2].copy()


class Sketch:
    """Exact for up to 2,050 values; then ranks are within ``rank_error`` of the true ones."""

    def __init__(self) -> None:
        self._levels = [_Level()]
        self._size = 0
        self._room = capacity(0)  # items that all levels hold together

    def add(self, values: Floats) -> None:
        """Add values in row order."""
        begin = 0
        while begin < len(values):
            room = max(1, self._room - self._size + 1)
            part = values[begin : begin + room]
            self._levels[0].extend(part)
            self._size += len(part)
            begin += len(part)
            if self._size > self._room:
                self._condense()

    def _condense(self) -> None:
        """Compact the lowest full level into the next."""
        for number, level in enumerate(self._levels):
            if level.count >= capacity(number):
                if number + 1 == len(self._levels):
                    self._levels.append(_Level())
                    self._room += capacity(number + 1)
                kept = level.compact()
                self._levels[number + 1].extend(kept)
                self._size -= len(kept)  # of an even number every second one stays
                return

    @property
    def levels(self) -> list[Floats]:
        """The items of every level in their order."""
        return [level.items() for level in self._levels]

    def to_json(self) -> dict[str, Any]:
        """Model Monitor's ``sketch`` member."""
        return {"parameters": {"c": SHRINK, "k": float(SIZE)}, "data": [items.tolist() for items in self.levels]}


def rank_error(count: int) -> float:
    """Share of the values by which a rank in a sketch of ``count`` values can be wrong: half an item of 2048 per doubling.

    Measured over random, sorted and organ-pipe orders up to five million values (tests/unit/monitoring).
    """
    return 0.5 * log2(max(count / capacity(0), 1.0)) / SIZE


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


Levels = Sequence[Sequence[float] | Floats]


def weighted(levels: Levels) -> tuple[Floats, Floats]:
    """All items of a sketch and how many values each stands for."""
    parts = [np.asarray(level, dtype=np.float64) for level in levels]
    weights = np.concatenate([np.full(len(part), 2.0**number) for number, part in enumerate(parts)])
    return np.concatenate(parts), weights


def cdf(levels: Levels) -> Cdf:
    """The distribution that a sketch's levels stand for."""
    items, weights = weighted(levels)
    values, position = np.unique(items, return_inverse=True)
    mass = np.bincount(position, weights, len(values))
    return Cdf(values, np.cumsum(mass) / mass.sum())
