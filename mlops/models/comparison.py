"""Two model versions side by side: measures by stratum and brand, parameters, data; as rows, JSON and HTML."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mlops.pages.page import Html, element, page, section, table

MEASURES = ("rows", "positives", "auc", "brier", "ece", "slope", "observed_over_expected")
ORIGIN = (
    "dataset_id",
    "dataset_uri",
    "git_commit",
    "started_by",
    "source_archive",
    "model_sha256",
    "feature_definition",
    "champion",
    "champion_auc_due_gain",
)
_INTERNAL = {"pipeline_execution_arn", "model_card", "prediction_baseline"}
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One line: ``section`` is measures, parameters or origin; None where a version does not say."""

    section: str
    name: str
    first: str | float | None
    second: str | float | None

    @property
    def differs(self) -> bool:
        """Whether the two versions do."""
        return self.first != self.second

    @property
    def change(self) -> float | None:
        """Second minus first, of numbers."""
        numbers = isinstance(self.first, int | float) and isinstance(self.second, int | float)
        return round(self.second - self.first, 6) if numbers else None  # type: ignore[operator]


@dataclass(frozen=True)
class Comparison:
    """``different`` says why the two were not measured on the same question and rows; empty where they were: then measures compare.

    ``base_rates`` are the shares of events among the rows of each, None where a report does not say.
    """

    project: str
    first: int
    second: int
    different: str
    base_rates: tuple[float | None, float | None]
    rows: Sequence[Row]

    @property
    def same_rows(self) -> bool:
        """Whether the measures are comparable."""
        return not self.different

    @property
    def note(self) -> str:
        """One sentence on that."""
        if self.same_rows:
            return "Both versions were measured on the same rows."
        rates = " and ".join("unknown" if rate is None else f"{rate:.1%}" for rate in self.base_rates)
        return f"Not comparable: {self.different}. Base rates: {rates}."

    def to_json(self) -> dict[str, Any]:
        """As one JSON object."""
        rows = [{**asdict(row), "change": row.change, "differs": row.differs} for row in self.rows]
        return {
            "project": self.project,
            "versions": [self.first, self.second],
            "same_rows": self.same_rows,
            "different": self.different,
            "base_rates": list(self.base_rates),
            "rows": rows,
        }


def compare(project: str, packages: tuple[Document, Document], evaluations: tuple[Document, Document]) -> Comparison:
    """``packages`` are DescribeModelPackage's answers, ``evaluations`` their evaluation reports."""
    metadata = tuple(dict(package.get("CustomerMetadataProperties", {})) for package in packages)
    measured = tuple(dict(_measured(report)) for report in evaluations)
    parameters = tuple(
        {key: value for key, value in item.items() if key not in {*ORIGIN, *_INTERNAL}} for item in metadata
    )
    origin = tuple({key: item[key] for key in ORIGIN if key in item} for item in metadata)
    sections = (("measures", measured), ("parameters", parameters), ("origin", origin))
    rows = [row for section, pair in sections for row in _rows(section, pair)]
    one, other = (int(package["ModelPackageVersion"]) for package in packages)
    rates = _base_rate(evaluations[0]), _base_rate(evaluations[1])
    return Comparison(project, one, other, _different(packages, evaluations), rates, rows)


def _different(packages: tuple[Document, Document], evaluations: tuple[Document, Document]) -> str:
    """Why the two were measured on another question or other rows, by content; of older reports by what they say of the rows."""
    labels, rows = ([report.get(name, "") for report in evaluations] for name in ("label_definition", "rows_sha256"))
    if all(labels) and labels[0] != labels[1]:
        return "their labels are defined otherwise"
    known = rows if all(rows) else [_test_set(*pair) for pair in zip(packages, evaluations, strict=True)]
    return "" if known[0] == known[1] else "they were measured on different rows"


def _base_rate(report: Document) -> float | None:
    """Share of the test rows with an event."""
    rows, positives = report.get("rows"), report.get("positives")
    return positives / rows if isinstance(rows, int) and isinstance(positives, int) and rows else None


def _rows(section: str, pair: Sequence[Document]) -> Iterator[Row]:
    for name in [*pair[0], *(name for name in pair[1] if name not in pair[0])]:
        yield Row(section, name, pair[0].get(name), pair[1].get(name))


def _measured(report: Document) -> Iterator[tuple[str, str | float]]:
    """(``stratum: measure``, value); of groups with too few cases it is said that their measures are not shown."""
    for stratum, values in report.get("strata", {}).items():
        yield from _named(str(stratum), values)
    for group in report.get("brands", []):
        yield from _named(f"brand {group['name']}", group)
    for attribute, groups in report.get("fairness", {}).items():
        for group in groups:
            yield from _named(f"{attribute} {group['name']}", group)


def _named(where: str, values: Document) -> Iterator[tuple[str, str | float]]:
    if values.get("suppressed"):
        yield f"{where}: measures", "suppressed"
    for measure in MEASURES:
        if isinstance(values.get(measure), int | float):
            yield f"{where}: {measure}", values[measure]


def _test_set(package: Document, report: Document) -> tuple[Any, ...]:
    """What identifies the rows that a report was measured on."""
    data = package.get("CustomerMetadataProperties", {}).get("dataset_id")
    return data, report.get("rows"), report.get("positives"), tuple(report.get("index_dates", ()))


def as_html(comparison: Comparison) -> str:
    """A page of its own, without scripts or outside addresses."""
    parts = (section(name.title(), _table(comparison, name)) for name in ("measures", "parameters", "origin"))
    title = f"{comparison.project}: version {comparison.first} and version {comparison.second}"
    return page(title, element("p", comparison.note), *parts)


def _table(comparison: Comparison, name: str) -> Html:
    rows = [row for row in comparison.rows if row.section == name]
    columns = (name, f"version {comparison.first}", f"version {comparison.second}", "change")
    numbers = (1, 2, 3) if name == "measures" else ()
    cells = [[row.name, shown(row.first), shown(row.second), shown(row.change)] for row in rows]
    return table(columns, cells, numbers=numbers, marked=[place for place, row in enumerate(rows) if row.differs])


def shown(value: str | float | None) -> str:
    """A cell's text."""
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else str(value)
