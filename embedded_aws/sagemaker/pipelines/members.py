"""Which members a definition and its steps have: after the SageMaker SDK's own requests and the developer guide's schema."""

from collections.abc import Iterator, Mapping
from typing import Any

from embedded_aws.sagemaker.pipelines.cache import seconds
from embedded_aws.service import ServiceError

_TOP = {"Version", "Metadata", "Parameters", "PipelineExperimentConfig", "MlflowConfig", "Steps"}
_PARAMETER = {"Name", "Type", "DefaultValue", "EnumValues"}
_EVERY = {"Name", "Type", "Arguments", "DependsOn", "DisplayName", "Description"}
_CHECK = {
    "CheckType",
    "ModelPackageGroupName",
    "SkipCheck",
    "FailOnViolation",
    "RegisterNewBaseline",
    "SuppliedBaselineConstraints",
    "CacheConfig",
    "RetryPolicies",
}
_STEPS = {  # type -> members beside those of every step
    "Processing": {"CacheConfig", "RetryPolicies", "PropertyFiles"},
    "Training": {"CacheConfig", "RetryPolicies"},
    "Transform": {"CacheConfig", "RetryPolicies"},
    "Tuning": {"CacheConfig", "RetryPolicies"},
    "AutoML": {"CacheConfig", "RetryPolicies"},
    "Model": {"RetryPolicies"},
    "RegisterModel": {"RetryPolicies"},
    "Lambda": {"FunctionArn", "OutputParameters", "CacheConfig"},
    "Callback": {"SqsQueueUrl", "OutputParameters", "CacheConfig"},
    "EMR": {"CacheConfig"},
    "QualityCheck": _CHECK | {"SuppliedBaselineStatistics"},
    "ClarifyCheck": _CHECK | {"ModelName"},
    "Condition": set(),
    "Fail": set(),
}
_ARGUMENTS = {"Condition": {"Conditions", "IfSteps", "ElseSteps"}, "Fail": {"ErrorMessage"}}
_INNER = {  # member -> members of what stands there (of each item, where it is a list)
    "CacheConfig": {"Enabled", "ExpireAfter"},
    "PropertyFiles": {"PropertyFileName", "OutputName", "FilePath"},
    "OutputParameters": {"OutputName", "OutputType"},
    "RetryPolicies": {
        "ExceptionType",
        "FailureReason",
        "BackoffRate",
        "IntervalSeconds",
        "MaxAttempts",
        "ExpireAfterMin",
    },
}
_VALUES: Mapping[str, tuple[type, ...]] = {
    "String": (str,),
    "Integer": (int,),
    "Float": (int, float),
    "Boolean": (bool,),
}


def top_problems(content: Mapping[str, Any], parameters: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """What is wrong with the members of the definition itself and of its parameters."""
    yield from _strangers("a definition", content, _TOP)
    for own_name, parameter in parameters.items():
        name = f"parameter {own_name}"
        yield from (f"{name}: {problem}" for problem in _strangers("a parameter", parameter, _PARAMETER))
        yield from (f"{name}: {problem}" for problem in _default(parameter))


def _default(parameter: Mapping[str, Any]) -> Iterator[str]:
    """The default value must be an instance of the parameter's type (developer guide, "Pipeline parameters")."""
    kind = str(parameter.get("Type"))
    if kind not in _VALUES:
        return
    given = [parameter["DefaultValue"]] if "DefaultValue" in parameter else []
    enumerated = parameter.get("EnumValues") or []
    for value in [*given, *(enumerated if isinstance(enumerated, list) else [enumerated])]:
        if not isinstance(value, _VALUES[kind]) or (isinstance(value, bool) and kind != "Boolean"):
            yield f"{value!r} is no value of type {kind}"


def step_problems(kind: str, body: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the members of a step, its arguments' apart."""
    if kind in _STEPS:
        yield from _strangers(f"a {kind} step", body, _EVERY | _STEPS[kind])
    if kind in _ARGUMENTS and isinstance(body.get("Arguments"), Mapping):
        yield from _strangers(f"the Arguments of a {kind} step", body["Arguments"], _ARGUMENTS[kind])
    for member, known in _INNER.items():
        given = body.get(member) or []
        for item in given if isinstance(given, list) else [given]:
            if not isinstance(item, Mapping):
                yield f"{member}: must be an object, is {type(item).__name__}"
            else:
                yield from _strangers(member, item, known)
    yield from _duration(body.get("CacheConfig"))


def _duration(cache: Any) -> Iterator[str]:
    if not isinstance(cache, Mapping):
        return
    if not isinstance(cache.get("Enabled", False), bool | Mapping):
        yield "CacheConfig.Enabled: must be boolean"
    period = cache.get("ExpireAfter")
    if period is None or isinstance(period, Mapping):
        return
    try:
        seconds(str(period))
    except ServiceError as error:
        yield f"CacheConfig.{error.message}"


def _strangers(owner: str, given: Mapping[str, Any], known: set[str]) -> Iterator[str]:
    for name in given:
        if name not in known:
            yield f"{owner} has no member {name} (it has {', '.join(sorted(known))})"
