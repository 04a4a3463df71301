"""The jobs that a pipeline definition starts: on how many instances of which type."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Job:
    """One start of a job."""

    step: str
    kind: str
    instance_type: str
    instances: int
    volume_gb: float


def jobs(definition: str) -> list[Job]:
    """Jobs of a run that does all its work: of a condition's branches the one with more jobs counts."""
    content = json.loads(definition)
    defaults = {item["Name"]: item.get("DefaultValue") for item in content.get("Parameters", [])}
    return list(_jobs(content["Steps"], defaults))


def _jobs(steps: Sequence[Mapping[str, Any]], defaults: Mapping[str, Any]) -> Iterator[Job]:
    for step in steps:
        given = step.get("Arguments", {})
        if step["Type"] == "Condition":
            branches = [list(_jobs(given.get(name, []), defaults)) for name in ("IfSteps", "ElseSteps")]
            yield from max(branches, key=len)
        elif cluster := _cluster(given):
            yield Job(
                step["Name"],
                step["Type"],
                str(_value(cluster["InstanceType"], defaults)),
                int(_value(cluster["InstanceCount"], defaults)),
                float(_value(cluster.get("VolumeSizeInGB", 0), defaults)),
            )


def _cluster(given: Mapping[str, Any]) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None = (
        given.get("ProcessingResources", {}).get("ClusterConfig")
        or given.get("ResourceConfig")
        or given.get("TransformResources")
    )
    return found


def _value(given: Any, defaults: Mapping[str, Any]) -> Any:
    """A parameter's default; other values as they are."""
    if isinstance(given, Mapping):
        return defaults.get(str(given.get("Get", "")).removeprefix("Parameters."))
    return given
