"""Fixtures of these tests."""

from tests.integration.desk import desk

__all__ = ["desk"]
