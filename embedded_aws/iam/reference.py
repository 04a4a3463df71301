"""AWS's service authorization reference: which actions exist, on which resource types, with which condition keys.

``reference.json`` is an extract of a public package's data (see ``extract``); ``overlay.json`` holds what these lack, each with the
page of AWS that says so. Evaluators, rules and refusals read both through this module alone.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

EXTRACT = Path(__file__).with_name("reference.json")
OVERLAY = Path(__file__).with_name("overlay.json")
SERVICES = (  # by the prefixes of their actions
    "athena budgets ce cloudformation cloudwatch codebuild codecommit codeconnections codepipeline codestar-connections ec2 ecr events glue"
    " iam kms lambda logs s3 sagemaker sagemaker-mlflow scheduler servicecatalog sns sqs ssm sts tag"
)
_WILD = re.compile(r"[*?]")
_VARIABLE = re.compile(r"\$\{[^}]*\}|<[^>]*>")


@dataclass(frozen=True)
class Action:
    """One action as IAM knows it.

    ``on``: its resource types, name -> whether a statement needs one; none: the action works on ``*`` alone. ``keys``: the service's
    condition keys that its requests may carry. ``needs``: actions that a caller must be allowed besides.
    """

    service: str
    name: str
    level: str
    on: Mapping[str, bool]
    keys: frozenset[str]
    needs: tuple[str, ...]

    @property
    def full(self) -> str:
        """As policies write it: ``sns:Publish``."""
        return f"{self.service}:{self.name}"

    @property
    def arns(self) -> tuple[str, ...]:
        """ARNs of its resource types, with ``*`` for every variable part."""
        return tuple(_arn(self.service, it) for it in self.on)


def known_service(prefix: str) -> bool:
    """Whether the extract has the service of an action's prefix."""
    return prefix in _services()


def find(action: str) -> Action | None:
    """The action of this name in any letters (IAM compares without case); None where AWS has none."""
    service, _, name = action.partition(":")
    return _actions(service.lower()).get(name.lower())


def matching(pattern: str) -> Iterator[Action]:
    """Actions that a policy's pattern names (``s3:Get*``)."""
    service, _, name = pattern.partition(":")
    regex = _regex(name.lower())
    services = _services() if pattern == "*" else [service.lower()]
    yield from (
        it for found in services for key, it in _actions(found).items() if pattern == "*" or regex.fullmatch(key)
    )


@lru_cache(4096)
def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def compared_with(action: str, resource: str) -> str:
    """What IAM compares statements' resources with: ``*`` where the action has no resource types.

    Raises:
        ValueError: AWS has no such action, or the resource is of none of its types.
    """
    if not known_service(action.partition(":")[0].lower()):
        return resource
    known = find(action)
    if known is None:
        raise ValueError(f"{action}: no such action")
    if not known.on:
        return "*"
    if resource != "*" and not any(meet(resource, arn) for arn in known.arns):
        raise ValueError(f"{action} is not about {resource}: its resources are {', '.join(known.arns)}")
    return resource


def meet(one: str, other: str) -> bool:
    """Whether some text is like both patterns (``*`` any characters, ``?`` one)."""
    if not _WILD.search(one):
        return _regex(other).fullmatch(one) is not None
    row = [not other[:end].strip("*") for end in range(len(other) + 1)]  # of the empty beginning of ``one``
    for mine in one:
        before, row = row, [row[0] and mine == "*"]
        for end, yours in enumerate(other, 1):
            if "*" in (mine, yours):
                row.append(before[end] or row[end - 1] or before[end - 1])
            else:
                row.append(before[end - 1] and (mine == yours or "?" in (mine, yours)))
    return row[-1]


def named(action: Action, kind: str, name: str, account: str, region: str) -> str:
    """ARN of a resource of one of the action's types: its last variable part is the name, what else is unknown is ``*``."""
    arn = written(action.service, kind)
    for variable, value in {"${Partition}": "aws", "${Account}": account, "${Region}": region}.items():
        arn = arn.replace(variable, value)
    *_, last = _VARIABLE.finditer(arn)
    return _VARIABLE.sub("*", arn[: last.start()]) + name + arn[last.end() :]


def written(service: str, kind: str) -> str:
    """ARN of a resource type as the reference writes it, with ``${...}`` for its variable parts."""
    return str(_services()[service]["resources"][kind]["arn"])


def key_type(service: str, key: str) -> str | None:
    """Type of a condition key of a service (``String``, ``ArrayOfString``, ``Bool`` ...); None where there is none."""
    lowered = key.lower()
    for name, kind in _services().get(service, {}).get("keys", {}).items():
        if _names_key(name, lowered):
            return str(kind)
    return None


def carries(action: Action, key: str) -> bool:
    """Whether requests of the action may carry the condition key: one of its own, or a global one."""
    lowered = key.lower()
    return any(_names_key(name, lowered) for name in (*action.keys, *global_keys()))


@cache
def global_keys() -> tuple[str, ...]:
    """Keys of every service (IAM user guide, "AWS global condition context keys")."""
    return tuple(json.loads(OVERLAY.read_text())["global keys"]["keys"])


def _names_key(written: str, lowered: str) -> bool:
    """Whether a key is the one that a page writes, whose variable part (``${TagKey}``) may be anything."""
    return re.fullmatch(".+".join(re.escape(it) for it in _VARIABLE.split(written.lower())), lowered) is not None


def _arn(service: str, kind: str) -> str:
    return _VARIABLE.sub("*", written(service, kind))


@cache
def _actions(service: str) -> Mapping[str, Action]:
    """Actions of one service by their names in small letters."""
    found = _services().get(service)
    if found is None:
        return {}
    return {name.lower(): _action(service, name, it) for name, it in found["actions"].items()}


def _action(service: str, name: str, given: Mapping[str, Any]) -> Action:
    on = {it.removesuffix("*"): it.endswith("*") for it in given.get("on", [])}
    resources = _services()[service]["resources"]
    keys = {*given.get("keys", []), *(key for it in on for key in resources[it]["keys"])}
    return Action(service, name, given["level"], on, frozenset(keys), tuple(given.get("needs", [])))


@cache
def _services() -> Mapping[str, dict[str, Any]]:
    """The extract with the overlay's additions."""
    services: dict[str, dict[str, Any]] = json.loads(EXTRACT.read_text())["services"]
    for prefix, added in json.loads(OVERLAY.read_text())["services"].items():
        mine = services.setdefault(prefix, {"resources": {}, "keys": {}, "actions": {}})
        for part in ("resources", "keys", "actions"):
            mine[part].update(added.get(part, {}))
    return services
