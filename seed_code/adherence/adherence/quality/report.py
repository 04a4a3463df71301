"""The evaluation as one self-contained HTML page: tables and inline SVG, no script, nothing fetched."""

from collections.abc import Mapping, Sequence
from html import escape
from math import log, sqrt
from typing import Any

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b2733}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .6rem;text-align:right;border-bottom:1px solid #dde3e9}th:first-child,td:first-child{text-align:left}
th{font-weight:600;color:#52616f}figure{margin:1rem 0}figcaption,.note{color:#52616f;font-size:.88rem}
.off{color:#a33}.wide{overflow-x:auto}dt{font-weight:600;float:left;clear:left;margin-right:.4rem}dt:after{content:":"}dd{margin:0 0 .3rem}
td:first-child{min-width:7rem}svg{max-width:100%;height:auto}svg text{font:11px system-ui,sans-serif;fill:#52616f}
"""
_VIEWPORT = "<meta name=viewport content='width=device-width,initial-scale=1'>"
_NOTE = (
    "Intervals are 95 % bootstraps by patient. Cells with fewer than the smallest permitted number of stops, or of rows without one, are "
    "suppressed. Associations, not causes; the outcome is refill behaviour, not ingestion."
)
_WORDS = {
    "row": "one patient, one brand, one index date: the day on which the question is asked",
    "stop": "the supply runs out within the horizon and no fill of the brand follows within the permissible gap G",
    "due": "rows whose supply ends within the horizon; the others cannot stop in it, and are easy",
    "AUC": "how often a row that stops is ranked above one that does not: 0.5 is chance, 1 is perfect",
    "calibration error": "how far predicted and observed shares lie apart, on average; 0 is right",
    "slope": "1 is right; below 1 the predictions are too extreme, above 1 too timid",
    "observed / expected": "stops that happened over stops predicted: 1 is right, above 1 the risk was underestimated. Red: outside "
    "0.85 to 1.15 and further from 1 than chance explains",
    "Brier": "mean squared error of the probabilities; smaller is better",
    "lift": "how many times more often the rows at highest risk stop than all rows",
    "conformal set": "the outcomes that cannot be ruled out at the stated coverage: stop, continue, or both",
    "low support": "so few stops in training that the brand's own calibration cannot be trusted",
    "–": "suppressed: too few patients to show, or not computable",
}
_NAMES = {"all": "all rows", "due": "supply ends within the horizon", "on_supply_due": "of these, still on supply"}


def page(report: Mapping[str, Any]) -> str:
    """The whole page."""
    label = report["label"]
    intro = (
        f"{report['rows']:,} rows of {report['patients']:,} patients who were not trained on, {report['positives']:,} stops, "
        f"index dates {report['index_dates'][0]} to {report['index_dates'][-1]}. Stop within {label['horizon_days']} days; "
        f"permissible gap G = {label['permissible_gap_days']} days; a switch within the class counts as {label['switch_policy']}."
    )
    parts = [
        f"<h1>Evaluation: will this patient stop this brand?</h1><p>{escape(intro)}</p>",
        _in_short(report),
        _strata(report),
        _champion(report["champion"]),
        _calibration(report["calibration"]),
        _by_brand(report["brands"]),
        _brand_calibration(report["calibration_by_brand"]),
        _lift(report["lift"]),
        _sets(report),
        _fairness(report["fairness"]),
        _pitfalls(report.get("pitfalls", ())),
        _glossary(),
        f"<p class=note>{_NOTE}</p>",
    ]
    head = (
        f"<!doctype html><html lang=en><meta charset=utf-8>{_VIEWPORT}<title>Evaluation</title><style>{_STYLE}</style>"
    )
    return head + "<body>" + "\n".join(parts) + "</body></html>\n"


def _in_short(report: Mapping[str, Any]) -> str:
    """What the figures below say to somebody who decides whom to contact."""
    parts = []
    top = next((it for it in report["lift"] if it["top"] == 0.1), None)
    if top:
        usual = report["positives"] / report["rows"]
        parts.append(
            f"Of the tenth of rows at highest risk, {top['precision']:.0%} stopped, of all rows {usual:.0%}; "
            f"contacting that tenth would reach {top['sensitivity']:.0%} of all stops."
        )
    ratio = report["strata"]["all"].get("observed_over_expected")
    if ratio is not None:
        parts.append(f"For every 100 stops predicted, {100 * ratio:.0f} happened.")
    return f"<p><strong>In short.</strong> {escape(' '.join(parts))}</p>" if parts else ""


def _glossary() -> str:
    lines = "".join(f"<dt>{escape(word)}</dt><dd>{escape(meaning)}</dd>" for word, meaning in _WORDS.items())
    return f"<h2>Words on this page</h2><dl>{lines}</dl>"


def _number(value: Any, digits: int = 3) -> str:
    if value is None or isinstance(value, str):
        return value or "–"
    return f"{value:.{digits}f}" if isinstance(value, float) else f"{value:,}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<div class=wide><table><tr>{top}</tr>{body}</table></div>"


def _between(values: Sequence[float] | None) -> str:
    if not values or None in values:  # not computable: a model that gives everybody no risk at all
        return ""
    return f" <span class=note>({values[0]:.3f}–{values[1]:.3f})</span>"


def _strata(report: Mapping[str, Any]) -> str:
    head = ("stratum", "rows", "stops", "AUC", "Brier", "calibration error", "slope", "observed / expected")
    rows = []
    for name, it in report["strata"].items():
        title = _NAMES.get(name, name)
        if it.get("suppressed"):
            rows.append([title, *["–"] * 7])
            continue
        auc, ratio = it["auc"], it["observed_over_expected"]
        rows.append(
            [
                title, _number(it["rows"]), _number(it["positives"]), _number(auc) + _between(it.get("auc_interval")),
                _number(it["brier"], 4), _number(it["ece"], 4), _number(it["slope"], 2),
                _number(ratio, 2) + _between(it.get("observed_over_expected_interval")),
            ]
        )  # fmt: skip
    simple = ", ".join(f"{name.replace('_', ' ')} {_number(it['auc'])}" for name, it in report["baselines"].items())
    note = f"<p class=note>AUC of simple rules on all rows: {escape(simple)}.</p>"
    return f"<h2>Discrimination and calibration</h2>{_table(head, rows)}{note}"


def _champion(it: Mapping[str, Any]) -> str:
    if it["version"] == "none":
        return "<p>No version was deployed to compare with.</p>"
    verdict = "" if it["compared"] and it["not_worse"] else " class=off"
    return f"<p><span{verdict}>{escape(it['summary'][:1].upper() + it['summary'][1:])}.</span></p>"


class _Plot:
    """A square or oblong plot with axes from 0 to ``x`` and 0 to ``y``."""

    def __init__(self, width: int, height: int, x: float, y: float) -> None:
        self._size, self._max = (width, height), (x or 1.0, y or 1.0)
        self._parts: list[str] = []

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Position in the drawing."""
        return 46 + x / self._max[0] * (self._size[0] - 60), self._size[1] - 34 - y / self._max[1] * (
            self._size[1] - 50
        )

    def line(self, first: tuple[float, float], last: tuple[float, float], style: str) -> None:
        """A line between two points."""
        (a, b), (c, d) = self.at(*first), self.at(*last)
        self._parts.append(f'<line x1="{a:.1f}" y1="{b:.1f}" x2="{c:.1f}" y2="{d:.1f}" {style}/>')

    def dot(self, x: float, y: float, title: str, colour: str = "#1769aa") -> None:
        """A point with a title."""
        a, b = self.at(x, y)
        self._parts.append(
            f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="{colour}"><title>{escape(title)}</title></circle>'
        )

    def text(self, x: float, y: float, words: str, anchor: str = "middle") -> None:
        """Words at a position of the drawing."""
        self._parts.append(f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{escape(words)}</text>')

    def svg(self, name: str, across: str, up: str) -> str:
        """The drawing with its axes."""
        width, height = self._size
        for share in (0, 0.25, 0.5, 0.75, 1):
            x, y = self.at(share * self._max[0], 0)[0], self.at(0, share * self._max[1])[1]
            self.text(x, height - 18, f"{share * self._max[0]:.2g}")
            self.text(40, y + 4, f"{share * self._max[1]:.2g}", "end")
        self.text(width / 2, height - 4, across)
        self.text(8, 10, up, "start")
        grey = 'stroke="#9aa7b3"'
        self.line((0, 0), (self._max[0], 0), grey)
        self.line((0, 0), (0, self._max[1]), grey)
        return f'<svg role="img" aria-label="{escape(name)}" viewBox="0 0 {width} {height}" width="{width}">{"".join(self._parts)}</svg>'


def _curve(bins: Sequence[Mapping[str, float]], width: int, name: str) -> str:
    top = max([it["high"] for it in bins] + [it["predicted"] for it in bins], default=1.0)
    plot = _Plot(width, width, top, top)
    plot.line((0, 0), (top, top), 'stroke="#c3ccd4" stroke-dasharray="4 4"')
    for it in bins:
        plot.line((it["predicted"], it["low"]), (it["predicted"], it["high"]), 'stroke="#1769aa" stroke-width="1.5"')
        plot.dot(
            it["predicted"],
            it["observed"],
            f"predicted {it['predicted']:.3f}, observed {it['observed']:.3f}, {it['rows']} rows",
        )
    return plot.svg(f"calibration of {name}", "predicted", "observed")


def _calibration(bins: Sequence[Mapping[str, float]]) -> str:
    rows = [
        [_number(int(it["rows"])), *(_number(it[name]) for name in ("predicted", "observed", "low", "high"))]
        for it in bins
    ]
    table = _table(("rows", "predicted", "observed", "95 % from", "to"), rows)
    return f"<h2>Calibration of due rows</h2><figure>{_curve(bins, 340, 'due rows')}</figure>{table}"


def _by_brand(brands: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for it in brands:
        name = escape(it["name"]) + (" <span class=note>low support</span>" if it.get("low_support") else "")
        if it.get("suppressed"):
            continue
        ratio = it["observed_over_expected"]
        shown = f"<span class=off>{ratio:.2f}</span>" if _is_off(ratio, it["positives"]) else _number(ratio, 2)
        rows.append(
            [
                name,
                _number(it["rows"]),
                _number(it["positives"]),
                _number(it["auc"]),
                _number(it["ece"], 4),
                _number(it["slope"], 2),
                shown,
            ]
        )
    head = ("brand", "rows", "stops", "AUC", "calibration error", "slope", "observed / expected")
    hidden = ", ".join(escape(it["name"]) for it in brands if it.get("suppressed"))
    note = f"<p class=note>Too few patients or stops to show: {hidden}.</p>" if hidden else ""
    return f"<h2>Brands</h2>{_table(head, rows)}{note}"


def _is_off(ratio: float | None, stops: int) -> bool:
    """Outside 0.85 to 1.15, and 1 lies outside its 95 % interval (the count of stops as a Poisson variable, on the log scale)."""
    return ratio is not None and not 0.85 <= ratio <= 1.15 and abs(log(ratio)) > 1.96 / sqrt(stops)


def _brand_calibration(by_brand: Mapping[str, Sequence[Mapping[str, float]]]) -> str:
    figures = [
        f"<figure style='display:inline-block;margin:.3rem'><figcaption>{escape(name)}</figcaption>{_curve(bins, 210, name)}</figure>"
        for name, bins in by_brand.items()
        if len(bins) > 1
    ]
    return "<h2>Calibration by brand (due rows)</h2>" + "".join(figures) if figures else ""


def _lift(tops: Sequence[Mapping[str, float]]) -> str:
    rows = [
        [
            f"{it['top']:.0%}",
            _number(int(it["rows"])),
            *(_number(it[name], 2) for name in ("precision", "sensitivity", "lift")),
        ]
        for it in tops
    ]
    head = ("highest risk", "rows", "of them stop", "share of all stops", "lift")
    return f"<h2>Lift</h2>{_table(head, rows)}"


def _sets(report: Mapping[str, Any]) -> str:
    conformal, confidence, interval = report["conformal"], report["confidence"], report["interval"]
    words = (
        f"Conformal sets contain the truth for {_number(conformal['coverage_stop'])} of stoppers and "
        f"{_number(conformal['coverage_continue'])} of the others; {_number(conformal['share_both'])} of the sets name both. "
        f"Mean confidence {_number(confidence['mean_due'])}, accuracy {_number(confidence['accuracy_due'])} (due rows). "
        f"Mean width of the interval {_number(interval['mean_width'])}, on due rows {_number(interval['mean_width_due'])}."
    )
    return f"<h2>Confidence</h2><p>{words}</p>"


def _fairness(groups: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    rows = [
        [f"{escape(kind.replace('_', ' '))}: {escape(it['name'])}", *_group(it)]
        for kind, members in groups.items()
        for it in members
    ]
    return f"<h2>Groups</h2>{_table(('group', 'rows', 'stops', 'AUC', 'slope', 'observed / expected'), rows)}"


def _pitfalls(found: Sequence[Mapping[str, Any]]) -> str:
    if not found:
        return ""
    rows = [[escape(it["what"]), escape(_number(it["count"])), escape(it["handled"])] for it in found]
    note = "Counted over all dispensings delivered, in training and test."
    return f"<h2>What the data held</h2>{_table(('pitfall', 'count', 'handled'), rows)}<p class=note>{note}</p>"


def _group(it: Mapping[str, Any]) -> list[str]:
    if it.get("suppressed"):
        return ["–"] * 5
    counts = [_number(it[name]) for name in ("rows", "positives", "auc")]
    return [*counts, _number(it["slope"], 2), _number(it["observed_over_expected"], 2)]
