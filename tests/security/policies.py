"""Policies of the synthesized templates as the account would have them, for the library's evaluator (``mlops.platform.evaluation``)."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mlops.platform.evaluation import Request, Statement, allowed
from stacks.rules.findings import resources, statements, text

__all__ = ["Request", "Statement", "allowed"]
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
_VARIABLE = re.compile(r"\$\{!?([^}]*)\}")


def concrete(value: Any, known: Mapping[str, str] = {}) -> Any:
    """The value with intrinsic functions replaced by this account's sample values (or ``known`` ones); IAM's variables stay."""
    if isinstance(value, Mapping):
        intrinsic = len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref"))
        return resolve(value, known) if intrinsic else {key: concrete(item, known) for key, item in value.items()}
    if isinstance(value, list):
        return [concrete(item, known) for item in value]
    return resolve(value, known) if isinstance(value, str) else value


def resolve(value: Any, known: Mapping[str, str] = {}) -> str:
    """One text; ``Fn::Sub`` writes ``${!x}`` for the text ``${x}``."""
    names = {**_KNOWN, **known}
    return _VARIABLE.sub(lambda match: names.get(match.group(1), f"${{{match.group(1)}}}"), text(value))


def template(name: str) -> dict[str, Any]:
    """A stack's template of the packaged assembly."""
    return dict(json.loads((ASSEMBLY / f"{name}.template.json").read_text()))


def roles(content: Mapping[str, Any], known: Mapping[str, str] = {}) -> dict[str, list[Statement]]:
    """Role name -> statements."""
    return {
        resolve(properties["RoleName"], known): [
            concrete(item, known)
            for policy in properties.get("Policies", [])
            for item in statements(policy["PolicyDocument"])
        ]
        for _, properties in resources(content, "AWS::IAM::Role")
    }


def bucket_policy(content: Mapping[str, Any], bucket: str, known: Mapping[str, str] = {}) -> list[Statement]:
    """Statements of the policy of a bucket, given by its logical id; its name stands for the references to it."""
    found = [it for _, it in resources(content, "AWS::S3::BucketPolicy") if made(it["Bucket"]) == {"Ref": bucket}]
    name = text(content["Resources"][bucket]["Properties"]["BucketName"])
    written = json.dumps(found).replace(json.dumps({"Fn::GetAtt": [bucket, "Arn"]}), json.dumps(f"arn:aws:s3:::{name}"))
    return [concrete(item, known) for it in json.loads(written) for item in statements(it["PolicyDocument"])]


def made(value: Any) -> Any:
    """What is referred to where a thing is made, and not taken over."""
    return value["Fn::If"][1] if isinstance(value, Mapping) and "Fn::If" in value else value


def bucket_policies(content: Mapping[str, Any], known: Mapping[str, str] = {}) -> dict[str, list[Statement]]:
    """Bucket name -> statements of its policy, of every bucket of a template."""
    return {
        resolve(it["BucketName"], known): bucket_policy(content, logical_id, known)
        for logical_id, it in resources(content, "AWS::S3::Bucket")
    }


def boundary() -> list[Statement]:
    """Statements of the permissions boundary."""
    found: Iterable[tuple[str, Mapping[str, Any]]] = resources(template("Access"), "AWS::IAM::ManagedPolicy")
    return [concrete(item) for _, properties in found for item in statements(properties["PolicyDocument"])]
