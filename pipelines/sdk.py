"""The one place that imports the SageMaker SDK, with its traps disarmed.

It needs a region to import, tries to send telemetry (its documented opt-out makes every look-up 25 s slower), and its job classes
upload code under time-stamped keys. Steps here hold their API request themselves and use the SDK for what it is good at: pipeline
variables, properties, conditions, and compiling the definition.
"""

import os
from types import SimpleNamespace
from typing import Any

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
os.environ["SAGEMAKER_VALIDATE_ROLE"] = "false"

import sagemaker.core.telemetry.telemetry_logging as _telemetry

_telemetry._send_telemetry_request = lambda *_args, **_kwargs: None

from sagemaker.core.workflow.conditions import ConditionGreaterThanOrEqualTo, ConditionLessThanOrEqualTo
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import ParameterFloat, ParameterInteger, ParameterString
from sagemaker.core.workflow.properties import Properties, PropertyFile
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.steps import Step, StepTypeEnum

__all__ = [
    "ConditionGreaterThanOrEqualTo",
    "ConditionLessThanOrEqualTo",
    "ConditionStep",
    "ExecutionVariables",
    "FailStep",
    "Join",
    "JsonGet",
    "LambdaCall",
    "ParameterFloat",
    "ParameterInteger",
    "ParameterString",
    "PropertyFile",
    "RequestStep",
    "render",
]

_SHAPES = {
    StepTypeEnum.PROCESSING: "DescribeProcessingJobResponse",
    StepTypeEnum.TRAINING: "DescribeTrainingJobResponse",
    StepTypeEnum.TRANSFORM: "DescribeTransformJobResponse",
    StepTypeEnum.CREATE_MODEL: "DescribeModelOutput",
    StepTypeEnum.REGISTER_MODEL: "DescribeModelPackageOutput",
}


class RequestStep(Step):  # type: ignore[misc]
    """A step whose Arguments are the API request as it is (pipeline variables included)."""

    def __init__(
        self,
        name: str,
        kind: str,
        request: dict[str, Any],
        *,
        property_files: tuple[PropertyFile, ...] = (),
        depends_on: list[Any] | None = None,
    ) -> None:
        step_type = StepTypeEnum(kind)
        super().__init__(name=name, step_type=step_type, depends_on=depends_on)
        self._request = request
        self.property_files = list(property_files)
        self._properties = Properties(step_name=name, step=self, shape_name=_SHAPES[step_type])

    @property
    def arguments(self) -> dict[str, Any]:
        """The API request."""
        return self._request

    @property
    def properties(self) -> Any:
        """References to what Describe* will answer."""
        return self._properties

    def to_request(self) -> dict[str, Any]:
        """The step as it stands in the definition."""
        request = dict(super().to_request())
        if self.property_files:
            request["PropertyFiles"] = [item.expr for item in self.property_files]
        return request


class LambdaCall(Step):  # type: ignore[misc]
    """A Lambda step on a function that exists (the SDK's own would create or update one while rendering)."""

    def __init__(
        self,
        name: str,
        function_arn: Any,
        inputs: dict[str, Any],
        outputs: tuple[str, ...],
        depends_on: list[Any] | None = None,
    ) -> None:
        super().__init__(name=name, step_type=StepTypeEnum.LAMBDA, depends_on=depends_on)
        self._function_arn, self._inputs, self._outputs = function_arn, inputs, outputs

    @property
    def arguments(self) -> dict[str, Any]:
        """The function's event."""
        return self._inputs

    @property
    def properties(self) -> Any:
        """Not used: see ``output``."""
        return Properties(step_name=self.name, step=self)

    def output(self, name: str) -> Any:
        """Reference to an output parameter."""
        return Properties(step_name=self.name, step=self, path=f"OutputParameters['{name}']")

    def to_request(self) -> dict[str, Any]:
        """The step as it stands in the definition."""
        outputs = [{"OutputName": name, "OutputType": "String"} for name in self._outputs]
        return {**super().to_request(), "FunctionArn": self._function_arn, "OutputParameters": outputs}


def render(name: str, parameters: list[Any], steps: list[Any]) -> str:
    """The definition's JSON text as the SDK writes it."""
    import boto3

    # the constructor makes clients from its session; rendering calls none of them
    session = SimpleNamespace(boto_session=boto3.Session("none", "none", region_name="us-east-1"))
    pipeline = Pipeline(
        name=name, parameters=parameters, steps=steps, pipeline_experiment_config=None, sagemaker_session=session
    )
    return str(pipeline.definition())
