"""What the kinds of jobs have in common: how each is laid out under /opt/ml, started and finished."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from embedded_aws.gateway import Gateway, is_s3
from embedded_aws.sagemaker.jobs import archive
from embedded_aws.sagemaker.jobs.images import Image
from embedded_aws.sagemaker.jobs.job import Job
from embedded_aws.sagemaker.jobs.reason import error_of
from embedded_aws.sagemaker.jobs.workspace import Workspace
from embedded_aws.service import Document, ServiceError

DAY = 86_400
_NO_ISOLATION = {"0", "f", "false", "n", "no", "off"}  # as pip reads it: what is false switches isolated builds off


@dataclass(frozen=True)
class Plan:
    """The process that a prepared job runs."""

    argv: list[str]
    env: dict[str, str]
    cwd: str
    code: list[Path] = field(default_factory=list)  # folders with scripts


class Kind(Protocol):
    """One kind of job."""

    name: str  # "ProcessingJob"
    resource: str  # "processing-job"
    log_group: str

    def image(self, job: Job) -> str:
        """Image URI."""

    def timeout(self, job: Job) -> int:
        """MaxRuntimeInSeconds."""

    def isolated(self, job: Job) -> bool:
        """EnableNetworkIsolation."""

    def prepare(self, job: Job, space: Workspace, aws: Gateway, image: Image) -> Plan:
        """Download inputs and write settings."""

    def outputs(self, job: Job) -> list[str]:
        """Folders (``/opt/ml/...``) of which ``finish`` reads what the job has left."""

    def finish(self, job: Job, space: Workspace, aws: Gateway) -> Document:
        """Publish outputs of a job that has succeeded; members to add to its description."""

    def failure(self, space: Workspace, code: int) -> Document:
        """Members that describe the failure of a job that ended with ``code``."""


def logged_error(space: Workspace) -> str:
    """The error that the job's log ends with; empty where it has written nothing."""
    return error_of(space.log.read_text(errors="replace")) if space.log.is_file() else ""


def unpack_source(source: str, space: Workspace, aws: Gateway, target: Path) -> Path:
    """A script-mode source archive, on S3 or already under /opt/ml, unpacked to ``target``."""
    if is_s3(source):
        local = space.folder / "sourcedir.tar.gz"
        local.write_bytes(aws.read(source))
    else:
        local = space.path(source)
    if local.is_dir():
        return local
    if not local.is_file():
        raise ServiceError("ClientError", f"source archive {source} does not exist")
    archive.unpack(local, target)
    return target


def refuse_uninstallable(image: Image, variables: Mapping[str, str], *, isolated: bool) -> None:
    """What the image's toolkit could not do on AWS: ``pip install .`` over a script's folder, without a network.

    Raises:
        ServiceError: with the toolkit's own words.
    """
    offline = variables.get("PIP_NO_BUILD_ISOLATION", "").lower() in _NO_ISOLATION
    if image.fetches and isolated and not offline:
        raise ServiceError(
            "AlgorithmError",
            'InstallModuleError: Command "python3 -m pip install ." (without a network the pip of this image cannot fetch '
            "setuptools; set the variable PIP_NO_BUILD_ISOLATION=0), exit code: 1",
        )


def status_member(kind: Kind) -> str:
    """``ProcessingJobStatus`` and the like."""
    return f"{kind.name}Status"


def start_member(kind: Kind) -> str:
    """``ProcessingStartTime`` and the like."""
    return f"{kind.name.removesuffix('Job')}StartTime"


def end_member(kind: Kind) -> str:
    """``ProcessingEndTime`` and the like."""
    return f"{kind.name.removesuffix('Job')}EndTime"
