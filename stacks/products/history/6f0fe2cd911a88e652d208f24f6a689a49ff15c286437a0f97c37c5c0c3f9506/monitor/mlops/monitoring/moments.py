"""Running statistics of the numbers of a column."""

import math
from dataclasses import dataclass, field

import numpy as np

from mlops.monitoring.sketch import Floats, Sketch


@dataclass
class Moments:
    """Count, sum, mean, spread, range and quantile sketch; flat memory."""

    count: int = 0
    total: float = 0.0
    low: float = math.inf
    high: float = -math.inf
    negative: int = 0
    sketch: Sketch = field(default_factory=Sketch)
    _mean: float = 0.0
    _squares: float = 0.0  # sum of squared deviations from the mean

    def add(self, numbers: Floats) -> None:
        """Add finite numbers in row order: the sum is exactly the one that adding row by row gives."""
        if len(numbers) == 0:
            return
        self.total = float(np.add.accumulate(np.concatenate([[self.total], numbers]))[-1])
        self.low, self.high = min(self.low, float(numbers.min())), max(self.high, float(numbers.max()))
        self.negative += int(np.count_nonzero(numbers < 0))
        self._spread(numbers)
        self.sketch.add(numbers)

    def _spread(self, numbers: Floats) -> None:
        """Deviations joined chunk by chunk (Chan, Golub, LeVeque 1979), exact to rounding whatever the chunks are."""
        count, mean = len(numbers), float(numbers.mean())
        deviations = np.square(numbers - mean)  # not np.dot: BLAS would keep a second core spinning
        delta, together = mean - self._mean, self.count + count
        self._squares += float(deviations.sum()) + delta * delta * self.count * count / together
        self._mean += delta * count / together
        self.count = together

    @property
    def mean(self) -> float:
        """Arithmetic mean."""
        return self.total / self.count

    @property
    def std(self) -> float:
        """Population standard deviation."""
        return math.sqrt(self._squares / self.count)
