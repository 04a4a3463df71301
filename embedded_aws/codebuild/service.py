"""CodeBuild: builds run the phases of their buildspec as local processes in a clean folder, as the project's role.

The build image is this interpreter: its libraries are what the image holds. Projects themselves are MiniStack's.
"""

import os
import shutil
import signal
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from embedded_aws.box.view import Box
from embedded_aws.codebuild.build import Build, Result, Sources, Work
from embedded_aws.codebuild.place import PREFIX, outside
from embedded_aws.endpoint import Endpoint
from embedded_aws.gateway import Gateway
from embedded_aws.service import Call, Document, Emit, Handler, RoleSession, ServiceError
from embedded_aws.store import DocumentStore

FindProject = Callable[[str, str, str], Document | None]
ProjectOperation = Callable[[str, Document, str, str], Document]
_PROJECTS = ("CreateProject", "BatchGetProjects", "ListProjects", "UpdateProject", "DeleteProject")
RUNNING = "IN_PROGRESS"


class CodeBuild:
    """See ``embedded_aws.service.Service``."""

    name = "codebuild"

    def __init__(  # noqa: PLR0917 (what it needs of the rest of the server)
        self,
        store: DocumentStore,
        folder: Path,
        emit: Emit,
        session: RoleSession,
        project: FindProject,
        project_operation: ProjectOperation,
        repository: Callable[[Call, str, str], tuple[str, bytes]],
        box: Box | None,
    ) -> None:
        self._store, self._folder, self._emit, self._box = store, folder, emit, box
        self._session, self._project, self._repository = session, project, repository
        self._endpoint = Endpoint("", "")
        self._running: dict[str, Build] = {}
        self._threads: list[threading.Thread] = []
        self._prepared: dict[str, Sources] = {}  # by token: sources that a pipeline brings
        self._results: dict[str, Result] = {}
        self.operations: Mapping[str, Handler] = {
            **{name: self._on_project(project_operation) for name in _PROJECTS},
            "StartBuild": self._start,
            "StopBuild": self._stop,
            "BatchGetBuilds": self._get,
            "ListBuilds": lambda call: {"ids": self._ids(call, "")},
            "ListBuildsForProject": lambda call: {"ids": self._ids(call, call.params["projectName"])},
        }

    def start(self, endpoint: Endpoint) -> None:
        """Look through what an earlier server left: its builds ended with it."""
        self._endpoint = endpoint
        for key, document in self._store.list("Build"):
            if document["buildStatus"] == RUNNING:
                _kill(document.get("processGroup"), document["id"])
                _remove(document.get("place"))
                self._store.update("Build", key, lambda found: found.update(_interrupted()))

    def close(self) -> None:
        """End every build."""
        for build in list(self._running.values()):
            build.end("the embedded AWS was stopped")
        for thread in self._threads:
            thread.join(timeout=5)

    def prepare(self, token: str, sources: Sources) -> None:
        """Sources of the build that will be started with this idempotency token (what CodePipeline brings)."""
        self._prepared[token] = sources

    def result(self, id_: str) -> Result:
        """What an ended build gave."""
        return self._results.pop(id_, Result({}, {}))

    @staticmethod
    def _on_project(operation: ProjectOperation) -> Handler:
        return lambda call: operation(call.operation, call.params, call.account, call.region)

    def _start(self, call: Call) -> Document:
        name = call.params["projectName"].rsplit("project/", 1)[-1]
        project = self._project(name, call.account, call.region)
        if project is None:
            raise ServiceError("ResourceNotFoundException", f"Project not found: {name}")
        token = call.params.get("idempotencyToken", "")
        known = self._store.get("BuildToken", call.key(token)) if token else None
        if known is not None:
            return {"build": self._find(call, known["id"])}
        sources = self._prepared.pop(token, None) or self._own_sources(call, project)
        id_ = f"{name}:{uuid.uuid4()}"
        work = Work(
            call, id_, project, sources, self._variables(call, project), call.params.get("buildspecOverride", "")
        )
        place = outside() if self._box is None else self._folder / uuid.uuid4().hex
        document = self._document(call, project, id_, sources) | ({"place": str(place)} if self._box is None else {})
        self._store.put("Build", call.key(id_), document)
        if token:
            self._store.put("BuildToken", call.key(token), {"id": id_})
        record = self._record(call, id_)
        build = Build(work, place, self._endpoint, self._session, record, self._box)
        self._running[id_] = build
        thread = threading.Thread(target=self._run, args=(call, id_, build), daemon=True, name=f"build-{id_}")
        self._threads = [item for item in self._threads if item.is_alive()] + [thread]
        thread.start()
        return {"build": document}

    def _run(self, call: Call, id_: str, build: Build) -> None:
        self._tell(call, id_, RUNNING)
        try:
            result, status = build.run(), build.status
            self._keep(call, id_, build.work, result)
        except Exception as error:  # a fault of ours: the build says so instead of running for ever
            build.log.line(f"[Container] {type(error).__name__}: {error}")
            build.log.close()
            status = "FAULT"
        finally:
            self._running.pop(id_, None)
            shutil.rmtree(build.place, ignore_errors=True)
        ended = {"buildStatus": status, "buildComplete": True, "currentPhase": "COMPLETED", "endTime": time.time()}
        self._record(call, id_)({**ended, "processGroup": None})
        self._tell(call, id_, status)

    def _keep(self, call: Call, id_: str, work: Work, result: Result) -> None:
        """For the pipeline that waits, or to S3 where the project says so."""
        wanted = work.project.get("artifacts", {})
        if work.sources.piped:
            self._results[id_] = result
        elif wanted.get("type") == "S3" and "" in result.artifacts:
            key = "/".join(
                part.strip("/") for part in (wanted.get("path", ""), wanted.get("name") or work.project["name"]) if part
            )
            Gateway(self._endpoint, call.account, call.region).write(
                f"s3://{wanted['location']}/{key}", result.artifacts[""]
            )

    def _record(self, call: Call, id_: str) -> Callable[[Document], None]:
        def record(change: Document) -> None:
            self._store.update("Build", call.key(id_), lambda found: found.update(change))

        return record

    def _document(self, call: Call, project: Document, id_: str, sources: Sources) -> Document:
        arn = call.arn(f"build/{id_}", "codebuild")
        group = (
            project.get("logsConfig", {}).get("cloudWatchLogs", {}).get("groupName")
            or f"/aws/codebuild/{project['name']}"
        )
        return {
            "id": id_,
            "arn": arn,
            "buildNumber": self._store.next_number(f"Build/{call.key(project['name'])}"),
            "startTime": time.time(),
            "currentPhase": "SUBMITTED",
            "buildStatus": RUNNING,
            "buildComplete": False,
            "projectName": project["name"],
            "phases": [],
            "initiator": call.identity.rsplit(":", 1)[-1],
            "sourceVersion": sources.version,
            "resolvedSourceVersion": sources.version,
            "source": project.get("source", {}),
            "artifacts": {"location": ""},
            "environment": {
                **project.get("environment", {}),
                "environmentVariables": _together(self._variables(call, project)),
            },
            "serviceRole": project.get("serviceRole", ""),
            "timeoutInMinutes": int(
                call.params.get("timeoutInMinutesOverride") or project.get("timeoutInMinutes") or 60
            ),
            "encryptionKey": project.get("encryptionKey", ""),
            "logs": {"groupName": group, "streamName": id_.partition(":")[2], "deepLink": ""},
        }

    def _variables(self, call: Call, project: Document) -> Sequence[Document]:
        given = [*project.get("environment", {}).get("environmentVariables", [])]
        return [*given, *call.params.get("environmentVariablesOverride", [])]

    def _own_sources(self, call: Call, project: Document) -> Sources:
        """Of a build that no pipeline started."""
        source = project.get("source", {})
        kind, location = source.get("type", "NO_SOURCE"), source.get("location", "")
        if kind == "NO_SOURCE":
            return Sources()
        if kind == "CODECOMMIT":
            reference = call.params.get("sourceVersion") or project.get("sourceVersion") or "HEAD"
            commit, archive = self._repository(call, location.rstrip("/").rsplit("/", 1)[-1], reference)
            return Sources(archive, {}, commit)
        if kind == "S3":
            return Sources(None, {}, "", f"s3://{location.removeprefix('arn:aws:s3:::')}")
        if kind == "CODEPIPELINE":
            raise ServiceError("InvalidInputException", f"project {project['name']} is built by a pipeline only")
        raise ServiceError("InvalidInputException", f"not supported by the embedded AWS: source {kind}")

    def _stop(self, call: Call) -> Document:
        build = self._running.get(call.params["id"])
        if build is not None:
            build.end("")
        return {"build": self._find(call, call.params["id"])}

    def _find(self, call: Call, id_: str) -> Document:
        found = self._store.get("Build", call.key(id_))
        if found is None:
            raise ServiceError("ResourceNotFoundException", f"Build not found: {id_}")
        return found

    def _get(self, call: Call) -> Document:
        ids = [id_.rsplit("build/", 1)[-1] for id_ in call.params["ids"]]
        found = {id_: self._store.get("Build", call.key(id_)) for id_ in ids}
        return {
            "builds": [item for item in found.values() if item is not None],
            "buildsNotFound": [id_ for id_, item in found.items() if item is None],
        }

    def _ids(self, call: Call, project: str) -> list[str]:
        found = [item for _, item in self._store.list("Build", call.key(f"{project}:" if project else ""))]
        newest_first = call.params.get("sortOrder", "DESCENDING") == "DESCENDING"
        return [item["id"] for item in sorted(found, key=lambda item: item["startTime"], reverse=newest_first)]

    def _tell(self, call: Call, id_: str, status: str) -> None:
        document = self._find(call, id_)
        detail: dict[str, Any] = {
            "build-status": status,
            "project-name": document["projectName"],
            "build-id": document["arn"],
            "current-phase": document["currentPhase"],
            "additional-information": {
                "build-number": document["buildNumber"],
                "initiator": document["initiator"],
                "logs": {"group-name": document["logs"]["groupName"], "stream-name": document["logs"]["streamName"]},
                "phases": [
                    {"phase-type": phase["phaseType"], "phase-status": phase.get("phaseStatus", "")}
                    for phase in document["phases"]
                ],
            },
            "version": "1",
        }
        self._emit("CodeBuild Build State Change", detail, [document["arn"]], call.account, call.region)


def _interrupted() -> Document:
    return {"buildStatus": "FAULT", "buildComplete": True, "currentPhase": "COMPLETED", "endTime": time.time()}


def _kill(group: int | None, id_: str) -> None:
    """End a process group of an earlier server, where it still is that build's."""
    if group is None:
        return
    with suppress(OSError):
        if f"CODEBUILD_BUILD_ID={id_}".encode() in Path(f"/proc/{group}/environ").read_bytes():
            os.killpg(group, signal.SIGKILL)


def _remove(place: str | None) -> None:
    """The folder of such a build, where it lies outside this server's own."""
    if place is not None and Path(place).name.startswith(PREFIX):
        shutil.rmtree(place, ignore_errors=True)


def resource_arn(operation: str, params: dict[str, Any], region: str, account: str) -> str:
    """ARN of the project that an operation acts on."""
    prefix = f"arn:aws:codebuild:{region}:{account}:project/"
    names = {
        "BatchGetBuilds": (params.get("ids") or ["*"])[0].rsplit("build/", 1)[-1].partition(":")[0],
        "StopBuild": str(params.get("id", "*")).rsplit("build/", 1)[-1].partition(":")[0],
        "BatchGetProjects": (params.get("names") or ["*"])[0].rsplit("project/", 1)[-1],
        "ListBuilds": "",
        "ListProjects": "",
    }
    name = names.get(operation, params.get("projectName") or params.get("name") or "*")
    return f"{prefix}{name.rsplit('project/', 1)[-1]}" if name else "*"


def _together(variables: Sequence[Document]) -> list[Document]:
    """A build's variables as it has them: of two with one name the later one."""
    return list({item["name"]: item for item in variables}.values())
