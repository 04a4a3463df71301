"""Portfolios, products with their versions, constraints and who may see them."""

import fnmatch
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

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
    """What administrators set up."""

    def __init__(self, store: DocumentStore, read_template: ReadTemplate) -> None:
        self.store, self._read = store, read_template
        self.operations: Mapping[str, Handler] = {
            "CreatePortfolio": self._create_portfolio,
            "UpdatePortfolio": self._update_portfolio,
            "DeletePortfolio": self._delete_portfolio,
            "DescribePortfolio": lambda call: {"PortfolioDetail": self._portfolio(call, call.params["Id"])},
            "ListPortfolios": lambda call: {"PortfolioDetails": [item for _, item in self._all("Portfolio", call)]},
            "CreateProduct": self._create_product,
            "UpdateProduct": self._update_product,
            "DeleteProduct": self._delete_product,
            "DescribeProduct": self._describe_product,
            "DescribeProductAsAdmin": self._describe_product,
            "SearchProducts": self._search_products,
            "SearchProductsAsAdmin": self._search_as_admin,
            "CreateProvisioningArtifact": self._create_version,
            "DeleteProvisioningArtifact": self._delete_version,
            "DescribeProvisioningArtifact": self._describe_version,
            "ListProvisioningArtifacts": self._list_versions,
            "DescribeProvisioningParameters": self._parameters,
            "AssociateProductWithPortfolio": self._offer,
            "DisassociateProductFromPortfolio": self._withdraw,
            "ListPortfoliosForProduct": self._portfolios_of,
            "AssociatePrincipalWithPortfolio": self._admit,
            "DisassociatePrincipalFromPortfolio": self._expel,
            "ListPrincipalsForPortfolio": self._principals,
            "CreateConstraint": self._create_constraint,
            "DeleteConstraint": self._delete_constraint,
            "DescribeConstraint": lambda call: self._constraint(call, call.params["Id"]),
            "ListConstraintsForPortfolio": self._constraints_of,
            "ListLaunchPaths": self._launch_paths,
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

    # portfolios

    def _create_portfolio(self, call: Call) -> Document:
        id_ = new_id("port", call.account, call.region, call.params["IdempotencyToken"])
        detail = _described(call)
        detail |= {"Id": id_, "ARN": call.arn(f"portfolio/{id_}", "catalog"), "CreatedTime": time.time()}
        self.store.create("Portfolio", call.key(id_), detail)
        return {"PortfolioDetail": self._portfolio(call, id_), "Tags": call.params.get("Tags", [])}

    def _portfolio(self, call: Call, id_: str) -> Document:
        return self.found("Portfolio", call.key(id_), f"portfolio {id_}")

    def _update_portfolio(self, call: Call) -> Document:
        detail = self._portfolio(call, call.params["Id"])
        detail |= _described(call)
        self.store.put("Portfolio", call.key(detail["Id"]), detail)
        return {"PortfolioDetail": detail}

    def _delete_portfolio(self, call: Call) -> Document:
        id_ = self._portfolio(call, call.params["Id"])["Id"]
        for kind, what in (("Offer", "products"), ("Admission", "principals"), ("Constraint", "constraints")):
            if any(item["PortfolioId"] == id_ for _, item in self._all(kind, call)):
                raise ServiceError("ResourceInUseException", f"portfolio {id_} still has {what}")
        self.store.delete("Portfolio", call.key(id_))
        return {}

    # products and their versions

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
        for _, item in self._all("Product", call):
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
        if any(item["ProductId"] == id_ for _, item in self._all("Offer", call)):
            raise ServiceError("ResourceInUseException", f"product {id_} is still in a portfolio")
        if any(item["ProductId"] == id_ for _, item in self._all("ProvisionedProduct", call)):
            raise ServiceError("ResourceInUseException", f"product {id_} is still provisioned")
        for key, item in self._all("Version", call):
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

    def _search_products(self, call: Call) -> Document:
        seen = {path["ProductId"] for path in self._visible(call)}
        found = [item["ProductViewSummary"] for _, item in self._all("Product", call)]
        return {"ProductViewSummaries": [item for item in found if item["ProductId"] in seen]}

    def _search_as_admin(self, call: Call) -> Document:
        return {"ProductViewDetails": [item for _, item in self._all("Product", call)]}

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

    def _parameters(self, call: Call) -> Document:
        product = self.product_id(call)
        self.launch_path(call, product)
        template = self.template(call, self.version(call, product, self.version_id(call, product)))
        return {
            "ProvisioningArtifactParameters": [
                _parameter(name, item) for name, item in template.get("Parameters", {}).items()
            ]
        }

    def template(self, call: Call, version: Document) -> Document:
        """The template of a version."""
        return self._read(version["TemplateUrl"], call.account, call.region)

    # who may have what

    def _offer(self, call: Call) -> Document:
        product, portfolio = self.product_id(call), self._portfolio(call, call.params["PortfolioId"])["Id"]
        self.store.put("Offer", call.key(f"{product}/{portfolio}"), {"ProductId": product, "PortfolioId": portfolio})
        return {}

    def _withdraw(self, call: Call) -> Document:
        product, portfolio = call.params["ProductId"], call.params["PortfolioId"]
        if not self.store.delete("Offer", call.key(f"{product}/{portfolio}")):
            raise missing(f"product {product} in portfolio {portfolio}")
        return {}

    def _portfolios_of(self, call: Call) -> Document:
        found = [item["PortfolioId"] for _, item in self.store.list("Offer", call.key(f"{call.params['ProductId']}/"))]
        return {"PortfolioDetails": [self._portfolio(call, id_) for id_ in found]}

    def _admit(self, call: Call) -> Document:
        portfolio = self._portfolio(call, call.params["PortfolioId"])["Id"]
        admission = {
            "PortfolioId": portfolio,
            "PrincipalARN": call.params["PrincipalARN"],
            "PrincipalType": call.params["PrincipalType"],
        }
        self.store.put("Admission", call.key(f"{portfolio}/{admission['PrincipalARN']}"), admission)
        return {}

    def _expel(self, call: Call) -> Document:
        key = call.key(f"{call.params['PortfolioId']}/{call.params['PrincipalARN']}")
        if not self.store.delete("Admission", key):
            raise missing(f"principal {call.params['PrincipalARN']} in portfolio {call.params['PortfolioId']}")
        return {}

    def _principals(self, call: Call) -> Document:
        found = self.store.list("Admission", call.key(f"{call.params['PortfolioId']}/"))
        return {
            "Principals": [
                {"PrincipalARN": item["PrincipalARN"], "PrincipalType": item["PrincipalType"]} for _, item in found
            ]
        }

    def _create_constraint(self, call: Call) -> Document:
        params = call.params
        if params["Type"] != "LAUNCH":
            raise ServiceError(
                "InvalidParametersException", f"not supported by the embedded AWS: constraint {params['Type']}"
            )
        self._portfolio(call, params["PortfolioId"])
        product = self.product_id(call)
        if self.store.get("Offer", call.key(f"{product}/{params['PortfolioId']}")) is None:
            raise missing(f"product {product} in portfolio {params['PortfolioId']}")
        if any(
            item["ProductId"] == product and item["PortfolioId"] == params["PortfolioId"]
            for _, item in self._all("Constraint", call)
        ):
            raise ServiceError("DuplicateResourceException", f"product {product} has a launch constraint already")
        id_ = new_id("cons", call.account, call.region, params["IdempotencyToken"])
        detail = {
            "ConstraintId": id_,
            "Type": "LAUNCH",
            "ProductId": product,
            "PortfolioId": params["PortfolioId"],
            "Owner": call.account,
        }
        self.store.put("Constraint", call.key(id_), {**detail, "Parameters": params["Parameters"]})
        return {"ConstraintDetail": detail, "ConstraintParameters": params["Parameters"], "Status": "AVAILABLE"}

    def _constraint(self, call: Call, id_: str) -> Document:
        found = self.found("Constraint", call.key(id_), f"constraint {id_}")
        return {"ConstraintDetail": found, "ConstraintParameters": found["Parameters"], "Status": "AVAILABLE"}

    def _delete_constraint(self, call: Call) -> Document:
        self._constraint(call, call.params["Id"])
        self.store.delete("Constraint", call.key(call.params["Id"]))
        return {}

    def _constraints_of(self, call: Call) -> Document:
        found = [item for _, item in self._all("Constraint", call) if item["PortfolioId"] == call.params["PortfolioId"]]
        return {"ConstraintDetails": found}

    def _launch_paths(self, call: Call) -> Document:
        product = self.product_id(call)
        paths = [path for path in self._visible(call) if path["ProductId"] == product]
        return {
            "LaunchPathSummaries": [
                {"Id": path["PortfolioId"].replace("port", "lpv3"), "Name": path["PortfolioId"]} for path in paths
            ]
        }

    def launch_path(self, call: Call, product: str) -> Document:
        """The way in which the caller may launch the product: portfolio and launch role.

        Raises:
            ServiceError: the caller has no access to a portfolio with this product, or no launch role is set.
        """
        for path in self._visible(call):
            if path["ProductId"] == product:
                return {**path, "LaunchRole": self._launch_role(call, product, path["PortfolioId"])}
        raise missing(f"a launch path of product {product} for {call.identity}")

    def _launch_role(self, call: Call, product: str, portfolio: str) -> str:
        for _, item in self._all("Constraint", call):
            if (item["ProductId"], item["PortfolioId"]) == (product, portfolio):
                given: dict[str, Any] = json.loads(item["Parameters"])
                return str(given.get("RoleArn") or f"arn:aws:iam::{call.account}:role/{given['LocalRoleName']}")
        raise ServiceError("InvalidParametersException", f"product {product} has no launch role constraint")

    def _visible(self, call: Call) -> list[Document]:
        """Offers in portfolios that admit the caller; the account's root sees all."""
        principal = _principal(call.identity)
        admitted = {item["PortfolioId"] for _, item in self._all("Admission", call) if _admits(item, principal)}
        offers = [item for _, item in self._all("Offer", call)]
        return [item for item in offers if principal.endswith(":root") or item["PortfolioId"] in admitted]

    def _all(self, kind: str, call: Call) -> list[tuple[str, Document]]:
        return list(self.store.list(kind, call.key("")))


def _admits(admission: Document, principal: str) -> bool:
    """A principal by its ARN; with IAM_PATTERN by an ARN without account, in which ``*`` and ``?`` stand for any characters."""
    wanted = admission["PrincipalARN"]
    if admission["PrincipalType"] == "IAM":
        return bool(wanted == principal)
    account = principal.split(":")[4] if principal.count(":") >= 5 else ""
    return fnmatch.fnmatchcase(principal.replace(f"::{account}:", ":::", 1), wanted)


def _principal(identity: str) -> str:
    """The role's ARN for the ARN of its session."""
    if ":assumed-role/" not in identity:
        return identity
    account, role = identity.split(":")[4], identity.split("/")[1]
    return f"arn:aws:iam::{account}:role/{role}"


def _parameter(name: str, item: Document) -> Document:
    found = {"ParameterKey": name, "ParameterType": item["Type"], "IsNoEcho": bool(item.get("NoEcho"))}
    found |= {"Description": item.get("Description", "")}
    if "Default" in item:
        found["DefaultValue"] = str(item["Default"])
    if "AllowedValues" in item:
        found["ParameterConstraints"] = {"AllowedValues": [str(value) for value in item["AllowedValues"]]}
    return found


def _described(call: Call) -> Document:
    """The members of a portfolio that a request gives."""
    names = ("DisplayName", "Description", "ProviderName")
    return {name: call.params[name] for name in names if name in call.params}
