"""The drift report as one self-contained page: what changed, by how much, drawn; no script, no network."""

from collections.abc import Mapping, Sequence
from typing import Any

from mlops.monitoring.baseline import Baseline
from mlops.monitoring.charts import BEFORE, NOW, chart
from mlops.monitoring.columns import Summary
from mlops.monitoring.quality import SMALLEST_CELL
from mlops.pages.page import Html, card, cards, fragment, key, lead, mark, note, page, section, table

_RULES = {
    "joint": "A feature has drifted when the change is both large and more than chance explains.",
    "aws": "A feature has drifted when Model Monitor's distance exceeds its threshold.",
}
_GLOSSARY = (
    "psi: population stability index over the baseline's deciles. js: Jensen-Shannon distance, 0 (equal) to 1 (nothing in common). "
    "ks: largest difference of the two distribution functions. w1_over_sd: how far the values have moved, in standard deviations of "
    "the baseline. linf_simple, linf_robust: largest difference of a share, and the same less what chance explains (noise_floor). "
    "aws_distance: the number that SageMaker Model Monitor would compare. p_value: how likely a difference as large is by chance."
)
_SCORES = ("psi", "js", "ks", "w1_over_sd", "linf_simple", "linf_robust", "aws_distance", "noise_floor", "p_value")


def html(report: Mapping[str, Any], violations: Sequence[Mapping[str, str]], baseline: Baseline, batch: Summary) -> str:
    """The page's text."""
    order = by_change(report)
    rows = f"{report['rows']:,} rows compared with a baseline of {report['baseline_rows']:,} rows"
    return page(
        "Drift report of a rehearsal" if report.get("rehearsal") else "Drift report",
        rehearsal_note(report),
        lead(_verdict(report)),
        note(f"{rows}{units_text(report)}. {_RULES[report['rule']]}"),
        _violations(violations),
        section(
            "Features, largest change first",
            legend("baseline", "rows"),
            cards(feature_card(item, baseline, batch) for item in order),
        ),
        scores_table(order),
    )


def rehearsal_note(report: Mapping[str, Any]) -> Html:
    """What the page of a rehearsal's batch begins with; nothing on others."""
    if not report.get("rehearsal"):
        return fragment("")
    return lead(mark("A rehearsal on invented data: this is no batch of the project.", "bad"))


def by_change(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The report's features: those that have drifted first, then by the size of their change."""
    return sorted(report["features"], key=lambda item: (not item["drifted"], -item["score"], item["name"]))


def legend(before: str, rows: str) -> Html:
    """What the colours of the charts mean, and why some bars are missing; ``rows`` is what they count."""
    more = f" (a bar of fewer than {SMALLEST_CELL} {rows} is not drawn)"
    return key((BEFORE, before), (NOW, "this batch"), more=more)


def units_text(report: Mapping[str, Any]) -> str:
    """How many independent units the rows belong to, where that is known."""
    if report["units"] is None or report["baseline_units"] is None:
        return ""
    return f" (about {report['units']:,} and {report['baseline_units']:,} independent units, which the tests count)"


def _verdict(report: Mapping[str, Any]) -> Html:
    count, total = sum(item["drifted"] for item in report["features"]), len(report["features"])
    compared = sum("psi" in item for item in report["features"])
    text = mark(f"None of {compared} compared features has drifted", "good")
    if not compared:
        text = fragment("No feature was judged for drift; what was found is about the schema only")
    if count:
        text = mark(f"{count} of {total} features {'has' if count == 1 else 'have'} drifted", "bad")
    broken = report["schema_violations"]
    if broken:
        places = f"the schema is broken in {broken} place{'' if broken == 1 else 's'}"
        text = fragment(text, "; ", mark(places, "bad"))
    return text


def feature_card(item: Mapping[str, Any], baseline: Baseline, batch: Summary) -> Html:
    """One feature: its name, why it has drifted or not, and both distributions."""
    title = fragment(item["name"], " ", mark("drifted", "bad")) if item["drifted"] else item["name"]
    drawn = chart(baseline.features[item["name"]], batch.columns.get(item["name"]))
    return card(title, note(item["why"]), drawn, marked=item["drifted"])


def _violations(violations: Sequence[Mapping[str, str]]) -> Html:
    broken = [item for item in violations if item["constraint_check_type"] != "baseline_drift_check"]
    if not broken:
        return fragment()
    names = ("feature_name", "constraint_check_type", "description")
    rows = [[item[name] for name in names] for item in broken]
    return section("What breaks the constraints", table(("feature", "check", "what"), rows))


def scores_table(order: Sequence[Mapping[str, Any]]) -> Html:
    """All scores of the features that were compared."""
    rows = [[item["name"], *(number(item.get(name)) for name in _SCORES)] for item in order if "psi" in item]
    if not rows:
        return fragment()
    scores = table(("feature", *_SCORES), rows, numbers=range(1, len(_SCORES) + 1))
    return section("All scores", scores, note(_GLOSSARY))


def number(value: float | None) -> str:
    """Three digits, or a dash."""
    return "–" if value is None else f"{value:.3f}"
