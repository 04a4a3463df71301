"""List* and Describe* of every kind that SageMaker has: an empty list, or that it could not be found; never an unknown operation."""

from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from embedded_aws.shapes import violations
from tests.integration.executor.lab import ACCOUNT, Lab
from tests.integration.services.shapes import Bodies

MODEL = botocore.session.get_session().get_service_model("sagemaker")
READING = [name for name in MODEL.operation_names if name.startswith(("List", "Describe"))]
_ARN = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}"
_KINDS = (
    "artifact",
    "cluster",
    "mlflow-app",
    "model-card/nobody/export-job",
    "model-package",
    "pipeline/nobody/execution",
    "reserved-capacity",
    "training-plan",
    "workteam",
)
_WORDS = (
    "nobody",
    "1",
    "s3://nobody/x",
    "abcdefghijkl",
    "d-nobody",
    "i-0123456789abcdef0",
    "01234567-0123-0123-0123-0123456789ab",
    f"{_ARN}:nobody/nobody",
    f"{_ARN}:partner-app/app-ABCDEFGHIJKL",
    *(f"{_ARN}:{kind}/nobody" for kind in _KINDS),
)
# asked for though the model does not say so
_NAMED = {"ListPipelineExecutionSteps": {"PipelineExecutionArn": f"{_ARN}:pipeline/nobody/execution/abcdefghijkl"}}


def _value(shape: Any) -> Any:
    """The least that the shape allows."""
    if shape.type_name == "structure":
        return {name: _value(shape.members[name]) for name in shape.required_members}
    if shape.type_name in {"list", "map"}:
        return [_value(shape.member)] if shape.type_name == "list" else {}
    if shape.type_name in {"integer", "long"}:
        return shape.metadata.get("min", 1)
    tried = [*getattr(shape, "enum", []), *_WORDS]
    return next(it for it in tried if not list(violations(shape, it)))


@pytest.fixture(scope="module")
def bodies() -> Bodies:
    """Every answer of this module."""
    return Bodies()


def test_there_are_many() -> None:
    """The model is botocore's, whole."""
    assert len(READING) > 150


@pytest.fixture(scope="module")
def sagemaker(lab: Lab, bodies: Bodies) -> Any:
    """A watched client of a region where nobody has made anything."""
    return bodies.watch(lab.session.client("sagemaker", region_name="eu-west-3", endpoint_url=lab.endpoint))


@pytest.mark.parametrize("name", READING)
def test_what_nobody_has_made(sagemaker: Any, bodies: Bodies, name: str) -> None:
    """A list without anything; a thing that was not found, by the error that the operation has."""
    operation = MODEL.operation_model(name)
    call = getattr(sagemaker, botocore.xform_name(name))
    try:
        answer = call(**_value(operation.input_shape), **_NAMED.get(name, {}))
    except ClientError as error:
        code, words = error.response["Error"]["Code"], error.response["Error"]["Message"]
        assert "validation error" not in words
        assert "not supported" not in words
        own = {shape.name for shape in operation.error_shapes}
        assert code == ("ResourceNotFound" if "ResourceNotFound" in own else "ValidationException"), words
        assert any(it in words for it in ("Could not find", "does not exist")), words
        return
    assert name.startswith("List")
    assert all(answer[it] == [] for it in answer if it != "ResponseMetadata")
    assert bodies.faults == set()


@pytest.mark.parametrize("resource", MODEL.operation_model("Search").input_shape.members["Resource"].enum)
def test_search_finds_nothing(sagemaker: Any, bodies: Bodies, resource: str) -> None:
    """Of any kind."""
    found = sagemaker.search(Resource=resource, SearchExpression={"Filters": [{"Name": "Nobody", "Value": "x"}]})
    assert found["Results"] == []
    assert bodies.faults == set()
