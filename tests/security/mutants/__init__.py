"""Mutants of the guards: each breaks one promise of docs/security.md, and the tests named with it have to see that.

One module an area, each with a list MUTANTS; ``make bench NAME=mutants`` applies them one by one.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """``old`` stands once in ``file`` and becomes ``new``; then at least one of ``tests`` (as pytest names them) fails.

    ``promise`` is the promise's number in docs/security.md, ``breaks`` says what the mutant lets happen.
    """

    promise: int
    breaks: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


def every() -> Iterator[Mutant]:
    """All mutants of all areas, by promise."""
    found: list[Mutant] = []
    for module in pkgutil.iter_modules(__path__):
        found += importlib.import_module(f"{__name__}.{module.name}").MUTANTS
    yield from sorted(found, key=lambda mutant: mutant.promise)
