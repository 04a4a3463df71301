"""The analyzer's two operations: make a baseline, check a batch against one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlops.bundled import names
from mlops.errors import RefusedInput
from mlops.monitoring import files, violations
from mlops.monitoring.baseline import Baseline, load
from mlops.monitoring.columns import Summary, summarise
from mlops.monitoring.compare import RULES, FeatureDrift, compare
from mlops.monitoring.report import html
from mlops.monitoring.sources import Source

OWN_FILES = ("drift_report.json", "report.html")  # that Model Monitor does not write


@dataclass(frozen=True)
class DriftReport:
    """What a check found."""

    rule: str
    rows: int
    baseline_rows: int
    features: list[FeatureDrift]
    violations: list[violations.Violation]
    units: int | None = None
    baseline_units: int | None = None
    rehearsal: bool = False  # of a batch on invented data: the report says so

    @property
    def drifted(self) -> list[FeatureDrift]:
        """The features that have drifted, largest change first."""
        return sorted((feature for feature in self.features if feature.drifted), key=lambda item: -item.score)

    @property
    def domain_broken(self) -> bool:
        """Whether categories appeared that the baseline does not know."""
        return any(item["constraint_check_type"] == "categorical_values_check" for item in self.violations)

    @property
    def schema_violations(self) -> int:
        """Violations that a retraining cannot heal."""
        return sum(item["constraint_check_type"] in violations.SCHEMA_CHECKS for item in self.violations)

    def to_json(self) -> dict[str, Any]:
        """The content of drift_report.json."""
        compared = [feature for feature in self.features if feature.scores]
        return {
            "version": 1,
            "rule": self.rule,
            names.ROWS: self.rows,
            "baseline_rows": self.baseline_rows,
            "units": self.units,
            "baseline_units": self.baseline_units,
            names.DRIFTED: bool(self.drifted) or self.domain_broken,
            names.DRIFT_SHARE: round(len(self.drifted) / max(len(compared), 1), 6),
            names.MAX_DRIFT_SCORE: round(max((feature.score for feature in compared), default=0.0), 6),
            names.VIOLATIONS_COUNT: len(self.violations),
            names.SCHEMA_VIOLATIONS: self.schema_violations,
            "features": [feature.to_json() for feature in self.features],
            "violations": self.violations,
            **({"rehearsal": True} if self.rehearsal else {}),
        }


def baseline(data: Source, output: Path, unit: str = "") -> Summary:
    """Write statistics.json and constraints.json of a data set; ``unit`` is the column that names each row's unit.

    Raises:
        RefusedInput: the data cannot be read or have no rows.
    """
    summary = summarise(data.batches(), unit=unit, source=data.path.name)
    files.write(output / "statistics.json", files.statistics(summary))
    files.write(output / "constraints.json", files.constraints(summary))
    return summary


def check(  # noqa: PLR0917 (public: the later ones are given by name)
    data: Source, known: Baseline, output: Path, rule: str = "joint", unit: str = "", rehearsal: bool = False
) -> DriftReport:
    """Compare a batch with a baseline; write statistics, violations, drift report and an HTML page.

    ``unit`` is the column that names each row's unit (patient, machine): rows of one unit are not independent evidence. The report on
    the batch of a ``rehearsal`` says what it is.

    Raises:
        RefusedInput: the batch cannot be read, or the rule is unknown.
    """
    if rule not in RULES:
        raise RefusedInput(f"rule {rule!r}: must be one of {', '.join(RULES)}")
    batch = summarise(data.batches(), known.domains, unit, data.path.name)
    drifts = compare(known, batch, rule)
    broken = violations.find(known, batch, drifts, rule)
    report = DriftReport(rule, batch.rows, known.rows, drifts, broken, batch.units, known.units, rehearsal)
    files.write(output / "statistics.json", files.statistics(batch))
    files.write(output / "constraints.json", files.constraints(batch))
    files.write(output / "constraint_violations.json", {"violations": report.violations})
    (output / "report.html").write_text(html(report.to_json(), report.violations, known, batch), encoding="utf-8")
    files.write(output / "drift_report.json", report.to_json())
    return report


def load_baseline(folder: Path) -> Baseline:
    """The baseline that ``baseline`` wrote to a folder."""
    return load(folder / "statistics.json", folder / "constraints.json")
