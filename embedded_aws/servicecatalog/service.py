"""The Service Catalog service."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from embedded_aws.endpoint import Endpoint
from embedded_aws.service import Document, Handler, Require, RoleSession, ServiceError
from embedded_aws.servicecatalog.access import Access
from embedded_aws.servicecatalog.catalog import Catalog
from embedded_aws.servicecatalog.provisioning import Provisioning
from embedded_aws.servicecatalog.stacks import Stacks, place
from embedded_aws.store import DocumentStore


class ServiceCatalog:
    """See ``embedded_aws.service.Service``."""

    name = "servicecatalog"

    def __init__(
        self,
        store: DocumentStore,
        read_object: Callable[[str, str, str, str], bytes],
        account: str,
        session: RoleSession,
        require: Require,
    ) -> None:
        """``read_object`` reads (bucket, key, account, region) from S3; ``session`` assumes launch roles, ``require`` asks IAM."""

        def read(url: str, account: str, region: str) -> Document:
            try:
                return dict(json.loads(read_object(*place(url), account, region)))
            except ValueError as error:
                raise ServiceError("InvalidParametersException", f"invalid template: {url}: {error}") from error

        self._account, self._stacks = account, Stacks(session, require)
        catalog = Catalog(store, read)
        access = Access(catalog)
        self._provisioning = Provisioning(catalog, access, self._stacks)
        self.operations: Mapping[str, Handler] = {
            **catalog.operations,
            **access.operations,
            **self._provisioning.operations,
        }

    def start(self, endpoint: Endpoint) -> None:
        """The endpoint answers: stacks can be made."""
        self._stacks.connect(endpoint, self._account)
        self._provisioning.recover()

    def close(self) -> None:
        """Wait for what is under way."""
        self._provisioning.close()


def resource_arn(_operation: str, params: dict[str, Any], region: str, account: str) -> str:
    """ARN of the product or portfolio that an operation acts on."""
    product = params.get("ProductId") or (params.get("Id") if str(params.get("Id", "")).startswith("prod-") else "")
    if product or "ProductName" in params or _operation in _ON_PRODUCTS:
        return f"arn:aws:catalog:{region}:{account}:product/{product or '*'}"
    return f"arn:aws:catalog:{region}:{account}:portfolio/{params['PortfolioId']}" if "PortfolioId" in params else "*"


_ON_PRODUCTS = {
    "ProvisionProduct",
    "UpdateProvisionedProduct",
    "TerminateProvisionedProduct",
    "DescribeProduct",
    "ListLaunchPaths",
    "ListProvisioningArtifacts",
    "DescribeProvisioningParameters",
}
