"""MiniStack as a whole: its application, and its state on disk."""

from collections.abc import Awaitable, Callable
from typing import Any

from ministack import app
from ministack.core import persistence

Asgi = Callable[[Any, Any, Any], Awaitable[None]]


def application(prefix: str, own: Asgi) -> Asgi:
    """MiniStack's ASGI application, with ``own`` below a path."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        chosen = own if scope["type"] == "http" and scope["path"].startswith(prefix) else app.app
        await chosen(scope, receive, send)

    return serve


def save() -> None:
    """Write MiniStack's control-plane state to disk (S3 objects are written through)."""
    persistence.save_all(app._build_persistence_save_dict())
