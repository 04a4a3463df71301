"""IAM's decision over synthesized templates: explicit deny, then allow by identity policy and boundary (IAM user guide)."""

import fnmatch
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stacks.rules.findings import listed, resources, statements, text

ACCOUNT, REGION = "111122223333", "eu-central-1"
_KNOWN = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": REGION,
    "AWS::Partition": "aws",
    "SageMakerProjectName": "ward",
    "ModelPackageGroup": "ward",
    "import:mlops-data-key-arn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/data",
}
ASSEMBLY = Path(__file__).parents[2] / "mlops" / "platform" / "assembled"
Statement = Mapping[str, Any]


def _like(actual: str, wanted: str) -> bool:
    return re.fullmatch(fnmatch.translate(wanted.replace("[", "[[]")), actual) is not None


def _number(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    return lambda actual, wanted: compare(float(actual), float(wanted))


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda actual, wanted: actual == wanted,
    "StringEqualsIgnoreCase": lambda actual, wanted: actual.lower() == wanted.lower(),
    "StringLike": _like,
    "ArnEquals": _like,
    "ArnLike": _like,
    "NumericEquals": _number(lambda a, b: a == b),
    "NumericLessThan": _number(lambda a, b: a < b),
    "NumericLessThanEquals": _number(lambda a, b: a <= b),
    "NumericGreaterThan": _number(lambda a, b: a > b),
    "NumericGreaterThanEquals": _number(lambda a, b: a >= b),
    "Bool": lambda actual, wanted: actual.lower() == wanted.lower(),
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
}


@dataclass(frozen=True)
class Request:
    """One API call: what is done, to what, and the condition keys that it carries."""

    action: str
    resource: str = "*"
    context: Mapping[str, Any] = field(default_factory=dict)


def allowed(
    request: Request,
    identity: Sequence[Statement],
    boundary: Sequence[Statement] | None = None,
    resource: Sequence[Statement] = (),
) -> bool:
    """No deny anywhere, an allow in the identity policy, and one in the boundary where there is one.

    ``resource``: the resource's own policy, of which only denials count (ours allow nobody of the account anything).
    """
    policies = [identity, *([boundary] if boundary is not None else [])]
    effects = [{item["Effect"] for item in policy if _matches(request, item)} for policy in policies]
    refused = any(item["Effect"] == "Deny" and _matches(request, item) for item in resource)
    return not refused and all("Deny" not in found and "Allow" in found for found in effects)


def _matches(request: Request, statement: Statement) -> bool:
    if "NotAction" in statement:
        acts = not any(_like(request.action.lower(), text(item).lower()) for item in listed(statement["NotAction"]))
    else:
        acts = any(_like(request.action.lower(), text(item).lower()) for item in listed(statement.get("Action")))
    if "NotResource" in statement:
        fits = not any(_like(request.resource, resolve(it, request.context)) for it in listed(statement["NotResource"]))
    else:
        every = listed(statement.get("Resource", "*"))
        fits = any(_like(request.resource, resolve(it, request.context)) for it in every)
    conditions = statement.get("Condition", {})
    return acts and fits and all(_holds(name, block, request.context) for name, block in conditions.items())


def _holds(operator: str, block: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
    known = {key.lower(): value for key, value in context.items()}
    return all(
        _key_holds(operator, known.get(key.lower()), [resolve(item, context) for item in listed(wanted)])
        for key, wanted in block.items()
    )


def _key_holds(operator: str, actual: Any, wanted: list[str]) -> bool:
    quantifier, _, name = operator.rpartition(":")
    if name == "Null":
        return (actual is None) == (wanted[0].lower() == "true")
    optional, name = name.endswith("IfExists"), name.removesuffix("IfExists")
    if actual is None:
        # a missing key: fine for IfExists, for all of none, and for negated operators
        return optional or quantifier == "ForAllValues" or name in _NEGATED
    if name in _NEGATED:
        compare = _OPERATORS[_NEGATED[name]]

        def holds(value: str) -> bool:
            return not any(compare(value, item) for item in wanted)
    else:
        compare = _OPERATORS[name]

        def holds(value: str) -> bool:
            return any(compare(value, item) for item in wanted)

    values = [str(item) for item in listed(actual)]
    return all(map(holds, values)) if quantifier == "ForAllValues" else any(map(holds, values))


def resolve(value: Any, context: Mapping[str, Any] = {}) -> str:
    """A policy's text with intrinsic functions replaced by this account's sample values, and IAM's variables by the request's.

    A variable without a value matches nothing (IAM user guide, "Policy variables with no value").
    """

    def replaced(match: "re.Match[str]") -> str:
        name = match.group(1).removeprefix("!")  # Fn::Sub writes ${!x} for the text ${x}
        if name.startswith("aws:"):
            return str(context.get(name, "\0"))
        return _KNOWN.get(name, match.group(0))

    return re.sub(r"\$\{([^}]+)\}", replaced, text(value))


def template(name: str) -> dict[str, Any]:
    """A stack's template of the packaged assembly."""
    return dict(json.loads((ASSEMBLY / f"{name}.template.json").read_text()))


def roles(content: Mapping[str, Any]) -> dict[str, list[Statement]]:
    """Role name -> statements."""
    return {
        resolve(properties["RoleName"]): [
            item for policy in properties.get("Policies", []) for item in statements(policy["PolicyDocument"])
        ]
        for _, properties in resources(content, "AWS::IAM::Role")
    }


def bucket_policy(content: Mapping[str, Any], bucket: str) -> list[Statement]:
    """Statements of the policy of a bucket, given by its logical id; its name stands for the references to it."""
    found = [it for _, it in resources(content, "AWS::S3::BucketPolicy") if it["Bucket"] == {"Ref": bucket}]
    name = text(content["Resources"][bucket]["Properties"]["BucketName"])
    written = json.dumps(found).replace(json.dumps({"Fn::GetAtt": [bucket, "Arn"]}), json.dumps(f"arn:aws:s3:::{name}"))
    return [item for it in json.loads(written) for item in statements(it["PolicyDocument"])]


def boundary() -> list[Statement]:
    """Statements of the permissions boundary."""
    found: Iterable[tuple[str, Mapping[str, Any]]] = resources(template("Access"), "AWS::IAM::ManagedPolicy")
    return [item for _, properties in found for item in statements(properties["PolicyDocument"])]
