"""Lambda step ResolveModel: which model version does this batch use?

Without a version in the event it is the deployed one: the pointer in SSM, read once, so that a rollback during a batch changes nothing.
"""

import json
import os

import boto3

_SSM = boto3.client("ssm")
_SAGEMAKER = boto3.client("sagemaker")


def handler(event: dict, _context: object) -> dict:
    """Event: {"model_package_arn": ARN or "deployed"}; answers with the version and its baselines."""
    wanted = event.get("model_package_arn") or "deployed"
    arn = _deployed() if wanted == "deployed" else wanted
    package = _SAGEMAKER.describe_model_package(ModelPackageName=arn)
    if package["ModelApprovalStatus"] != "Approved":
        raise ValueError(
            f"model version {package['ModelPackageVersion']} is {package['ModelApprovalStatus']}, not approved"
        )
    baselines = package["DriftCheckBaselines"]["ModelDataQuality"]
    answer = {
        "model_package_arn": arn,
        "model_version": str(package["ModelPackageVersion"]),
        "statistics_uri": baselines["Statistics"]["S3Uri"],
        "constraints_uri": baselines["Constraints"]["S3Uri"],
    }
    print(json.dumps({"resolved": answer}))  # noqa: T201 (a function's log)
    return answer


def _deployed() -> str:
    name = f"/mlops/{os.environ['PROJECT']}/deployed-model"
    try:
        return json.loads(_SSM.get_parameter(Name=name)["Parameter"]["Value"])["model_package_arn"]
    except _SSM.exceptions.ParameterNotFound:
        raise ValueError(f"project {os.environ['PROJECT']} has no deployed model: approve a version first") from None
