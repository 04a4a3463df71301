"""A stored job: its description as the API shows it, and what the API does not show."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from embedded_aws.service import Document

_FORMER_CONTAINER = "_container"  # of records that versions before the typed ones have written


@dataclass(frozen=True)
class Container:
    """A model's container as it was when its transform job was created; ``role`` and ``vpc`` are the model's."""

    image: str
    model_data: str = ""  # a model.tar.gz; with ``unpacked`` a prefix of files
    environment: dict[str, str] = field(default_factory=dict)
    isolated: bool = False
    role: str = ""
    unpacked: bool = False
    vpc: Document = field(default_factory=dict)


@dataclass
class Job:
    """``description`` holds the members that the kind's Describe operation answers.

    A transform job has its model's containers, too, of which each gets what the one before it has answered; ``stage`` is the
    one whose turn it is.
    """

    description: Document
    containers: tuple[Container, ...] = ()
    stage: int = 0

    @property
    def stages(self) -> "list[Job]":
        """The processes that the job runs, one after the other."""
        return [replace(self, stage=number) for number in range(max(1, len(self.containers)))]

    @property
    def served(self) -> Container:
        """The container of a transform job whose turn it is."""
        if not self.containers:
            raise ValueError("only transform jobs have a model's containers")
        return self.containers[self.stage]

    @property
    def role(self) -> str:
        """As whom its data, logs and metrics are read and written: the job's, of a transform job its model's."""
        return str(self.description.get("RoleArn") or (self.served.role if self.containers else ""))

    @property
    def vpc(self) -> Document:
        """Its VpcConfig, of a transform job its model's; empty where it is in no VPC."""
        network = self.description.get("NetworkConfig") or {}
        own = network.get("VpcConfig") or self.description.get("VpcConfig")
        return dict(own or (self.served.vpc if self.containers else {}))

    @property
    def volume_key(self) -> str:
        """VolumeKmsKeyId of its cluster."""
        cluster = (self.description.get("ProcessingResources") or {}).get("ClusterConfig")
        found = cluster or self.description.get("ResourceConfig") or self.description.get("TransformResources") or {}
        return str(found.get("VolumeKmsKeyId", ""))

    @property
    def output_key(self) -> str:
        """KmsKeyId of its output."""
        members = ("ProcessingOutputConfig", "OutputDataConfig", "TransformOutput")
        return next((str(it["KmsKeyId"]) for it in map(self.description.get, members) if it and "KmsKeyId" in it), "")

    def to_document(self) -> Document:
        """See ``embedded_aws.records``."""
        return {"description": self.description, "containers": [asdict(item) for item in self.containers]}

    @classmethod
    def from_document(cls, document: Document) -> "Job":
        """See ``embedded_aws.records``."""
        if "description" not in document:
            return cls(*_former(document))
        given = document.get("containers", [document.get("container")])  # versions before this one knew one container
        return cls(document["description"], tuple(Container(**item) for item in given if item is not None))


def _former(document: Document) -> tuple[Document, tuple[Container, ...]]:
    """Description and container hidden in it."""
    hidden: dict[str, Any] | None = document.get(_FORMER_CONTAINER)
    description = {key: value for key, value in document.items() if key != _FORMER_CONTAINER}
    if hidden is None:
        return description, ()
    return description, (container_of(hidden, isolated=hidden.get("_isolated", False), role=hidden.get("_role", "")),)


def container_of(definition: Document, *, isolated: bool, role: str, vpc: Document | None = None) -> Container:
    """The container that a ContainerDefinition describes."""
    source = definition.get("ModelDataSource", {}).get("S3DataSource", {})
    return Container(
        str(definition.get("Image", "")),
        str(source.get("S3Uri") or definition.get("ModelDataUrl", "")),
        dict(definition.get("Environment", {})),
        isolated,
        role,
        unpacked=source.get("CompressionType") == "None",
        vpc=vpc or {},
    )
