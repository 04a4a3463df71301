"""One streaming pass over a data set: what every column holds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from mlops.errors import RefusedInput
from mlops.monitoring import kinds
from mlops.monitoring.cardinality import Cardinality
from mlops.monitoring.kinds import Kinds
from mlops.monitoring.moments import Moments
from mlops.monitoring.ordering import as_scala_map
from mlops.monitoring.texts import texts_of

MOST_CATEGORIES = 120  # a larger estimated distinct count: no distribution of texts is kept
_TRACKED = 2_000  # distinct texts counted exactly
_PROBE = 4_096  # texts that decide whether a column has too many distinct ones to count


@dataclass
class Column:
    """Running summary of one column; ``domain`` are the baseline's texts, counted however many others there are."""

    name: str
    domain: frozenset[str] = frozenset()
    missing: int = 0
    kinds: Kinds = field(default_factory=Kinds)
    values: dict[str, int] = field(default_factory=dict)
    many: bool = False  # more distinct texts than are tracked
    cardinality: Cardinality = field(default_factory=Cardinality)
    numbers: Moments = field(default_factory=Moments)

    @property
    def present(self) -> int:
        """Values that are not missing."""
        return sum(self.kinds)

    @property
    def completeness(self) -> float:
        """Share of the values that are not missing."""
        return self.present / (self.present + self.missing)

    @property
    def type(self) -> str:
        """Model Monitor's inferred type."""
        return self.kinds.type

    @property
    def numeric(self) -> bool:
        """Whether the column is a number."""
        return self.type in {"Integral", "Fractional"}

    @property
    def distinct(self) -> int:
        """Approximate number of distinct texts."""
        return self.cardinality.estimate()

    @property
    def categories(self) -> dict[str, int] | None:
        """Counts per text of a low-cardinality column, in Model Monitor's order; else None."""
        if self.many or self.distinct > MOST_CATEGORIES:
            return None
        return as_scala_map(self.values)

    def add(self, texts: pl.Series) -> None:
        """Add a chunk of the column: texts, null where missing."""
        present = texts.drop_nulls()
        self.missing += len(texts) - len(present)
        if not len(present):
            return
        self.many = self.many or present.head(_PROBE).n_unique() > _TRACKED
        found = self._add_many(present) if self.many else self._add_few(present)
        self.kinds = self.kinds.plus(found)

    def _add_few(self, present: pl.Series) -> Kinds:
        """Everything but the numbers from the distinct texts and their counts."""
        counted = present.alias("text").value_counts(name="count").get_columns()
        texts, counts = counted
        self.cardinality.add(texts_of(texts))
        for text, count in zip(texts.to_list(), counts.to_list(), strict=True):
            self.values[text] = self.values.get(text, 0) + count
        if len(self.values) > _TRACKED:
            self.many = True
            self.values = {text: count for text, count in self.values.items() if text in self.domain}
        return self._measure(present, kinds.count_kinds(texts, counts.cast(pl.Int64)))

    def _add_many(self, present: pl.Series) -> Kinds:
        texts = texts_of(present)
        self.cardinality.add(texts)
        if self.domain:
            known = present.filter(present.is_in(list(self.domain))).alias("text").value_counts(name="count")
            for text, count in known.iter_rows():
                self.values[text] = self.values.get(text, 0) + count
        found = kinds.count_from_bytes(texts)
        return self._measure(present, found if found is not None else kinds.count_kinds(present))

    def _measure(self, present: pl.Series, found: Kinds) -> Kinds:
        """Add the numbers of a chunk that is mostly numbers; numbers too large for a float count as text."""
        if 2 * found.numbers < len(present):
            return found
        if found.numbers < len(present):
            present = present.filter(kinds.is_number(present))
        numbers = present.cast(pl.Float64, strict=False).drop_nulls().to_numpy()
        finite = np.isfinite(numbers)
        if finite.all():
            self.numbers.add(numbers)
            return found
        self.numbers.add(numbers[finite])
        infinite = int((~finite).sum())
        return found._replace(fractional=found.fractional - infinite, string=found.string + infinite)

    def outside(self) -> int:
        """Values whose text is not in the domain."""
        return self.present - sum(count for text, count in self.values.items() if text in self.domain)


@dataclass(frozen=True)
class Summary:
    """All columns of a data set."""

    rows: int
    columns: dict[str, Column]
    units: int | None = None  # approximate number of independent units (patients, say) that the rows belong to


def summarise(
    batches: Iterable[pl.DataFrame], domains: Mapping[str, frozenset[str]] | None = None, unit: str = ""
) -> Summary:
    """Read all batches; every column of every batch holds texts. Column ``unit`` names each row's unit and is no feature.

    Raises:
        RefusedInput: there are no rows, a batch has other columns than the first, or there is no column ``unit``.
    """
    columns: dict[str, Column] = {}
    rows, units = 0, Cardinality()
    for whole in batches:
        batch = whole
        if unit:
            if unit not in whole.columns:
                raise RefusedInput(f"column {unit} is missing: it has to name the unit that each row belongs to")
            units.add(texts_of(whole[unit].fill_null("")))
            batch = whole.drop(unit)
        if not columns:
            columns = {name: Column(name, (domains or {}).get(name, frozenset())) for name in batch.columns}
        elif set(batch.columns) != set(columns):
            raise RefusedInput(f"the files have different columns: {_difference(columns, batch.columns)}")
        rows += batch.height
        for name, column in columns.items():
            column.add(batch[name])
    if rows == 0:
        raise RefusedInput("the data set has no rows: is the batch empty?")
    return Summary(rows, columns, min(units.estimate(), rows) if unit else None)


def _difference(one: Iterable[str], other: Iterable[str]) -> str:
    return ", ".join(sorted(set(one) ^ set(other))[:5])
