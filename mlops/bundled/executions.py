"""Whether a pipeline execution is a whole one of the pipeline's present definition: what it leaves out could be a check."""

from typing import TYPE_CHECKING

from mlops.bundled.definition import undecided
from mlops.bundled.requests import Refused

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient


CHANGED = "floors, choices, image, roles or steps of the pipeline have changed since it began"


def outdated(sagemaker: "SageMakerClient", execution: str) -> bool:
    """Whether the pipeline has changed since, but for the team's own code: a retried execution runs what it began with.

    Deliveries go on while a pipeline runs: it is not outdated by newer code of the team, but by another gate.
    """
    own, present = _definitions(sagemaker, execution)
    return undecided(own) != undecided(present)


def _definitions(sagemaker: "SageMakerClient", execution: str) -> tuple[str, str]:
    """(definition that the execution runs, the pipeline's present one)."""
    name = execution.split(":pipeline/", 1)[-1].split("/", 1)[0]
    own = sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=execution)["PipelineDefinition"]
    return own, sagemaker.describe_pipeline(PipelineName=name)["PipelineDefinition"]


def ensure_whole(sagemaker: "SageMakerClient", execution: str) -> None:
    """Ask whether the execution runs all of its steps itself.

    Raises:
        Refused: it takes over results of an earlier execution.
    """
    found = sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution)
    selective: object = found.get("SelectiveExecutionConfig")
    if selective:
        raise Refused("a selective execution takes over what others have started", "start a whole one")


def present_definition(sagemaker: "SageMakerClient", execution: str) -> str:
    """Text of the definition that runs, which has to be the pipeline's present one, run as a whole.

    Raises:
        Refused: it is another one, or an execution of some steps only.
    """
    ensure_whole(sagemaker, execution)
    own, present = _definitions(sagemaker, execution)
    if own != present:
        raise Refused("this is not the pipeline's present version (a delivery may just have changed it)", "start again")
    return own
