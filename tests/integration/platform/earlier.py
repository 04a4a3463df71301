"""An assembly that offers an earlier version of the ML project too, made from the packaged one: what upgrades and ways back go over."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mlops.platform.assembly import Assembly

KEY, EARLIER = "ml-project", "v1"
_PARAMETER = "UnattributedVersions"  # which the earlier version does not have


def with_earlier(assembly: Assembly) -> Assembly:
    """The same stacks, with one version more in the catalog, before those that are there."""
    current = assembly.products[KEY]
    earlier = json.dumps(_earlier(json.loads(current)))
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in (current, earlier)]
    stacks = [
        replace(stack, template=_offering(stack.template, *digests)) if stack.name == "mlops-catalog" else stack
        for stack in assembly.stacks
    ]
    return replace(assembly, stacks=tuple(stacks), assets={**assembly.assets, f"{digests[1]}.json": earlier.encode()})


def _offering(catalog: str, current: str, earlier: str) -> str:
    """The catalog's template: the earlier version's address is the current one's with another digest."""
    content = json.loads(catalog)
    versions = next(
        resource["Properties"]["ProvisioningArtifactParameters"]
        for resource in content["Resources"].values()
        if resource["Type"] == "AWS::ServiceCatalog::CloudFormationProduct" and current in json.dumps(resource)
    )
    known = next(json.dumps(it) for it in versions if current in json.dumps(it))
    versions.insert(0, {**json.loads(known.replace(current, earlier)), "Name": EARLIER})
    return json.dumps(content)


def _earlier(template: dict[str, Any]) -> dict[str, Any]:
    """Uploads that nobody finished stay, permissions are for an account, too, and there is one parameter less."""
    default = template["Parameters"].pop(_PARAMETER)["Default"]
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::S3::Bucket":
            properties.pop("LifecycleConfiguration")
        if resource["Type"] == "AWS::Lambda::Permission":
            properties["SourceAccount"] = {"Ref": "AWS::AccountId"}
    return dict(_without(template, default))


def _without(value: Any, default: str) -> Any:
    if isinstance(value, Mapping):
        if value == {"Ref": _PARAMETER}:
            return default
        return {key: _without(item, default) for key, item in value.items()}
    return [_without(item, default) for item in value] if isinstance(value, list) else value
