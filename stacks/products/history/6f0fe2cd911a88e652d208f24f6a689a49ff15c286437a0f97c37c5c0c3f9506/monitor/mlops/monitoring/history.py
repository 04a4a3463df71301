"""A project's batches as one page: a table over time, with the newest batch's drift report below it."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;color:#1d2733;max-width:1040px;margin:24px auto;padding:0 16px}
h1{font-size:24px;margin:0 0 12px} h2{font-size:18px;margin:28px 0 8px} .muted{color:#67727e}
.bad{color:#c62a2f;font-weight:600} .good{color:#18794e;font-weight:600} .scroll{overflow-x:auto}
td:first-child{white-space:nowrap}
table{border-collapse:collapse;font-size:13px;width:100%} td,th{text-align:left;padding:5px 12px 5px 0;border-bottom:1px solid #e3e8ee}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums} iframe{width:100%;height:1500px;border:1px solid #e3e8ee;border-radius:8px}
.bar{display:inline-block;height:9px;background:#d9730d;border-radius:2px;vertical-align:middle;margin-left:6px}
"""
_HEAD = (
    '<th>data as of<th>model<th class="n">rows<th class="n">largest score<th>features<th>predictions<th>schema'
    '<th class="n">expected stops<th class="n">expected AUC<th class="n">expected Brier'
)


def history_page(project: str, batches: Sequence[Mapping[str, Any]], newest_report: str) -> str:
    """The page's text; ``newest_report`` is the newest batch's own page."""
    rows = "".join(_row(batch) for batch in batches)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Monitoring of {escape(project)}</title><style>{_STYLE}</style><h1>Monitoring of {escape(project)}</h1>"
        f'<div class="scroll"><table><tr>{_HEAD}{rows}</table></div>'
        '<p class="muted">Expected figures follow from the calibrated probabilities alone (CBPE); they need no labels and see no '
        "change of what the inputs lead to. 'mlops monitor score' measures once labels have matured.</p>"
        f'<h2>The newest batch</h2><iframe title="drift report" srcdoc="{escape(newest_report)}"></iframe></html>'
    )


def _row(batch: Mapping[str, Any]) -> str:
    width = min(float(batch["max_drift_score"]), 1.0) * 60
    features = ", ".join(item["name"] for item in batch["drifted_features"][:4])
    predictions = ", ".join(item["name"] for item in batch["drifted_predictions"][:4])
    broken, expected = batch["schema_violations"], batch["estimate"]
    return (
        f'<tr><td>{escape(batch["as_of"] or batch["started"])}<td>{escape(str(batch["model_version"]))}<td class="n">{batch["rows"]:,}'
        f'<td class="n">{batch["max_drift_score"]:.3f}<span class="bar" style="width:{width:.0f}px"></span>'
        f"<td>{_found(features)}<td>{_found(predictions)}<td>{_found(f'{broken} violations' if broken else '')}{_expected(expected)}"
    )


def _expected(expected: Mapping[str, Any] | None) -> str:
    if expected is None:
        return '<td class="n">–' * 3
    auc = "–" if expected["auc"] is None else f"{expected['auc']:.3f}"
    return f'<td class="n">{expected["positives"]:,.0f}<td class="n">{auc}<td class="n">{expected["brier"]:.4f}'


def _found(text: str) -> str:
    return f'<span class="bad">{escape(text)}</span>' if text else '<span class="good">none</span>'
