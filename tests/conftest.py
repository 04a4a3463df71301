"""Fixtures that several kinds of tests share."""

from tests.integration.commands import command
from tests.integration.desk import desk, patients

__all__ = ["command", "desk", "patients"]
