"""A registry and an artifact store as far as the approval functions use them."""

import copy
import hashlib
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from mlops.bundled.claims import PERSON, Claims, Start
from mlops.bundled.dataset_manifest import content_id

RUN = "arn:aws:sagemaker:us-east-1:1:pipeline/p-training/execution/run"
APPROVER = "arn:aws:sts::1:assumed-role/mlops-ml-engineer/bob"
STARTER = "arn:aws:sts::1:assumed-role/mlops-data-scientist/alice"
BASELINE = {"Statistics": {"S3Uri": "s3://b/statistics.json"}, "Constraints": {"S3Uri": "s3://b/constraints.json"}}
_TABLE = b"a\n"
_FILE = {"sha256": hashlib.sha256(_TABLE).hexdigest(), "bytes": len(_TABLE)}
_SCHEMA = "0" * 64
_ID = content_id({"fills.csv": _FILE}, _SCHEMA)
_DATASET, _SIGNED = f"datasets/set/{_ID}/", f"signed/set/{_ID}/"
DATASET, DATASET_URI = f"set@{_ID}", f"s3://mlops-datasets-1/{_DATASET}data/"
_IMPORTER = "arn:aws:sts::123456789012:assumed-role/mlops-data-scientist/alice"
_MANIFEST = json.dumps(
    {
        "name": "set",
        "id": _ID,
        "schema_sha256": _SCHEMA,
        "created_by": _IMPORTER,
        "files": [{"path": "fills.csv", "version_id": "1", **_FILE}],
    }
).encode()
ENVIRONMENT = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}


def rendered(floor: float = 0.75, code: str = "c0de", rounds: str = "300") -> str:
    """A training definition, as publish-code renders it for a project with this floor, code and default."""
    data = {"InputName": "data", "S3Input": {"S3Uri": {"Get": "Parameters.DatasetUri"}}}
    inputs = [{"InputName": "code", "S3Input": {"S3Uri": f"s3://own/code/{code}/"}}, data]
    command = ["python3", "-c", "verify", code, "validate"]
    validate = {"ProcessingInputs": inputs, "AppSpecification": {"ContainerEntrypoint": command}}
    metadata = {"git_commit": f"commit-of-{code}", "source_archive": f"s3://own/code/{code}-source.tar.gz"}
    condition = {"LeftValue": 1, "RightValue": floor, "Type": "GreaterThanOrEqualTo"}
    register = {
        "Name": "RegisterModel",
        "Type": "RegisterModel",
        "Arguments": {"CustomerMetadataProperties": metadata},
    }
    gate = {"Conditions": [condition], "IfSteps": [register], "ElseSteps": []}
    steps = [
        {"Name": "AuthorizeRun", "Type": "Lambda", "Arguments": {"code": code}},
        {"Name": "ValidateData", "Type": "Processing", "Arguments": validate},
        {"Name": "CheckQualityGate", "Type": "Condition", "Arguments": gate},
    ]
    return json.dumps({"Parameters": [{"Name": "Rounds", "DefaultValue": rounds}], "Steps": steps})


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
        self.definition = self.own = rendered()  # the pipeline's, and that of its runs
        self.refused = "403"  # what HeadObject says of an object that is not there, to who may not list
        self.statuses: dict[str, str] = {}  # of runs that have ended
        self.registered = {f"{RUN}{number}": f"arn:{number}" for number in range(1, count + 1)}
        for number in range(1, count + 1):
            self.begin(number)
        self.objects |= {f"{_DATASET}manifest.json": _MANIFEST, f"{_DATASET}data/fills.csv": _TABLE}
        self._sign("AROA1:alice", "import-1")
        self.review("Approved")

    def review(self, status: str) -> None:
        """Bob decides about the data set; an empty status takes back what he has said."""
        self.objects.pop(f"{_SIGNED}AROA2:bob/review-000001.json", None)
        if status:
            given = {"number": 1, "status": status, "reason": "looked", "previous_sha256": ""}
            self._sign("AROA2:bob", "review-000001", **given)

    def _sign(self, writer: str, name: str, **more: Any) -> None:
        arn = f"arn:aws:sts::123456789012:assumed-role/mlops-data-scientist/{writer.partition(':')[2]}"
        known = {"at": "2026-01-01T00:00:00+00:00", "manifest_sha256": hashlib.sha256(_MANIFEST).hexdigest()}
        record = known | more | {"signed_by": {"arn": arn, "id": writer}}
        self.objects[f"{_SIGNED}{writer}/{name}.json"] = json.dumps(record).encode()

    def begin(self, number: int, **known: Any) -> None:
        """What the run's first function has noted about the run of version ``number``."""
        given: dict[str, Any] = {
            "kind": PERSON,
            "by": STARTER,
            "people": ["alice"],
            "code": "c0de",
            "review": "approved",
        }
        given |= {"definition": "d", "dataset_id": DATASET, "dataset_uri": DATASET_URI} | known
        self.objects.pop(f"claims/p/run-run{number}.json", None)
        Claims(self, "audit", "p").note(Start(execution=f"{RUN}{number}", **given))  # type: ignore[arg-type]

    def describe_pipeline_execution(self, PipelineExecutionArn: str) -> dict[str, Any]:
        """SageMaker's."""
        selective = {"SelectiveExecutionConfig": {"SelectedSteps": [{"StepName": "RegisterModel"}]}}
        status = {"PipelineExecutionStatus": self.statuses.get(PipelineExecutionArn, "Executing")}
        return status | (selective if PipelineExecutionArn in self.selective else {})

    def describe_pipeline_definition_for_execution(self, PipelineExecutionArn: str) -> dict[str, str]:
        """SageMaker's."""
        return {"PipelineDefinition": self.own}

    def describe_pipeline(self, PipelineName: str) -> dict[str, str]:
        """SageMaker's."""
        assert PipelineName in {"p-training", "p-inference"}
        return {"PipelineDefinition": self.definition}

    @staticmethod
    def _package(number: int) -> dict[str, Any]:
        return {
            "ModelPackageArn": f"arn:{number}",
            "ModelPackageVersion": number,
            "ModelApprovalStatus": "PendingManualApproval",
            "InferenceSpecification": {
                "Containers": [
                    {"Image": f"image:{number}", "ModelDataUrl": f"s3://b/model-{number}", "Environment": ENVIRONMENT}
                ]
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
        if ModelPackageName not in self.packages:
            raise ClientError({"Error": {"Code": "ValidationException"}}, "DescribeModelPackage")
        return copy.deepcopy(self.packages[ModelPackageName])

    def update_model_package(
        self, ModelPackageArn: str, ModelApprovalStatus: str, ApprovalDescription: str, **card: Any
    ) -> None:
        """SageMaker's, as far as the function's role may use it: to reject."""
        assert ModelApprovalStatus == "Rejected"
        self.packages[ModelPackageArn] |= card
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
        """S3's; entries of the audit trail are written where nothing is yet, and what a run's start was noted as stays."""
        assert not Key.startswith(("audit/", "claims/")) or more["IfNoneMatch"] == "*"
        assert not Key.startswith("audit/") or Key not in self.objects
        if more.get("IfNoneMatch") and Key in self.objects:
            taken = {"Error": {"Code": "PreconditionFailed"}, "ResponseMetadata": {"HTTPStatusCode": 412}}
            raise ClientError(taken, "PutObject")  # type: ignore[arg-type]
        self.objects[Key] = Body

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        """S3's."""
        if Key not in self.objects:
            raise self.exceptions.NoSuchKey({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        body, stream = self.objects[Key], StreamingBody(io.BytesIO(self.objects[Key]), len(self.objects[Key]))  # type: ignore[no-untyped-call]
        return {"Body": stream, "ContentLength": len(body), "VersionId": "1", "LastModified": self.clock}

    def head_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        """S3's."""
        if Key not in self.objects or self.refused != "403":
            raise ClientError({"Error": {"Code": self.refused, "Message": ""}}, "HeadObject")
        return {"ContentLength": len(self.objects[Key])}


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
