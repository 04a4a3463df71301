"""A product's versions become those of its template, by the rules of the catalog: a name once, one version at least."""

from typing import Any

import pytest

from embedded_aws.cloudformation.servicecatalog import bring_versions
from embedded_aws.cloudformation.types import Context


class Catalog:
    """One product's versions: id -> (name, template)."""

    def __init__(self, **versions: str) -> None:
        self.versions = {f"pa-{name}": (name, url) for name, url in versions.items()}
        self._made = 0

    def call(self, _service: str, operation: str, given: dict[str, Any]) -> dict[str, Any]:
        """Service Catalog's operations."""
        return dict(getattr(self, operation)(given) or {})

    def ListProvisioningArtifacts(self, _: Any) -> dict[str, Any]:
        return {"ProvisioningArtifactDetails": [{"Id": id_, "Name": name} for id_, (name, _) in self.versions.items()]}

    def DescribeProvisioningArtifact(self, given: Any) -> dict[str, Any]:
        return {"Info": {"TemplateUrl": self.versions[given["ProvisioningArtifactId"]][1]}}

    def CreateProvisioningArtifact(self, given: Any) -> dict[str, Any]:
        name = given["Parameters"]["Name"]
        assert name not in {known for known, _ in self.versions.values()}
        self._made += 1
        self.versions[f"pa-{self._made}"] = (name, given["Parameters"]["Info"]["LoadTemplateFromURL"])
        return {"ProvisioningArtifactDetail": {"Id": f"pa-{self._made}"}}

    def DeleteProvisioningArtifact(self, given: Any) -> None:
        assert len(self.versions) > 1
        del self.versions[given["ProvisioningArtifactId"]]


@pytest.mark.parametrize("before", [{"v1": "old"}, {"v1": "old", "v2": "other"}, {"v1": "new"}, {"v0": "gone"}])
@pytest.mark.parametrize("after", [{"v1": "new"}, {"v1": "new", "v2": "newer"}])
def test_the_versions_are_those_of_the_template(before: dict[str, str], after: dict[str, str]) -> None:
    """Also where the only version has another template; what is the same keeps its id."""
    catalog = Catalog(**before)
    context = Context(catalog.call, lambda *_: b"", lambda *_: None, "1", "us-east-1", "stack", "Product")
    wanted = [{"Name": name, "Info": {"LoadTemplateFromURL": url}} for name, url in after.items()]
    found = bring_versions("prod", wanted, context)
    assert dict(catalog.versions.values()) == after
    assert set(found["ProvisioningArtifactIds"].split(",")) == set(catalog.versions)
    kept = {name for name, url in before.items() if after.get(name) == url}
    assert kept == {name for id_, (name, _) in catalog.versions.items() if id_ == f"pa-{name}"}
