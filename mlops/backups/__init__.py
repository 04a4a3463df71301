"""Backups: what the platform knows, as files with digests; and what comes back of them in another account."""

from mlops.backups.archive import Archive, archive_at
from mlops.backups.make import Made, make
from mlops.backups.restoring import Restored, restore

__all__ = ["Archive", "Made", "Restored", "archive_at", "make", "restore"]
