"""The registry's card of a version follows the decision on the version: both are written in one call, by whoever decides."""

import json
from collections.abc import Mapping
from typing import Any

_STATUS = {"Approved": "Approved", "Rejected": "Draft"}  # an archived card could never be approved again
_ADDED = "model_package_details"  # by SageMaker to the content; a card of a version may not bring it


def card_after(package: Mapping[str, Any], decision: str) -> dict[str, Any]:
    """Members of UpdateModelPackage that bring the card of DescribeModelPackage's answer along; none where the version has no card."""
    card = package.get("ModelCard", {})
    if not card.get("ModelCardContent"):
        return {}
    return {"ModelCard": {"ModelCardContent": _own(card["ModelCardContent"]), "ModelCardStatus": _STATUS[decision]}}


def _own(content: str) -> str:
    """The content as it was registered; whoever has written something else into it hinders no rejection."""
    try:
        found = json.loads(content)
    except ValueError:
        return content
    if not isinstance(found, dict) or _ADDED not in found:
        return content
    own = {name: value for name, value in found.items() if name != _ADDED}
    return json.dumps(own, separators=(",", ":"), sort_keys=True)
