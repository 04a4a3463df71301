"""Class-conditional (Mondrian) split conformal sets: each class is covered at the stated rate, the rare one too."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Conformal:
    """A class belongs to the set where its nonconformity (1 - its probability) is at most its threshold."""

    stop: float
    go_on: float

    def sets(self, p: Floats) -> npt.NDArray[np.object_]:
        """ "stop", "continue" or "both" per row; where neither fits, the likelier one."""
        stop, go_on = 1 - p <= self.stop, p <= self.go_on
        single = np.where(stop & ~go_on, "stop", np.where(go_on & ~stop, "continue", "both"))
        likelier = np.where(p >= 0.5, "stop", "continue")
        return np.where(stop | go_on, single, likelier).astype(object)


def fit_conformal(p: Floats, y: npt.NDArray[np.generic], coverage: float) -> Conformal:
    """Thresholds at the ceil((n+1) coverage)/n quantile of each class's nonconformity (Vovk 2003)."""
    return Conformal(_threshold(1 - p[y == 1], coverage), _threshold(p[y == 0], coverage))


def _threshold(scores: Floats, coverage: float) -> float:
    rank = int(np.ceil((len(scores) + 1) * coverage)) - 1
    return float(np.sort(scores)[rank]) if rank < len(scores) else 1.0
