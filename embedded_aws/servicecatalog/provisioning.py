"""Provisioned products: each is a CloudFormation stack that a background thread makes, changes and removes; records tell what happened."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from embedded_aws.service import Call, Document, Handler, ServiceError
from embedded_aws.servicecatalog.access import Access
from embedded_aws.servicecatalog.catalog import Catalog, missing, new_id
from embedded_aws.servicecatalog.stacks import Stacks

_STOPPED = "the embedded AWS was stopped during this change"


class Provisioning:
    """What users do with products."""

    def __init__(self, catalog: Catalog, access: Access, stacks: Stacks) -> None:
        self._catalog, self._access, self._stacks, self._store = catalog, access, stacks, catalog.store
        self._threads: list[threading.Thread] = []
        self.operations: Mapping[str, Handler] = {
            "ProvisionProduct": self._provision,
            "UpdateProvisionedProduct": self._update,
            "TerminateProvisionedProduct": self._terminate,
            "DescribeProvisionedProduct": lambda call: {"ProvisionedProductDetail": self._product(call)},
            "GetProvisionedProductOutputs": self._outputs,
            "SearchProvisionedProducts": self._search,
            "ScanProvisionedProducts": self._search,
            "DescribeRecord": self._describe_record,
            "ListRecordHistory": self._records,
        }

    def close(self) -> None:
        """Wait a moment for what is under way."""
        for thread in self._threads:
            thread.join(timeout=2)

    def recover(self) -> None:
        """Changes that a killed server has left under way have failed: say so, and let them be terminated or tried again."""
        for key, item in list(self._store.list("ProvisionedProduct")):
            record = self._store.get("Record", f"{key.rsplit('/', 1)[0]}/{item.get('LastRecordId', '')}")
            if item["Status"] != "UNDER_CHANGE":
                continue
            account, region, _ = key.split("/")
            call = Call("recover", {}, account, region, item["UserArn"])
            if record is None:  # killed before the change itself was written down: it is the first one
                self._marked(call, key, item["Id"], "ERROR", _STOPPED)
            else:
                self._failed(call, key, record, _STOPPED)

    def _provision(self, call: Call) -> Document:
        params, product = call.params, self._catalog.product_id(call)
        version = self._catalog.version(call, product, self._catalog.version_id(call, product))
        path = self._access.launch_path(call, product)
        token = params["ProvisionToken"]
        id_ = new_id("pp", call.account, call.region, token)
        earlier = self._store.get("ProvisionedProduct", call.key(id_))
        if earlier is not None:
            return {"RecordDetail": self._record(call, earlier["LastRecordId"])}
        name = params["ProvisionedProductName"]
        if self._named(call, name):
            raise ServiceError("DuplicateResourceException", f"a provisioned product named {name} already exists")
        document: Document = {
            "Id": id_,
            "Name": name,
            "Arn": call.arn(f"stack/{name}/{id_}", "servicecatalog"),
            "Type": "CFN_STACK",
            "Status": "UNDER_CHANGE",
            "CreatedTime": time.time(),
            "IdempotencyToken": token,
            "ProductId": product,
            "ProvisioningArtifactId": version["Id"],
            "LaunchRoleArn": path["LaunchRole"],
            "PhysicalId": "",
            "Parameters": {item["Key"]: item["Value"] for item in params.get("ProvisioningParameters", [])},
            "UserArn": call.identity,
        }
        self._store.put("ProvisionedProduct", call.key(id_), document)
        tags = [*params.get("Tags", []), *_own_tags(document, product, path["PortfolioId"])]

        def work() -> str:
            return self._stacks.create(
                f"SC-{call.account}-{id_}", version["TemplateUrl"], document["Parameters"], path["LaunchRole"], tags
            )

        return self._start(call, document, "PROVISION_PRODUCT", work)

    def _update(self, call: Call) -> Document:
        document, params = self._product(call), call.params
        product = (
            self._catalog.product_id(call)
            if params.get("ProductId") or params.get("ProductName")
            else document["ProductId"]
        )
        named = params.get("ProvisioningArtifactId") or params.get("ProvisioningArtifactName")
        chosen = self._catalog.version_id(call, product) if named else document["ProvisioningArtifactId"]
        version = self._catalog.version(call, product, chosen)
        role = self._access.launch_path(call, product)["LaunchRole"]
        declared = self._catalog.template(call, version).get("Parameters", {})
        values = _changed(document["Parameters"], params.get("ProvisioningParameters", []), set(declared))

        def work() -> str:
            return self._stacks.update(document["PhysicalId"], version["TemplateUrl"], values, role)

        def done(found: Document) -> None:
            found |= {"ProvisioningArtifactId": version["Id"], "Parameters": values, "LaunchRoleArn": role}

        return self._start(call, document, "UPDATE_PROVISIONED_PRODUCT", work, done)

    def _terminate(self, call: Call) -> Document:
        document = self._product(call)
        retain = bool(call.params.get("RetainPhysicalResources"))

        def work() -> str:
            if document["PhysicalId"]:
                self._stacks.delete(document["PhysicalId"], document["LaunchRoleArn"], retain=retain)
            return ""

        return self._start(call, document, "TERMINATE_PROVISIONED_PRODUCT", work, None)

    def _start(
        self,
        call: Call,
        document: Document,
        kind: str,
        work: Callable[[], str],
        done: Callable[[Document], None] | None = lambda _: None,
    ) -> Document:
        """Record the change and do it in the background; without ``done`` the product is gone afterwards."""
        record = {
            "RecordId": f"rec-{document['Id'][3:]}-{self._store.next_number('Record'):06d}",
            "RecordType": kind,
            "Status": "IN_PROGRESS",
            "CreatedTime": time.time(),
            "UpdatedTime": time.time(),
            "ProvisionedProductId": document["Id"],
            "ProvisionedProductName": document["Name"],
            "ProvisionedProductType": "CFN_STACK",
            "ProductId": document["ProductId"],
            "ProvisioningArtifactId": document["ProvisioningArtifactId"],
            "LaunchRoleArn": document["LaunchRoleArn"],
            "RecordErrors": [],
            "RecordOutputs": [],
        }
        key = call.key(document["Id"])

        def claim(found: Document) -> None:
            if kind != "PROVISION_PRODUCT" and found["Status"] == "UNDER_CHANGE":
                raise ServiceError(
                    "InvalidParametersException", f"provisioned product {found['Name']} is being changed"
                )
            found |= {"Status": "UNDER_CHANGE", "LastRecordId": record["RecordId"]}

        self._store.put("Record", call.key(record["RecordId"]), record)
        if self._store.update("ProvisionedProduct", key, claim) is None:
            raise missing(f"provisioned product {document['Id']}")
        thread = threading.Thread(target=self._run, args=(call, document["Id"], record, work, done), daemon=True)
        self._threads.append(thread)
        thread.start()
        return {"RecordDetail": record}

    def _run(
        self, call: Call, id_: str, record: Document, work: Callable[[], str], done: Callable[[Document], None] | None
    ) -> None:
        key = call.key(id_)
        try:
            stack = work()
            outputs = self._stacks.outputs(stack) if stack else []
        except Exception as error:  # whatever went wrong belongs into the record
            self._failed(call, key, record, f"{error}")
            return
        if done is None:
            self._store.delete("ProvisionedProduct", key)
        else:
            self._store.update("ProvisionedProduct", key, lambda found: _finish(found, stack, done))
        self._end(call, record, {"Status": "SUCCEEDED", "RecordOutputs": outputs})

    def _failed(self, call: Call, key: str, record: Document, reason: str) -> None:
        status = "ERROR" if record["RecordType"] == "PROVISION_PRODUCT" else "TAINTED"
        self._marked(call, key, record["ProvisionedProductId"], status, reason)
        error = {"Code": "CloudFormation", "Description": reason}
        self._end(call, record, {"Status": "FAILED", "RecordErrors": [error]})

    def _marked(self, call: Call, key: str, id_: str, status: str, reason: str) -> None:
        found = self._store.get("ProvisionedProduct", key) or {}
        stack = found.get("PhysicalId") or self._stacks.find(f"SC-{call.account}-{id_}")

        def mark(found: Document) -> None:
            found |= {"Status": status, "StatusMessage": reason, "PhysicalId": stack}

        self._store.update("ProvisionedProduct", key, mark)

    def _end(self, call: Call, record: Document, change: Document) -> None:
        key = call.key(record["RecordId"])
        self._store.update("Record", key, lambda found: found.update(change, UpdatedTime=time.time()))

    def _product(self, call: Call) -> Document:
        id_ = call.params.get("ProvisionedProductId") or call.params.get("Id")
        name = call.params.get("ProvisionedProductName") or call.params.get("Name")
        found = self._store.get("ProvisionedProduct", call.key(id_)) if id_ else self._named(call, str(name))
        if found is None:
            raise missing(f"provisioned product {id_ or name}")
        return found

    def _named(self, call: Call, name: str) -> Document | None:
        found = self._store.list("ProvisionedProduct", call.key(""))
        return next((item for _, item in found if item["Name"] == name), None)

    def _outputs(self, call: Call) -> Document:
        stack = self._product(call)["PhysicalId"]
        return {"Outputs": self._stacks.outputs(stack) if stack else []}

    def _search(self, call: Call) -> Document:
        found = [item for _, item in self._store.list("ProvisionedProduct", call.key(""))]
        names = {item["Id"]: item for item in found}
        for item in names.values():
            product = self._store.get("Product", call.key(item["ProductId"])) or {"ProductViewSummary": {"Name": ""}}
            version = (
                self._store.get("Version", call.key(f"{item['ProductId']}/{item['ProvisioningArtifactId']}")) or {}
            )
            item |= {
                "ProductName": product["ProductViewSummary"]["Name"],
                "ProvisioningArtifactName": version.get("Name", ""),
            }
        items = list(names.values())
        return {"ProvisionedProducts": items, "TotalResultsCount": len(items)}

    def _record(self, call: Call, id_: str) -> Document:
        return self._catalog.found("Record", call.key(id_), f"record {id_}")

    def _describe_record(self, call: Call) -> Document:
        found = self._record(call, call.params["Id"])
        return {"RecordDetail": found, "RecordOutputs": found["RecordOutputs"]}

    def _records(self, call: Call) -> Document:
        found = [item for _, item in self._store.list("Record", call.key(""))]
        return {"RecordDetails": sorted(found, key=lambda item: item["CreatedTime"], reverse=True)}


def _finish(found: Document, stack: str, done: Callable[[Document], None]) -> None:
    found |= {"Status": "AVAILABLE", "PhysicalId": stack, "StatusMessage": ""}
    done(found)


def _changed(before: Mapping[str, str], given: list[Any], declared: set[str]) -> dict[str, str]:
    """New values over the earlier ones; parameters that the version does not declare are dropped."""
    values = {key: value for key, value in before.items() if key in declared}
    for item in given:
        if not item.get("UsePreviousValue"):
            values[item["Key"]] = item["Value"]
    return values


def _own_tags(document: Document, product: str, portfolio: str) -> list[Document]:
    return [
        {"Key": "aws:servicecatalog:provisionedProductArn", "Value": document["Arn"]},
        {"Key": "aws:servicecatalog:productArn", "Value": product},
        {"Key": "aws:servicecatalog:portfolioArn", "Value": portfolio},
    ]
