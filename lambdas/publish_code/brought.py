"""Whether an update of the project is the delivery's that is in its deploy stage, or somebody else's at the same time."""

from collections.abc import Mapping
from typing import Any

from lambdas.publish_code.delivered import BUILD, Delivery, actions
from lambdas.publish_code.package import Properties

_PACKAGE = "PACKAGE"  # what the build exports: the key of what it has packaged


def brings(package: str, delivery: Delivery, given: Properties, before: Mapping[str, Any]) -> bool:
    """Whether the code is ``package``, which the delivery has made; not where the code stays, or becomes the product's own.

    ``before`` are the custom resource's properties until now.

    Raises:
        PermissionError: it is code that somebody else has set. Nobody's push would stand for it, and no release.
    """
    key = given["PackageKey"]
    if key == package:
        return True
    if key == before.get("PackageKey") or given["PackageBucket"] != given["Bucket"]:
        return False
    raise PermissionError(
        f"{key} is not what delivery {delivery.execution} has packaged, which is being deployed: set other code afterwards"
    )


def packaged(codepipeline: Any, pipeline: str, execution: str) -> str:
    """Key of the code package that this very execution's build has named; empty where it names none.

    All builds of a project run in one role, so that each could write over an artifact of another on S3. Its exported variables are in
    CodePipeline's history (API reference, ActionExecutionOutput ``outputVariables``), which no build can write but by its own end.
    """
    ended = [it for it in actions(codepipeline, pipeline, execution, BUILD) if it["status"] == "Succeeded"]
    build = max(ended, key=lambda it: it["startTime"], default={})
    return str(build.get("output", {}).get("outputVariables", {}).get(_PACKAGE, ""))
