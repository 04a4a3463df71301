"""A registry and an artifact store as far as the approval functions use them."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError
from botocore.response import StreamingBody

BASELINE = {"Statistics": {"S3Uri": "s3://b/statistics.json"}, "Constraints": {"S3Uri": "s3://b/constraints.json"}}


class FakeRegistry:
    """Model package versions 1, 2, ... with an artifact each; it is the SageMaker and the S3 client at once."""

    def __init__(self, count: int) -> None:
        self.objects = {f"model-{number}": f"weights {number}".encode() for number in range(1, count + 1)}
        self.packages = {f"arn:{number}": self._package(number) for number in range(1, count + 1)}
        self.clock = datetime(2026, 1, 1, tzinfo=UTC)

    @staticmethod
    def _package(number: int) -> dict[str, Any]:
        return {
            "ModelPackageArn": f"arn:{number}",
            "ModelPackageVersion": number,
            "ModelApprovalStatus": "PendingManualApproval",
            "InferenceSpecification": {"Containers": [{"ModelDataUrl": f"s3://b/model-{number}"}]},
            "DriftCheckBaselines": {"ModelDataQuality": BASELINE},
            "CustomerMetadataProperties": {},
        }

    def decide(self, number: int, status: str, reason: str = "reviewed") -> dict[str, Any]:
        """Set a status; returns the event."""
        self.clock += timedelta(seconds=1)
        package = self.packages[f"arn:{number}"]
        package |= {"ModelApprovalStatus": status, "ApprovalDescription": reason, "LastModifiedTime": self.clock}
        return self.event(number)

    def event(self, number: int) -> dict[str, Any]:
        """The event of a version's present status."""
        status = self.packages[f"arn:{number}"]["ModelApprovalStatus"]
        detail = {"ModelPackageArn": f"arn:{number}", "ModelApprovalStatus": status, "LastModifiedBy": "arn:approver"}
        return {"time": self.clock.isoformat(), "detail": detail}

    def describe_model_package(self, ModelPackageName: str) -> dict[str, Any]:
        """SageMaker's."""
        return dict(self.packages[ModelPackageName])

    def update_model_package(self, ModelPackageArn: str, CustomerMetadataProperties: dict[str, str]) -> None:
        """SageMaker's."""
        self.packages[ModelPackageArn]["CustomerMetadataProperties"] = CustomerMetadataProperties

    def get_paginator(self, name: str) -> "FakeRegistry":
        """Of list_model_packages."""
        assert name == "list_model_packages"
        return self

    def paginate(self, ModelPackageGroupName: str, ModelApprovalStatus: str) -> list[dict[str, Any]]:
        """One page."""
        found = [item for item in self.packages.values() if item["ModelApprovalStatus"] == ModelApprovalStatus]
        return [{"ModelPackageSummaryList": found}]

    def put_object(self, Bucket: str, Key: str, Body: bytes, **_more: str) -> None:
        """S3's."""
        self.objects[Key] = Body

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        """S3's."""
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        body = self.objects[Key]
        return {"Body": StreamingBody(io.BytesIO(body), len(body))}  # type: ignore[no-untyped-call]
