"""MLflow Apps, as CloudFormation and the API make them (tracking is served elsewhere)."""

import hashlib
import time
from collections.abc import Mapping

from embedded_aws.sagemaker.paging import page
from embedded_aws.service import Call, Document, Handler, ServiceError
from embedded_aws.store import DocumentStore


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
