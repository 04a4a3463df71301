"""Create, describe, list and stop for the three kinds of jobs."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from embedded_aws.box.view import box_of
from embedded_aws.records import Records
from embedded_aws.sagemaker.jobs.images import Images
from embedded_aws.sagemaker.jobs.job import Container, Job, container_of
from embedded_aws.sagemaker.jobs.kinds import Kind, status_member
from embedded_aws.sagemaker.jobs.launcher import Launcher, chosen_backend, note_boxes
from embedded_aws.sagemaker.jobs.limits import unsupported
from embedded_aws.sagemaker.jobs.processing import Processing
from embedded_aws.sagemaker.jobs.runner import Runner
from embedded_aws.sagemaker.jobs.surroundings import Surroundings
from embedded_aws.sagemaker.jobs.training import Training, model_artifacts
from embedded_aws.sagemaker.jobs.transform import Transform
from embedded_aws.sagemaker.packages import package_at
from embedded_aws.sagemaker.paging import page
from embedded_aws.sagemaker.tags import put_tags
from embedded_aws.service import Call, Document, Emit, Handler, ServiceError
from embedded_aws.settings import Settings
from embedded_aws.store import DocumentStore

INTERRUPTED = (
    "InternalServerError: the embedded AWS was stopped while this ran; resume the execution (RetryPipelineExecution)"
)
KINDS: tuple[Kind, ...] = (Processing(), Training(), Transform())


class Jobs:
    """Job operations."""

    def __init__(
        self,
        store: DocumentStore,
        state_dir: Path,
        settings: Settings,
        surroundings: Surroundings,
        *,
        emit: Emit,
    ) -> None:
        self._store, self._surroundings, self._images = store, surroundings, Images(state_dir, settings.stand_ins)
        self._records = {kind.name: Records(store, kind.name, Job) for kind in KINDS}
        note_boxes(state_dir, settings)
        launcher = Launcher(chosen_backend(settings), box_of(state_dir, settings.libraries))
        self._runner = Runner(self._records, state_dir / "jobs", self._images, launcher, surroundings, emit=emit)
        self.operations: Mapping[str, Handler] = {
            name: handler for kind in KINDS for name, handler in self._operations(kind).items()
        }

    def _operations(self, kind: Kind) -> dict[str, Handler]:
        return {
            f"Create{kind.name}": lambda call: self._create(kind, call),
            f"Describe{kind.name}": lambda call: self._find(kind, call).description,
            f"List{kind.name}s": lambda call: self._list(kind, call),
            f"Stop{kind.name}": lambda call: self._stop(kind, call),
        }

    def open(self) -> None:
        """Mark what an earlier server left unfinished, and get ready for new jobs."""
        for kind in KINDS:
            for key, job in self._records[kind.name].list():
                if job.description[status_member(kind)] in {"InProgress", "Stopping"}:
                    self._runner.end(kind, key, "Failed", {"FailureReason": INTERRUPTED})
        self._runner.open()

    def close(self) -> None:
        """End every job process."""
        self._runner.close()

    def check_image(self, uri: str) -> None:
        """Raises ServiceError where this machine has no environment for the image."""
        self._images.find(uri)

    def all(self, kind: str, call: Call) -> Iterator[Document]:
        """Descriptions of every job of a kind, of the caller's account and region."""
        return (job.description for _, job in self._records[kind].list(call.key("")))

    def describe(self, kind: str, key: str) -> Document:
        """Description of a job by the name of its kind and its store key.

        Raises:
            ServiceError: there is none.
        """
        job = self._records[kind].get(key)
        if job is None:
            raise ServiceError("ResourceNotFound", f"{kind} {key.rsplit('/', 1)[-1]} does not exist")
        return job.description

    def _create(self, kind: Kind, call: Call) -> Document:
        self._surroundings.gateways.wait()  # not before open() has looked through what an earlier server left
        name, now = call.params[f"{kind.name}Name"], time.time()
        arn = call.arn(f"{kind.resource}/{name}")
        description: Document = {key: value for key, value in call.params.items() if key != "Tags"}
        description |= {f"{kind.name}Arn": arn, "CreationTime": now, "LastModifiedTime": now}
        description[status_member(kind)] = "InProgress"
        if kind.name == "TrainingJob":
            description |= {"SecondaryStatus": "Starting", "ModelArtifacts": model_artifacts(description)}
        job = Job(description, self._containers(call, description["ModelName"]) if kind.name == "TransformJob" else ())
        for stage in job.stages:
            self._images.find(kind.image(stage))
        refused = "; ".join(unsupported(kind.name, description))
        if refused:
            raise ServiceError("ValidationException", f"not supported locally: {refused}")
        self._surroundings.check(call, job)
        if not self._records[kind.name].create(call.key(name), job):
            raise ServiceError("ResourceInUse", f"{kind.name} {name} already exists")
        put_tags(self._store, arn, call.params.get("Tags", []))
        self._runner.begin(kind, call, job)
        return {f"{kind.name}Arn": arn}

    def _containers(self, call: Call, model_name: str) -> tuple[Container, ...]:
        """The model's containers, in the order in which they are run; one that names a model package takes that version's."""
        model = self._store.get("Model", call.key(model_name))
        if model is None:
            raise ServiceError("ValidationException", f"Could not find model {model_name}")
        if model.get("InferenceExecutionConfig", {}).get("Mode") == "Direct":
            raise ServiceError(
                "ValidationException", f"model {model_name}: containers in Direct mode have no batch transform"
            )
        given = [model["PrimaryContainer"]] if model.get("PrimaryContainer") else model.get("Containers", [])
        found = [part for item in given for part in self._of_package(call, item)]
        if not found:
            raise ServiceError("ValidationException", f"model {model_name} has no container")
        isolated, role = model.get("EnableNetworkIsolation", False), model.get("ExecutionRoleArn", "")
        vpc = model.get("VpcConfig", {})
        return tuple(container_of(item, isolated=isolated, role=role, vpc=vpc) for item in found)

    def _of_package(self, call: Call, container: Document) -> list[Document]:
        package = container.get("ModelPackageName")
        if not package:
            return [container]
        _, found = package_at(self._store, call, package)
        first, *others = found["InferenceSpecification"]["Containers"]
        variables = {**first.get("Environment", {}), **container.get("Environment", {})}
        return [{**first, **container, "Environment": variables}, *others]

    def _find(self, kind: Kind, call: Call) -> Job:
        name = call.params[f"{kind.name}Name"]
        job = self._records[kind.name].get(call.key(name))
        if job is None:
            raise ServiceError("ResourceNotFound", f"{kind.name} {name} does not exist")
        return job

    def _list(self, kind: Kind, call: Call) -> Document:
        wanted, status = call.params.get("NameContains", ""), call.params.get("StatusEquals")
        jobs = (job.description for _, job in self._records[kind.name].list(call.key("")))
        found = [
            item for item in jobs if wanted in item[f"{kind.name}Name"] and status in {None, item[status_member(kind)]}
        ]
        return page(call, found, f"{kind.name}Summaries", default_sort="CreationTime", name=f"{kind.name}Name")

    def _stop(self, kind: Kind, call: Call) -> Document:
        job = self._find(kind, call).description
        run, status = self._runner.find(job[f"{kind.name}Arn"]), job[status_member(kind)]
        if status != "InProgress" or run is None:
            raise ServiceError("ValidationException", f"{kind.name} is {status}: it cannot be stopped")

        def change(found: Job) -> None:
            found.description[status_member(kind)] = "Stopping"

        self._records[kind.name].update(call.key(job[f"{kind.name}Name"]), change)
        run.stop.set()
        return {}
