"""Events of one execution: every change of its status and of its steps' statuses."""

from datetime import UTC, datetime

from embedded_aws.sagemaker.pipelines.records import ExecutionRecord, StepRecord
from embedded_aws.service import Document, Emit


class Notices:
    """Events about an execution, on the default bus of its account and region."""

    def __init__(self, emit: Emit, record: ExecutionRecord, account: str, region: str) -> None:
        self._emit, self._account, self._region = emit, account, region
        self._arns = {"pipelineArn": record.pipeline_arn, "pipelineExecutionArn": record.arn}

    def execution(self, record: ExecutionRecord, before: str) -> None:
        """The execution's status was ``before``."""
        detail = {
            "pipelineExecutionDisplayName": record.display_name,
            "currentPipelineExecutionStatus": record.status,
            "previousPipelineExecutionStatus": before,
            "executionStartTime": iso(record.created),
            "executionEndTime": iso(record.modified),
        }
        self._send("SageMaker Model Building Pipeline Execution Status Change", detail)

    def step(self, record: StepRecord, type_: str, before: str) -> None:
        """The step's status was ``before``."""
        detail = {
            "stepName": record.name,
            "stepType": type_,
            "currentStepStatus": record.status,
            "previousStepStatus": before,
            "failureReason": record.failure,
            "metadata": record.metadata,
        }
        self._send("SageMaker Model Building Pipeline Execution Step Status Change", detail)

    def _send(self, detail_type: str, detail: Document) -> None:
        self._emit(detail_type, {**detail, **self._arns}, list(self._arns.values()), self._account, self._region)


def iso(at: float) -> str:
    """Epoch seconds as ISO 8601 with microseconds."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
