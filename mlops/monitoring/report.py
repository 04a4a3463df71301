"""The drift report as one self-contained page: what changed, by how much, drawn; no script, no network."""

from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np

from mlops.monitoring.baseline import Baseline, Feature, Numbers
from mlops.monitoring.columns import Column, Summary
from mlops.monitoring.sketch import cdf

_SMALLEST_CELL = 11  # smaller counts are pooled in what is shown
_BEFORE, _NOW = "#9aa9ba", "#d9730d"
_WIDTH, _HEIGHT = 300, 96
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;color:#1d2733;max-width:960px;margin:24px auto;padding:0 16px}
h1{font-size:24px;margin:0 0 4px} h2{font-size:18px;margin:28px 0 8px} .lead{font-size:17px} .muted{color:#67727e}
.bad{color:#c62a2f;font-weight:600} .good{color:#18794e;font-weight:600}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(270px,1fr));gap:14px}
.card{border:1px solid #e3e8ee;border-radius:8px;padding:10px 12px} .card.drift{border-color:#d9730d;background:#fffaf4}
.card h3{font-size:14px;margin:0;overflow-wrap:anywhere} .card p{margin:2px 0 6px;font-size:12.5px}
table{border-collapse:collapse;font-size:13px;width:100%} td,th{text-align:left;padding:4px 8px 4px 0;border-bottom:1px solid #e3e8ee}
.key i{display:inline-block;width:12px;height:12px;border-radius:2px;margin:0 5px -1px 12px} .scroll{overflow-x:auto}
"""


def html(report: Mapping[str, Any], violations: list[dict[str, str]], baseline: Baseline, batch: Summary) -> str:
    """The page's text."""
    known = baseline.features
    order = sorted(report["features"], key=lambda item: (not item["drifted"], -item["score"], item["name"]))
    cards = "".join(_card(item, known[item["name"]], batch.columns.get(item["name"])) for item in order)
    count = sum(item["drifted"] for item in order)
    verdict = (
        f'<span class="bad">{count} of {len(order)} features have drifted</span>'
        if count
        else '<span class="good">No feature has drifted</span>'
    )
    if report["schema_violations"]:
        verdict += f', <span class="bad">{report["schema_violations"]} schema violations</span>'
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Drift report</title><style>{_STYLE}</style><h1>Drift report</h1>"
        f'<p class="lead">{verdict}</p><p class="muted">{report["rows"]:,} rows compared with a baseline of '
        f"{report['baseline_rows']:,} rows; rule: {escape(report['rule'])}. A feature has drifted when the change is both "
        "statistically certain and large.</p>"
        f'<p class="key muted"><i style="background:{_BEFORE}"></i>baseline<i style="background:{_NOW}"></i>this batch</p>'
        f'<h2>Features, largest change first</h2><div class="grid">{cards}</div>{_violations(violations)}</html>'
    )


def _card(item: Mapping[str, Any], feature: Feature, column: Column | None) -> str:
    mark = ' <span class="bad">drifted</span>' if item["drifted"] else ""
    chart = _chart(feature, column) if column is not None else ""
    style = "card drift" if item["drifted"] else "card"
    return f'<div class="{style}"><h3>{escape(item["name"])}{mark}</h3><p class="muted">{escape(item["why"])}</p>{chart}</div>'


def _chart(feature: Feature, column: Column) -> str:
    if feature.numbers and column.numbers.count:
        return _histogram(feature.numbers, feature.present, column)
    if feature.categories and column.present:
        return _categories(feature.categories, column)
    return ""


def _histogram(numbers: Numbers, present: int, column: Column) -> str:
    one, other = cdf(numbers.levels), cdf(column.numbers.sketch.levels)
    both = np.array([one.quantile(np.array([0.005, 0.995])), other.quantile(np.array([0.005, 0.995]))])
    low, high = float(both[:, 0].min()), float(both[:, 1].max())
    if low == high:
        return f'<p class="muted">always {low:g}</p>'
    edges = np.linspace(low, high, 21)
    shares = [np.diff(np.r_[0.0, it.at(edges[1:-1]), 1.0]) for it in (one, other)]
    shares[0] = _pooled(shares[0], present)
    shares[1] = _pooled(shares[1], column.numbers.count)
    top = max(float(part.max()) for part in shares)
    step = _WIDTH / 20
    bars = "".join(
        f'<rect x="{i * step:.1f}" y="{_HEIGHT * (1 - v / top):.1f}" width="{step - 1:.1f}" height="{_HEIGHT * v / top:.1f}" '
        f'fill="{color}" fill-opacity=".65"/>'
        for part, color in zip(shares, (_BEFORE, _NOW), strict=True)
        for i, v in enumerate(part)
    )
    axis = f'<text x="0" y="{_HEIGHT + 13}" font-size="11" fill="#67727e">{low:.4g}</text>'
    axis += f'<text x="{_WIDTH}" y="{_HEIGHT + 13}" font-size="11" fill="#67727e" text-anchor="end">{high:.4g}</text>'
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT + 16}" style="width:100%" role="img" aria-label="distributions">{bars}{axis}</svg>'


def _pooled(shares: Any, count: int) -> Any:
    """Shares with bins of fewer rows than the smallest cell shown as empty."""
    return np.where(shares * count < _SMALLEST_CELL, 0.0, shares)


def _categories(before: dict[str, int], column: Column) -> str:
    n, m = max(sum(before.values()), 1), column.present
    names = sorted(
        set(before) | set(column.values),
        key=lambda name: -abs(before.get(name, 0) / n - column.values.get(name, 0) / m),
    )
    shown = [name for name in names if max(before.get(name, 0), column.values.get(name, 0)) >= _SMALLEST_CELL][:8]
    top = max([max(before.get(name, 0) / n, column.values.get(name, 0) / m) for name in shown], default=1.0)
    rows = []
    for index, name in enumerate(shown):
        y = index * 22
        rows.append(f'<text x="0" y="{y + 13}" font-size="11" fill="#1d2733">{escape(name[:18])}</text>')
        for offset, share, color in ((2, before.get(name, 0) / n, _BEFORE), (10, column.values.get(name, 0) / m, _NOW)):
            rows.append(
                f'<rect x="112" y="{y + offset}" width="{share / top * 140:.1f}" height="7" rx="1" fill="{color}"/>'
            )
        rows.append(
            f'<text x="256" y="{y + 13}" font-size="11" fill="#67727e">{column.values.get(name, 0) / m:.1%}</text>'
        )
    return f'<svg viewBox="0 0 {_WIDTH} {len(shown) * 22 + 4}" style="width:100%" role="img" aria-label="categories">{"".join(rows)}</svg>'


def _violations(violations: list[dict[str, str]]) -> str:
    if not violations:
        return ""
    rows = "".join(
        f"<tr><td>{escape(item['feature_name'])}<td>{escape(item['constraint_check_type'])}<td>{escape(item['description'])}"
        for item in violations
    )
    return f'<h2>Violations</h2><div class="scroll"><table><tr><th>feature<th>check<th>what{rows}</table></div>'
