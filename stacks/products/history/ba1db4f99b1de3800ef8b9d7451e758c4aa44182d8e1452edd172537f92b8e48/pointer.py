"""The pointer to the deployed model version; its history in SSM is the deployment log."""


def pointer_of(package: dict, approved_by: str, at: str) -> dict:
    """What the pointer says of a version."""
    baselines = package["DriftCheckBaselines"]["ModelDataQuality"]
    return {
        "model_package_arn": package["ModelPackageArn"],
        "version": package["ModelPackageVersion"],
        "statistics_uri": baselines["Statistics"]["S3Uri"],
        "constraints_uri": baselines["Constraints"]["S3Uri"],
        "approved_by": approved_by,
        "approved_at": at,
        "reason": package.get("ApprovalDescription", ""),
    }


def newest_approved(summaries: list[dict], but: str) -> str | None:
    """ARN of the newest approved version other than ``but``; None where there is none."""
    versions = [item for item in summaries if item["ModelPackageArn"] != but]
    ordered = sorted(versions, key=lambda item: item["ModelPackageVersion"])
    return ordered[-1]["ModelPackageArn"] if ordered else None
