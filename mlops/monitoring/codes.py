"""The texts of a column of few different ones as numbers of a table, so that a chunk is looked up once instead of text by text."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mlops.monitoring.kinds import Kinds, kind_of
from mlops.monitoring.sketch import Floats

_NUMBERS = ("integral", "fractional")


@dataclass(frozen=True)
class Table:
    """Known texts with what each of them is."""

    texts: list[str]
    kinds: npt.NDArray[np.int64]  # place in Kinds' fields
    numbers: Floats  # NaN where a text is no number
    places: pl.Enum

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Table":
        """The table of different texts."""
        names = [kind_of(text) for text in texts]
        parsed = pl.Series(texts, dtype=pl.String).cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()
        known = np.array([name in _NUMBERS for name in names], dtype=bool)
        return cls(
            list(texts),
            np.array([Kinds._fields.index(name) for name in names], dtype=np.int64),
            np.where(known, parsed, np.nan),
            pl.Enum(texts),
        )

    def look_up(self, values: pl.Series) -> "Coded | None":
        """A chunk without nulls; None where it has a text that is not in the table."""
        found = values.cast(self.places, strict=False)
        return None if found.null_count() else Coded(self, found.to_physical().to_numpy())


@dataclass(frozen=True)
class Coded:
    """A chunk of texts as places in a table."""

    table: Table
    places: npt.NDArray[np.integer]

    def counts(self) -> dict[str, int]:
        """How often each text occurs."""
        counts = np.bincount(self.places, minlength=len(self.table.texts))
        return {self.table.texts[place]: int(counts[place]) for place in np.flatnonzero(counts).tolist()}

    def kinds(self) -> Kinds:
        """How many texts are of each kind."""
        counts = np.bincount(self.places, minlength=len(self.table.texts))
        totals = np.bincount(self.table.kinds, counts, len(Kinds._fields))
        return Kinds(*(int(total) for total in totals))

    def numbers(self) -> Floats:
        """The numbers among the texts, in row order."""
        found = self.table.numbers.take(self.places)
        return found if not np.isnan(self.table.numbers).any() else found[~np.isnan(found)]
