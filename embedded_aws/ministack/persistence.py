"""MiniStack as a whole: its application, and its state on disk."""

from collections.abc import Awaitable, Callable
from typing import Any

from ministack import app
from ministack.core import persistence


def application() -> Callable[[Any, Any, Any], Awaitable[None]]:
    """MiniStack's ASGI application."""
    found: Callable[[Any, Any, Any], Awaitable[None]] = app.app
    return found


def save() -> None:
    """Write MiniStack's control-plane state to disk (S3 objects are written through)."""
    persistence.save_all(app._build_persistence_save_dict())
