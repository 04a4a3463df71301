"""One streaming pass over a data set: what every column holds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from mlops.errors import RefusedInput
from mlops.monitoring import kinds
from mlops.monitoring.cardinality import Cardinality
from mlops.monitoring.codes import Table
from mlops.monitoring.kinds import Kinds
from mlops.monitoring.moments import Moments
from mlops.monitoring.ordering import as_scala_map
from mlops.monitoring.sketch import Floats
from mlops.monitoring.texts import Texts, flat, texts_of

MOST_CATEGORIES = 120  # a larger estimated distinct count: no distribution of texts is kept
_TRACKED = 2_000  # distinct texts counted exactly
_PROBE = 4_096  # texts that decide whether a column has too many distinct ones to count


@dataclass(frozen=True)
class Ready:
    """A chunk of a column of many different texts, made ready for numpy; numbers only where all of it was expected to be."""

    texts: Texts
    numbers: Floats | None = None

    @classmethod
    def of(cls, values: pl.Series) -> "Ready":
        """One column by itself."""
        return cls(texts_of(values.drop_nulls()))


def prepare(batch: pl.DataFrame, columns: Sequence["Column"]) -> dict[str, Ready]:
    """All columns of many different texts in one query: a query a column would take as long again."""
    parts = []
    for number, column in enumerate(columns):
        values = pl.nth(batch.get_column_index(column.name))
        parts.append(values.str.join("").alias(f"text{number}"))
        parts.append(values.str.len_bytes().drop_nulls().implode().alias(f"length{number}"))
        if column.plain:
            parts.append(values.cast(pl.Float64, strict=False).drop_nulls().implode().alias(f"value{number}"))
    found = batch.select(parts)
    return {
        column.name: Ready(
            flat(found[f"text{number}"][0], found[f"length{number}"][0]),
            found[f"value{number}"][0].to_numpy() if column.plain else None,
        )
        for number, column in enumerate(columns)
    }


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
    plain: bool = False  # the last chunk had many different numbers and nothing else
    _kind: dict[str, str] = field(default_factory=dict)  # of the texts that are counted exactly
    _table: Table | None = None  # of these texts

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
        return as_scala_map(self.values, self.name)

    def add(self, values: pl.Series, ready: Ready | None = None) -> None:
        """Add a chunk of the column: texts, null where missing; ``ready`` is what has been made of it already."""
        values = values.alias("value")  # polars would read some names as patterns
        missing = values.null_count()
        self.missing += missing
        if missing == len(values):
            return
        if not self.many:
            present = values.drop_nulls() if missing else values
            self.many = present.head(_PROBE).n_unique() > _TRACKED
        found = self._add_many(values, ready or Ready.of(values)) if self.many else self._add_few(present)
        self.kinds = self.kinds.plus(found)

    def _add_few(self, present: pl.Series) -> Kinds:
        """Everything from the table of the texts seen so far, or where a new one comes, from the distinct texts and their counts."""
        coded = self._table.look_up(present) if self._table else None
        if coded is None:
            return self._add_new(present)
        for text, count in coded.counts().items():
            self.values[text] += count
        found = coded.kinds()
        return found if 2 * found.numbers < len(present) else self._take(coded.numbers(), found)

    def _add_new(self, present: pl.Series) -> Kinds:
        texts, counts = present.alias("text").value_counts(name="count").get_columns()
        found = dict.fromkeys(Kinds._fields, 0)
        new = []
        for text, count in zip(texts.to_list(), counts.to_list(), strict=True):
            if text not in self.values:
                self._kind[text] = kinds.kind_of(text)
                new.append(text)
            self.values[text] = self.values.get(text, 0) + count
            found[self._kind[text]] += count
        if new:
            self.cardinality.add(texts_of(pl.Series(new, dtype=pl.String)))
        if len(self.values) > _TRACKED:
            self.many = True
            self.values = {text: count for text, count in self.values.items() if text in self.domain}
        self._table = None if self.many else Table.of(list(self.values))
        return self._measure(present, Kinds(**found))

    def _add_many(self, values: pl.Series, ready: Ready) -> Kinds:
        self.cardinality.add(ready.texts)
        if self.domain:
            known = values.filter(values.is_in(list(self.domain))).alias("text").value_counts(name="count")
            for text, count in known.iter_rows():
                self.values[text] = self.values.get(text, 0) + count
        rows = len(ready.texts.lengths)
        found = None if ready.numbers is None else kinds.count_parsed(ready.texts, len(ready.numbers))
        found = found or kinds.count_from_bytes(ready.texts)
        present = values.drop_nulls() if found is None else values
        found = found or kinds.count_kinds(present)
        self.plain = found.numbers == rows
        if self.plain and ready.numbers is not None and len(ready.numbers) == rows:
            return self._take(ready.numbers, found)
        return self._measure(present.drop_nulls(), found)

    def _measure(self, present: pl.Series, found: Kinds) -> Kinds:
        """Add the numbers of a chunk that is mostly numbers."""
        if 2 * found.numbers < len(present):
            return found
        if found.numbers < len(present):
            present = present.filter(kinds.is_number(present))
        return self._take(present.cast(pl.Float64, strict=False).drop_nulls().to_numpy(), found)

    def _take(self, numbers: Floats, found: Kinds) -> Kinds:
        """Add numbers; those too large for a float count as text."""
        finite = np.isfinite(numbers)
        if finite.all():
            self.numbers.add(numbers)
            return found
        self.numbers.add(numbers[finite])
        infinite = int((~finite).sum())
        less = {"fractional" if found.fractional >= infinite else "integral": -infinite, "string": infinite}
        return found.plus(Kinds(**less))

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
    batches: Iterable[pl.DataFrame],
    domains: Mapping[str, frozenset[str]] | None = None,
    unit: str = "",
    source: str = "the data set",
) -> Summary:
    """Read all batches; every column of every batch holds texts. Column ``unit`` names each row's unit and is no feature.

    ``source`` is what an error calls the data.

    Raises:
        RefusedInput: there are no rows, a batch has other columns than the first, or there is no column ``unit``.
    """
    columns: dict[str, Column] = {}
    rows, units = 0, Cardinality()
    for whole in batches:
        batch = whole
        if unit:
            if unit not in whole.columns:
                raise RefusedInput(
                    f"{source}: column {unit} is missing: it has to name the unit that each row belongs to"
                )
            units.add(texts_of(whole[unit].fill_null("")))
            batch = whole.drop(unit)
        if not columns:
            columns = {name: Column(name, (domains or {}).get(name, frozenset())) for name in batch.columns}
        elif set(batch.columns) != set(columns):
            more, fewer = (
                len(set(one) - set(other)) for one, other in ((batch.columns, columns), (columns, batch.columns))
            )
            raise RefusedInput(
                f"the files have different columns: one has {more} that the first lacks, and lacks {fewer}"
            )
        rows += batch.height
        ready = prepare(batch, [column for column in columns.values() if column.many])
        for name, column in columns.items():
            column.add(batch[name], ready.get(name))
    if rows == 0:
        raise RefusedInput(f"{source} has no rows: is the batch empty?")
    return Summary(rows, columns, min(units.estimate(), rows) if unit else None)
