"""Processing jobs: inputs and outputs under /opt/ml/processing, the container's own command."""

from collections.abc import Mapping
from typing import Any

from embedded_aws.gateway import Gateway
from embedded_aws.sagemaker.jobs.images import Image
from embedded_aws.sagemaker.jobs.job import Job
from embedded_aws.sagemaker.jobs.kinds import DAY, Plan, logged_error
from embedded_aws.sagemaker.jobs.workspace import Workspace
from embedded_aws.service import Document, ServiceError


class Processing:
    """CreateProcessingJob."""

    name, resource, log_group = "ProcessingJob", "processing-job", "/aws/sagemaker/ProcessingJobs"

    def image(self, job: Job) -> str:
        """Image URI."""
        return str(job.description["AppSpecification"]["ImageUri"])

    def timeout(self, job: Job) -> int:
        """MaxRuntimeInSeconds."""
        return int(job.description.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", DAY))

    def isolated(self, job: Job) -> bool:
        """EnableNetworkIsolation."""
        return bool(job.description.get("NetworkConfig", {}).get("EnableNetworkIsolation", False))

    def prepare(self, job: Job, space: Workspace, aws: Gateway, image: Image) -> Plan:
        """Inputs to their LocalPath, empty output folders, resource and job settings."""
        folders = []
        for item in job.description.get("ProcessingInputs", []):
            folder = space.path(item["S3Input"]["LocalPath"])
            folder.mkdir(parents=True, exist_ok=True)
            aws.download(item["S3Input"]["S3Uri"], folder)
            folders.append(folder)
        for item in _outputs(job.description):
            space.path(item["S3Output"]["LocalPath"]).mkdir(parents=True, exist_ok=True)
        application = job.description["AppSpecification"]
        space.write_json("/opt/ml/config/resourceconfig.json", {"current_host": "algo-1", "hosts": ["algo-1"]})
        space.write_json("/opt/ml/config/processingjobconfig.json", job.description)
        command = application.get("ContainerEntrypoint") or list(image.command)
        if not command:
            raise ServiceError(
                "ValidationException", f"image {image.uri} has no entry point here and the job gives none"
            )
        argv = [*command, *application.get("ContainerArguments", [])]
        return Plan(argv, dict(job.description.get("Environment", {})), "/opt/ml", [*folders, space.root / "config"])

    def outputs(self, job: Job) -> list[str]:
        """The outputs' folders."""
        return [item["S3Output"]["LocalPath"] for item in _outputs(job.description)]

    def finish(self, job: Job, space: Workspace, aws: Gateway) -> Document:
        """Upload the outputs; the exit message."""
        for item in _outputs(job.description):
            output = item["S3Output"]
            aws.upload(space.path(output["LocalPath"]), output["S3Uri"], space.root, job.output_key)
        message = space.text("/opt/ml/output/message")
        return {"ExitMessage": message} if message else {}

    def failure(self, space: Workspace, code: int) -> Document:
        """AWS's wording, with the exit message or the error in the log."""
        message = space.text("/opt/ml/output/message")
        reason = f"AlgorithmError: {message or logged_error(space) or 'see the logs'}, exit code: {code}"
        return {"FailureReason": reason[:1024], **({"ExitMessage": message} if message else {})}


def _outputs(job: Mapping[str, Any]) -> list[Document]:
    return [item for item in job.get("ProcessingOutputConfig", {}).get("Outputs", []) if "S3Output" in item]
