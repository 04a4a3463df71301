"""A project outlives the version under development that it was made from."""

from typing import Any

import pytest

from mlops.projects.catalog import Projects, Provisioned


class Clients:
    """Service Catalog and CloudFormation, each with parameters of its own."""

    def client(self, _: str) -> "Clients":
        return self

    def describe_provisioning_parameters(self, ProductName: str, ProvisioningArtifactName: str) -> dict[str, Any]:
        """Service Catalog's: it names a version by its name, and there is none without."""
        assert (ProductName, ProvisioningArtifactName) == ("ML project", "v2")
        return {"ProvisioningArtifactParameters": [{"ParameterKey": "OnDrift"}]}

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        """CloudFormation's."""
        assert StackName == "stack"
        return {"Stacks": [{"Parameters": [{"ParameterKey": "Email", "ParameterValue": "none"}]}]}


@pytest.mark.parametrize(("version", "names"), [("v2", {"OnDrift"}), ("", {"Email"})])
def test_its_stack_tells_what_the_catalog_has_forgotten(version: str, names: set[str]) -> None:
    """Its parameters are kept when it is upgraded to the version that there is now."""
    aws: Any = Clients()
    project = Provisioned("ward", "ml-project", version, "AVAILABLE", "stack")
    assert Projects(aws)._parameters_of(project, "ML project") == names
