"""Pipelines change through CloudFormation only: no role but the one that makes projects may write a definition."""

import json
from fnmatch import fnmatchcase

import pytest

from mlops.projects.prefixes import ARTIFACTS, BUILD, DELIVERIES_READ, DELIVERY, DEPLOY, PREFIXES, written_by
from tests.security import policies
from tests.security.policies import ACCOUNT, ASSEMBLY, REGION, Request, allowed, boundary, roles

PIPELINE = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/ward-training"


def test_only_the_launch_role_writes_definitions() -> None:
    """Neither builds nor deliveries nor functions nor people; the launch role acts for Service Catalog, which hands over a template."""
    found = {}
    for path in sorted(ASSEMBLY.glob("*.template.json")):
        found |= roles(json.loads(path.read_text()))
    for action in ("sagemaker:CreatePipeline", "sagemaker:UpdatePipeline", "sagemaker:DeletePipeline"):
        may = {name for name, held in found.items() if allowed(Request(action, PIPELINE), held, boundary())}
        assert may == {"mlops-launch"}, action


def test_nobody_in_a_project_but_its_deploy_build_updates_projects() -> None:
    """Service Catalog restricts an update by no resource (SECURITY.md 25), so what counts is who holds the right; the others have none."""
    for path in sorted(ASSEMBLY.glob("*.product.template.json")):
        for name, held in roles(json.loads(path.read_text())).items():
            for action in ("UpdateProvisionedProduct", "ProvisionProduct", "TerminateProvisionedProduct"):
                request = Request(f"servicecatalog:{action}", f"arn:aws:catalog:{REGION}:{ACCOUNT}:product/prod-other")
                may = name == "mlops-ward-deploy" and action == "UpdateProvisionedProduct"
                assert allowed(request, held, boundary()) is may, f"{path.name}: {name}"


def test_predictions_are_published_by_their_function_alone() -> None:
    """A run's own role could be made to write them by an execution that leaves out the checks."""
    assert [set(row.writers) for row in PREFIXES if row.pattern == "predictions/*"] == [{"publish-predictions"}]
    place = f"arn:aws:s3:::mlops-ward-data-{ACCOUNT}/predictions/2024-06-20/r1/predictions.csv"
    for path in sorted(ASSEMBLY.glob("*.product.template.json")):
        held = roles(json.loads(path.read_text()))
        may = {name for name, own in held.items() if allowed(Request("s3:PutObject", place), own, boundary())}
        assert may == held.keys() & {"mlops-ward-publish-predictions"}, path.name


def test_a_build_writes_over_nothing_that_a_delivery_is_made_of() -> None:
    """All builds of a project run pushed code in one role: each adds under hashes, and no key of CodePipeline's is among its own."""
    carried = [it.replace("*", "ward-delivery") for it in (*DELIVERIES_READ[DEPLOY], *DELIVERIES_READ[DELIVERY])]
    assert [it for it in written_by(BUILD, ARTIFACTS) if not it.once] == []
    assert [it for it in written_by(BUILD, ARTIFACTS) for key in carried if fnmatchcase(key, it.pattern)] == []
    for path in sorted(ASSEMBLY.glob("*.product.template.json")):
        build = roles(json.loads(path.read_text()))["mlops-ward-build"]
        for key in ("ward-delivery/Source/c0ffee", "ward-delivery/Package/c0ffee", "packages/base.zip", "code/x"):
            request = Request("s3:PutObject", f"arn:aws:s3:::mlops-ward-artifacts-{ACCOUNT}/{key}")
            assert not allowed(request, build, boundary()), f"{path.name}: {key}"


def test_a_project_that_only_predicts_reads_the_versions_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Model, baselines and predictions of the group's project, for reading; no other project's, and no registration."""
    monkeypatch.setitem(policies._KNOWN, "ModelPackageGroup", "clinic")
    (path,) = ASSEMBLY.glob("CatalogInferenceOnly*.product.template.json")
    held = roles(json.loads(path.read_text()))["mlops-ward-execution"]

    def may(action: str, resource: str) -> bool:
        return allowed(Request(action, resource), held, boundary())

    theirs = f"arn:aws:s3:::mlops-clinic-artifacts-{ACCOUNT}/runs/r1/model/model.tar.gz"
    version = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/clinic/1"
    assert may("s3:GetObject", theirs)
    assert may("sagemaker:DescribeModelPackage", version)
    assert not may("s3:PutObject", theirs)
    assert not may("s3:GetObject", theirs.replace("clinic", "other"))
    assert not may("sagemaker:CreateModelPackage", version)
