"""Raw answers of JSON services against botocore's output shapes, by the protocol's rules and not by botocore's parser.

The parser drops what it does not know, makes what is missing empty, and reads times in any form.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_PLAIN: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "blob": (str,),  # base64
    "timestamp": (int, float),  # seconds since 1970 (AWS JSON 1.1)
}


def faults(shape: Any, value: Any, path: str = "") -> Iterator[str]:
    """What in a decoded body is not of the shape."""
    kind = shape.type_name
    if kind == "structure":
        yield from _structure(shape, value, path)
    elif kind == "list":
        if not isinstance(value, list):
            yield f"{path}: {value!r} is no list"
            return
        for item in value:
            yield from faults(shape.member, item, f"{path}[]")
    elif kind == "map":
        if not isinstance(value, dict):
            yield f"{path}: {value!r} is no map"
            return
        for item in value.values():
            yield from faults(shape.value, item, f"{path}{{}}")
    elif not isinstance(value, _PLAIN[kind]) or (isinstance(value, bool) and kind != "boolean"):
        yield f"{path}: {value!r} is no {kind}"
    elif kind == "string" and getattr(shape, "enum", None) and value not in shape.enum:
        yield f"{path}: {value!r} is none of {shape.enum}"


def _structure(shape: Any, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is no structure"
        return
    yield from (f"{path}.{name} is missing" for name in shape.required_members if name not in value)
    for name, item in value.items():
        member = shape.members.get(name)
        if member is None:
            yield f"{path}.{name} is unknown"
        elif item is None:
            yield f"{path}.{name} is null"
        else:
            yield from faults(member, item, f"{path}.{name}")


@dataclass
class Bodies:
    """What clients have been answered: operations (``service:Operation``), and their faults."""

    seen: set[str] = field(default_factory=set)
    faults: set[str] = field(default_factory=set)

    def watch(self, client: Any) -> Any:
        """The client, every answer of which is looked at before botocore reads it."""
        service = client.meta.service_model
        client.meta.events.register("before-parse", lambda **given: self._look(service.service_name, **given))
        return client

    def _look(self, service: str, operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
        name = f"{service}:{operation_model.name}"
        body, status = response_dict["body"], response_dict["status_code"]
        if status >= 300:
            found = json.loads(body)
            if not (isinstance(found.get("__type"), str) and isinstance(found.get("message"), str)):
                self.faults.add(f"{name}: an error without type and message: {found}")
            return
        self.seen.add(name)
        shape = operation_model.output_shape
        if shape is not None:
            self.faults |= {f"{name}{fault}" for fault in faults(shape, json.loads(body or b"{}"))}
        elif body.strip() not in {b"", b"{}"}:
            self.faults.add(f"{name}: a body where there is none")
