"""The model card of a version: for whom and for what, with which data, how good, and where it must not be used.

Headings follow the nine groups of source attributes of 45 CFR 170.315(b)(11)(iv)(B) (ONC HTI-1); ``tripod_ai`` says where each item of
the TRIPOD+AI checklist (Collins 2024) is answered.
"""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from adherence.features.features import NUMERIC
from adherence.model.model import Model
from adherence.quality.evaluate import large

_OUT_OF_SCOPE = (
    "no decision to stop, start or change a dose: a clinician decides",
    "no denial, delay or pricing of coverage",
    "not for time-critical decisions, not shown to patients, gives no command",
    "the outcome is refill behaviour, not ingestion: nobody sees whether a pill was taken",
    "no other disease, age under 18, inpatient, or setting without dispensing records",
)
_MARKUP = re.compile(r"[`*_\[\]#~$@]|:(?=/)|(?<=www)\.|^[-+=]", re.IGNORECASE)
_REFERENCE = re.compile(r"(&)\\(?=#)")  # the references' own sign
_NUMBERED = re.compile(r"^(\d+)([.)])")
_TRIPOD = {
    "1 Title": "details",
    "2 Abstract": "details, purpose",
    "3 Background": "purpose",
    "4 Objectives": "purpose",
    "5 Data": "development",
    "6 Participants": "development",
    "7 Data preparation": "development",
    "8 Outcome": "details",
    "9 Predictors": "development",
    "10 Sample size": "development",
    "11 Missing data": "development",
    "12 Analytical methods": "development",
    "13 Class imbalance": "development",
    "14 Fairness": "fairness",
    "15 Model output": "details",
    "16 Training versus evaluation": "development",
    "17 Ethical approval": "not applicable: synthetic patients; to be filled in by whoever trains on real ones",
    "18 Open science": "the seed code, its settings and this card are in the project's repository",
    "19 Patient and public involvement": "none so far",
    "20 Participants (results)": "performance",
    "21 Model development (results)": "development",
    "22 Model specification": "model.json and *.ubj of this version, with their SHA-256",
    "23 Model performance": "performance",
    "24 Model updating": "updates",
    "25 Interpretation": "purpose, performance",
    "26 Limitations": "out_of_scope, validation",
    "27 Usability in the context of current care": "purpose, maintenance",
}


def describe(model: Model, evaluation: Mapping[str, Any], train: pd.DataFrame | None = None) -> dict[str, Any]:
    """The card's contents."""
    settings = model.settings
    horizon, gap = settings["horizon_days"], settings["permissible_gap_days"]
    return {
        "title": "Risk of stopping a diabetes medication of a given brand",
        "details": {
            "output": f"per patient and brand: probability of a stop within {horizon} days, interval, confidence, conformal set, risk "
            "band, three worded factors, flags",
            "outcome": f"the supply runs out within {horizon} days and no fill of the brand follows within the permissible gap of "
            f"{gap} days; a switch within the class or ingredient counts as {settings['switch_policy']}",
            "developer": "the owner of this project (not a device manufacturer)",
            "funding": "none stated",
            "type": "gradient-boosted trees (XGBoost), Platt scaling with penalised brand offsets",
        },
        "purpose": {
            "intended_use": "to support a care team in choosing whom to contact about continuing a medication",
            "intended_users": "clinicians and pharmacists; clinician-facing",
            "intended_population": "adults with diabetes who have filled the brand within the look-back period",
            "role_in_decision": "informs; a human decides, and may disregard every score without giving a reason",
        },
        "out_of_scope": list(_OUT_OF_SCOPE),
        "development": _development(model, evaluation, train) | {"pitfalls": evaluation.get("pitfalls", "not counted")},
        "fairness": {
            "approach": "calibration and discrimination are compared between groups of sex, age band and payer; race, where delivered, is "
            "used for the audit only and never as a feature",
            "groups": evaluation["fairness"],
        },
        "validation": {
            "internal": "other patients at later dates; intervals by patient bootstrap",
            "external": "none on real patients: until then the data are synthetic",
        },
        "performance": {
            "strata": evaluation["strata"],
            "brands": evaluation["brands"],
            "conformal": evaluation["conformal"],
            "baselines": evaluation["baselines"],
            "champion": evaluation["champion"],
            "rows": evaluation["rows"],
            "index_dates": evaluation["index_dates"],
        },
        "maintenance": {
            "monitoring": "every scoring run compares its input with this version's baseline and publishes drift",
            "override": "a version can be rejected, and rolled back to an earlier one, at any time and without training",
        },
        "updates": {
            "triggers": "drift beyond the joint rule (significant and large), or a calibration that has moved once outcomes have matured",
            "rule": "a new version must pass the quality gate, be no worse than the deployed one where label and rows are the same in "
            "content (else they are not comparable, and the approver reads why), and be approved by another person; fairness is assessed "
            "with every version",
        },
        "tripod_ai": _TRIPOD,
    }


def _development(model: Model, evaluation: Mapping[str, Any], train: pd.DataFrame | None) -> dict[str, Any]:
    settings, smallest = model.settings, int(model.settings["smallest_cell"])
    named = _named(model, evaluation, train, smallest)
    support = {brand: (count if count >= smallest else f"< {smallest}") for brand, count in named.items()}
    period = [min(train["index_date"]), max(train["index_date"])] if train is not None else None
    return {
        "data": "dispensing records, enrolment, laboratory values and profile in the project's data format; synthetic until a data set of "
        "real patients is named in the version's metadata",
        "rows": None if train is None else len(train),
        "index_dates": period,
        "features": list(NUMERIC),
        "also_used": ["brand", "drug_class"],
        "not_used": ["race", "region", "pharmacy", "prescriber"],
        "missing_values": "left missing (the trees route them); days of supply that cannot be used are imputed by the brand's median and "
        "flagged",
        "class_imbalance": "neither resampled nor weighted: probabilities stay calibrated",
        "split": f"by patient (hash of the patient_id, {settings['test_patients']:.0%} held out) and by time",
        "calibration": f"cross-fitted over {settings['folds']} folds of patients",
        "stops_by_brand": support,
        "low_support": [brand for brand, count in named.items() if count < settings["minimum_support"]],
        "brands_of_few_patients": len(model.support) - len(named),
        "interval": f"bags' spread times {settings['interval_inflation']}, with {settings['interval_base']} log-odds in quadrature and "
        f"{settings['interval_floor']} as a floor; fixed on synthetic patients whose true probability is known",
        "settings": {
            name: "not set" if value is None else value
            for name, value in settings.items()
            if name != "salt"  # who knows it can tell in which fold somebody is
        },
    }


def _named(model: Model, evaluation: Mapping[str, Any], train: pd.DataFrame | None, smallest: int) -> dict[str, int]:
    """Stops by brand, of the brands that enough patients of the evaluation or the training have taken."""
    shown = {group["name"] for group in evaluation["brands"]}
    if train is not None:
        shown |= set(large(train["brand"], train["patient_id"], smallest))
    return {brand: count for brand, count in sorted(model.support.items()) if brand in shown}


def markdown(card: Mapping[str, Any]) -> str:
    """The card as Markdown; a text of the data or the settings (a brand's name) is text in it, whatever it holds."""
    lines = [f"# Model card: {_text(card['title'])}", ""]
    for name, title in (
        ("details", "1. Details and output"),
        ("purpose", "2. Purpose"),
        ("out_of_scope", "3. Cautioned out-of-scope use"),
        ("development", "4. Development and input features"),
        ("fairness", "5. Fairness in development"),
        ("validation", "6. External validation"),
        ("performance", "7. Quantitative performance"),
        ("maintenance", "8. Ongoing maintenance"),
        ("updates", "9. Updates and continued validation"),
        ("tripod_ai", "TRIPOD+AI: where each item is answered"),
    ):
        lines += [f"## {title}", "", *_lines(card[name]), ""]
    return "\n".join(lines)


def _lines(value: Any, depth: int = 0) -> list[str]:
    indent = "  " * depth
    if isinstance(value, Mapping):
        lines = []
        for name, item in value.items():
            if isinstance(item, list) and item and isinstance(item[0], Mapping):
                lines += [f"{indent}- **{_escaped(name)}**:", "", *_rows(item), ""]
            elif isinstance(item, Mapping):
                lines += [f"{indent}- **{_escaped(name)}**:", *_lines(item, depth + 1)]
            else:
                lines.append(f"{indent}- **{_escaped(name)}**: {_text(item)}")
        return lines
    return [f"{indent}- {_text(item)}" for item in value]


def _rows(items: list[Mapping[str, Any]]) -> list[str]:
    names = list(dict.fromkeys(name for item in items for name in item if name != "suppressed"))
    rows = [
        [("suppressed" if name != "name" else "") if name not in item else _text(item[name]) for name in names]
        for item in items
    ]
    return [
        f"| {' | '.join(map(_escaped, names))} |",
        f"|{'---|' * len(names)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value) or "none"
    return "unknown" if value is None else _escaped(str(value))


def _escaped(text: str) -> str:
    """Text that no reader of Markdown takes for markup or HTML: one line, what means something to it escaped."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    for sign, reference in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\\", "&#92;"), ("|", "&#124;")):
        line = line.replace(sign, reference)
    line = _REFERENCE.sub(r"\1", _MARKUP.sub(r"\\\g<0>", line))
    return _NUMBERED.sub(r"\1\\\2", line)
