"""Fixtures that several kinds of tests share."""

from tests.integration.desk import desk, patients

__all__ = ["desk", "patients"]
