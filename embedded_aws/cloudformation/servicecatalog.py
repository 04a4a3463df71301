"""Service Catalog's types."""

import hashlib
import json

from embedded_aws.cloudformation.types import Context, Params, Type, named, without
from embedded_aws.service import Document

_STANDS_IN = " (stands in)"


def _token(properties: Params, context: Context) -> Document:
    return {**properties, "IdempotencyToken": f"{context.stack_name}-{context.logical_id}"}


def _product(properties: Params, context: Context) -> Document:
    first, *_ = properties["ProvisioningArtifactParameters"]
    given = without("ProvisioningArtifactParameters")(properties, context)
    request = {"ProductType": "CLOUD_FORMATION_TEMPLATE", **given, "ProvisioningArtifactParameters": _version(first)}
    return _token(request, context)  # the other versions follow: see ``bring_versions``


def _version(item: Params) -> Document:
    return {
        "Type": "CLOUD_FORMATION_TEMPLATE",
        **{key: value for key, value in item.items() if key != "DisableTemplateValidation"},
    }


def _constraint(properties: Params, context: Context) -> Document:
    role = {key: properties[key] for key in ("LocalRoleName", "RoleArn") if key in properties}
    given = without("LocalRoleName", "RoleArn")(properties, context)
    return _token({**given, "Type": "LAUNCH", "Parameters": json.dumps(role)}, context)


def _association(kind: str, create: str, delete: str, *names: str) -> Type:
    """One thing in a portfolio: both its ends are its name and all that it is."""
    return Type(
        f"AWS::ServiceCatalog::{kind}",
        "servicecatalog",
        create=create,
        delete=delete,
        reference=lambda request, _: f"{request[names[0]]}|{request['PortfolioId']}",
        identity=named(names[0], "PortfolioId"),
        create_only=(names[0], "PortfolioId", *names[1:]),
    )


SERVICECATALOG = (
    Type(
        "AWS::ServiceCatalog::Portfolio",
        "servicecatalog",
        create="CreatePortfolio",
        update="UpdatePortfolio",
        delete="DeletePortfolio",
        reference=lambda _, answer: str(answer["PortfolioDetail"]["Id"]),
        identity=lambda id_, _: {"Id": id_},
        request=_token,
        change=without("Tags"),
        attributes=lambda _id, properties, _: {"PortfolioName": properties["DisplayName"]},
    ),
    _association(
        "PortfolioProductAssociation",
        "AssociateProductWithPortfolio",
        "DisassociateProductFromPortfolio",
        "ProductId",
    ),
    _association(
        "PortfolioPrincipalAssociation",
        "AssociatePrincipalWithPortfolio",
        "DisassociatePrincipalFromPortfolio",
        "PrincipalARN",
        "PrincipalType",
    ),
    Type(
        "AWS::ServiceCatalog::LaunchRoleConstraint",
        "servicecatalog",
        create="CreateConstraint",
        delete="DeleteConstraint",
        reference=lambda _, answer: str(answer["ConstraintDetail"]["ConstraintId"]),
        identity=lambda id_, _: {"Id": id_},
        request=_constraint,
        create_only=("PortfolioId", "ProductId", "LocalRoleName", "RoleArn"),
    ),
    # its versions are artifacts of their own, made and removed with changes of the property
    Type(
        "AWS::ServiceCatalog::CloudFormationProduct",
        "servicecatalog",
        create="CreateProduct",
        update="UpdateProduct",
        delete="DeleteProduct",
        reference=lambda _, answer: str(answer["ProductViewDetail"]["ProductViewSummary"]["ProductId"]),
        identity=lambda id_, _: {"Id": id_},
        request=_product,
        change=without("Tags", "ProvisioningArtifactParameters"),
        attributes=lambda _id, properties, _: {"ProductName": properties["Name"]},
    ),
)


def bring_versions(product: str, wanted: list[Params], context: Context) -> Document:
    """Make the product's versions those of the template; a version whose template has changed gets a new id. Returns attributes."""
    found = _versions(product, context)
    known = {item["Name"]: item for item in found}
    requests = {item["Name"]: _version(item) for item in wanted}
    for name, request in requests.items():
        same = (
            name in known and _template(product, known[name]["Id"], context) == request["Info"]["LoadTemplateFromURL"]
        )
        if same:
            continue
        # a product keeps one version at least, and a name once: while its only version is exchanged, one of another name stands in
        only = name in known and len(_versions(product, context)) == 1
        stand_in = _add(product, {**request, "Name": f"{name}{_STANDS_IN}"}, context) if only else ""
        if name in known:
            _remove(product, known[name]["Id"], context)
        _add(product, request, context)
        if stand_in:
            _remove(product, stand_in, context)
    for name in set(known) - set(requests):
        _remove(product, known[name]["Id"], context)
    found = _versions(product, context)
    return {
        "ProvisioningArtifactIds": ",".join(item["Id"] for item in found),
        "ProvisioningArtifactNames": ",".join(item["Name"] for item in found),
    }


def _add(product: str, request: Document, context: Context) -> str:
    """The new version's id."""
    unique = f"{context.stack_name}/{context.logical_id}/{request['Name']}/{request['Info']['LoadTemplateFromURL']}"
    token = hashlib.sha256(unique.encode()).hexdigest()
    given = {"ProductId": product, "Parameters": request, "IdempotencyToken": token}
    answer = context.call("servicecatalog", "CreateProvisioningArtifact", given)
    return str(answer["ProvisioningArtifactDetail"]["Id"])


def _versions(product: str, context: Context) -> list[Document]:
    answer = context.call("servicecatalog", "ListProvisioningArtifacts", {"ProductId": product})
    return list(answer["ProvisioningArtifactDetails"])


def _template(product: str, version: str, context: Context) -> str:
    answer = context.call(
        "servicecatalog", "DescribeProvisioningArtifact", {"ProductId": product, "ProvisioningArtifactId": version}
    )
    return str(answer["Info"]["TemplateUrl"])


def _remove(product: str, version: str, context: Context) -> None:
    context.call(
        "servicecatalog", "DeleteProvisioningArtifact", {"ProductId": product, "ProvisioningArtifactId": version}
    )
