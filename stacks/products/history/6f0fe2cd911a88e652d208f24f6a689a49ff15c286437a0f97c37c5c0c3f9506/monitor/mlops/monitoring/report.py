"""The drift report as one self-contained page: what changed, by how much, drawn; no script, no network."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from mlops.monitoring.baseline import Baseline
from mlops.monitoring.charts import BEFORE, NOW, chart
from mlops.monitoring.columns import Summary

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;color:#1d2733;max-width:960px;margin:24px auto;padding:0 16px}
h1{font-size:24px;margin:0 0 4px} h2{font-size:18px;margin:28px 0 8px} .lead{font-size:17px} .muted{color:#67727e}
.bad{color:#c62a2f;font-weight:600} .good{color:#18794e;font-weight:600}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(270px,1fr));gap:14px}
.card{border:1px solid #e3e8ee;border-radius:8px;padding:10px 12px} .card.drift{border-color:#d9730d;background:#fffaf4}
.card h3{font-size:14px;margin:0;overflow-wrap:anywhere} .card p{margin:2px 0 6px;font-size:12.5px}
table{border-collapse:collapse;font-size:13px;width:100%} td,th{text-align:left;padding:4px 10px 4px 0;border-bottom:1px solid #e3e8ee}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.key i{display:inline-block;width:12px;height:12px;border-radius:2px;margin:0 5px -1px 12px} .scroll{overflow-x:auto}
"""
_RULES = {
    "joint": "A feature has drifted when the change is both large and more than chance explains.",
    "aws": "A feature has drifted when Model Monitor's distance exceeds its threshold.",
}
_SCORES = ("psi", "js", "ks", "w1_over_sd", "linf_simple", "linf_robust", "aws_distance", "noise_floor", "p_value")


def html(report: Mapping[str, Any], violations: Sequence[Mapping[str, str]], baseline: Baseline, batch: Summary) -> str:
    """The page's text."""
    order = sorted(report["features"], key=lambda item: (not item["drifted"], -item["score"], item["name"]))
    cards = "".join(_card(item, baseline, batch) for item in order)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Drift report</title><style>{_STYLE}</style><h1>Drift report</h1>"
        f'<p class="lead">{_verdict(report)}</p><p class="muted">{report["rows"]:,} rows compared with a baseline of '
        f"{report['baseline_rows']:,} rows{_units(report)}. {_RULES[report['rule']]}</p>"
        f"{_violations(violations)}<h2>Features, largest change first</h2>"
        f'<p class="key muted"><i style="background:{BEFORE}"></i>baseline<i style="background:{NOW}"></i>this batch</p>'
        f'<div class="grid">{cards}</div>{_scores(order)}</html>'
    )


def _units(report: Mapping[str, Any]) -> str:
    """How many independent units the rows belong to, where that is known."""
    if report["units"] is None or report["baseline_units"] is None:
        return ""
    return f" (about {report['units']:,} and {report['baseline_units']:,} independent units, which the tests count)"


def _verdict(report: Mapping[str, Any]) -> str:
    count, total = sum(item["drifted"] for item in report["features"]), len(report["features"])
    text = '<span class="good">No feature has drifted</span>'
    if count:
        text = f'<span class="bad">{count} of {total} features {"has" if count == 1 else "have"} drifted</span>'
    broken = report["schema_violations"]
    if broken:
        text += f'; <span class="bad">the schema is broken in {broken} place{"" if broken == 1 else "s"}</span>'
    return text


def _card(item: Mapping[str, Any], baseline: Baseline, batch: Summary) -> str:
    mark = ' <span class="bad">drifted</span>' if item["drifted"] else ""
    style = "card drift" if item["drifted"] else "card"
    drawn = chart(baseline.features[item["name"]], batch.columns.get(item["name"]))
    return f'<div class="{style}"><h3>{escape(item["name"])}{mark}</h3><p class="muted">{escape(item["why"])}</p>{drawn}</div>'


def _violations(violations: Sequence[Mapping[str, str]]) -> str:
    broken = [item for item in violations if item["constraint_check_type"] != "baseline_drift_check"]
    if not broken:
        return ""
    names = ("feature_name", "constraint_check_type", "description")
    rows = "".join("<tr>" + "".join(f"<td>{escape(item[name])}" for name in names) for item in broken)
    return f'<h2>What breaks the constraints</h2><div class="scroll"><table><tr><th>feature<th>check<th>what{rows}</table></div>'


def _scores(order: Sequence[Mapping[str, Any]]) -> str:
    head = "".join(f'<th class="n">{name}' for name in _SCORES)
    rows = "".join(
        f"<tr><td>{escape(item['name'])}" + "".join(f'<td class="n">{_number(item.get(name))}' for name in _SCORES)
        for item in order
        if "psi" in item
    )
    return f'<h2>All scores</h2><div class="scroll"><table><tr><th>feature{head}{rows}</table></div>' if rows else ""


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
