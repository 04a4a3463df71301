"""One build: sources into a clean folder, phases, artifacts; every line of output goes to CloudWatch Logs."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embedded_aws.box.view import Box
from embedded_aws.box.view import command as boxed
from embedded_aws.codebuild.artifacts import chosen
from embedded_aws.codebuild.buildspec import PHASES, Files, Phase, Spec, WrongSpec, parse
from embedded_aws.codebuild.log import LogStream
from embedded_aws.codebuild.shell import Failure, Shell, tied
from embedded_aws.endpoint import Endpoint
from embedded_aws.gateway import Gateway
from embedded_aws.service import Call, Document, RoleSession, ServiceError
from embedded_aws.zips import pack, unpack

_TIMED_OUT = "the build has run longer than its time limit"


@dataclass(frozen=True)
class Sources:
    """What is built: the primary source's zip archive (or where it lies on S3), the others by name, the revision."""

    primary: bytes | None = None
    secondary: Mapping[str, bytes] = field(default_factory=dict)
    version: str = ""
    uri: str = ""
    piped: bool = False  # a pipeline brings them and waits for the artifacts


@dataclass(frozen=True)
class Result:
    """Artifacts as zip archives by name (``""`` is the primary one), and exported variables."""

    artifacts: Mapping[str, bytes]
    variables: Mapping[str, str]


@dataclass(frozen=True)
class Work:
    """A build that was asked for."""

    call: Call
    id: str
    project: Document
    sources: Sources
    variables: Sequence[Document]
    spec: str


class _Ended(Exception):
    """The build ends here; the phase says why."""


class Build:
    """Runs in its thread; ``end`` may be called from others. ``record`` keeps what changes in the build's description.

    Of ``place`` the build sees the folder ``build``, which it may write, and ``scripts``; all of it where there is no box, and what
    lies above it too.
    """

    def __init__(  # noqa: PLR0917 (what it needs of the service)
        self,
        work: Work,
        place: Path,
        endpoint: Endpoint,
        session: RoleSession,
        record: Callable[[Document], None],
        box: Box | None,
    ) -> None:
        self.work, self.place, self.folder, self._record, self._box = work, place, place / "build", record, box
        self._gateway = Gateway(endpoint, work.call.account, work.call.region)
        self._session = session
        group = work.project.get("logsConfig", {}).get("cloudWatchLogs", {}).get("groupName")
        name = work.project["name"]
        self.log = LogStream(self._gateway, group or f"/aws/codebuild/{name}", work.id.partition(":")[2])
        self.status = "IN_PROGRESS"
        self._phases: list[Document] = []
        self._shell: Shell | None = None
        self._stopped: str | None = None
        self._group: int | None = None

    def run(self) -> Result:
        """All phases; ``status`` says how it ended."""
        minutes = int(
            self.work.call.params.get("timeoutInMinutesOverride") or self.work.project.get("timeoutInMinutes") or 60
        )
        timer = threading.Timer(minutes * 60, self.end, args=(_TIMED_OUT,))
        timer.daemon = True
        timer.start()
        try:
            return self._all()
        except _Ended:
            return Result({}, {})
        finally:
            timer.cancel()
            if self._stopped is not None:
                self.status = "TIMED_OUT" if self._stopped == _TIMED_OUT else "STOPPED"
            elif self.status == "IN_PROGRESS":
                self.status = "FAILED"
            self.log.close()

    def end(self, why: str) -> None:
        """Stop it."""
        self._stopped = why
        if self._shell is not None:
            self._shell.end(why or "stopped")

    def _all(self) -> Result:
        with self._phase("DOWNLOAD_SOURCE"):
            source, others = self._download()
            spec = parse(self._spec_text(source))
        environment = self._environment(spec, source, others)
        self._shell = Shell(self.place / "scripts", self.folder, source, spec.shell, environment, self._start)
        succeeded = self._commands(spec)
        if not succeeded:
            raise _Ended
        artifacts: dict[str, bytes] = {}
        with self._phase("UPLOAD_ARTIFACTS"):
            artifacts = dict(self._artifacts(spec, source))
        values = {name: self._shell.value(name) or "" for name in spec.exported}
        self._record({"exportedEnvironmentVariables": [{"name": key, "value": item} for key, item in values.items()]})
        self.status = "SUCCEEDED" if self._stopped is None else self.status
        return Result(artifacts, values)

    def _commands(self, spec: Spec) -> bool:
        """INSTALL and PRE_BUILD end the build where they fail; after a failed BUILD, POST_BUILD runs still."""
        succeeded = True
        for name in PHASES:
            if name not in spec.phases or (not succeeded and name != "post_build") or self._stopped is not None:
                continue
            failure = self._one(name, spec.phases[name], succeeded=succeeded)
            if failure is None or spec.phases[name].goes_on:
                continue
            succeeded = False
            if name in {"install", "pre_build"}:
                break
        return succeeded and self._stopped is None

    def _one(self, name: str, phase: Phase, *, succeeded: bool) -> Failure | None:
        shell = self._running()
        label = name.upper()
        self.log.line(f"[Container] Entering phase {label}")
        began = self._begin(label)
        flag = f"export CODEBUILD_BUILD_SUCCEEDING={int(succeeded)}"
        failure = shell.run(name, phase.commands, self._tell, flag)
        if phase.always:
            failure = shell.run(f"{name}-finally", phase.always, self._tell) or failure
        message = ""
        if failure is not None:
            reason = shell.ended or f"exit status {failure.code}"
            message = f"Error while executing command: {failure.command}. Reason: {reason}"
            self.log.line(f"[Container] Phase context status code: COMMAND_EXECUTION_ERROR Message: {message}")
        self._finish(began, "COMMAND_EXECUTION_ERROR" if failure else "", message)
        self.log.line(f"[Container] Phase complete: {label} State: {'FAILED' if failure else 'SUCCEEDED'}")
        return failure

    def _start(self, command: Sequence[str]) -> list[str]:
        """In a box where there is one."""
        if self._box is None:
            return tied(command)
        write = {self.folder: str(self.folder), self.folder / "home": "/tmp"}  # noqa: S108 (the build's own)
        read = [str(self.place / "scripts")]
        return boxed(self._box.view(self.place / "stage", write, read=read, grouped=True), command)

    def _tell(self, line: str) -> None:
        self._record_group()
        self.log.line(line)

    def _record_group(self) -> None:
        shell = self._running()
        if shell.group is not None and shell.group != self._group:
            self._group = shell.group
            self._record({"processGroup": shell.group})

    def _running(self) -> Shell:
        assert self._shell is not None  # noqa: S101 (set before the first phase)
        return self._shell

    def _download(self) -> tuple[Path, Mapping[str, Path]]:
        source, given = self.folder / "src", self.work.sources
        source.mkdir(parents=True)
        for name in ("scripts", "stage"):
            (self.place / name).mkdir()
        archive = given.primary
        if given.uri:
            archive = self._gateway.read(given.uri)
        if archive is not None:
            unpack(archive, source)
        others = {name: self.folder / f"src_{name}" for name in given.secondary}
        for name, content in given.secondary.items():
            unpack(content, others[name])
        return source, others

    def _spec_text(self, source: Path) -> str:
        text = self.work.spec or self.work.project.get("source", {}).get("buildspec", "")
        if "\n" in text or text.lstrip().startswith("{") or text.startswith("version"):
            return str(text)
        file = source / (text or "buildspec.yml")
        if not file.is_file():
            raise WrongSpec(f"YAML_FILE_ERROR: {text or 'buildspec.yml'}: no such file")
        return file.read_text()

    def _environment(self, spec: Spec, source: Path, others: Mapping[str, Path]) -> dict[str, str]:
        call, project = self.work.call, self.work.project
        tools = self._tools()
        home = self.folder / "home"
        home.mkdir()
        own = {
            "PATH": f"{tools}:{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}",
            "HOME": str(home),
            "TMPDIR": str(home),
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PIP_TARGET": str(self.folder / "installed"),  # never into this interpreter's own libraries
            "PYTHONPATH": str(self.folder / "installed"),
            "CI": "true",
            "GIT_CEILING_DIRECTORIES": str(self.folder),  # no repository above the sources is theirs
            "CODEBUILD_BUILD_ID": self.work.id,
            "CODEBUILD_BUILD_ARN": call.arn(f"build/{self.work.id}", "codebuild"),
            "CODEBUILD_INITIATOR": call.identity.rsplit(":", 1)[-1],
            "CODEBUILD_RESOLVED_SOURCE_VERSION": self.work.sources.version,
            "CODEBUILD_SOURCE_VERSION": self.work.sources.version,
            "CODEBUILD_SRC_DIR": str(source),
            **{f"CODEBUILD_SRC_DIR_{name}": str(path) for name, path in others.items()},
        }
        role = self._session(project.get("serviceRole", ""), self._session_name, call.account, call.region)
        if role is None:
            raise ServiceError(
                "AccessDeniedException", f"CodeBuild may not assume {project.get('serviceRole', 'no role')}"
            )
        return {**own, **self._gateway.settings, **role, **dict(self._chosen_variables(spec))}

    @property
    def _session_name(self) -> str:
        """As AWS names it, after the build."""
        return f"AWSCodeBuild-{self.work.id.partition(':')[2]}"

    def _chosen_variables(self, spec: Spec) -> Iterator[tuple[str, str]]:
        """The buildspec's, then the project's and the request's, which win."""
        yield from spec.variables.items()
        for name, parameter in spec.parameters.items():
            yield name, self._parameter(parameter)
        for item in self.work.variables:
            kind = item.get("type", "PLAINTEXT")
            if kind not in {"PLAINTEXT", "PARAMETER_STORE"}:
                raise ServiceError("InvalidInputException", f"not supported by the embedded AWS: variable type {kind}")
            yield item["name"], item["value"] if kind == "PLAINTEXT" else self._parameter(item["value"])

    def _parameter(self, name: str) -> str:
        ssm = self._gateway.client("ssm")
        return str(ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])

    def _tools(self) -> Path:
        """``python3`` and ``python`` are this interpreter, whatever else is on the machine's PATH."""
        folder = self.folder / "bin"
        folder.mkdir()
        for name in ("python3", "python"):
            file = folder / name
            file.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
            file.chmod(0o755)
        return folder

    def _artifacts(self, spec: Spec, source: Path) -> Iterator[tuple[str, bytes]]:
        wanted = {"": spec.artifact} if spec.artifact else {}
        for name, files in {**wanted, **spec.secondary}.items():
            assert files is not None  # noqa: S101 (filtered above)
            yield name, self._pack(source, name, files)

    def _pack(self, source: Path, name: str, files: Files) -> bytes:
        found = list(chosen(source, files))
        if not found:
            raise WrongSpec(
                f"no matching artifact paths found: {', '.join(files.patterns)}{f' (artifact {name})' if name else ''}"
            )
        self.log.line(f"[Container] Found {len(found)} file(s) for the artifact {name}".rstrip())
        return pack(iter(found))

    @contextmanager
    def _phase(self, label: str) -> Iterator[None]:
        """A phase of CodeBuild's own; what goes wrong in it ends the build."""
        began = self._begin(label)
        try:
            yield
        except (WrongSpec, ServiceError, OSError) as error:
            message = error.message if isinstance(error, ServiceError) else str(error)
            self.log.line(f"[Container] Phase context status code: CLIENT_ERROR Message: {message}")
            self._finish(began, "CLIENT_ERROR", message)
            raise _Ended from error
        self._finish(began, "", "")

    def _begin(self, label: str) -> Document:
        phase: Document = {"phaseType": label, "startTime": time.time()}
        self._phases.append(phase)
        self._record({"phases": self._phases, "currentPhase": label})
        return phase

    def _finish(self, phase: Document, code: str, message: str) -> None:
        ended = time.time()
        phase |= {"endTime": ended, "durationInSeconds": int(ended - phase["startTime"])}
        phase["phaseStatus"] = "FAILED" if code else "SUCCEEDED"
        if code:
            phase["contexts"] = [{"statusCode": code, "message": message}]
        self._record({"phases": self._phases})


def reason(document: Mapping[str, Any]) -> str:
    """Why a build failed: the first failed phase's message."""
    for phase in document.get("phases", []):
        for context in phase.get("contexts", []):
            return f"{phase['phaseType']}: {context['message']}"
    return f"the build ended with status {document['buildStatus']}"
