"""The analyzer's two operations: make a baseline, check a batch against one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlops.errors import RefusedInput
from mlops.monitoring import files, violations
from mlops.monitoring.columns import Summary, summarise
from mlops.monitoring.compare import FeatureDrift, compare
from mlops.monitoring.report import html

RULES = ("joint", "aws")


@dataclass(frozen=True)
class DriftReport:
    """What a check found."""

    rule: str
    rows: int
    baseline_rows: int
    features: list[FeatureDrift]
    violations: list[dict[str, str]]

    @property
    def drifted(self) -> list[FeatureDrift]:
        """The features that have drifted, largest change first."""
        return sorted((feature for feature in self.features if feature.drifted), key=lambda item: -item.score)

    @property
    def domain_broken(self) -> bool:
        """Whether categories appeared that the baseline does not know."""
        return any(item["constraint_check_type"] == "categorical_values_check" for item in self.violations)

    def to_json(self) -> dict[str, Any]:
        """The content of drift_report.json."""
        compared = [feature for feature in self.features if feature.scores]
        schema = sum(item["constraint_check_type"] in violations.SCHEMA_CHECKS for item in self.violations)
        return {
            "version": 1,
            "rule": self.rule,
            "rows": self.rows,
            "baseline_rows": self.baseline_rows,
            "drifted": bool(self.drifted) or self.domain_broken,
            "drift_share": round(len(self.drifted) / max(len(compared), 1), 6),
            "max_drift_score": round(max((feature.score for feature in compared), default=0.0), 6),
            "violations_count": len(self.violations),
            "schema_violations": schema,
            "features": [feature.to_json() for feature in self.features],
        }


def baseline(data: Path, output: Path) -> Summary:
    """Write statistics.json and constraints.json of a CSV file or folder.

    Raises:
        RefusedInput: the data cannot be read or have no rows.
    """
    summary = summarise(data)
    files.write(output / "statistics.json", files.statistics(summary))
    files.write(output / "constraints.json", files.constraints(summary))
    return summary


def check(data: Path, statistics: Path, constraints: Path, output: Path, rule: str = "joint") -> DriftReport:
    """Compare a batch with a baseline; write statistics, violations, drift report and an HTML page.

    Raises:
        RefusedInput: the batch or the baseline cannot be read, or the rule is unknown.
    """
    if rule not in RULES:
        raise RefusedInput(f"rule {rule!r}: must be one of {', '.join(RULES)}")
    known, limits = files.read(statistics), files.read(constraints)
    batch = summarise(data)
    drifts = compare(known, batch, _overrides(limits), rule)
    rows = int(known["dataset"]["item_count"])
    report = DriftReport(rule, batch.rows, rows, drifts, violations.find(limits, rows, batch, drifts))
    files.write(output / "statistics.json", files.statistics(batch))
    files.write(output / "constraint_violations.json", {"violations": report.violations})
    (output / "report.html").write_text(html(report.to_json(), report.violations, known, batch))
    files.write(output / "drift_report.json", report.to_json())
    return report


def _overrides(constraints: dict[str, Any]) -> dict[str, float]:
    """Thresholds of single features (monitoringConfigOverrides)."""
    result = {}
    for feature in constraints["features"]:
        own = feature.get("monitoringConfigOverrides", {}).get("distribution_constraints", {})
        if "comparison_threshold" in own:
            result[feature["name"]] = float(own["comparison_threshold"])
    return result
