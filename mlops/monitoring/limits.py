"""Thresholds: constraints.json's monitoring_config, and a feature's own monitoringConfigOverrides on top."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlops.errors import RefusedInput

MONITORING_CONFIG: dict[str, Any] = {
    "evaluate_constraints": "Enabled",
    "emit_metrics": "Enabled",
    "datatype_check_threshold": 1.0,
    "domain_content_threshold": 1.0,
    "distribution_constraints": {
        "perform_comparison": "Enabled",
        "comparison_threshold": 0.1,
        "comparison_method": "Robust",
        "categorical_comparison_threshold": 0.1,
        "categorical_drift_method": "LInfinity",
    },
}
_METHODS = ("Simple", "Robust")


@dataclass(frozen=True)
class Limits:
    """What a feature is checked for, and from which value on it counts."""

    evaluate: bool
    emit: bool
    type_share: float
    domain_share: float
    compare: bool
    distance: float
    categorical_distance: float
    robust: bool


def limits_of(config: Mapping[str, Any], overrides: Mapping[str, Any], feature: str) -> Limits:
    """The limits of one feature.

    Raises:
        RefusedInput: a threshold is no number, or a method is unknown.
    """
    flat = _flat(MONITORING_CONFIG) | _flat(config) | _flat(overrides)
    if flat["comparison_method"] not in _METHODS:
        raise RefusedInput(f"constraints of {feature}: comparison_method must be Simple or Robust")
    if flat["categorical_drift_method"] != "LInfinity":
        raise RefusedInput(f"constraints of {feature}: categorical_drift_method must be LInfinity")

    def number(name: str) -> float:
        try:
            return float(flat[name])
        except (TypeError, ValueError):
            raise RefusedInput(f"constraints of {feature}: {name} is no number") from None

    def enabled(name: str) -> bool:
        return str(flat[name]) == "Enabled"

    return Limits(
        evaluate=enabled("evaluate_constraints"),
        emit=enabled("emit_metrics"),
        type_share=number("datatype_check_threshold"),
        domain_share=number("domain_content_threshold"),
        compare=enabled("perform_comparison"),
        distance=number("comparison_threshold"),
        categorical_distance=number("categorical_comparison_threshold"),
        robust=flat["comparison_method"] == "Robust",
    )


def _flat(config: Mapping[str, Any]) -> dict[str, Any]:
    inner = config.get("distribution_constraints", {})
    return {key: value for key, value in config.items() if key != "distribution_constraints"} | dict(inner)
