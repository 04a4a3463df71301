"""Create, describe, list and stop for the three kinds of jobs; each runs in a thread around its process."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from embedded_aws.gateway import Gateway
from embedded_aws.sagemaker.jobs.images import Images
from embedded_aws.sagemaker.jobs.kinds import Kind, Plan, Processing, Training
from embedded_aws.sagemaker.jobs.launcher import JobCommand, JobProcess, Launcher, chosen_backend
from embedded_aws.sagemaker.jobs.limits import unsupported
from embedded_aws.sagemaker.jobs.transform import Transform
from embedded_aws.sagemaker.jobs.workspace import Workspace
from embedded_aws.sagemaker.paging import page
from embedded_aws.sagemaker.tags import put_tags
from embedded_aws.service import Call, Document, Emit, Handler, RoleSession, ServiceError
from embedded_aws.settings import Settings
from embedded_aws.store import DocumentStore

_LOG = logging.getLogger("embedded_aws")
_GRACE = 5.0  # seconds between SIGTERM and SIGKILL (SageMaker gives 120)
_TAIL = 0.5  # seconds between looks at a running job's log
INTERRUPTED = (
    "InternalServerError: the embedded AWS was stopped while this ran; resume the execution (RetryPipelineExecution)"
)

KINDS: tuple[Kind, ...] = (Processing(), Training(), Transform())
_ARN_KINDS = {"ProcessingJob": "processing-job", "TrainingJob": "training-job", "TransformJob": "transform-job"}


class Jobs:
    """Job operations. ``gateway`` gives the clients for (account, region) once the endpoint answers."""

    def __init__(
        self,
        store: DocumentStore,
        state_dir: Path,
        emit: Emit,
        gateway: Callable[[str, str], Gateway],
        *,
        session: RoleSession,
        settings: Settings,
    ) -> None:
        self._session = session
        self._store, self._folder, self._emit, self._gateway = store, state_dir / "jobs", emit, gateway
        self._images, self._launcher = Images(state_dir, settings.stand_ins), Launcher(chosen_backend(settings))
        self._slots = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
        self._stopping: dict[str, threading.Event] = {}
        self.operations: Mapping[str, Handler] = {
            name: handler for kind in KINDS for name, handler in self._operations(kind).items()
        }

    def _operations(self, kind: Kind) -> dict[str, Handler]:
        return {
            f"Create{kind.name}": lambda call: self._create(kind, call),
            f"Describe{kind.name}": lambda call: self._find(kind, call),
            f"List{kind.name}s": lambda call: self._list(kind, call),
            f"Stop{kind.name}": lambda call: self._stop(kind, call),
        }

    def start(self) -> None:
        """Mark what an earlier server left unfinished, clear its folders, and warm the default environment."""
        for kind in KINDS:
            for key, job in self._store.list(kind.name):
                if job[_status(kind)] in {"InProgress", "Stopping"}:
                    self._end(kind, key, "Failed", {"FailureReason": INTERRUPTED})
        for leftover in self._folder.glob("*"):
            Workspace(leftover, rewriting=False).remove()
        self._launcher.prepare(self._images.find("sagemaker-xgboost:warm").environment)

    def close(self) -> None:
        """End every job process."""
        self._launcher.close()

    def image_known(self, uri: str) -> None:
        """Raises ServiceError where this machine has no environment for the image."""
        self._images.find(uri)

    def _create(self, kind: Kind, call: Call) -> Document:
        self._gateway(call.account, call.region)  # not before start() has looked through what an earlier server left
        name, now = call.params[f"{kind.name}Name"], time.time()
        arn = call.arn(f"{_ARN_KINDS[kind.name]}/{name}")
        job: Document = {key: value for key, value in call.params.items() if key != "Tags"}
        job |= {f"{kind.name}Arn": arn, "CreationTime": now, "LastModifiedTime": now, _status(kind): "InProgress"}
        if kind.name == "TrainingJob":
            job["SecondaryStatus"] = "Starting"
        if kind.name == "TransformJob":
            job["_container"] = self._container(call, job["ModelName"])
        self._images.find(kind.image(job))
        refused = "; ".join(unsupported(kind.name, job))
        if refused:
            raise ServiceError("ValidationException", f"not supported locally: {refused}")
        if not self._store.create(kind.name, call.key(name), job):
            raise ServiceError("ResourceInUse", f"{kind.name} {name} already exists")
        put_tags(self._store, arn, call.params.get("Tags", []))
        stop = self._stopping[arn] = threading.Event()
        threading.Thread(target=self._run, args=(kind, call, job, stop), daemon=True, name=name).start()
        return {f"{kind.name}Arn": arn}

    def _container(self, call: Call, model_name: str) -> Document:
        """The model's (first) container; one that names a model package takes that version's."""
        model = self._store.get("Model", call.key(model_name))
        if model is None:
            raise ServiceError("ValidationException", f"Could not find model {model_name}")
        container = dict(model.get("PrimaryContainer") or model["Containers"][0])
        package = container.get("ModelPackageName")
        if package:
            group, _, version = package.split("model-package/", 1)[-1].rpartition("/")
            key = call.key(f"{group}/{int(version):08d}")
            found = self._store.get("ModelPackage", key)
            if found is None:
                raise ServiceError("ValidationException", f"model package {package} does not exist")
            container = {**found["InferenceSpecification"]["Containers"][0], **container}
        own = {"_isolated": model.get("EnableNetworkIsolation", False), "_role": model.get("ExecutionRoleArn", "")}
        return container | own

    def _find(self, kind: Kind, call: Call) -> Document:
        name = call.params[f"{kind.name}Name"]
        job = self._store.get(kind.name, call.key(name))
        if job is None:
            raise ServiceError("ResourceNotFound", f"{kind.name} {name} does not exist")
        return job

    def _list(self, kind: Kind, call: Call) -> Document:
        wanted, status = call.params.get("NameContains", ""), call.params.get("StatusEquals")
        found = [
            job
            for _, job in self._store.list(kind.name, call.key(""))
            if wanted in job[f"{kind.name}Name"] and status in {None, job[_status(kind)]}
        ]
        return page(call, found, f"{kind.name}Summaries", default_sort="CreationTime", name=f"{kind.name}Name")

    def _stop(self, kind: Kind, call: Call) -> Document:
        job = self._find(kind, call)
        stop = self._stopping.get(job[f"{kind.name}Arn"])
        if job[_status(kind)] != "InProgress" or stop is None:
            raise ServiceError("ValidationException", f"{kind.name} is {job[_status(kind)]}: it cannot be stopped")
        self._store.update(
            kind.name, call.key(job[f"{kind.name}Name"]), lambda it: it.update({_status(kind): "Stopping"})
        )
        stop.set()
        return {}

    def _run(self, kind: Kind, call: Call, job: Document, stop: threading.Event) -> None:
        name = job[f"{kind.name}Name"]
        try:
            with self._slot(stop):
                status, changes = self._work(kind, call, job, stop)
        except ServiceError as error:
            status, changes = "Failed", {"FailureReason": f"{error.code}: {error.message}"[:1024]}
        except Exception as error:
            _LOG.exception("job %s failed", name)
            status, changes = (
                "Failed",
                {"FailureReason": f"InternalServerError: {type(error).__name__}: {error}"[:1024]},
            )
        self._stopping.pop(job[f"{kind.name}Arn"], None)
        self._end(kind, call.key(name), status, changes)
        detail = {f"{kind.name}Name": name, f"{kind.name}Arn": job[f"{kind.name}Arn"], _status(kind): status}
        self._emit(
            f"SageMaker {kind.name.removesuffix('Job')} Job State Change",
            detail,
            [job[f"{kind.name}Arn"]],
            call.account,
            call.region,
        )

    @contextmanager
    def _slot(self, stop: threading.Event) -> Iterator[None]:
        """One of the machine's places for jobs; a job that is stopped while it waits does not wait further."""
        got = False
        while not got and not stop.is_set():
            got = self._slots.acquire(timeout=_TAIL)
        try:
            yield
        finally:
            if got:
                self._slots.release()

    def _work(self, kind: Kind, call: Call, job: Document, stop: threading.Event) -> tuple[str, Document]:
        name, image = job[f"{kind.name}Name"], self._images.find(kind.image(job))
        aws = self._gateway(call.account, call.region)
        space = Workspace(self._folder / name, rewriting=self._launcher.backend == "rewriting")
        self._store.update(kind.name, call.key(name), lambda it: it.update(_started(kind)))
        log = _LogShipper(aws, kind.log_group, f"{name}/algo-1-{int(time.time())}", space.log)
        try:
            if stop.is_set():
                return "Stopped", {}
            plan = kind.prepare(job, space, aws, image)
            space.rewrite_files(plan.code)
            credentials = {} if kind.isolated(job) else self._credentials(call, job, aws)
            command = self._command(kind, job, space, replace(plan, env={**credentials, **plan.env}))
            process = self._launcher.launch(image.environment, command)
            code, ended = _wait(process, kind.timeout(job), stop, log)
            if ended == "stopped":
                return "Stopped", {}
            if ended == "timeout":
                return "Failed", {
                    "FailureReason": f"ClientError: the job ran longer than {kind.timeout(job)} s (MaxRuntimeInSeconds)"
                }
            if code != 0:
                return "Failed", kind.failure(space, code)
            return "Completed", kind.finish(job, space, aws)
        finally:
            log.ship(last=True)
            space.remove()

    def _credentials(self, call: Call, job: Document, aws: Gateway) -> dict[str, str]:
        """What the AWS SDKs in a job find: this endpoint, as the job's role; as the account where there is no such role."""
        role = str(job.get("RoleArn") or job.get("_container", {}).get("_role", ""))
        session = self._session(role, "SageMaker", call.account, call.region)
        return {**aws.settings, **(session or aws.root)}

    def _command(self, kind: Kind, job: Document, space: Workspace, plan: Plan) -> JobCommand:
        interpreter = self._images.find(kind.image(job)).environment.interpreter
        isolated = kind.isolated(job)
        env = {
            "PATH": f"{Path(interpreter).parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": "/tmp",  # noqa: S108 (a container's home; nothing of the user's)
            "LANG": "C.UTF-8",
            "TMPDIR": str(space.folder),
            **space.environment(plan.env),
        }
        cwd = space.seen(plan.cwd)
        return JobCommand(
            job[f"{kind.name}Name"], space.arguments(plan.argv), env, cwd, space.log, space.root, isolated
        )

    def _end(self, kind: Kind, key: str, status: str, changes: Document) -> None:
        now = time.time()

        def change(job: Document) -> None:
            job |= {_status(kind): status, "LastModifiedTime": now, _ended(kind): now, **changes}
            job.setdefault(_ended(kind).replace("End", "Start"), now)
            if kind.name == "TrainingJob":
                job["SecondaryStatus"] = status
                job["TrainingTimeInSeconds"] = max(1, int(now - job["TrainingStartTime"]))
                job["BillableTimeInSeconds"] = job["TrainingTimeInSeconds"]

        self._store.update(kind.name, key, change)


class _LogShipper:
    """Sends what a job has written since the last look to CloudWatch Logs."""

    def __init__(self, aws: Gateway, group: str, stream: str, file: Path) -> None:
        self._aws, self._group, self._stream, self._file, self._offset = aws, group, stream, file, 0

    def ship(self, *, last: bool = False) -> None:
        if not self._file.is_file():
            return
        with self._file.open("rb") as opened:
            opened.seek(self._offset)
            new = opened.read()
        complete = new if last else new[: new.rfind(b"\n") + 1]
        if complete:
            self._offset += len(complete)
            self._aws.log(self._group, self._stream, complete.decode(errors="replace").splitlines())


def _wait(process: JobProcess, timeout: int, stop: threading.Event, log: _LogShipper) -> tuple[int, str]:
    """(exit code, "ended" | "stopped" | "timeout"); ships the log meanwhile."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            return process.exit.result(timeout=_TAIL if not stop.is_set() else 0.01), "ended"
        except FutureTimeout:
            log.ship()
        if stop.is_set() or time.monotonic() > deadline:
            return _terminate(process), "stopped" if stop.is_set() else "timeout"


def _terminate(process: JobProcess) -> int:
    process.signal(signal.SIGTERM)
    try:
        return process.exit.result(timeout=_GRACE)
    except FutureTimeout:
        process.signal(signal.SIGKILL)
        return process.exit.result(timeout=_GRACE)


def _status(kind: Kind) -> str:
    return f"{kind.name}Status"


def _ended(kind: Kind) -> str:
    return {"ProcessingJob": "ProcessingEndTime", "TrainingJob": "TrainingEndTime"}.get(kind.name, "TransformEndTime")


def _started(kind: Kind) -> Document:
    start = {_ended(kind).replace("End", "Start"): time.time()}
    return start | ({"SecondaryStatus": "Training"} if kind.name == "TrainingJob" else {})
