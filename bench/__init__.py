"""Measurements for docs/benchmarks.md; never part of ``make test``."""

import sys
from pathlib import Path

_SEED = Path(__file__).parents[1] / "seed_code" / "adherence"
sys.path[:0] = [str(_SEED), str(_SEED / "tests")]  # the seed's package and its reference are a repository of their own
