"""Executions of pipelines: stage by stage, actions of one run order side by side, every change an event."""

import logging
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

from embedded_aws.codepipeline.action_runs import ActionRuns, Place
from embedded_aws.codepipeline.notices import Notices
from embedded_aws.codepipeline.records import ActionRecord, ExecutionRecord, State
from embedded_aws.codepipeline.runners import Runners
from embedded_aws.codepipeline.stage_locks import Gates, GaveWay, Live
from embedded_aws.codepipeline.variables import given
from embedded_aws.service import Call, Document, Emit, RoleSession, ServiceError
from embedded_aws.store import DocumentStore

_LOG = logging.getLogger("embedded_aws")
_RUNNING = {"InProgress", "Stopping"}


class Executions:
    """Starts, runs, stops and retries executions; their records are in the store."""

    def __init__(self, store: DocumentStore, runners: Runners, emit: Emit, session: RoleSession) -> None:
        self._state, self._notices, self._gates = State(store), Notices(emit), Gates()
        self._actions = ActionRuns(self._state, runners, self._notices, session)
        self._threads: list[threading.Thread] = []

    def open(self, endpoint: str) -> None:
        """Look through what an earlier server left: executions that it ran have failed and can be retried."""
        self._actions.open(endpoint)
        error = {"code": "JobFailed", "message": "the embedded AWS ended while this action ran"}
        for key, action in self._state.actions.list():
            if action.status == "InProgress":
                self._state.actions.set(key, status="Failed", error=error, updated=time.time())
        for key, execution in self._state.executions.list():
            if execution.status in _RUNNING:
                self._state.executions.update(key, _failed)

    def close(self) -> None:
        """End everything."""
        for live in self._gates.everyone():
            self._gates.stop(live, "abandon")
        for thread in self._threads:
            thread.join(timeout=5)

    def start(self, call: Call, pipeline: Document, trigger: Document) -> str:
        """Begin an execution; returns its id."""
        name, id_, now = pipeline["name"], str(uuid.uuid4()), time.time()
        record = ExecutionRecord(
            id=id_,
            pipeline_name=name,
            pipeline=pipeline,
            number=self._state.store.next_number(f"Delivery/{call.key(name)}"),
            status="InProgress",
            started=now,
            updated=now,
            mode=pipeline.get("executionMode", "SUPERSEDED"),
            trigger=trigger,
            variables=given(pipeline.get("variables", []), call.params.get("variables", [])),
            source_revisions=call.params.get("sourceRevisions", []),
        )
        self._state.executions.put(_key(call, name, id_), record)
        self._begin(call, record, 0, "STARTED")
        return id_

    def stop(self, call: Call, name: str, id_: str, *, abandon: bool, why: str) -> None:
        """Stop after the present actions, or at once with ``abandon``.

        Raises:
            ServiceError: no such execution, or it has ended.
        """
        record, live = self.find(call, name, id_), self._gates.find(id_)
        if live is None or record.status not in _RUNNING:
            raise ServiceError("PipelineExecutionNotStoppableException", f"execution {id_} is {record.status}")
        self._notices.execution(call, self._change(call, name, id_, status="Stopping", summary=why))
        self._gates.stop(live, "abandon" if abandon else "stop")

    def retry(self, call: Call, name: str, id_: str, stage: str, *, everything: bool) -> None:
        """Run the failed actions of a stage again (or all of them), and go on from there.

        Raises:
            ServiceError: the stage has not failed.
        """
        record = self.find(call, name, id_)
        if self._gates.find(id_) is not None or record.stages.get(stage) not in {"Failed", "Stopped"}:
            raise ServiceError("StageNotRetryableException", f"stage {stage} of execution {id_} has not failed")
        names = [item["name"] for item in record.pipeline["stages"]]
        keep = [] if everything else self._finished(call, record, stage)
        changed = self._change(call, name, id_, status="InProgress", summary="", skip=keep)
        self._begin(call, changed, names.index(stage), "RESUMED")

    def find(self, call: Call, name: str, id_: str) -> ExecutionRecord:
        """An execution's record.

        Raises:
            ServiceError: there is none.
        """
        return _existing(self._state.executions.get(_key(call, name, id_)), name, id_)

    def all(self, call: Call, name: str) -> list[ExecutionRecord]:
        """Executions of a pipeline, newest first."""
        found = [item for _, item in self._state.executions.list(call.key(f"{name}/"))]
        return sorted(found, key=lambda item: -item.number)

    def actions(self, call: Call, name: str, id_: str = "") -> list[ActionRecord]:
        """Action records, newest first."""
        found = [item for _, item in self._state.actions.list(call.key(f"{name}/{id_}"))]
        return sorted(found, key=lambda item: -item.started)

    def _finished(self, call: Call, record: ExecutionRecord, stage: str) -> list[str]:
        latest: dict[str, str] = {}
        for item in self.actions(call, record.pipeline_name, record.id):
            if item.stage == stage:
                latest.setdefault(item.name, item.status)
        return [name for name, status in latest.items() if status == "Succeeded"]

    def _begin(self, call: Call, record: ExecutionRecord, first: int, state: str) -> None:
        name, id_ = record.pipeline_name, record.id
        live = Live(id_, call.key(name), record.number, record.mode, first)
        self._gates.add(live)
        self._notices.execution(call, record, state)
        thread = threading.Thread(target=self._run, args=(call, live, name, first), daemon=True, name=f"delivery-{id_}")
        self._threads = [item for item in self._threads if item.is_alive()] + [thread]
        thread.start()

    def _run(self, call: Call, live: Live, name: str, first: int) -> None:
        try:
            status, summary = self._stages(call, live, name, first)
        except Exception as error:  # a fault of ours: the execution says so instead of running for ever
            _LOG.exception("execution %s of %s", live.id, name)
            status, summary = "Failed", f"{type(error).__name__}: {error}"
        finally:
            self._gates.remove(live)
        try:
            told = {"summary": summary} if summary else {}
            self._notices.execution(call, self._change(call, name, live.id, status=status, **told))
        except Exception:
            _LOG.exception("execution %s of %s", live.id, name)

    def _stages(self, call: Call, live: Live, name: str, first: int) -> tuple[str, str]:
        """(status, why) of the whole execution."""
        stages = self.find(call, name, live.id).pipeline["stages"]
        for number, stage in list(enumerate(stages))[first:]:
            try:
                if not self._gates.enter(live, number):
                    return "Stopped", ""
            except GaveWay:
                return "Superseded", ""
            try:
                status, summary = self._stage(call, live, name, stage)
            finally:
                self._gates.leave(live)
            if status != "Succeeded":
                return status, summary
        return "Succeeded", ""

    def _stage(self, call: Call, live: Live, name: str, stage: Document) -> tuple[str, str]:
        place = Place(call, live, name, stage["name"])
        self._stage_status(place, "InProgress")
        skipped = set(self.find(call, name, live.id).skip)
        ordered = sorted(stage["actions"], key=_run_order)
        status, summary = "Succeeded", ""
        for _, group in groupby(ordered, key=_run_order):
            actions = [action for action in group if action["name"] not in skipped]
            if live.stop:
                status = "Stopped"
                break
            with ThreadPoolExecutor(max(len(actions), 1)) as pool:
                found = list(pool.map(lambda action: self._actions.run(place, action), actions))
            failed = [item for item in found if item[0] != "Succeeded"]
            if failed:
                status, summary = failed[0]
                break
        self._change(call, name, live.id, skip=[])
        self._stage_status(place, status)
        return status, summary

    def _stage_status(self, place: Place, status: str) -> None:
        def change(found: ExecutionRecord) -> None:
            found.stages[place.stage] = status
            found.updated = time.time()

        self._state.executions.update(place.execution_key, change)
        self._notices.stage(place.call, place.pipeline, place.live.id, place.stage, status)

    def _change(self, call: Call, name: str, id_: str, **change: object) -> ExecutionRecord:
        found = self._state.executions.set(_key(call, name, id_), updated=time.time(), **change)
        return _existing(found, name, id_)


def _key(call: Call, name: str, id_: str) -> str:
    return call.key(f"{name}/{id_}")


def _existing(found: ExecutionRecord | None, name: str, id_: str) -> ExecutionRecord:
    if found is None:
        raise ServiceError("PipelineExecutionNotFoundException", f"execution {id_} of {name} does not exist")
    return found


def _run_order(action: Document) -> int:
    return int(action.get("runOrder", 1))


def _failed(record: ExecutionRecord) -> None:
    record.stages = {name: "Failed" if status == "InProgress" else status for name, status in record.stages.items()}
    record.status, record.summary = "Failed", "the embedded AWS ended while it ran"
