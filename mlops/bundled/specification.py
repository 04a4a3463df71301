"""The whole of what a model version is: what was registered is compared with what is there when somebody decides or predicts."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

Document = Mapping[str, Any]
# what describes a version; its status, card, life cycle and who touched it are decisions about it
_MEMBERS = (
    "InferenceSpecification",
    "AdditionalInferenceSpecifications",
    "SourceAlgorithmSpecification",
    "ValidationSpecification",
    "ModelMetrics",
    "DriftCheckBaselines",
    "CustomerMetadataProperties",
    "MetadataProperties",
    "SourceUri",
    "SamplePayloadUrl",
    "Domain",
    "Task",
)
_FILLED_IN = {"ImageDigest", "ModelDataETag"}  # by SageMaker, after the registration: they may appear, not change
_LONGEST = 3  # differences that a message names


def specification(package: Document) -> dict[str, Any]:
    """Of DescribeModelPackage's answer, as plain JSON."""
    found: dict[str, Any] = json.loads(json.dumps({name: package[name] for name in _MEMBERS if name in package}))
    return found


def digest(content: Document) -> str:
    """SHA-256 of the canonical JSON, without what SageMaker fills in later."""
    return hashlib.sha256(json.dumps(_settled(content), sort_keys=True).encode()).hexdigest()


def differences(registered: Document, found: Document) -> list[str]:
    """Places that are not as they were registered, for example ``InferenceSpecification.Containers[0].Image``."""
    return list(_differences(registered, found, ""))


def told(places: list[str]) -> str:
    """The first of them, for a message; places only: a value may be anything."""
    more = len(places) - _LONGEST
    return ", ".join(places[:_LONGEST]) + (f" and {more} more" if more > 0 else "")


def _settled(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _settled(item) for name, item in value.items() if name not in _FILLED_IN}
    return [_settled(item) for item in value] if isinstance(value, list) else value


def _differences(before: Any, after: Any, place: str) -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in sorted({*before, *after}):
            inner = f"{place}.{name}" if place else name
            if name in before and name in after:
                yield from _differences(before[name], after[name], inner)
            elif name in before or name not in _FILLED_IN:
                yield inner
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _differences(one, other, f"{place}[{index}]")
    elif before != after:
        yield place
