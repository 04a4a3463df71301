"""Fill in a definition's default values and network for one environment."""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any


def with_constants(definition: str, values: Mapping[str, object], choices: Collection[str]) -> str:
    """The definition in which only ``choices`` are parameters: every other one is its value from ``values``, else its default.

    What a start may not choose is no parameter: nobody who may start the pipeline can set it. Hyper-parameters of training jobs are
    always choices.

    Raises:
        ValueError: a parameter that is no choice and has neither value nor default.
    """
    content = json.loads(definition)
    kept = {*choices, *(parameter for _, parameter in tuned(content))}
    fixed = {item["Name"]: item for item in content["Parameters"] if item["Name"] not in kept}
    given = {name: values.get(name, item.get("DefaultValue")) for name, item in fixed.items()}
    missing = sorted(name for name, value in given.items() if value is None)
    if missing:
        raise ValueError(f"no value for {', '.join(missing)}, which a start cannot choose")
    constants = {name: _typed(fixed[name]["Type"], value) for name, value in given.items()}
    content["Parameters"] = [item for item in content["Parameters"] if item["Name"] in kept]
    return text({**content, "Steps": _filled(content["Steps"], constants)})


def with_settings(definition: str, settings: Mapping[str, object]) -> str:
    """The definition with a project's own hyper-parameters as their defaults; those that it does not set stay."""
    content = json.loads(definition)
    declared = {item["Name"]: item for item in content["Parameters"]}
    for name, parameter in tuned(content):
        if name in settings and parameter in declared:
            declared[parameter]["DefaultValue"] = str(settings[name])
    return text(content)


def tuned(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(hyper-parameter, the pipeline's parameter that gives its value) of every training job of a parsed definition."""
    for step in steps(content):
        given = step.get("Arguments", {}).get("HyperParameters", {}) if step["Type"] == "Training" else {}
        for name, value in given.items():
            found = _parameter(value)
            if found:
                yield name, found


def _parameter(value: object) -> str:
    """The parameter that an expression is; empty where it is something else."""
    got = value.get("Get", "") if isinstance(value, dict) and len(value) == 1 else ""
    return got.removeprefix("Parameters.") if isinstance(got, str) and got.startswith("Parameters.") else ""


def _filled(value: Any, constants: Mapping[str, object]) -> Any:
    if isinstance(value, list):
        return [_filled(item, constants) for item in value]
    if not isinstance(value, dict):
        return value
    name = _parameter(value)
    return constants[name] if name in constants else {key: _filled(item, constants) for key, item in value.items()}


def _typed(kind: str, value: object) -> object:
    return {"Integer": int, "Float": float}.get(kind, str)(str(value))


def undelivered(tree: Mapping[str, bytes]) -> str:
    """SHA-256 of what a code package holds beside the team's own code: definitions without their defaults, launcher, analyzer.

    Deliveries change the team's code and defaults only, so it tells which product version a package was made from.
    """
    total = hashlib.sha256()
    for name, content in sorted(tree.items()):
        if name.startswith("seed/") or name == "contract.json":
            continue
        kept = _plain(content) if name.startswith("definitions/") else content
        total.update(f"{len(name)}:{name}{len(kept)}:".encode() + kept)
    return total.hexdigest()


def undecided(definition: str) -> str:
    """What of a rendered definition no delivery decides: steps, floors, image, roles; without the team's code and defaults."""
    content = json.loads(definition)
    for item in content["Parameters"]:
        item.pop("DefaultValue", None)
    delivered = frozenset(_delivered(content))
    return text({**content, "Steps": _without(content["Steps"], delivered)})


def _delivered(content: Mapping[str, Any]) -> Iterator[str]:
    """Constants that name the team's code: where it is, its digest, its commit."""
    for step in steps(content):
        given = step.get("Arguments", {})
        metadata = given.get("CustomerMetadataProperties", {})
        code = [it for it in given.get("ProcessingInputs", []) if it.get("InputName") == "code"]
        found = [given.get("code"), metadata.get("git_commit"), metadata.get("source_archive")]
        yield from (it for it in (*found, *(item["S3Input"]["S3Uri"] for item in code)) if isinstance(it, str))


def _without(value: Any, constants: Collection[str]) -> Any:
    if isinstance(value, list):
        return [_without(item, constants) for item in value]
    if isinstance(value, dict):
        return {key: _without(item, constants) for key, item in value.items()}
    return None if isinstance(value, str) and value in constants else value


def _plain(definition: bytes) -> bytes:
    content = json.loads(definition)
    for item in content["Parameters"]:
        item.pop("DefaultValue", None)
    return text(content).encode()


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
