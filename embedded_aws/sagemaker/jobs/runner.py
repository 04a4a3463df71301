"""Runs jobs: each in a thread around its process, as many at a time as the machine has cores."""

import logging
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from embedded_aws.box.files import plain_files
from embedded_aws.gateway import Gateway
from embedded_aws.records import Records
from embedded_aws.sagemaker.jobs.images import Images
from embedded_aws.sagemaker.jobs.job import Job
from embedded_aws.sagemaker.jobs.kinds import Kind, Plan, end_member, start_member, status_member
from embedded_aws.sagemaker.jobs.launcher import JobCommand, JobProcess, Launcher
from embedded_aws.sagemaker.jobs.log_shipper import LogShipper
from embedded_aws.sagemaker.jobs.surroundings import Surroundings
from embedded_aws.sagemaker.jobs.workspace import Workspace
from embedded_aws.service import Call, Document, Emit, ServiceError, internal

_LOG = logging.getLogger("embedded_aws")
_GRACE = 5.0  # seconds between SIGTERM and SIGKILL (SageMaker gives 120)
_TAIL = 0.5  # seconds between looks at a running job's log


@dataclass(frozen=True)
class Run:
    """A job that runs; ``stop`` asks for its end."""

    kind: Kind
    call: Call
    job: Job
    stop: threading.Event

    @property
    def name(self) -> str:
        """The job's name."""
        return str(self.job.description[f"{self.kind.name}Name"])

    @property
    def id(self) -> str:
        """No other job has it, of another kind with the same name neither."""
        return f"{self.kind.resource}-{self.name}"

    @property
    def arn(self) -> str:
        """The job's ARN."""
        return str(self.job.description[f"{self.kind.name}Arn"])


class Runner:
    """``records`` holds the jobs by the name of their kind; ``folder`` their workspaces."""

    def __init__(
        self,
        records: Mapping[str, Records[Job]],
        folder: Path,
        images: Images,
        launcher: Launcher,
        surroundings: Surroundings,
        *,
        emit: Emit,
    ) -> None:
        self._records, self._folder, self._images, self._surroundings = records, folder, images, surroundings
        self._emit, self._launcher = emit, launcher
        self._slots = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
        self._running: dict[str, Run] = {}

    def open(self) -> None:
        """Clear what an earlier server left, and warm the default environment."""
        for leftover in self._folder.glob("*"):
            Workspace(leftover, rewriting=False).remove()
        self._launcher.prepare(self._images.find("sagemaker-xgboost:warm").environment)

    def close(self) -> None:
        """End every job process."""
        self._launcher.close()

    def begin(self, kind: Kind, call: Call, job: Job) -> None:
        """Run a job in the background."""
        run = Run(kind, call, job, threading.Event())
        self._running[run.arn] = run
        threading.Thread(target=self._run, args=(run,), daemon=True, name=run.name).start()

    def find(self, arn: str) -> Run | None:
        """A job that runs."""
        return self._running.get(arn)

    def end(self, kind: Kind, key: str, status: str, changes: Document) -> None:
        """Note a job's end."""
        now = time.time()

        def change(job: Job) -> None:
            found = job.description
            found |= {status_member(kind): status, "LastModifiedTime": now, end_member(kind): now, **changes}
            found.setdefault(start_member(kind), now)
            if kind.name == "TrainingJob":
                found["SecondaryStatus"] = status
                found["TrainingTimeInSeconds"] = max(1, int(now - found["TrainingStartTime"]))
                found["BillableTimeInSeconds"] = found["TrainingTimeInSeconds"]

        self._records[kind.name].update(key, change)

    def _run(self, run: Run) -> None:
        try:
            with self._slot(run.stop):
                status, changes = self._work(run)
        except ServiceError as error:
            status, changes = "Failed", {"FailureReason": f"{error.code}: {error.message}"[:1024]}
        except Exception as error:
            _LOG.exception("job %s failed", run.name)
            status, changes = "Failed", {"FailureReason": internal(error)[:1024]}
        self._running.pop(run.arn, None)
        self.end(run.kind, run.call.key(run.name), status, changes)
        kind = run.kind.name
        detail = {f"{kind}Name": run.name, f"{kind}Arn": run.arn, status_member(run.kind): status}
        title = f"SageMaker {kind.removesuffix('Job')} Job State Change"
        self._emit(title, detail, [run.arn], run.call.account, run.call.region)

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

    def _work(self, run: Run) -> tuple[str, Document]:
        kind, job = run.kind, run.job
        space = Workspace(self._folder / run.id, rewriting=self._launcher.backend == "rewriting")
        self._records[kind.name].update(run.call.key(run.name), lambda found: _start(kind, found))
        try:
            with self._surroundings.entered(run.call, job) as aws:
                return self._processed(run, space, aws)
        finally:
            space.remove()

    def _processed(self, run: Run, space: Workspace, aws: Gateway) -> tuple[str, Document]:
        kind, job = run.kind, run.job
        log = LogShipper(aws, kind.log_group, f"{run.name}/algo-1-{int(time.time())}", space.log)
        try:
            if run.stop.is_set():
                return "Stopped", {}
            for stage in job.stages:
                process = self._launched(replace(run, job=stage), space, aws)
                code, ended = _wait(process, kind.timeout(job), run.stop, log)
                if ended == "stopped":
                    return "Stopped", {}
                if ended == "timeout":
                    reason = f"ClientError: the job ran longer than {kind.timeout(job)} s (MaxRuntimeInSeconds)"
                    return "Failed", {"FailureReason": reason}
                if code != 0:
                    return "Failed", kind.failure(space, code)
                for output in kind.outputs(job):
                    plain_files(space.path(output), space.root)
            return "Completed", kind.finish(job, space, aws)
        finally:
            log.ship(last=True)

    def _launched(self, run: Run, space: Workspace, aws: Gateway) -> JobProcess:
        image = self._images.find(run.kind.image(run.job))
        plan = run.kind.prepare(run.job, space, aws, image)
        space.rewrite_files(plan.code)
        credentials = {} if run.kind.isolated(run.job) else aws.environment
        plan = replace(plan, env={**credentials, **plan.env})
        scratch = "/tmp" if self._launcher.backend == "namespace" else str(space.scratch)  # noqa: S108 (the job's own)
        env = {"HOME": scratch, "TMPDIR": scratch, **plan.env}
        command = _command(run, image.environment.interpreter, space, replace(plan, env=env))
        return self._launcher.launch(image.environment, command)


def _command(run: Run, interpreter: str, space: Workspace, plan: Plan) -> JobCommand:
    env = {
        "PATH": f"{Path(interpreter).parent}:/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        **space.environment(plan.env),
    }
    arguments, isolated = space.arguments(plan.argv), run.kind.isolated(run.job)
    return JobCommand(run.id, arguments, env, space.seen(plan.cwd), space, isolated)


def _start(kind: Kind, job: Job) -> None:
    job.description[start_member(kind)] = time.time()
    if kind.name == "TrainingJob":
        job.description["SecondaryStatus"] = "Training"


def _wait(process: JobProcess, timeout: int, stop: threading.Event, log: LogShipper) -> tuple[int, str]:
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
