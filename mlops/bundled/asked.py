"""Whether an execution is the one that its start request asks for; the first function of either pipeline wants to know."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops.bundled import requests
from mlops.bundled.requests import Received, Refused

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker.type_defs import DescribePipelineExecutionResponseTypeDef


@dataclass(frozen=True)
class Begun:
    """An execution as SageMaker describes it, the key of its request, and the digest of the definition that it runs."""

    found: "DescribePipelineExecutionResponseTypeDef"
    request: str
    definition: str


def asked(sagemaker: "SageMakerClient", s3: "S3Client", bucket: str, begun: Begun) -> Received | None:
    """The request, None where there is none; it still holds, and what it asks for has to be what runs.

    Raises:
        Refused: it does not, or something else runs.
    """
    if begun.request == requests.NONE:
        return None
    received, execution = requests.read(s3, bucket, begun.request), begun.found["PipelineExecutionArn"]
    received.ensure_holds(begun.found["CreationTime"])
    request = received.request
    if request.definition != begun.definition:
        raise Refused("the pipeline's definition is not that of the start request: it was changed since")
    pipeline = begun.found["PipelineArn"].rsplit("/", 1)[-1]
    if request.pipeline != pipeline:
        raise Refused(f"the start request is for pipeline {request.pipeline}, this is {pipeline}")
    given, wanted = parameters(sagemaker, execution), {**request.parameters, requests.PARAMETER: begun.request}
    # what the request does not name has to have its default: a start may not add anything to it
    defaults = _defaults(sagemaker, execution)
    other = sorted(name for name, value in given.items() if value != wanted.get(name, defaults.get(name)))
    other += sorted(set(request.parameters) - set(given))
    if other:
        raise Refused(f"the execution's {', '.join(other)} differ from the start request")
    return received


def parameters(sagemaker: "SageMakerClient", execution: str) -> dict[str, str]:
    """What an execution was started with, by SageMaker's word."""
    pages = sagemaker.get_paginator("list_pipeline_parameters_for_execution").paginate(PipelineExecutionArn=execution)
    return {item["Name"]: item["Value"] for page in pages for item in page["PipelineParameters"]}


def _defaults(sagemaker: "SageMakerClient", execution: str) -> dict[str, str]:
    answer = sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=execution)
    declared = json.loads(answer["PipelineDefinition"])["Parameters"]
    return {item["Name"]: str(item["DefaultValue"]) for item in declared if "DefaultValue" in item}
