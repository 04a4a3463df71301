"""Events of executions, their stages and actions."""

from embedded_aws.codepipeline.records import ActionRecord, ExecutionRecord
from embedded_aws.service import Call, Document, Emit

_STATES = {
    "Succeeded": "SUCCEEDED",
    "Failed": "FAILED",
    "Stopped": "STOPPED",
    "Superseded": "SUPERSEDED",
    "Abandoned": "ABANDONED",
    "Stopping": "STOPPING",
}


class Notices:
    """Puts them on the default bus of the caller's account and region."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit

    def execution(self, call: Call, record: ExecutionRecord, state: str = "") -> None:
        """The execution's status has changed; ``state`` where the event says it in another way."""
        trigger = record.trigger
        detail = {
            "execution-id": record.id,
            "state": state or _STATES[record.status],
            "version": float(record.version),
            "execution-trigger": {"trigger-type": trigger["triggerType"], "trigger-detail": trigger["triggerDetail"]},
        }
        self._send(call, record.pipeline_name, "Pipeline", detail)

    def stage(self, call: Call, pipeline: str, execution: str, stage: str, status: str) -> None:
        """A stage has been entered (``InProgress``) or has ended."""
        state = _STATES.get(status, "STARTED")
        self._send(call, pipeline, "Stage", {"execution-id": execution, "stage": stage, "state": state})

    def action(self, call: Call, pipeline: str, record: ActionRecord) -> None:
        """An action has begun or ended."""
        detail: Document = {
            "execution-id": record.execution,
            "stage": record.stage,
            "action": record.name,
            "action-execution-id": record.id,
            "state": _STATES.get(record.status, "STARTED"),
            "region": call.region,
            "type": record.type,
        }
        if record.summary is not None:
            detail["execution-result"] = {
                "external-execution-id": record.external_id,
                "external-execution-summary": record.summary,
                **({"error-code": record.error["code"]} if record.error else {}),
            }
        self._send(call, pipeline, "Action", detail)

    def _send(self, call: Call, pipeline: str, what: str, detail: Document) -> None:
        arn = call.arn(pipeline, "codepipeline")
        kind = f"CodePipeline {what} Execution State Change"
        self._emit(kind, {"pipeline": pipeline, **detail}, [arn], call.account, call.region)
