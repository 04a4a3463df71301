"""Whether a pipeline execution is a whole one of the pipeline's present definition: what it leaves out could be a check."""

from typing import TYPE_CHECKING

from mlops.bundled.requests import Refused

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker.type_defs import DescribePipelineExecutionResponseTypeDef


def definitions(sagemaker: "SageMakerClient", execution: str) -> tuple[str, str]:
    """(definition that the execution runs, the pipeline's present one): a retried execution runs what it began with."""
    name = execution.split(":pipeline/", 1)[-1].split("/", 1)[0]
    own = sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=execution)["PipelineDefinition"]
    return own, sagemaker.describe_pipeline(PipelineName=name)["PipelineDefinition"]


def ensure_whole(found: "DescribePipelineExecutionResponseTypeDef") -> None:
    """Of DescribePipelineExecution's answer.

    Raises:
        Refused: it takes over results of an earlier execution.
    """
    selective: object = found.get("SelectiveExecutionConfig")
    if selective:
        raise Refused("a selective execution takes over what others have started", "start a whole one")


def present_definition(sagemaker: "SageMakerClient", execution: str) -> str:
    """Text of the definition that runs, which has to be the pipeline's present one, run as a whole.

    Raises:
        Refused: it is another one, or an execution of some steps only.
    """
    ensure_whole(sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution))
    own, present = definitions(sagemaker, execution)
    if own != present:
        raise Refused("this is not the pipeline's present version (a delivery may just have changed it)", "start again")
    return own
