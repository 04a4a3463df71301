"""A registry and an artifact store as far as the approval functions use them."""

import copy
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from mlops.bundled import dataset_tables
from mlops.bundled.claims import PERSON, Claims, Start

RUN = "arn:aws:sagemaker:us-east-1:1:pipeline/p-training/execution/run"
APPROVER = "arn:aws:sts::1:assumed-role/mlops-ml-engineer/bob"
STARTER = "arn:aws:sts::1:assumed-role/mlops-data-scientist/alice"
BASELINE = {"Statistics": {"S3Uri": "s3://b/statistics.json"}, "Constraints": {"S3Uri": "s3://b/constraints.json"}}


class FakeRegistry:
    """Model package versions 1, 2, ... of a run by alice each, with an artifact; it is the SageMaker and the S3 client at once."""

    class exceptions:  # noqa: N801 (boto3's name)
        """S3's."""

        class NoSuchKey(ClientError):
            """There is no object."""

    def __init__(self, count: int) -> None:
        self.objects = {f"model-{number}": f"weights {number}".encode() for number in range(1, count + 1)}
        self.packages = {f"arn:{number}": self._package(number) for number in range(1, count + 1)}
        self.clock, self.events = datetime(2026, 1, 1, tzinfo=UTC), 0
        self.selective: set[str] = set()
        self.statuses: dict[str, str] = {}  # of runs that have ended
        self.registered = {f"{RUN}{number}": f"arn:{number}" for number in range(1, count + 1)}
        for number in range(1, count + 1):
            self.begin(number)

    def begin(self, number: int, **known: Any) -> None:
        """What the run's first function has noted about the run of version ``number``."""
        given: dict[str, Any] = {
            "kind": PERSON,
            "by": STARTER,
            "people": ["alice"],
            "code": "c0de",
            "review": "approved",
        }
        given |= {"definition": "d", "dataset_id": "set@1", "dataset_uri": "s3://p-data/datasets/d/"}
        given |= {"tables": dataset_tables.digest({})} | known
        self.objects.pop(f"claims/p/run-run{number}.json", None)
        Claims(self, "audit", "p").note(Start(execution=f"{RUN}{number}", **given))  # type: ignore[arg-type]

    def describe_pipeline_execution(self, PipelineExecutionArn: str) -> dict[str, Any]:
        """SageMaker's."""
        selective = {"SelectiveExecutionConfig": {"SelectedSteps": [{"StepName": "RegisterModel"}]}}
        status = {"PipelineExecutionStatus": self.statuses.get(PipelineExecutionArn, "Executing")}
        return status | (selective if PipelineExecutionArn in self.selective else {})

    @staticmethod
    def _package(number: int) -> dict[str, Any]:
        return {
            "ModelPackageArn": f"arn:{number}",
            "ModelPackageVersion": number,
            "ModelApprovalStatus": "PendingManualApproval",
            "InferenceSpecification": {
                "Containers": [{"Image": f"image:{number}", "ModelDataUrl": f"s3://b/model-{number}"}]
            },
            "DriftCheckBaselines": {"ModelDataQuality": BASELINE},
            "CustomerMetadataProperties": {"pipeline_execution_arn": f"{RUN}{number}"},
        }

    def decide(self, number: int, status: str, reason: str = "reviewed", by: str = APPROVER) -> dict[str, Any]:
        """Set a status; returns the event."""
        self.clock += timedelta(seconds=1)
        package = self.packages[f"arn:{number}"]
        package |= {"ModelApprovalStatus": status, "ApprovalDescription": reason, "LastModifiedTime": self.clock}
        package["LastModifiedBy"] = {"IamIdentity": {"Arn": by, "PrincipalId": f"AROA:{by.rsplit('/', 1)[-1]}"}}
        event = self.event(number)
        event["detail"]["ApprovalDescription"] = reason
        return event

    def event(self, number: int) -> dict[str, Any]:
        """The event of a version's present status."""
        status = self.packages[f"arn:{number}"]["ModelApprovalStatus"]
        detail = {"ModelPackageArn": f"arn:{number}", "ModelApprovalStatus": status}
        self.events += 1
        return {"id": f"event-{self.events}", "time": self.clock.isoformat(), "detail": detail}

    def describe_model_package(self, ModelPackageName: str) -> dict[str, Any]:
        """SageMaker's."""
        return copy.deepcopy(self.packages[ModelPackageName])

    def update_model_package(self, ModelPackageArn: str, ModelApprovalStatus: str, ApprovalDescription: str) -> None:
        """SageMaker's, as far as the function's role may use it: to reject."""
        assert ModelApprovalStatus == "Rejected"
        own = "arn:aws:sts::1:assumed-role/mlops-p-record-approval/f"
        self.decide(int(ModelPackageArn.removeprefix("arn:")), ModelApprovalStatus, ApprovalDescription, own)

    def get_paginator(self, name: str) -> Any:
        """Of list_model_packages, of a run's steps, and of S3's objects."""
        return {"list_model_packages": self, "list_pipeline_execution_steps": _Steps(self.registered)}.get(
            name, _Objects(self.objects)
        )

    def trail(self) -> list[dict[str, Any]]:
        """Entries of the audit trail."""
        return [json.loads(body) for key, body in sorted(self.objects.items()) if key.startswith("audit/p/")]

    def paginate(self, ModelPackageGroupName: str, ModelApprovalStatus: str) -> list[dict[str, Any]]:
        """One page."""
        found = [item for item in self.packages.values() if item["ModelApprovalStatus"] == ModelApprovalStatus]
        return [{"ModelPackageSummaryList": found}]

    def put_object(self, Bucket: str, Key: str, Body: bytes, **more: str) -> None:
        """S3's; entries of the audit trail are written where nothing is yet."""
        assert not Key.startswith(("audit/", "claims/")) or (more["IfNoneMatch"] == "*" and Key not in self.objects)
        self.objects[Key] = Body

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        """S3's."""
        if Key not in self.objects:
            raise self.exceptions.NoSuchKey({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        body, stream = self.objects[Key], StreamingBody(io.BytesIO(self.objects[Key]), len(self.objects[Key]))  # type: ignore[no-untyped-call]
        return {"Body": stream, "ContentLength": len(body), "VersionId": "1", "LastModified": self.clock}


class _Steps:
    """Pages of list_pipeline_execution_steps: the step that has registered."""

    def __init__(self, registered: dict[str, str]) -> None:
        self._registered = registered

    def paginate(self, PipelineExecutionArn: str) -> list[dict[str, Any]]:
        """One page."""
        made = self._registered.get(PipelineExecutionArn)
        steps = [{"Metadata": {"RegisterModel": {"Arn": made}}}] if made else [{}]
        return [{"PipelineExecutionSteps": steps}]


class _Objects:
    """Pages of list_objects_v2 and of list_object_versions."""

    def __init__(self, objects: dict[str, bytes]) -> None:
        self._objects = objects

    def paginate(self, Bucket: str, Prefix: str) -> list[dict[str, Any]]:
        """One page."""
        found = [key for key in sorted(self._objects) if key.startswith(Prefix)]
        versions = [{"Key": key, "VersionId": "1", "IsLatest": True} for key in found]
        return [{"Contents": [{"Key": key} for key in found], "Versions": versions}]
