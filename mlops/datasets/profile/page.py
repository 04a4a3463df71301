"""One self-contained HTML page: no script, no network, inline SVG; readable on a phone and in the dark."""

from collections.abc import Iterator, Sequence
from html import escape

from mlops.datasets.profile import svg
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

_BARS = 15  # of a chart
_STYLE = """
:root{--ink:#1a2330;--soft:#5c6b7d;--line:#dde3ea;--card:#fff;--page:#f5f7fa;--bar:#2f6db3;--two:#d9792b;--high:#b3261e;
--warning:#8a5a00;--info:#35618e}
@media(prefers-color-scheme:dark){:root{--ink:#e6ebf1;--soft:#9fb0c2;--line:#33404f;--card:#1c2530;--page:#12181f;
--bar:#6aa5e6;--two:#f0a35e;--high:#ff8a80;--warning:#f5c26b;--info:#8fc1f2}}
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);font:16px/1.45 system-ui,sans-serif}
main{max-width:1180px;margin:0 auto;padding:16px}h1{font-size:1.5rem;margin:.4em 0 .1em}h2{font-size:1.2rem;margin:1.6em 0 .5em}
h3{font-size:1rem;margin:0;overflow-wrap:anywhere}main>h3{margin:16px 0 6px}p{margin:.3em 0;color:var(--soft)}
.cards{display:grid;gap:12px;grid-template-columns:repeat(auto-fill,minmax(min(100%,260px),1fr))}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px;min-width:0}
.facts{display:grid;grid-template-columns:auto 1fr;gap:0 10px;font-size:.85rem;margin:6px 0 0}
.facts dt{color:var(--soft)}.facts dd{margin:0;text-align:right;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;background:var(--card);font-size:.9rem}
th,td{border-bottom:1px solid var(--line);padding:6px 8px;text-align:left;vertical-align:top;overflow-wrap:break-word}th{white-space:nowrap}
.wide{overflow-x:auto;border:1px solid var(--line);border-radius:8px}
.high,.warning,.info{font-weight:600;white-space:nowrap}.high{color:var(--high)}.warning{color:var(--warning)}.info{color:var(--info)}
svg{display:block;width:100%;height:auto;margin-top:8px}svg text{fill:var(--soft);font:11px system-ui,sans-serif}
@media(max-width:640px){thead{display:none}tr{display:block;border-bottom:2px solid var(--line);padding:4px 0}
td{display:grid;grid-template-columns:7em 1fr;border:0;padding:2px 8px}
td::before{content:attr(data-label);color:var(--soft);overflow:hidden;text-overflow:ellipsis}}
.key{display:inline-block;width:.8em;height:.8em;border-radius:2px;margin:0 .3em 0 .8em}
"""


def profile_page(profile: Profile) -> str:
    """The page of a profile."""
    rows = sum(table.rows for table in profile.tables)
    intro = f"{len(profile.tables)} tables, {rows:,} rows. Identifying columns show no values; "
    intro += f"values of fewer than {SMALLEST_CELL} rows are pooled."
    body = [f"<p>{escape(intro)}</p>", "<h2>To look at</h2>", _anomalies(profile.anomalies)]
    for table in profile.tables:
        body += [f'<h2 id="{escape(table.name)}">{escape(table.name)}</h2>', _overview(table)]
        body += ['<div class="cards">', *(_card(column) for column in table.columns), "</div>"]
        if table.correlations:
            body += ["<h3>Correlations (Pearson)</h3>", f'<div class="wide">{_heatmap(table)}</div>']
    return _page(f"Profile of {profile.version}", body)


def comparison_page(comparison: Comparison) -> str:
    """The page of a comparison."""
    legend = (
        f'<p><span class="key" style="background:var(--bar)"></span>{escape(comparison.before)}'
        f'<span class="key" style="background:var(--two)"></span>{escape(comparison.after)}</p>'
    )
    body = ["<h2>Differences</h2>", _differences(comparison), "<h2>Distributions</h2>", legend]
    body += [
        "<p>Shares of the rows on the bins of the first version; the most changed first.</p>",
        '<div class="cards">',
    ]
    ordered = sorted(comparison.pairs, key=lambda pair: (-pair.psi, pair.table, pair.name))
    body += [*(_pair(pair) for pair in ordered), "</div>"]
    return _page(f"{comparison.before} and {comparison.after} compared", body)


def _page(title: str, body: Sequence[str]) -> str:
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>"
    )
    return head + "\n".join(body) + "</main></body></html>\n"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells that are HTML already."""
    head = "".join(f"<th>{column}</th>" for column in columns)
    lines = "".join(
        "<tr>" + "".join(f'<td data-label="{name}">{it}</td>' for name, it in zip(columns, row, strict=True)) + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>'


def _severity(text: str) -> str:
    return f'<span class="{escape(text)}">{escape(text)}</span>'


def _anomalies(found: Sequence[Anomaly]) -> str:
    if not found:
        return "<p>No anomalies.</p>"
    rows = [[_severity(it.severity), escape(_where(it.table, it.column)), escape(it.what)] for it in found]
    return _table(["severity", "where", "what"], rows)


def _differences(comparison: Comparison) -> str:
    if not comparison.differences:
        return "<p>No differences.</p>"
    rows = [
        [
            _severity(it.severity),
            escape(_where(it.table, it.column)),
            escape(it.what),
            escape(it.before),
            escape(it.after),
        ]
        for it in comparison.differences
    ]
    return _table(["severity", "where", "what", escape(comparison.before), escape(comparison.after)], rows)


def _where(table: str, column: str) -> str:
    return f"{table}.{column}" if column else table


def _overview(table: Table) -> str:
    missing = sum(column.missing for column in table.columns)
    cells = max(1, table.rows * len(table.columns))
    facts = f"{table.rows:,} rows, {len(table.columns)} columns, {missing / cells:.1%} of the cells empty, "
    return f"<p>{escape(facts + rows_text(table.repeats) + ' repeated rows')}</p>"


def _card(column: Column) -> str:
    facts = "".join(f"<dt>{escape(key)}</dt><dd>{escape(value)}</dd>" for key, value in _facts(column))
    return (
        f'<section class="card"><h3>{escape(column.name)}</h3><p>{escape(column.kind)}</p>'
        f'{_chart(column)}<dl class="facts">{facts}</dl></section>'
    )


def _chart(column: Column) -> str:
    if column.bins:
        ends = (column.shown(column.lowest), column.shown(column.highest))
        return svg.histogram(f"Distribution of {column.name}", [it.count for it in column.bins], ends)
    if column.categories:
        bars = [(it.label, it.count) for it in column.categories[:_BARS]]
        rest = column.count - sum(count for _, count in bars)
        bars += [("all others", rest)] if rest >= SMALLEST_CELL else []
        return svg.bars(f"Values of {column.name}", bars)
    return ""


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


def _heatmap(table: Table) -> str:
    names = [
        column.name
        for column in table.columns
        if any(column.name in {it.first, it.second} for it in table.correlations)
    ]
    values = {(it.first, it.second): it.r for it in table.correlations}
    return svg.heatmap(f"Correlations in {table.name}", names, values)


def _pair(pair: Pair) -> str:
    return (
        f'<section class="card"><h3>{escape(pair.table)}.{escape(pair.name)}</h3><p>PSI {pair.psi:.3f}</p>'
        f"{svg.two(f'{pair.name} in both versions', pair.labels, pair.before, pair.after)}</section>"
    )
