"""The model registry: numbered versions in groups, approval with the approver's identity, events."""

import time
from collections.abc import Mapping

from embedded_aws.sagemaker.packages import package_at
from embedded_aws.sagemaker.paging import page
from embedded_aws.sagemaker.tags import put_tags
from embedded_aws.service import Call, Document, Emit, Handler, ServiceError, created_by
from embedded_aws.store import DocumentStore

_EVENT_MEMBERS = (
    "ModelPackageGroupName",
    "ModelPackageName",
    "ModelPackageVersion",
    "ModelPackageArn",
    "ModelPackageStatus",
    "ModelApprovalStatus",
    "ApprovalDescription",
    "CustomerMetadataProperties",
)
_DECIDED = ("ModelApprovalStatus", "ModelLifeCycle")  # of decisions made at once the first one counts
_MEANWHILE = (
    "There was a conflict when you attempted to modify a SageMaker entity: the model package was changed meanwhile"
)


class Registry:
    """Model package operations."""

    def __init__(self, store: DocumentStore, emit: Emit) -> None:
        self._store, self._emit = store, emit
        self.operations: Mapping[str, Handler] = {
            "CreateModelPackage": self._create,
            "DescribeModelPackage": self._describe,
            "ListModelPackages": self._list,
            "UpdateModelPackage": self._update,
            "DeleteModelPackage": self._delete,
        }

    def _create(self, call: Call) -> Document:
        group = call.named("ModelPackageGroupName", "model-package-group")
        if not group:
            raise ServiceError("ValidationException", "not supported by the embedded AWS: unversioned model packages")
        if self._store.get("ModelPackageGroup", call.key(group)) is None:
            raise ServiceError("ValidationException", f"Model Package Group {group} does not exist")
        token = call.key(call.params.get("ClientToken", ""))
        earlier = self._store.get("ModelPackageToken", token)
        if earlier is not None and "ClientToken" in call.params:
            return earlier
        version = self._store.next_number(f"ModelPackage/{call.key(group)}")
        arn, now = call.arn(f"model-package/{group}/{version}"), time.time()
        document: Document = {
            **{key: value for key, value in call.params.items() if key not in {"Tags", "ClientToken"}},
            "ModelPackageGroupName": group,
            "ModelPackageVersion": version,
            "ModelPackageArn": arn,
            "ModelPackageName": group,
            "CreationTime": now,
            "LastModifiedTime": now,
            "CreatedBy": created_by(call),
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
        }
        document.setdefault("ModelApprovalStatus", "PendingManualApproval")
        self._store.put("ModelPackage", call.key(f"{group}/{version:08d}"), document)
        self._store.put("ModelPackageToken", token, {"ModelPackageArn": arn})
        put_tags(self._store, arn, call.params.get("Tags", []))
        self._changed(call, document)
        return {"ModelPackageArn": arn}

    def _describe(self, call: Call) -> Document:
        return self._find(call, call.params["ModelPackageName"])[1]

    def _find(self, call: Call, arn: str) -> tuple[str, Document]:
        return package_at(self._store, call, arn)

    def _list(self, call: Call) -> Document:
        group = call.named("ModelPackageGroupName", "model-package-group")
        if group and self._store.get("ModelPackageGroup", call.key(group)) is None:
            raise ServiceError("ValidationException", f"Model Package Group {group} does not exist")
        status = call.params.get("ModelApprovalStatus")
        prefix = call.key(f"{group}/" if group else "")
        found = [
            item
            for _, item in self._store.list("ModelPackage", prefix)
            if status is None or item["ModelApprovalStatus"] == status
        ]
        return page(call, found, "ModelPackageSummaryList", default_sort="CreationTime", name="ModelPackageName")

    def _update(self, call: Call) -> Document:
        key, before = self._find(call, call.params["ModelPackageArn"])
        given = {name: value for name, value in call.params.items() if name != "ModelPackageArn"}
        removed = given.pop("CustomerMetadataPropertiesToRemove", [])

        def change(document: Document) -> None:
            if any(name in given and document.get(name) != before.get(name) for name in _DECIDED):
                raise ServiceError("ConflictException", _MEANWHILE)
            properties = document.get("CustomerMetadataProperties", {}) | given.get("CustomerMetadataProperties", {})
            document |= given | {"LastModifiedTime": time.time(), "LastModifiedBy": created_by(call)}
            document["CustomerMetadataProperties"] = {
                name: value for name, value in properties.items() if name not in removed
            }

        after = self._store.update("ModelPackage", key, change)
        if after is None:
            raise ServiceError("ValidationException", f"ModelPackage {key} was deleted meanwhile")
        if after["ModelApprovalStatus"] != before["ModelApprovalStatus"]:
            self._changed(call, after)
        return {"ModelPackageArn": before["ModelPackageArn"]}

    def _delete(self, call: Call) -> Document:
        key, _ = self._find(call, call.params["ModelPackageName"])
        self._store.delete("ModelPackage", key)
        return {}

    def _changed(self, call: Call, document: Document) -> None:
        detail = {name: document[name] for name in _EVENT_MEMBERS if name in document}
        arn = document["ModelPackageArn"]
        self._emit("SageMaker Model Package State Change", detail, [arn], call.account, call.region)
