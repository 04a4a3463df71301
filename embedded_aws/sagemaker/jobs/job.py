"""A stored job: its description as the API shows it, and what the API does not show."""

from dataclasses import asdict, dataclass, field
from typing import Any

from embedded_aws.service import Document

_FORMER_CONTAINER = "_container"  # of records that versions before the typed ones have written


@dataclass(frozen=True)
class Container:
    """A model's container as it was when its transform job was created; ``role`` is the model's, for the job's credentials."""

    image: str
    model_data: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    isolated: bool = False
    role: str = ""


@dataclass
class Job:
    """``description`` holds the members that the kind's Describe operation answers; a transform job has a container, too."""

    description: Document
    container: Container | None = None

    @property
    def served(self) -> Container:
        """The container of a transform job."""
        if self.container is None:
            raise ValueError("only transform jobs have a model's container")
        return self.container

    def to_document(self) -> Document:
        """See ``embedded_aws.records``."""
        container = None if self.container is None else asdict(self.container)
        return {"description": self.description, "container": container}

    @classmethod
    def from_document(cls, document: Document) -> "Job":
        """See ``embedded_aws.records``."""
        if "description" not in document:
            return cls(*_former(document))
        given = document["container"]
        return cls(document["description"], None if given is None else Container(**given))


def _former(document: Document) -> tuple[Document, Container | None]:
    """Description and container hidden in it."""
    hidden: dict[str, Any] | None = document.get(_FORMER_CONTAINER)
    description = {key: value for key, value in document.items() if key != _FORMER_CONTAINER}
    if hidden is None:
        return description, None
    return description, container_of(hidden, isolated=hidden.get("_isolated", False), role=hidden.get("_role", ""))


def container_of(definition: Document, *, isolated: bool, role: str) -> Container:
    """The container that a ContainerDefinition describes."""
    return Container(
        str(definition.get("Image", "")),
        str(definition.get("ModelDataUrl", "")),
        dict(definition.get("Environment", {})),
        isolated,
        role,
    )
