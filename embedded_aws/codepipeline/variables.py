"""Variables of pipelines: ``#{namespace.name}`` in an action's configuration."""

import re
from collections.abc import Mapping

from embedded_aws.service import Document, ServiceError

_USED = re.compile(r"#\{([A-Za-z0-9@_-]+)\.([A-Za-z0-9@_-]+)\}")
Values = Mapping[str, Mapping[str, str]]  # by namespace


def resolved(configuration: Mapping[str, str], values: Values) -> dict[str, str]:
    """The configuration with every variable's value.

    Raises:
        ServiceError: a variable that no action before this one has produced.
    """

    def value(match: "re.Match[str]") -> str:
        namespace, name = match.groups()
        if name not in values.get(namespace, {}):
            raise ServiceError("InvalidActionConfiguration", f"variable {match.group(0)} has no value here")
        return values[namespace][name]

    return {key: _USED.sub(value, text) for key, text in configuration.items()}


def given(declared: list[Document], wanted: list[Document]) -> dict[str, str]:
    """Values of a pipeline's own variables for one execution.

    Raises:
        ServiceError: one that is not declared, or one without value and default.
    """
    chosen = {item["name"]: item["value"] for item in wanted}
    known = {item["name"]: item.get("defaultValue") for item in declared}
    for name in chosen:
        if name not in known:
            raise ServiceError("ValidationException", f"pipeline variable {name} is not declared")
    for name, default in known.items():
        if chosen.get(name, default) is None:
            raise ServiceError("ValidationException", f"pipeline variable {name} has neither a value nor a default")
    return {name: str(chosen.get(name, default)) for name, default in known.items()}
