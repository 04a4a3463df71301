"""Names of properties from cfn-lint's copy of CloudFormation's registry: ``python -m tests.infrastructure.cfn_schemas`` writes them."""

import json
from pathlib import Path
from typing import Any

import cfnlint.data.schemas as provider_schemas

TARGET = Path(__file__).parents[2] / "embedded_aws" / "cloudformation" / "schemas.json"
ASSEMBLY = Path(__file__).parents[2] / "mlops" / "platform" / "assembled"
_FOLDER = Path(provider_schemas.__file__).parent
_DEPTH = 7


def wanted_types() -> list[str]:
    """Types of the packaged assembly, CloudFormation's own and custom resources apart."""
    files = [json.loads(path.read_text()) for path in sorted(ASSEMBLY.glob("*.template.json"))]
    found = {resource["Type"] for template in files for resource in template["Resources"].values()}
    return sorted(name for name in found if name.startswith("AWS::"))


def load(type_name: str) -> dict[str, Any]:
    """The registry's schema of a type."""
    index = json.loads((_FOLDER / "providers" / "us-east-1.json").read_text())
    return dict(json.loads((_FOLDER / "resources" / f"{index[type_name]}.json").read_text()))


def extract(type_name: str) -> dict[str, Any]:
    """What ``schemas.json`` says of a type."""
    schema = load(type_name)
    return {
        "properties": _names(schema, schema, _DEPTH),
        "required": sorted(schema.get("required", [])),
        "create_only": sorted(path.removeprefix("/properties/") for path in schema.get("createOnlyProperties", [])),
    }


def _names(schema: dict[str, Any], part: dict[str, Any], depth: int) -> Any:
    """Tree of property names; None where anything goes."""
    if "$ref" in part:
        target = schema
        for key in part["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        part = target
    if part.get("type") == "array" or "items" in part:
        items = part.get("items", {})
        return _names(schema, items, depth) if isinstance(items, dict) else None
    properties = part.get("properties")
    if not properties or depth == 0 or part.get("patternProperties"):
        return None
    return {name: _names(schema, item, depth - 1) for name, item in sorted(properties.items())}


def render() -> str:
    """The file's text."""
    return json.dumps({name: extract(name) for name in wanted_types()}, sort_keys=True, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    TARGET.write_text(render())
