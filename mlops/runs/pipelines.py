"""Create or update a pipeline."""

from typing import Any


def put_pipeline(sagemaker: Any, name: str, definition: str, role: str) -> None:
    """Make ``definition`` the definition of pipeline ``name``, which is created where it does not exist."""
    try:
        sagemaker.describe_pipeline(PipelineName=name)
    except sagemaker.exceptions.ResourceNotFound:
        write = sagemaker.create_pipeline
    else:
        write = sagemaker.update_pipeline
    write(PipelineName=name, PipelineDefinition=definition, RoleArn=role)
