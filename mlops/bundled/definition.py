"""Fill in a definition's default values and network for one environment."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def with_defaults(definition: str, values: Mapping[str, str], *, strict: bool = True) -> str:
    """The definition with ``values`` as DefaultValue of its parameters, so that it starts without any; deterministic.

    Raises:
        KeyError: with ``strict``, a value for a parameter that the definition does not declare.
    """
    content = json.loads(definition)
    declared = {parameter["Name"]: parameter for parameter in content["Parameters"]}
    unknown = sorted(set(values) - set(declared))
    if unknown and strict:
        raise KeyError(f"the definition declares no parameter {', '.join(unknown)}")
    for name in sorted(set(values) & set(declared)):
        kind = declared[name]["Type"]
        declared[name]["DefaultValue"] = {"Integer": int, "Float": float}.get(kind, str)(values[name])
    return text(content)


def in_network(definition: str, subnets: Sequence[str], groups: Sequence[str]) -> str:
    """The definition with every job and model in the given subnets; unchanged where there are none."""
    if not subnets:
        return definition
    content = json.loads(definition)
    network = {"SecurityGroupIds": list(groups), "Subnets": list(subnets)}
    for step in steps(content):
        if step["Type"] in {"Processing", "QualityCheck"}:
            step["Arguments"].setdefault("NetworkConfig", {})["VpcConfig"] = network
        elif step["Type"] in {"Training", "Model"}:  # a transform job runs where its model does
            step["Arguments"]["VpcConfig"] = network
    return text(content)


def steps(content: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every step of a parsed definition, those in branches included."""
    for step in content["Steps"]:
        yield step
        if step["Type"] == "Condition":
            branches = step["Arguments"]
            yield from steps({"Steps": [*branches.get("IfSteps", []), *branches.get("ElseSteps", [])]})


def text(content: Mapping[str, object]) -> str:
    """Canonical JSON text of a definition."""
    return json.dumps(content, indent=1, sort_keys=True) + "\n"
