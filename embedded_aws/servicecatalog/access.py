"""Who may launch what: products in portfolios, principals admitted to these, launch roles."""

import fnmatch
import json
from collections.abc import Mapping
from typing import Any

from embedded_aws.service import Call, Document, Handler, ServiceError
from embedded_aws.servicecatalog.catalog import Catalog, missing, new_id


class Access:
    """What connects a catalog's products with its users."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog, self._store = catalog, catalog.store
        self.operations: Mapping[str, Handler] = {
            "SearchProducts": self._search_products,
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

    def _search_products(self, call: Call) -> Document:
        seen = {path["ProductId"] for path in self._visible(call)}
        found = [item["ProductViewSummary"] for _, item in self._catalog.all("Product", call)]
        return {"ProductViewSummaries": [item for item in found if item["ProductId"] in seen]}

    def _parameters(self, call: Call) -> Document:
        product = self._catalog.product_id(call)
        self.launch_path(call, product)
        version = self._catalog.version(call, product, self._catalog.version_id(call, product))
        declared = self._catalog.template(call, version).get("Parameters", {})
        return {"ProvisioningArtifactParameters": [_parameter(name, item) for name, item in declared.items()]}

    def _offer(self, call: Call) -> Document:
        product = self._catalog.product_id(call)
        portfolio = self._catalog.portfolio(call, call.params["PortfolioId"])["Id"]
        self._store.put("Offer", call.key(f"{product}/{portfolio}"), {"ProductId": product, "PortfolioId": portfolio})
        return {}

    def _withdraw(self, call: Call) -> Document:
        product, portfolio = call.params["ProductId"], call.params["PortfolioId"]
        if not self._store.delete("Offer", call.key(f"{product}/{portfolio}")):
            raise missing(f"product {product} in portfolio {portfolio}")
        return {}

    def _portfolios_of(self, call: Call) -> Document:
        found = [item["PortfolioId"] for _, item in self._store.list("Offer", call.key(f"{call.params['ProductId']}/"))]
        return {"PortfolioDetails": [self._catalog.portfolio(call, id_) for id_ in found]}

    def _admit(self, call: Call) -> Document:
        portfolio = self._catalog.portfolio(call, call.params["PortfolioId"])["Id"]
        admission = {
            "PortfolioId": portfolio,
            "PrincipalARN": call.params["PrincipalARN"],
            "PrincipalType": call.params["PrincipalType"],
        }
        self._store.put("Admission", call.key(f"{portfolio}/{admission['PrincipalARN']}"), admission)
        return {}

    def _expel(self, call: Call) -> Document:
        key = call.key(f"{call.params['PortfolioId']}/{call.params['PrincipalARN']}")
        if not self._store.delete("Admission", key):
            raise missing(f"principal {call.params['PrincipalARN']} in portfolio {call.params['PortfolioId']}")
        return {}

    def _principals(self, call: Call) -> Document:
        found = self._store.list("Admission", call.key(f"{call.params['PortfolioId']}/"))
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
        self._catalog.portfolio(call, params["PortfolioId"])
        product = self._catalog.product_id(call)
        if self._store.get("Offer", call.key(f"{product}/{params['PortfolioId']}")) is None:
            raise missing(f"product {product} in portfolio {params['PortfolioId']}")
        if any(
            item["ProductId"] == product and item["PortfolioId"] == params["PortfolioId"]
            for _, item in self._catalog.all("Constraint", call)
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
        self._store.put("Constraint", call.key(id_), {**detail, "Parameters": params["Parameters"]})
        return {"ConstraintDetail": detail, "ConstraintParameters": params["Parameters"], "Status": "AVAILABLE"}

    def _constraint(self, call: Call, id_: str) -> Document:
        found = self._catalog.found("Constraint", call.key(id_), f"constraint {id_}")
        return {"ConstraintDetail": found, "ConstraintParameters": found["Parameters"], "Status": "AVAILABLE"}

    def _delete_constraint(self, call: Call) -> Document:
        self._constraint(call, call.params["Id"])
        self._store.delete("Constraint", call.key(call.params["Id"]))
        return {}

    def _constraints_of(self, call: Call) -> Document:
        found = [
            item
            for _, item in self._catalog.all("Constraint", call)
            if item["PortfolioId"] == call.params["PortfolioId"]
        ]
        return {"ConstraintDetails": found}

    def _launch_paths(self, call: Call) -> Document:
        product = self._catalog.product_id(call)
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
        for _, item in self._catalog.all("Constraint", call):
            if (item["ProductId"], item["PortfolioId"]) == (product, portfolio):
                given: dict[str, Any] = json.loads(item["Parameters"])
                return str(given.get("RoleArn") or f"arn:aws:iam::{call.account}:role/{given['LocalRoleName']}")
        raise ServiceError("InvalidParametersException", f"product {product} has no launch role constraint")

    def _visible(self, call: Call) -> list[Document]:
        """Offers in portfolios that admit the caller; the account's root sees all."""
        principal = _principal(call.identity)
        admitted = {item["PortfolioId"] for _, item in self._catalog.all("Admission", call) if _admits(item, principal)}
        offers = [item for _, item in self._catalog.all("Offer", call)]
        return [item for item in offers if principal.endswith(":root") or item["PortfolioId"] in admitted]


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
