"""The pages of a profile and of two versions compared: no script, no network, inline SVG; readable on a phone and in the dark."""

from collections.abc import Iterator, Sequence

from mlops.datasets.profile import charts
from mlops.datasets.profile.compare import Comparison, Pair
from mlops.datasets.profile.model import (
    CATEGORY,
    IDENTIFIER,
    SMALLEST_CELL,
    TEXT,
    Anomaly,
    Column,
    Profile,
    Table,
    rows_text,
)
from mlops.pages import svg
from mlops.pages.page import Html, card, cards, element, facts, fragment, key, mark, note, page, section, table

_BARS = 15  # of a chart


def profile_page(profile: Profile) -> str:
    """The page of a profile."""
    rows = sum(each.rows for each in profile.tables)
    intro = f"{len(profile.tables)} tables, {rows:,} rows. Values are named where the schema declares the column public; identifying "
    intro += f"columns show none; values of fewer than {SMALLEST_CELL} rows are pooled."
    tables = (_table(each) for each in profile.tables)
    return page(
        f"Profile of {profile.version}", note(intro), section("To look at", _anomalies(profile.anomalies)), *tables
    )


def comparison_page(comparison: Comparison) -> str:
    """The page of a comparison."""
    ordered = sorted(comparison.pairs, key=lambda pair: (-pair.psi, pair.table, pair.name))
    return page(
        f"{comparison.before} and {comparison.after} compared",
        section("Differences", _differences(comparison)),
        section(
            "Distributions",
            key((svg.BLUE, comparison.before), (svg.ORANGE, comparison.after)),
            note("Shares of the rows on the bins of the first version; the most changed first."),
            cards(_pair(pair) for pair in ordered),
        ),
    )


def _table(found: Table) -> Html:
    parts = [
        element("h2", found.name, id=found.name),
        _overview(found),
        cards(_card(column) for column in found.columns),
    ]
    if found.correlations:
        parts += [element("h3", "Correlations (Pearson)"), element("div", _heatmap(found), class_="wide")]
    return fragment(*parts)


def _anomalies(found: Sequence[Anomaly]) -> Html:
    if not found:
        return note("No anomalies.")
    rows = [[mark(it.severity, it.severity), _where(it.table, it.column), it.what] for it in found]
    return table(["severity", "where", "what"], rows)


def _differences(comparison: Comparison) -> Html:
    if not comparison.differences:
        return note("No differences.")
    rows = [
        [mark(it.severity, it.severity), _where(it.table, it.column), it.what, it.before, it.after]
        for it in comparison.differences
    ]
    return table(["severity", "where", "what", comparison.before, comparison.after], rows)


def _where(name: str, column: str) -> str:
    return f"{name}.{column}" if column else name


def _overview(found: Table) -> Html:
    missing = sum(column.missing for column in found.columns)
    cells = max(1, found.rows * len(found.columns))
    told = f"{found.rows:,} rows, {len(found.columns)} columns, {missing / cells:.1%} of the cells empty, "
    return note(f"{told}{rows_text(found.repeats)} repeated rows")


def _card(column: Column) -> Html:
    return card(column.name, note(column.kind), _chart(column), facts(_facts(column)))


def _chart(column: Column) -> Html:
    if column.bins:
        ends = (column.shown(column.lowest), column.shown(column.highest))
        return charts.histogram(f"Distribution of {column.name}", [it.count for it in column.bins], ends)
    if column.categories:
        counts = [it.count for it in column.categories]
        bars = list(zip(column.labels, counts, strict=True))[:_BARS]
        rest = column.count - sum(count for _, count in bars)
        bars += [("all others", rest)] if rest >= SMALLEST_CELL else []
        return charts.bars(f"Values of {column.name}", bars)
    return fragment()


def _facts(column: Column) -> Iterator[tuple[str, str]]:
    yield "missing", column.missing_text
    if column.kind in {IDENTIFIER, TEXT, CATEGORY}:
        about = "" if column.distinct in {column.count, *range(SMALLEST_CELL)} else "about "
        yield "distinct", f"{about}{column.distinct:,}"
    if column.kind == IDENTIFIER:
        yield "values", "identifying, not shown"
    if column.kind == TEXT:
        yield "values", "free text, not shown"
    if column.mean is not None:
        yield "mean", column.shown(column.mean)
    if column.quantiles:
        yield "median", column.shown(column.quantiles.get("0.5"))
        yield (
            "middle half",
            f"{column.shown(column.quantiles.get('0.25'))} to {column.shown(column.quantiles.get('0.75'))}",
        )
        yield "11th lowest, highest", f"{column.shown(column.lowest)}, {column.shown(column.highest)}"
        yield "outliers (Tukey 1.5)", rows_text(column.outliers)


def _heatmap(found: Table) -> Html:
    names = [
        column.name
        for column in found.columns
        if any(column.name in {it.first, it.second} for it in found.correlations)
    ]
    values = {(it.first, it.second): it.r for it in found.correlations}
    return charts.heatmap(f"Correlations in {found.name}", names, values)


def _pair(pair: Pair) -> Html:
    drawn = charts.two(f"{pair.name} in both versions", pair.labels, pair.before, pair.after)
    return card(f"{pair.table}.{pair.name}", note(f"PSI {pair.psi:.3f}"), drawn)
