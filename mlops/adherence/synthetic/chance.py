"""Random numbers addressed by what they are for: the same (seed, purpose, subject, step) always gives the same number.

So a drift that begins on some day changes nothing before it, and the order of simulation does not matter.
"""

import hashlib

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


class Chance:
    """Draws of one seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def uniform(self, purpose: str, subject: Ints, step: Ints | int = 0) -> Floats:
        """Uniform on (0, 1), one per subject; splitmix64 (Steele 2014) over the address."""
        salt = hashlib.sha256(f"{self._seed}/{purpose}".encode()).digest()[:8]
        with np.errstate(over="ignore"):
            state = subject.astype(np.uint64) * _GOLDEN + np.uint64(int.from_bytes(salt, "little"))
            mixed = _mix(_mix(state) + np.asarray(step).astype(np.uint64) * _GOLDEN)
        return ((mixed >> np.uint64(11)).astype(np.float64) + 0.5) / float(1 << 53)

    def normal(self, purpose: str, subject: Ints, step: Ints | int = 0) -> Floats:
        """Standard normal, one per subject."""
        from scipy.special import ndtri

        return np.asarray(ndtri(self.uniform(purpose, subject, step)), dtype=np.float64)

    def exponential(self, purpose: str, subject: Ints, mean: float) -> Floats:
        """Exponential with that mean, one per subject."""
        return -mean * np.log(self.uniform(purpose, subject))

    def choice(self, purpose: str, subject: Ints, weights: Floats, step: Ints | int = 0) -> Ints:
        """Index drawn with probability proportional to ``weights``."""
        edges = np.cumsum(weights) / np.sum(weights)
        return np.minimum(np.searchsorted(edges, self.uniform(purpose, subject, step)), len(weights) - 1).astype(
            np.int64
        )


def _mix(value: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
