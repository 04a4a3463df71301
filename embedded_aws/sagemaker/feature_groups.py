"""Feature groups, as CloudFormation and the API make them (records are served elsewhere)."""

import time
from collections.abc import Iterator, Mapping

from embedded_aws.sagemaker.paging import page
from embedded_aws.service import Call, Document, Handler, ServiceError
from embedded_aws.store import DocumentStore


class FeatureGroups:
    """Descriptions of feature groups."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store
        self.operations: Mapping[str, Handler] = {
            "CreateFeatureGroup": self._create,
            "DescribeFeatureGroup": lambda call: {
                **self._find(call),
                "NextToken": "",
            },  # a required member of the answer
            "UpdateFeatureGroup": self._update,
            "DeleteFeatureGroup": self._delete,
            "ListFeatureGroups": self._list,
            "DescribeFeatureMetadata": self._feature,
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
        name = call.named("FeatureGroupName", "feature-group")
        found = self._store.get("FeatureGroup", call.key(name))
        if found is None:
            raise ServiceError("ResourceNotFound", f"feature group {name} does not exist")
        return found

    def features(self, call: Call) -> Iterator[Document]:
        """Every feature of every group, as DescribeFeatureMetadata answers it."""
        for _, group in self._store.list("FeatureGroup", call.key("")):
            yield from (_metadata(group, feature) for feature in group["FeatureDefinitions"])

    def _feature(self, call: Call) -> Document:
        group = self._find(call)
        for feature in group["FeatureDefinitions"]:
            if feature["FeatureName"] == call.params["FeatureName"]:
                return _metadata(group, feature)
        raise ServiceError("ResourceNotFound", f"feature {call.params['FeatureName']} does not exist")

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


def _metadata(group: Document, feature: Document) -> Document:
    members = ("FeatureGroupArn", "FeatureGroupName", "CreationTime", "LastModifiedTime")
    return {**{member: group[member] for member in members}, **feature}
