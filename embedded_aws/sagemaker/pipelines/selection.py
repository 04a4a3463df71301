"""Selective execution: run chosen steps on the results of an earlier execution."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from embedded_aws.sagemaker.pipelines.definition import Definition
from embedded_aws.sagemaker.pipelines.expressions import references
from embedded_aws.sagemaker.pipelines.records import ExecutionRecord, StepRecord
from embedded_aws.service import ServiceError

_NEVER = {"Condition", "Fail"}


def taken_over(
    definition: Definition, selected: Sequence[str], earlier: Sequence[StepRecord], arn: str
) -> list[StepRecord]:
    """Records of the steps that the selected ones refer to, as execution ``arn`` left them.

    Raises:
        ServiceError: an unknown step, a kind that cannot be selected, or a result that is needed and does not exist.
    """
    for name in selected:
        step = definition.steps.get(name)
        if step is None or step.type in _NEVER:
            reason = "no such step" if step is None else f"a {step.type} step cannot be selected"
            raise ServiceError("ValidationException", f"selective execution: {name}: {reason}")
    referred = {other for name in selected for other in references(_own(definition.steps[name].body))}
    records = {step.name: step for step in earlier if step.status == "Succeeded"}
    missing = sorted(referred - set(selected) - set(records))
    if missing:
        raise ServiceError("ValidationException", f"selective execution: {arn} has no result of {', '.join(missing)}")
    return [replace(records[name], selected_from=arn) for name in sorted(referred - set(selected))]


def ensure_ended(source: ExecutionRecord | None, arn: str, pipeline: str) -> None:
    """botocore's model, SelectiveExecutionConfig: a reference execution of the current pipeline, "either Failed or Success".

    Raises:
        ServiceError: another pipeline's, one that still runs or was stopped, or none.
    """
    if source is None or source.arn != arn or source.pipeline_arn != pipeline:
        raise ServiceError("ValidationException", f"selective execution: {arn} is no execution of this pipeline")
    if source.status not in {"Failed", "Succeeded"}:
        raise ServiceError(
            "ValidationException", f"selective execution: {arn} is {source.status}, not Failed or Succeeded"
        )


def _own(body: Any) -> Any:
    return {key: value for key, value in body.items() if key != "DependsOn"}
