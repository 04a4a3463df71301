"""Feature groups and MLflow Apps, as CloudFormation and the API make them (records and tracking are served elsewhere)."""

import hashlib
import time
from collections.abc import Mapping

from mlops.embedded.sagemaker.paging import page
from mlops.embedded.service import Call, Document, Handler, ServiceError, created_by
from mlops.embedded.store import DocumentStore


class FeatureGroups:
    """Descriptions of feature groups."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store
        self.operations: Mapping[str, Handler] = {
            "CreateFeatureGroup": self._create,
            "DescribeFeatureGroup": self._find,
            "UpdateFeatureGroup": self._update,
            "DeleteFeatureGroup": self._delete,
            "ListFeatureGroups": self._list,
        }

    def _create(self, call: Call) -> Document:
        name = call.params["FeatureGroupName"]
        names = {item["FeatureName"] for item in call.params["FeatureDefinitions"]}
        for member in ("RecordIdentifierFeatureName", "EventTimeFeatureName"):
            if call.params[member] not in names:
                raise ServiceError("ValidationException", f"{member} {call.params[member]} is no feature of the group")
        document = {key: value for key, value in call.params.items() if key != "Tags"}
        arn, now = call.arn(f"feature-group/{name}"), time.time()
        document |= {
            "FeatureGroupArn": arn,
            "FeatureGroupStatus": "Created",
            "CreationTime": now,
            "LastModifiedTime": now,
        }
        if not self._store.create("FeatureGroup", call.key(name), document):
            raise ServiceError("ResourceInUse", f"feature group {name} already exists")
        return {"FeatureGroupArn": arn}

    def _find(self, call: Call) -> Document:
        name = str(call.params["FeatureGroupName"]).rsplit("/", 1)[-1]
        found = self._store.get("FeatureGroup", call.key(name))
        if found is None:
            raise ServiceError("ResourceNotFound", f"feature group {name} does not exist")
        return found

    def _update(self, call: Call) -> Document:
        found = self._find(call)
        known = {item["FeatureName"] for item in found["FeatureDefinitions"]}
        added = call.params.get("FeatureAdditions", [])
        taken = [item["FeatureName"] for item in added if item["FeatureName"] in known]
        if taken:
            raise ServiceError("ValidationException", f"feature {taken[0]} is there already")
        found["FeatureDefinitions"] = [*found["FeatureDefinitions"], *added]
        found["LastModifiedTime"] = time.time()
        self._store.put("FeatureGroup", call.key(found["FeatureGroupName"]), found)
        return {"FeatureGroupArn": found["FeatureGroupArn"]}

    def _delete(self, call: Call) -> Document:
        self._store.delete("FeatureGroup", call.key(self._find(call)["FeatureGroupName"]))
        return {}

    def _list(self, call: Call) -> Document:
        wanted = call.params.get("NameContains") or ""
        found = [
            item for _, item in self._store.list("FeatureGroup", call.key("")) if wanted in item["FeatureGroupName"]
        ]
        return page(call, found, "FeatureGroupSummaries", default_sort="CreationTime", name="FeatureGroupName")


class MlflowApps:
    """Descriptions of MLflow Apps."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store
        self.operations: Mapping[str, Handler] = {
            "CreateMlflowApp": self._create,
            "DescribeMlflowApp": self._find,
            "UpdateMlflowApp": self._update,
            "DeleteMlflowApp": self._delete,
            "ListMlflowApps": self._list,
        }

    def _create(self, call: Call) -> Document:
        name, now = call.params["Name"], time.time()
        if any(item["Name"] == name for _, item in self._store.list("MlflowApp", call.key(""))):
            raise ServiceError("ConflictException", f"MLflow App {name} already exists")
        number = self._store.next_number("MlflowApp")
        id_ = "app-" + hashlib.sha256(call.key(f"{name}/{number}").encode()).hexdigest()[:12].upper()
        document = {key: value for key, value in call.params.items() if key != "Tags"}
        document |= {
            "Arn": call.arn(f"mlflow-app/{id_}"),
            "Status": "Created",
            "CreationTime": now,
            "LastModifiedTime": now,
        }
        document["CreatedBy"] = created_by(call)
        self._store.put("MlflowApp", call.key(document["Arn"]), document)
        return {"Arn": document["Arn"]}

    def _find(self, call: Call) -> Document:
        found = self._store.get("MlflowApp", call.key(call.params["Arn"]))
        if found is None:
            raise ServiceError("ResourceNotFound", f"{call.params['Arn']} does not exist")
        return found

    def _update(self, call: Call) -> Document:
        found = self._find(call) | call.params | {"LastModifiedTime": time.time()}
        self._store.put("MlflowApp", call.key(found["Arn"]), found)
        return {"Arn": found["Arn"]}

    def _delete(self, call: Call) -> Document:
        found = self._find(call)
        self._store.delete("MlflowApp", call.key(found["Arn"]))
        return {"Arn": found["Arn"]}

    def _list(self, call: Call) -> Document:
        found = [item for _, item in self._store.list("MlflowApp", call.key(""))]
        return page(call, found, "Summaries", default_sort="CreationTime", name="Name")
