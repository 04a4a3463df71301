"""Pipelines change through CloudFormation only: no role but the one that makes projects may write a definition."""

import json

from policies import ACCOUNT, ASSEMBLY, REGION, Request, allowed, boundary, roles

PIPELINE = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/ward-training"


def test_only_the_launch_role_writes_definitions() -> None:
    """Neither builds nor deliveries nor functions nor people; the launch role acts for Service Catalog, which hands over a template."""
    found = {}
    for path in sorted(ASSEMBLY.glob("*.template.json")):
        found |= roles(json.loads(path.read_text()))
    for action in ("sagemaker:CreatePipeline", "sagemaker:UpdatePipeline", "sagemaker:DeletePipeline"):
        may = {name for name, held in found.items() if allowed(Request(action, PIPELINE), held, boundary())}
        assert may == {"mlops-launch"}, action


def test_a_projects_delivery_updates_projects_of_its_own_product_only() -> None:
    """Service Catalog knows no finer resource than the product; another product of the account is out of reach."""
    for path in sorted(ASSEMBLY.glob("*.product.template.json")):
        for name, held in roles(json.loads(path.read_text())).items():
            for action in ("UpdateProvisionedProduct", "ProvisionProduct", "TerminateProvisionedProduct"):
                request = Request(f"servicecatalog:{action}", f"arn:aws:catalog:{REGION}:{ACCOUNT}:product/prod-other")
                assert not allowed(request, held, boundary()), f"{path.name}: {name}"
