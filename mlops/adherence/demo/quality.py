"""The report's section about the model: how good it is, for whom."""

from collections.abc import Mapping
from typing import Any

from mlops.adherence.demo import charts
from mlops.adherence.demo.page import Cell, table
from mlops.pages.page import Html, element, note
from mlops.pages.words import explained

_MEASURES = ("auc", "brier", "ece", "slope", "observed_over_expected")
_MEASURE_NAMES = ["AUC", "Brier", "calibration error", "calibration slope", "observed / expected"]
_STRATA = {"all": "all rows", "due": "due: supply ends within 30 days", "on_supply_due": "still on supply and due"}


def quality(evaluation: Mapping[str, Any]) -> list[Html]:
    """Measures by stratum, calibration, simpler models, groups and brands."""
    strata = [
        [title, *_counts(evaluation["strata"][name]), *_measures(evaluation["strata"][name])]
        for name, title in _STRATA.items()
    ]
    bins = [
        charts.Bin(item["predicted"], item["observed"], item["rows"], item["low"], item["high"])
        for item in evaluation["calibration"]
    ]
    columns = ["rows", "stops", *_MEASURE_NAMES]
    shown = sorted((item for item in evaluation["brands"] if "rows" in item), key=lambda item: -item["positives"])
    small = [item["name"] for item in evaluation["brands"] if "rows" not in item]
    return [
        note(
            f"Test rows: patients the model has never seen, at index dates after training; permissible gap {_gap(evaluation)} days."
        ),
        table(["stratum", *columns], strata),
        explained(*_MEASURE_NAMES, "due"),
        element(
            "div",
            element("div", element("h3", "Calibration of due rows"), charts.calibration(bins)),
            element("div", *_peers_and_groups(evaluation)),
            class_="pair",
        ),
        element("h3", "By brand"),
        table(["brand", *columns], [[item["name"], *_counts(item), *_measures(item)] for item in shown]),
        note(f"Fewer than 11 stops, so not shown: {', '.join(small) or 'none'}."),
    ]


def _peers_and_groups(evaluation: Mapping[str, Any]) -> list[Html]:
    peers = [[name.replace("_", " "), item["auc"]] for name, item in sorted(evaluation["baselines"].items())]
    groups = [
        [f"{kind.replace('_', ' ')}: {group['name']}", *_counts(group), *_measures(group)]
        for kind, found in evaluation["fairness"].items()
        for group in found
    ]
    return [
        element("h3", "Simpler models, AUC of all rows"),
        table(["model", "AUC"], [["this model", evaluation["gates"]["auc"]], *peers]),
        element("h3", "By group"),
        table(["group", "rows", "stops", "AUC", "observed / expected"], [[*row[:4], row[7]] for row in groups]),
    ]


def _gap(evaluation: Mapping[str, Any]) -> int:
    return int(evaluation["permissible_gap_days"])


def _counts(item: Mapping[str, Any]) -> list[Cell]:
    return [item.get("rows"), item.get("positives")]


def _measures(item: Mapping[str, Any]) -> list[Cell]:
    return [item.get(name) for name in _MEASURES]
