"""Ask for a run: the request below the caller's own unique id, by which it is known who has started it."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from mlops.aws import Aws
from mlops.bundled import requests
from mlops.projects.names import Project


def asked_for(aws: Aws, project: Project, pipeline: str, parameters: Mapping[str, str], **more: Any) -> dict[str, str]:
    """The parameters with the request for such a run of the pipeline as it is now; ``more`` as ``mlops.bundled.requests.of_now`` takes it.

    Without one for pipelines of product versions that know no requests: nobody could look at it.
    """
    definition = aws.client("sagemaker").describe_pipeline(PipelineName=pipeline)["PipelineDefinition"]
    if requests.PARAMETER not in {item["Name"] for item in json.loads(definition)["Parameters"]}:
        return dict(parameters)
    digest, token = requests.definition_digest(definition), secrets.token_hex(16)
    request = requests.of_now(aws.user_id, aws.identity, token, pipeline, parameters, definition=digest, **more)
    key = requests.write(aws.client("s3"), project.data_bucket, request)
    return {**parameters, requests.PARAMETER: key}
