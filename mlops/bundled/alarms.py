"""The alarms on a project's batches, one row each: metric, threshold, what it leads to, and how its e-mail begins.

Stacks make the alarms of these rows, each a second time for rehearsals, the drift policy answers them by these rows, and
docs/monitoring.md lists them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from mlops.bundled import names


@dataclass(frozen=True)
class Alarm:
    """An alarm named ``<project>-<kind>``, and with ``-rehearsal`` behind it that on the metrics of rehearsals.

    ``for_a_person`` says why it never retrains; empty where it may. ``subject`` and ``otherwise`` (where what the first one names is
    empty) begin the e-mail; they may name {features}, {predictions} and {alarm}.
    """

    kind: str
    metric: str
    when: str
    subject: str
    otherwise: str = ""
    for_a_person: str = ""
    statistic: str = "Maximum"
    comparison: str = "GreaterThanThreshold"
    threshold: float = 0.5

    def name(self, project: str, *, rehearsal: bool = False) -> str:
        """The alarm's name in a project."""
        return f"{project}-{self.kind}{REHEARSAL if rehearsal else ''}"

    @property
    def logical_id(self) -> str:
        """Its resource in a project's template."""
        return f"{self.kind.title().replace('-', '')}Alarm"

    @property
    def retrains(self) -> bool:
        """Whether it may start a retraining; where not, a person has to look."""
        return not self.for_a_person

    def words(self, found: Mapping[str, str]) -> str:
        """How the e-mail begins; ``found`` has features, predictions and alarm, texts that may be empty."""
        lacks = any(f"{{{name}}}" in self.subject and not text for name, text in found.items())
        return (self.otherwise if lacks else self.subject).format(**found)


DRIFT, SCHEMA, PREDICTIONS, REHEARSAL = "drift", "schema", "predictions", "-rehearsal"
SCHEMA_BROKEN = "the input breaks the schema"
ALARMS = (
    Alarm(
        DRIFT,
        names.DRIFTED,
        when="a feature of the input has drifted, or a domain is broken",
        subject="drift in {features}",
        otherwise="{alarm}",
    ),
    Alarm(
        SCHEMA,
        names.SCHEMA_VIOLATIONS,
        when="types, completeness or columns of the input are broken",
        subject=SCHEMA_BROKEN,
        for_a_person=SCHEMA_BROKEN,
    ),
    Alarm(
        PREDICTIONS,
        names.PREDICTIONS_DRIFTED,
        when="the predictions have drifted, overall or of a brand",
        subject="drift of {predictions}",
        otherwise="drift of predictions",
    ),
)


def alarm(project: str, name: str) -> Alarm:
    """The row of a project's alarm, by the alarm's name; that of rehearsals has the same row.

    Raises:
        ValueError: the project has no such alarm.
    """
    for row in ALARMS:
        if name in {row.name(project), row.name(project, rehearsal=True)}:
            return row
    raise ValueError(f"alarm {name}: project {project} has {', '.join(row.name(project) for row in ALARMS)}")


def rehearsed(project: str, name: str) -> bool:
    """Whether the alarm is one of the project's rehearsals."""
    return any(row.name(project, rehearsal=True) == name for row in ALARMS)
