"""Runs one step: as a job, an API call or a function invocation. Every result is (properties, metadata)."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from embedded_aws.gateway import Gateway
from embedded_aws.sagemaker.pipelines.conditions import holds
from embedded_aws.sagemaker.pipelines.definition import JOB_STEPS, Step
from embedded_aws.sagemaker.pipelines.expressions import Resolver
from embedded_aws.sagemaker.pipelines.quality import Check
from embedded_aws.service import ServiceError
from embedded_aws.shapes import fit, service_model

_ROLES = {"RoleArn", "ExecutionRoleArn"}  # offered to every job; not every operation takes one
_POLL = 0.05  # seconds; jobs run in this process, so a look costs little


class StepFailed(Exception):
    """A step has failed; the message is its FailureReason."""


class StepStopped(Exception):
    """A step was stopped."""


@dataclass(frozen=True)
class StepContext:
    """What a step needs of its execution."""

    resolver: Resolver
    aws: Gateway
    role: str
    job_name: str
    stopping: Callable[[], bool]
    describe: Callable[[str, str], Mapping[str, Any]]  # (job kind, name) -> description, in process
    announce: Callable[[Mapping[str, Any]], None]  # metadata as soon as they are known


Result = tuple[dict[str, Any], dict[str, Any]]


def run_step(step: Step, context: StepContext) -> Result:
    """Run a step to its end.

    Raises:
        StepFailed: with the reason. StepStopped: the execution was stopped meanwhile.
    """
    from botocore.exceptions import ClientError

    runner = _RUNNERS.get(step.type, _run_job)
    try:
        return runner(step, context)
    except ServiceError as error:
        raise StepFailed(f"{error.code}: {error.message}") from error
    except ClientError as error:
        details = error.response["Error"]
        raise StepFailed(f"ClientError: {details['Code']}: {details['Message']}") from error


def _run_job(step: Step, context: StepContext) -> Result:
    kind = JOB_STEPS[step.type]
    arguments = context.resolver.resolve(step.body["Arguments"])
    description = _job(kind, context, arguments, lambda arn: {kind: {"Arn": arn}})
    return description, {kind: {"Arn": description[f"{kind}Arn"]}}


def _job(
    kind: str, context: StepContext, request: Mapping[str, Any], metadata: Callable[[str], Mapping[str, Any]]
) -> dict[str, Any]:
    """Run a job to its end; its description."""
    arguments = {"RoleArn": context.role, **request, f"{kind}Name": context.job_name}
    arguments.pop("ExperimentConfig", None)  # set by Pipelines itself, from the execution
    context.announce(metadata(_create(context, f"Create{kind}", arguments)[f"{kind}Arn"]))
    description = _await(kind, context)
    status = description[f"{kind}Status"]
    if status == "Stopped":
        raise StepStopped
    if status == "Failed":
        raise StepFailed(description.get("FailureReason", "the job failed without a reason"))
    return dict(description)


def _quality_check(step: Step, context: StepContext) -> Result:
    body = context.resolver.resolve({key: value for key, value in step.body.items() if key != "DependsOn"})
    check = Check.of(body, context.aws)
    description = _job("ProcessingJob", context, check.request(body["Arguments"]), lambda arn: check.metadata(arn, {}))
    properties, violations = check.outcome(description, context.aws)
    metadata = check.metadata(description["ProcessingJobArn"], properties)
    if violations and check.fail:
        context.announce(metadata)
        raise StepFailed(f"ClientError: {violations} violations of the baseline; see {properties['ViolationReport']}")
    return {**description, **properties}, metadata


def _await(kind: str, context: StepContext) -> Mapping[str, Any]:
    asked = False
    while True:
        description = context.describe(kind, context.job_name)
        if description[f"{kind}Status"] not in {"InProgress", "Stopping"}:
            return description
        if context.stopping() and not asked:
            asked = True
            _call(context, f"Stop{kind}", {f"{kind}Name": context.job_name})
        time.sleep(_POLL)


def _register(step: Step, context: StepContext) -> Result:
    arguments = context.resolver.resolve(step.body["Arguments"])
    # the same token on every attempt: a step that was cut off after the registration does not register twice
    token = hashlib.sha256(context.job_name.rpartition("-")[0].encode()).hexdigest()[:32]
    _ensure_group(context, arguments)
    arn = _create(context, "CreateModelPackage", {"ClientToken": token, **arguments})["ModelPackageArn"]
    described = _call(context, "DescribeModelPackage", {"ModelPackageName": arn})
    return described, {"RegisterModel": {"Arn": arn}}


def _ensure_group(context: StepContext, arguments: Mapping[str, Any]) -> None:
    """Pipelines makes a model package group that does not exist yet."""
    from botocore.exceptions import ClientError

    name = str(arguments.get("ModelPackageGroupName", "")).rsplit("/", 1)[-1]
    if not name:
        return
    try:
        _call(context, "DescribeModelPackageGroup", {"ModelPackageGroupName": name})
    except ClientError as error:
        if "does not exist" not in error.response["Error"]["Message"]:
            raise
        _call(context, "CreateModelPackageGroup", {"ModelPackageGroupName": name})


def _model(step: Step, context: StepContext) -> Result:
    arguments = {"ExecutionRoleArn": context.role, **context.resolver.resolve(step.body["Arguments"])}
    arguments["ModelName"] = context.job_name
    arn = _create(context, "CreateModel", arguments)["ModelArn"]
    described = _call(context, "DescribeModel", {"ModelName": context.job_name})
    return described, {"Model": {"Arn": arn}}


def _condition(step: Step, context: StepContext) -> Result:
    outcome = all(holds(item, context.resolver.resolve) for item in step.body["Arguments"]["Conditions"])
    text = "True" if outcome else "False"
    return {"Outcome": text}, {"Condition": {"Outcome": text}}


def _fail(step: Step, context: StepContext) -> Result:
    message = str(context.resolver.resolve(step.body["Arguments"].get("ErrorMessage", "")))
    context.announce({"Fail": {"ErrorMessage": message}})
    raise StepFailed(message or "Fail step")


def _lambda(step: Step, context: StepContext) -> Result:
    payload = json.dumps(context.resolver.resolve(step.body.get("Arguments", {}))).encode()
    arn = str(context.resolver.resolve(step.body["FunctionArn"]))
    answer = context.aws.client("lambda").invoke(FunctionName=arn, Payload=payload)
    body = answer["Payload"].read()
    result = json.loads(body or b"null")
    if answer.get("FunctionError"):
        message = result.get("errorMessage", "") if isinstance(result, dict) else ""
        raise StepFailed(f"ClientError: Lambda function failed: {message or answer['FunctionError']}")
    outputs = _outputs(step, result)
    shown = [{"Name": key, "Value": str(value)} for key, value in outputs.items()]
    return {"OutputParameters": outputs}, {"Lambda": {"Arn": arn, "OutputParameters": shown}}


def _outputs(step: Step, result: Any) -> dict[str, Any]:
    names = [item["OutputName"] for item in step.body.get("OutputParameters", [])]
    given = result if isinstance(result, dict) else {}
    missing = [name for name in names if name not in given]
    if missing:
        raise StepFailed(f"ClientError: Lambda function returned no {', '.join(missing)}")
    return {name: given[name] for name in names}


_RUNNERS: dict[str, Callable[[Step, StepContext], Result]] = {
    "RegisterModel": _register,
    "Model": _model,
    "Condition": _condition,
    "Fail": _fail,
    "Lambda": _lambda,
    "QualityCheck": _quality_check,
}


def _create(context: StepContext, operation: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Call with arguments from a definition: numbers where the API wants text become text, as Pipelines does."""
    shape = service_model("sagemaker").operation_model(operation).input_shape
    known = {key: value for key, value in arguments.items() if key in shape.members or key not in _ROLES}
    return _call(context, operation, fit(shape, known, keep_unknown=True))


def _call(context: StepContext, operation: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    from botocore import xform_name

    answer = dict(getattr(context.aws.client("sagemaker"), xform_name(operation))(**arguments))
    answer.pop("ResponseMetadata", None)
    return answer
