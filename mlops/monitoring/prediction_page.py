"""The page about a batch's predictions: every brand's distribution, expected quality, groups of people; no script, no network."""

from collections.abc import Mapping
from typing import Any

from mlops.monitoring.baseline import Baseline
from mlops.monitoring.columns import Summary
from mlops.monitoring.report import by_change, feature_card, legend, number, rehearsal_note, scores_table, units_text
from mlops.pages.page import Html, cards, element, fragment, lead, mark, note, page, section, table
from mlops.pages.words import explained

_MEASURES = {"stop_share": "share expected to stop", "auc": "expected AUC", "brier": "expected Brier score"}


def prediction_page(report: Mapping[str, Any], known: Baseline, batch: Summary) -> str:
    """The page of a batch's predictions: every brand's distribution, expected quality, gaps between groups."""
    order = by_change(report)
    return page(
        "Predictions of a batch",
        rehearsal_note(report),
        lead(_verdict(report)),
        note(
            f"{report['rows']:,} predictions compared with the {report['baseline_rows']:,} that this model version made for other "
            f"patients when it was evaluated{units_text(report)}. Brands under 200 predictions are shown and not judged."
        ),
        _expected_table(report),
        section(
            "Probability of stopping, largest change first",
            legend("evaluation", "predictions"),
            cards(feature_card(item, known, batch) for item in order),
        ),
        _new_brands(report["new_brands"]),
        _gap_tables(report),
        scores_table(order),
    )


def _verdict(report: Mapping[str, Any]) -> Html:
    names = [item["name"] for item in report["features"] if item["drifted"]]
    if names:
        return mark(f"The predictions have drifted: {', '.join(names)}", "bad")
    return mark("The predictions have not drifted", "good")


def _expected_table(report: Mapping[str, Any]) -> Html:
    """What calibrated probabilities promise, here and at the evaluation."""
    before, now = report["known"], report
    names = ["all predictions", *now["expected_by_brand"]]
    pairs = [(before["expected"], now["expected"])]
    pairs += [(before["expected_by_brand"].get(name), item) for name, item in now["expected_by_brand"].items()]
    rows = [
        [name, *(_before_now(one, other, measure) for measure in _MEASURES)]
        for name, (one, other) in zip(names, pairs, strict=True)
    ]
    return section(
        "Expected quality",
        note(
            "What the probabilities imply while they are calibrated (CBPE): no label is needed, and "
            "a change of what the inputs lead to is not seen. Before the arrow: at the evaluation; behind it: in this batch."
        ),
        table(("", *_MEASURES.values()), rows, numbers=(1, 2, 3)),
        explained("AUC", "Brier", "expected quality (CBPE)", "drift"),
    )


def _before_now(before: Mapping[str, Any] | None, now: Mapping[str, Any], measure: str) -> str:
    return f"{number(before[measure] if before else None)} → {number(now[measure])}"


def _new_brands(brands: Mapping[str, int]) -> Html:
    if not brands:
        return fragment()
    items = (element("li", f"{name}: {rows:,} predictions") for name, rows in brands.items())
    return section("Brands that the evaluation did not have", element("ul", *items))


def _gap_tables(report: Mapping[str, Any]) -> Html:
    """Predictions by groups of people."""
    rows = [
        [
            gap["attribute"].replace("_", " "),
            name,
            f"{group['rows']:,}",
            f"{group['mean']:.1%}",
            f"{group['selected']:.1%}",
        ]
        for gap in report["gaps"]
        for name, group in gap["groups"].items()
    ]
    columns = ("by", "group", "predictions", "mean probability", "share at high risk")
    return section("Groups of people", table(columns, rows, numbers=(2, 3, 4))) if rows else fragment()
