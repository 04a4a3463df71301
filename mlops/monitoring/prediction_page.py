"""The page about a batch's predictions: every brand's distribution, expected quality, groups of people; no script, no network."""

from collections.abc import Mapping
from html import escape
from typing import Any

from mlops.monitoring.baseline import Baseline
from mlops.monitoring.charts import BEFORE, NOW, SMALLEST_CELL
from mlops.monitoring.columns import Summary
from mlops.monitoring.report import HEAD, STYLE, card, number, scores_table, units_text


def prediction_page(report: Mapping[str, Any], known: Baseline, batch: Summary) -> str:
    """The page of a batch's predictions: every brand's distribution, expected quality, gaps between groups."""
    order = sorted(report["features"], key=lambda item: (not item["drifted"], -item["score"], item["name"]))
    cards = "".join(card(item, known, batch) for item in order)
    new = "".join(f"<li>{escape(name)}: {rows:,} predictions" for name, rows in report["new_brands"].items())
    return (
        f"{HEAD}<title>Predictions of a batch</title><style>{STYLE}</style><h1>Predictions of a batch</h1>"
        f'<p class="lead">{_verdict(report)}</p><p class="muted">{report["rows"]:,} predictions compared with the '
        f"{report['baseline_rows']:,} that this model version made for other patients when it was evaluated{units_text(report)}. "
        "Brands under 200 predictions are shown and not judged.</p>"
        f"{_expected_table(report)}<h2>Probability of stopping, largest change first</h2>"
        f'<p class="key muted"><i style="background:{BEFORE}"></i>evaluation<i style="background:{NOW}"></i>this batch '
        f"(a bar of fewer than {SMALLEST_CELL} predictions is not drawn)</p>"
        f'<div class="grid">{cards}</div>'
        + (f"<h2>Brands that the evaluation did not have</h2><ul>{new}</ul>" if new else "")
        + f"{_gap_tables(report)}{scores_table(order)}</html>"
    )


def _verdict(report: Mapping[str, Any]) -> str:
    names = [item["name"] for item in report["features"] if item["drifted"]]
    if names:
        return f'<span class="bad">The predictions have drifted: {escape(", ".join(names))}</span>'
    return '<span class="good">The predictions have not drifted</span>'


def _expected_table(report: Mapping[str, Any]) -> str:
    """What calibrated probabilities promise, here and at the evaluation."""
    before, now = report["known"], report
    names = ["all predictions", *now["expected_by_brand"]]
    pairs = [(before["expected"], now["expected"])]
    pairs += [(before["expected_by_brand"].get(name), item) for name, item in now["expected_by_brand"].items()]
    rows = "".join(
        f"<tr><td>{escape(name)}" + "".join(_before_now(one, other, key) for key in ("stop_share", "auc", "brier"))
        for name, (one, other) in zip(names, pairs, strict=True)
    )
    head = "".join(
        f'<th class="n">{text}' for text in ("share expected to stop", "expected AUC", "expected Brier score")
    )
    return (
        '<h2>Expected quality</h2><p class="muted">What the probabilities imply while they are calibrated (CBPE): no label is needed, and '
        "a change of what the inputs lead to is not seen. Before the arrow: at the evaluation; behind it: in this batch.</p>"
        f'<div class="scroll"><table><tr><th>{head}{rows}</table></div>'
    )


def _before_now(before: Mapping[str, Any] | None, now: Mapping[str, Any], key: str) -> str:
    return f'<td class="n">{number(before[key] if before else None)} → {number(now[key])}'


def _gap_tables(report: Mapping[str, Any]) -> str:
    """Predictions by groups of people."""
    rows = "".join(
        f"<tr><td>{escape(gap['attribute'].replace('_', ' '))}<td>{escape(name)}"
        f'<td class="n">{group["rows"]:,}<td class="n">{group["mean"]:.1%}<td class="n">{group["selected"]:.1%}'
        for gap in report["gaps"]
        for name, group in gap["groups"].items()
    )
    head = '<th>by<th>group<th class="n">predictions<th class="n">mean probability<th class="n">share at high risk'
    return f'<h2>Groups of people</h2><div class="scroll"><table><tr>{head}{rows}</table></div>' if rows else ""
