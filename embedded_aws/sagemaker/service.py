"""The SageMaker service: resources, registry, pipeline executions and jobs behind one table of operations."""

from collections.abc import Mapping
from functools import wraps
from pathlib import Path
from typing import Any

from embedded_aws.endpoint import Endpoint
from embedded_aws.gateway import Gateways
from embedded_aws.sagemaker.feature_groups import FeatureGroups
from embedded_aws.sagemaker.jobs.service import Jobs
from embedded_aws.sagemaker.jobs.surroundings import Surroundings
from embedded_aws.sagemaker.lineage import Lineage
from embedded_aws.sagemaker.mlflow_apps import MlflowApps
from embedded_aws.sagemaker.pipelines.engine import Engine
from embedded_aws.sagemaker.registry import Registry
from embedded_aws.sagemaker.resources import Resources
from embedded_aws.sagemaker.search import Search, Source
from embedded_aws.sagemaker.unmade import unmade
from embedded_aws.sagemaker.versions import all_versions
from embedded_aws.service import Call, Document, Emit, Handler, Outside
from embedded_aws.settings import Settings
from embedded_aws.store import DocumentStore, take_over

_ROLES = ("RoleArn", "ExecutionRoleArn")
_TO_US = {"iam:PassedToService": "sagemaker.amazonaws.com"}
_FORMER_FILE = "mlops.sqlite"  # what the documents' file was called in state folders of earlier versions


class SageMaker:
    """See ``embedded_aws.service.Service``."""

    name = "sagemaker"

    def __init__(self, state_dir: Path, emit: Emit, outside: Outside, settings: Settings) -> None:
        self._store = DocumentStore(take_over(state_dir / "state" / _FORMER_FILE, "sagemaker.sqlite"))
        self._gateways = Gateways(outside.session)
        self._jobs = Jobs(self._store, state_dir, settings, Surroundings(self._gateways, outside), emit=emit)
        self._engine = Engine(self._store, self._jobs, self._gateways, emit, outside.require)
        groups = FeatureGroups(self._store)
        sources: Mapping[str, Source] = {
            "TrainingJob": lambda call: self._jobs.all("TrainingJob", call),
            "PipelineExecution": self._engine.all,
            "PipelineVersion": lambda call: all_versions(self._store, call),
            "FeatureMetadata": groups.features,
        }
        self._require = outside.require
        operations: Mapping[str, Handler] = {
            **unmade(),
            **Resources(self._store, self._engine).operations,
            **Registry(self._store, emit).operations,
            **groups.operations,
            **Search(self._store, sources).operations,
            **MlflowApps(self._store).operations,
            **Lineage(self._store).operations,
            **self._engine.operations,
            **self._jobs.operations,
        }
        self.operations: Mapping[str, Handler] = {name: self._passing(handler) for name, handler in operations.items()}

    def _passing(self, handler: Handler) -> Handler:
        """Whoever names a role has to be allowed to pass it to SageMaker."""

        @wraps(handler)
        def handle(call: Call) -> Document:
            for role in (call.params.get(member) for member in _ROLES):
                if role:
                    self._require(call.identity, "iam:PassRole", str(role), (call.account, call.region), _TO_US)
            return handler(call)

        return handle

    def start(self, endpoint: Endpoint) -> None:
        """Look through what an earlier server left, then accept jobs and executions."""
        self._jobs.open()
        self._engine.open()
        self._gateways.open(endpoint)

    def close(self) -> None:
        """Stop every job and close the store."""
        self._jobs.close()
        self._store.close()


_NAMED = {  # request member -> resource kind in the ARN
    "PipelineName": "pipeline",
    "ModelPackageName": "model-package",
    "ModelPackageGroupName": "model-package-group",
    "ProcessingJobName": "processing-job",
    "TrainingJobName": "training-job",
    "TransformJobName": "transform-job",
    "ModelName": "model",
    "FeatureGroupName": "feature-group",
    "ActionName": "action",
}


def resource_arn(operation: str, params: dict[str, Any], region: str, account: str) -> str:
    """ARN of what an operation acts on, as IAM's service reference has it; ``*`` for operations over all of a kind."""
    for member in ("PipelineExecutionArn", "ModelPackageArn", "ResourceArn", "ArtifactArn", "SourceArn"):
        if member in params:
            return str(params[member])
    prefix = f"arn:aws:sagemaker:{region}:{account}"
    if operation == "CreateArtifact":
        return f"{prefix}:artifact/*"
    if operation in {"CreateModelPackage", "ListModelPackages"} and "ModelPackageGroupName" in params:
        return f"{prefix}:model-package/{params['ModelPackageGroupName']}/*"
    for member, kind in _NAMED.items():
        name = str(params.get(member, ""))
        if name:
            return name if name.startswith("arn:") else f"{prefix}:{kind}/{name}"
    return "*"
