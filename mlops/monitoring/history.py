"""A project's batches as one page: a table over time, with the newest batch's drift report below it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlops.pages.page import Html, element, fragment, mark, note, page, section, table
from mlops.pages.words import explained

_NUMBERS = {2, 3, 7, 8, 9}
_COLUMNS = (
    "data as of",
    "model",
    "rows",
    "largest score",
    "features",
    "predictions",
    "schema",
    "expected stops",
    "expected AUC",
    "expected Brier",
)


def history_page(project: str, batches: Sequence[Mapping[str, Any]], newest_report: str) -> str:
    """The page's text; ``newest_report`` is the newest batch's own page."""
    return page(
        f"Monitoring of {project}",
        table(_COLUMNS, [list(_row(batch)) for batch in batches], numbers=_NUMBERS),
        note(
            "Expected figures follow from the calibrated probabilities alone (CBPE); they need no labels and see no "
            "change of what the inputs lead to. 'mlops monitor score' measures once labels have matured."
        ),
        explained("drift", "expected quality (CBPE)", "AUC", "Brier"),
        section("The newest batch", element("iframe", title="drift report", srcdoc=newest_report)),
    )


def _row(batch: Mapping[str, Any]) -> Iterator[str]:
    width = min(float(batch["max_drift_score"]), 1.0) * 60
    bar = element("span", class_="bar", style=f"width:{width:.0f}px")
    broken = batch["schema_violations"]
    when = str(batch["as_of"] or batch["started"])
    yield fragment(when, " ", mark("rehearsal", "bad")) if batch.get("rehearsal") else when
    yield from (str(batch["model_version"]), f"{batch['rows']:,}")
    yield element("span", f"{batch['max_drift_score']:.3f}", bar)
    yield _found(", ".join(item["name"] for item in batch["drifted_features"][:4]))
    yield _found(", ".join(item["name"] for item in batch["drifted_predictions"][:4]))
    yield _found(f"{broken} violations" if broken else "")
    yield from _expected(batch["estimate"])


def _expected(expected: Mapping[str, Any] | None) -> tuple[str, str, str]:
    if expected is None:
        return ("–",) * 3
    auc = "–" if expected["auc"] is None else f"{expected['auc']:.3f}"
    return f"{expected['positives']:,.0f}", auc, f"{expected['brier']:.4f}"


def _found(text: str) -> Html:
    return mark(text, "bad") if text else mark("none", "good")
