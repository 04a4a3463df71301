"""Model package versions as other parts of SageMaker find them."""

from embedded_aws.service import Call, Document, ServiceError
from embedded_aws.store import DocumentStore


def package_at(store: DocumentStore, call: Call, arn: str) -> tuple[str, Document]:
    """(store key, document) of a version by its ARN, or by ``group/number``.

    Raises:
        ServiceError: there is none.
    """
    group, _, version = str(arn).split("model-package/", 1)[-1].rpartition("/")
    key = call.key(f"{group}/{int(version):08d}") if version.isdigit() else ""
    document = store.get("ModelPackage", key)
    if document is None or (str(arn).startswith("arn:") and document["ModelPackageArn"] != arn):
        raise ServiceError("ValidationException", f"ModelPackage {arn} does not exist")
    return key, document


def ensure_deployable(store: DocumentStore, call: Call, model: Document) -> None:
    """What CreateModel asks of the versions that a model's containers name.

    botocore's model, CreateModelPackage: "For versioned models, the value of this parameter must be set to Approved to deploy the
    model."

    Raises:
        ServiceError: a version that does not exist, or that is not approved.
    """
    containers = [model.get("PrimaryContainer") or {}, *model.get("Containers", [])]
    for name in (item["ModelPackageName"] for item in containers if item.get("ModelPackageName")):
        _, found = package_at(store, call, name)
        if found["ModelApprovalStatus"] != "Approved":
            status = found["ModelApprovalStatus"]
            raise ServiceError(
                "ValidationException", f"ModelPackage {name} is {status}: a version must be Approved to be deployed"
            )
