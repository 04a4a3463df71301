"""Hooks: places of MiniStack that are replaced, each exactly once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

_MISSING = object()
Make = Callable[[Any], Any]


@dataclass(frozen=True)
class Hook:
    """An attribute of a module or a class, or one entry of a table that it is; ``make`` gives its new value for the present one.

    An entry that is not there yet is made from None.
    """

    module: ModuleType | type
    name: str
    make: Make
    entry: str = ""

    @property
    def _owner(self) -> str:
        found = self.module
        return f"{found.__module__}.{found.__qualname__}" if isinstance(found, type) else found.__name__

    @property
    def place(self) -> str:
        """For messages and records, for example ``ministack.app.SERVICE_HANDLERS[ssm]``."""
        return f"{self._owner}.{self.name}{f'[{self.entry}]' if self.entry else ''}"


class Hooks:
    """What was replaced, in order: ``replaced`` maps each place to the value that stood there (None: nothing)."""

    def __init__(self) -> None:
        self.replaced: dict[str, Any] = {}
        self._undo: list[Callable[[], None]] = []

    def install(self, hooks: Sequence[Hook]) -> None:
        """Replace every one.

        Raises:
            ValueError: a place is replaced already; nothing further was.
        """
        for hook in hooks:
            self._replace(hook)

    def undo(self) -> None:
        """Put back what stood there, latest first."""
        while self._undo:
            self._undo.pop()()
        self.replaced.clear()

    def _replace(self, hook: Hook) -> None:
        if hook.place in self.replaced:
            raise ValueError(f"{hook.place} is replaced already")
        table = getattr(hook.module, hook.name) if hook.entry else vars(hook.module)
        key = hook.entry or hook.name
        before = table.get(key, _MISSING)
        if before is _MISSING and not hook.entry:
            raise ValueError(f"{hook.place} does not exist")
        self.replaced[hook.place] = None if before is _MISSING else before
        value = hook.make(self.replaced[hook.place])
        if not hook.entry:
            setattr(hook.module, key, value)
            self._undo.append(lambda: setattr(hook.module, key, before))
        else:
            table[key] = value
            self._undo.append(lambda: table.pop(key) if before is _MISSING else table.update({key: before}))
