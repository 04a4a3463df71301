"""Portfolios, and products with their versions."""

import hashlib
import time
from collections.abc import Callable, Mapping

from embedded_aws.service import Call, Document, Handler, ServiceError
from embedded_aws.store import DocumentStore

ReadTemplate = Callable[[str, str, str], Document]  # URL, account, region -> template; ServiceError where there is none


def missing(what: str) -> ServiceError:
    """The service's answer to an unknown id."""
    return ServiceError("ResourceNotFoundException", f"{what} does not exist")


def new_id(prefix: str, *parts: str) -> str:
    """An id of the service's form, the same for the same idempotency token."""
    return f"{prefix}-{hashlib.sha256('/'.join(parts).encode()).hexdigest()[:13]}"


class Catalog:
    """Portfolios and products, as administrators set them up."""

    def __init__(self, store: DocumentStore, read_template: ReadTemplate) -> None:
        self.store, self._read = store, read_template
        self.operations: Mapping[str, Handler] = {
            "CreatePortfolio": self._create_portfolio,
            "UpdatePortfolio": self._update_portfolio,
            "DeletePortfolio": self._delete_portfolio,
            "DescribePortfolio": lambda call: {"PortfolioDetail": self.portfolio(call, call.params["Id"])},
            "ListPortfolios": lambda call: {"PortfolioDetails": [item for _, item in self.all("Portfolio", call)]},
            "CreateProduct": self._create_product,
            "UpdateProduct": self._update_product,
            "DeleteProduct": self._delete_product,
            "DescribeProduct": self._describe_product,
            "DescribeProductAsAdmin": self._describe_product,
            "SearchProductsAsAdmin": self._search_as_admin,
            "CreateProvisioningArtifact": self._create_version,
            "DeleteProvisioningArtifact": self._delete_version,
            "DescribeProvisioningArtifact": self._describe_version,
            "ListProvisioningArtifacts": self._list_versions,
        }

    def found(self, kind: str, key: str, what: str) -> Document:
        """A document that has to be there.

        Raises:
            ServiceError: it is not.
        """
        document = self.store.get(kind, key)
        if document is None:
            raise missing(what)
        return document

    def _create_portfolio(self, call: Call) -> Document:
        id_ = new_id("port", call.account, call.region, call.params["IdempotencyToken"])
        detail = _described(call)
        detail |= {"Id": id_, "ARN": call.arn(f"portfolio/{id_}", "catalog"), "CreatedTime": time.time()}
        self.store.create("Portfolio", call.key(id_), detail)
        return {"PortfolioDetail": self.portfolio(call, id_), "Tags": call.params.get("Tags", [])}

    def portfolio(self, call: Call, id_: str) -> Document:
        """A portfolio's document."""
        return self.found("Portfolio", call.key(id_), f"portfolio {id_}")

    def _update_portfolio(self, call: Call) -> Document:
        detail = self.portfolio(call, call.params["Id"])
        detail |= _described(call)
        self.store.put("Portfolio", call.key(detail["Id"]), detail)
        return {"PortfolioDetail": detail}

    def _delete_portfolio(self, call: Call) -> Document:
        id_ = self.portfolio(call, call.params["Id"])["Id"]
        for kind, what in (("Offer", "products"), ("Admission", "principals"), ("Constraint", "constraints")):
            if any(item["PortfolioId"] == id_ for _, item in self.all(kind, call)):
                raise ServiceError("ResourceInUseException", f"portfolio {id_} still has {what}")
        self.store.delete("Portfolio", call.key(id_))
        return {}

    def _create_product(self, call: Call) -> Document:
        params = call.params
        id_ = new_id("prod", call.account, call.region, params["IdempotencyToken"])
        summary = {
            "Id": id_.replace("prod", "prodview"),
            "ProductId": id_,
            "Name": params["Name"],
            "Owner": params["Owner"],
        }
        summary |= {
            "ShortDescription": params.get("Description", ""),
            "Type": params["ProductType"],
            "HasDefaultPath": False,
        }
        detail = {"ProductViewSummary": summary, "Status": "AVAILABLE", "CreatedTime": time.time()}
        detail["ProductARN"] = call.arn(f"product/{id_}", "catalog")
        first = self._version(call, id_, params["ProvisioningArtifactParameters"])
        self.store.put("Product", call.key(id_), {**detail, "Tags": params.get("Tags", [])})
        return {"ProductViewDetail": detail, "ProvisioningArtifactDetail": first, "Tags": params.get("Tags", [])}

    def product(self, call: Call, id_: str) -> Document:
        """A product's document."""
        return self.found("Product", call.key(id_), f"product {id_}")

    def product_id(self, call: Call) -> str:
        """The product that a request names by id or by name."""
        id_, name = (
            call.params.get("ProductId") or call.params.get("Id"),
            call.params.get("ProductName") or call.params.get("Name"),
        )
        if id_:
            return str(self.product(call, id_)["ProductViewSummary"]["ProductId"])
        for _, item in self.all("Product", call):
            if item["ProductViewSummary"]["Name"] == name:
                return str(item["ProductViewSummary"]["ProductId"])
        raise missing(f"product {name}")

    def _update_product(self, call: Call) -> Document:
        found = self.product(call, call.params["Id"])
        names = {"Name": "Name", "Owner": "Owner", "Description": "ShortDescription"}
        found["ProductViewSummary"] |= {to: call.params[name] for name, to in names.items() if name in call.params}
        self.store.put("Product", call.key(call.params["Id"]), found)
        return {"ProductViewDetail": found}

    def _delete_product(self, call: Call) -> Document:
        id_ = self.product_id(call)
        if any(item["ProductId"] == id_ for _, item in self.all("Offer", call)):
            raise ServiceError("ResourceInUseException", f"product {id_} is still in a portfolio")
        if any(item["ProductId"] == id_ for _, item in self.all("ProvisionedProduct", call)):
            raise ServiceError("ResourceInUseException", f"product {id_} is still provisioned")
        for key, item in self.all("Version", call):
            if item["ProductId"] == id_:
                self.store.delete("Version", key)
        self.store.delete("Product", call.key(id_))
        return {}

    def _describe_product(self, call: Call) -> Document:
        found = self.product(call, self.product_id(call))
        id_ = found["ProductViewSummary"]["ProductId"]
        versions = self.versions(call, id_)
        answer = {"ProductViewSummary": found["ProductViewSummary"], "ProductViewDetail": found, "Tags": found["Tags"]}
        return {**answer, "ProvisioningArtifacts": versions, "ProvisioningArtifactSummaries": versions}

    def _search_as_admin(self, call: Call) -> Document:
        return {"ProductViewDetails": [item for _, item in self.all("Product", call)]}

    def _version(self, call: Call, product: str, given: Document) -> Document:
        url = given["Info"].get("LoadTemplateFromURL")
        if not url:
            raise ServiceError("InvalidParametersException", "Info: LoadTemplateFromURL is missing")
        self._read(url, call.account, call.region)
        id_ = new_id("pa", product, given.get("Name", ""), url, str(self.store.next_number(f"Version/{product}")))
        detail = {
            "Id": id_,
            "Name": given.get("Name", ""),
            "Description": given.get("Description", ""),
            "Type": given["Type"],
        }
        detail |= {"CreatedTime": time.time(), "Active": True, "Guidance": "DEFAULT"}
        self.store.put("Version", call.key(f"{product}/{id_}"), {**detail, "ProductId": product, "TemplateUrl": url})
        return detail

    def versions(self, call: Call, product: str) -> list[Document]:
        """Versions of a product, oldest first."""
        found = [item for _, item in self.store.list("Version", call.key(f"{product}/"))]
        return sorted(found, key=lambda item: (item["CreatedTime"], item["Name"]))

    def version(self, call: Call, product: str, id_: str) -> Document:
        """A version of a product."""
        what = f"provisioning artifact {id_} of product {product}"
        return self.found("Version", call.key(f"{product}/{id_}"), what)

    def version_id(self, call: Call, product: str) -> str:
        """The version that a request names by id or by name."""
        id_, name = call.params.get("ProvisioningArtifactId"), call.params.get("ProvisioningArtifactName")
        if id_:
            return str(self.version(call, product, id_)["Id"])
        for item in self.versions(call, product):
            if item["Name"] == name:
                return str(item["Id"])
        raise missing(f"provisioning artifact {name} of product {product}")

    def _create_version(self, call: Call) -> Document:
        product = self.product_id(call)
        given = call.params["Parameters"]
        if any(item["Name"] == given.get("Name") for item in self.versions(call, product)):
            raise ServiceError("DuplicateResourceException", f"version {given.get('Name')} of product {product} exists")
        return {"ProvisioningArtifactDetail": self._version(call, product, given), "Status": "AVAILABLE"}

    def _delete_version(self, call: Call) -> Document:
        product = self.product_id(call)
        id_ = self.version(call, product, call.params["ProvisioningArtifactId"])["Id"]
        if len(self.versions(call, product)) == 1:
            raise ServiceError("ResourceInUseException", f"{id_} is the last version of product {product}")
        self.store.delete("Version", call.key(f"{product}/{id_}"))
        return {}

    def _describe_version(self, call: Call) -> Document:
        product = self.product_id(call)
        found = self.version(call, product, self.version_id(call, product))
        return {
            "ProvisioningArtifactDetail": found,
            "Info": {"TemplateUrl": found["TemplateUrl"]},
            "Status": "AVAILABLE",
        }

    def _list_versions(self, call: Call) -> Document:
        return {"ProvisioningArtifactDetails": self.versions(call, self.product_id(call))}

    def template(self, call: Call, version: Document) -> Document:
        """The template of a version."""
        return self._read(version["TemplateUrl"], call.account, call.region)

    def all(self, kind: str, call: Call) -> list[tuple[str, Document]]:
        """(store key, document) of everything of a kind in the account and region."""
        return list(self.store.list(kind, call.key("")))


def _described(call: Call) -> Document:
    """The members of a portfolio that a request gives."""
    names = ("DisplayName", "Description", "ProviderName")
    return {name: call.params[name] for name in names if name in call.params}
