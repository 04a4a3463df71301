"""Measurements for docs/benchmarks.md; never part of ``make test``."""
