"""Validation: bytes first, then every value of every table against its Table Schema in one DuckDB query a table."""

from mlops.datasets.validation.engine import Validation, validate

__all__ = ["Validation", "validate"]
