"""What the pointer to the deployed model version says; its history in SSM is the deployment log."""

from collections.abc import Mapping, Sequence
from typing import Any

Document = dict[str, Any]
ROLLBACK = "rollback: "  # how the reason of an approval begins that brings an earlier version back
REFUSED = "refused: "  # how the reason begins of a rejection that answers an approval which does not count


def pointer_of(package: Mapping[str, Any], digest: str, by: str, at: str, action: str) -> Document:
    """``action`` is what moved it: approved | rejection | rollback; ``by`` and ``at`` of that decision."""
    baselines = package["DriftCheckBaselines"]["ModelDataQuality"]
    return {
        "model_package_arn": package["ModelPackageArn"],
        "version": package["ModelPackageVersion"],
        "sha256": digest,
        "statistics_uri": baselines["Statistics"]["S3Uri"],
        "constraints_uri": baselines["Constraints"]["S3Uri"],
        "action": action,
        "approved_by": by,
        "approved_at": at,
        "reason": package.get("ApprovalDescription", ""),
    }


def withdrawn(by: str, at: str, reason: str) -> Document:
    """No version is deployed any more; an entry, not a deletion, since that would take the history with it."""
    return {
        "model_package_arn": "",
        "version": 0,
        "action": "withdrawn",
        "approved_by": by,
        "approved_at": at,
        "reason": reason,
    }


def newest_approved(summaries: Sequence[Mapping[str, Any]], but: str) -> str | None:
    """ARN of the newest approved version other than ``but``; None where there is none."""
    versions = [item for item in summaries if item["ModelPackageArn"] != but]
    ordered = sorted(versions, key=lambda item: item["ModelPackageVersion"])
    return str(ordered[-1]["ModelPackageArn"]) if ordered else None
