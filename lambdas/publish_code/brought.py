"""Whether an update of the project is the delivery's that is in its deploy stage, or somebody else's at the same time."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lambdas.publish_code.delivered import DEPLOY, Delivery, actions
from lambdas.publish_code.package import Properties

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_RECORD = "package.json"  # what the build leaves to the deployment


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


def packaged(s3: "S3Client", codepipeline: Any, pipeline: str, execution: str) -> str:
    """Key of the code package in the artifact that the deploy stage has got; empty where it names none."""
    runs = sorted(actions(codepipeline, pipeline, execution, DEPLOY), key=lambda it: it["startTime"])
    for artifact in runs[-1]["input"]["inputArtifacts"] if runs else []:
        where = artifact["s3location"]
        body = s3.get_object(Bucket=where["bucket"], Key=where["key"])["Body"].read()
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return str(json.loads(archive.read(_RECORD))["key"])
    return ""
