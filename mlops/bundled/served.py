"""The container that a batch's model is made of: what was registered, by value.

A model that named its version would be whatever the version says when the job begins: who may decide on versions could exchange it
between the check and the job.
"""

from collections.abc import Mapping
from typing import Any, TypedDict

# In script mode the image's toolkit runs `pip install .` over the code. From 25.3 on pip builds that in an environment of its own, whose
# setuptools it fetches: an isolated job cannot. 0 means "no isolated build" (a 1 would not: pypa/pip#5735); see `make test-foreign`.
SCRIPT_MODE = {"PIP_NO_BUILD_ISOLATION": "0"}
PROGRAM, SUBMIT_DIRECTORY = "SAGEMAKER_PROGRAM", "SAGEMAKER_SUBMIT_DIRECTORY"
_HANDED_OVER = {"Image", "ModelDataUrl", "Environment"}
_FILLED_IN = {"ImageDigest", "ModelDataETag"}  # by SageMaker


class Served(TypedDict):
    """Container of a model: CreateModel's PrimaryContainer."""

    Image: str
    ModelDataUrl: str
    Environment: dict[str, str]


def served(package: Mapping[str, Any]) -> Served:
    """Of DescribeModelPackage's answer; versions registered before theirs had SCRIPT_MODE need it too.

    Raises:
        ValueError: it says more than a batch hands over, so that its model would be another one.
    """
    containers = package["InferenceSpecification"]["Containers"]
    first, version = containers[0], package["ModelPackageVersion"]
    given = {**first.get("Environment", {})}
    other = sorted({*first} - _HANDED_OVER - _FILLED_IN)
    other += sorted(name for name, value in given.items() if SCRIPT_MODE.get(name, value) != value)
    other += sorted({*given} - {PROGRAM, SUBMIT_DIRECTORY, *SCRIPT_MODE})
    missing = sorted({PROGRAM, SUBMIT_DIRECTORY} - {*given})
    if len(containers) != 1 or other or missing:
        told = ", ".join([*other, *(f"no {name}" for name in missing)]) or f"{len(containers)} containers"
        raise ValueError(f"model version {version}: a batch does not hand over what its container says: {told}")
    return Served(Image=first["Image"], ModelDataUrl=first["ModelDataUrl"], Environment={**given, **SCRIPT_MODE})


def is_served(model: Mapping[str, Any], wanted: Served) -> bool:
    """Whether DescribeModel's answer is of a model with this container and no other one; SageMaker adds members of its own."""
    found = model.get("PrimaryContainer", {})
    same = all(found.get(name) == value for name, value in wanted.items())
    return same and not found.get("ModelPackageName") and not model.get("Containers")
