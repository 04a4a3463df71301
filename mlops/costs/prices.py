"""The price table: dated rows with a source each, any of which a file of one's own replaces."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from math import isfinite
from pathlib import Path
from typing import Any

from mlops.errors import RefusedInput

_INSTANCE = "ml."  # how the names of instance types begin: these may be added


@dataclass(frozen=True)
class Row:
    """One figure. ``checked``: ``aws`` where a copy of AWS's own page says so, ``second-hand`` where others quote it, ``unverified``,
    ``assumed`` where it is no price, ``given`` where the user's file has it."""

    name: str
    value: float
    unit: str
    source: str
    read: str
    checked: str


@dataclass(frozen=True)
class Prices:
    """All figures by name."""

    region: str
    currency: str
    rows: Mapping[str, Row]

    def __getitem__(self, name: str) -> float:
        """The figure.

        Raises:
            RefusedInput: the table has none.
        """
        if name not in self.rows:
            raise RefusedInput(
                f'no price of {name}: give it with --prices FILE, a JSON file such as {{"{name}": 1.23}}'
            )
        return self.rows[name].value

    def with_file(self, path: Path) -> "Prices":
        """The table with the rows of a JSON file, name -> figure, in the place of its own.

        Raises:
            RefusedInput: no such file, no JSON object, a name that the table does not know, or no figure.
        """
        given = _read(path)
        return replace(self, rows={**self.rows, **{name: self._given(path, name, it) for name, it in given.items()}})

    def _given(self, path: Path, name: str, value: Any) -> Row:
        known = self.rows.get(name)
        if known is None and not name.startswith(_INSTANCE):
            raise RefusedInput(
                f"{path}: {name}: no such price; it is one of {', '.join(self.rows)}, or an instance type (ml....)"
            )
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or value < 0:
            raise RefusedInput(f"{path}: {name}: must be a number from 0 on")
        return Row(name, float(value), known.unit if known else "an instance-hour", str(path), "", "given")


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RefusedInput(f"{path}: {error.strerror}") from None
    except ValueError:
        raise RefusedInput(f'{path}: no JSON; it holds names and figures, such as {{"ml.m5.xlarge": 0.23}}') from None
    if not isinstance(content, dict):
        raise RefusedInput(f"{path}: must be one JSON object of names and figures")
    return content


@cache
def published() -> Prices:
    """The table that ships with the library."""
    content = json.loads(files("mlops.costs").joinpath("prices.json").read_text(encoding="utf-8"))
    prices = [
        Row(name, it["price"], it["unit"], it["source"], it["read"], it["checked"])
        for name, it in content["prices"].items()
    ]
    assumed = [
        Row(name, it["value"], it["unit"], it["source"], it["read"], "assumed")
        for name, it in content["assumptions"].items()
    ]
    return Prices(content["region"], content["currency"], {row.name: row for row in [*prices, *assumed]})


def table(path: Path | None = None) -> Prices:
    """The table, with the figures of a file of one's own where there is one.

    Raises:
        RefusedInput: the file is wrong.
    """
    return published() if path is None else published().with_file(path)
