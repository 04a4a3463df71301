"""The model card in the model registry's own form (SageMaker's model package model card schema), which consoles and audits show."""

from collections.abc import Iterator, Mapping
from typing import Any

Document = Mapping[str, Any]

_LONG, _SHORT, _GROUP = 2048, 1024, 63  # longest texts that the schema allows
_MEASURES = ("rows", "positives", "auc", "brier", "ece", "slope", "observed_over_expected")


def registry_card(card: Document, evaluation: Document) -> dict[str, Any]:
    """``card`` as ``card.describe`` made it, with the measures of ``evaluation`` by stratum, brand and group."""
    purpose, development = card["purpose"], card["development"]
    return {
        "model_overview": {"model_creator": card["details"]["developer"]},
        "intended_uses": {
            "purpose_of_model": purpose["intended_use"],
            "intended_uses": f"{purpose['intended_users']}; {purpose['intended_population']}; {purpose['role_in_decision']}"[
                :_LONG
            ],
            "factors_affecting_model_efficiency": development["missing_values"][:_LONG],
            "risk_rating": "High",
            "explanations_for_risk_rating": "it informs the care of patients; a human decides, and measures are reported by group",
        },
        "training_details": {
            "training_observations": f"{development['data']}; {card['details']['outcome']}"[:_SHORT],
            "training_job_details": {"user_provided_hyper_parameters": list(_settings(development["settings"]))},
        },
        "evaluation_details": list(_evaluations(evaluation)),
        "additional_information": {
            "ethical_considerations": card["fairness"]["approach"][:_LONG],
            "caveats_and_recommendations": "; ".join(card["out_of_scope"])[:_LONG],
            "custom_details": {
                "validation": card["validation"]["external"],
                "deployed version": evaluation["champion"]["summary"][:_SHORT],
                "update rule": card["updates"]["rule"],
                **{name: text for name, text in evaluation.get("registry", {}).items() if "champion" not in name},
            },
        },
    }


def _settings(settings: Document) -> Iterator[dict[str, str]]:
    for name, value in sorted(settings.items()):
        yield {"name": name, "value": str(value)[:255]}


def _evaluations(evaluation: Document) -> Iterator[dict[str, Any]]:
    first, last = evaluation["index_dates"][0], evaluation["index_dates"][-1]
    seen = f"{evaluation['rows']} rows of other patients at later dates ({first} to {last})"
    strata = [{"name": name, **values} for name, values in evaluation["strata"].items()]
    sections = {"strata": strata, "brands": evaluation["brands"], **evaluation["fairness"]}
    for name, groups in sections.items():
        yield {"name": name[:_GROUP], "evaluation_observation": seen, "metric_groups": list(map(_group, groups))}


def _group(group: Document) -> dict[str, Any]:
    if group.get("suppressed"):
        data: list[dict[str, Any]] = [{"name": "measures", "type": "string", "value": "suppressed: too few cases"}]
    else:
        data = [
            {"name": measure, "type": "number", "value": group[measure]}
            for measure in _MEASURES
            if isinstance(group.get(measure), int | float)
        ]
    return {"name": str(group["name"])[:_GROUP], "metric_data": data}
