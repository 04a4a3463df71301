"""How a batch begins: on whose request, and on whose data; one without a request runs, and is put down to nobody."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlops.bundled import rehearsal, requests
from mlops.bundled.asked import Begun, asked
from mlops.bundled.claims import NOBODY, PERSON, Claims, Start
from mlops.bundled.requests import Refused

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient


def noted(sagemaker: "SageMakerClient", s3: "S3Client", event: Mapping[str, Any], definition: str) -> Start:
    """What is known of the start on others' word than the starter's, once it is written down.

    Raises:
        Refused: this is no batch of the project, or another one than was asked for. Taken: another batch has used the request.
    """
    if f":pipeline/{os.environ['INFERENCE_PIPELINE']}/execution/" not in event["execution"]:
        raise Refused(f"this is no execution of {os.environ['INFERENCE_PIPELINE']}", "start that one")
    digest, bucket = requests.definition_digest(definition), os.environ["DATA_BUCKET"]
    found = sagemaker.describe_pipeline_execution(PipelineExecutionArn=event["execution"])
    received = asked(sagemaker, s3, bucket, Begun(found, event["request"], digest))
    claims = Claims(s3, os.environ["AUDIT_BUCKET"], os.environ["PROJECT"])
    start = Start(
        execution=event["execution"],
        kind=PERSON if received else NOBODY,
        by=received.request.person if received else NOBODY,
        people=sorted(received.request.people) if received else [],
        code=event["code"],
        definition=digest,
        dataset_id=event["dataset_id"],
        dataset_uri=event["dataset_uri"],
        review=rehearsal.STATUS if rehearsal.is_rehearsal(event["dataset_uri"], bucket) else "",
        request=received.request.key if received else "",
        request_version=received.version_id if received else "",
        reason=received.request.reason if received else "",
    )
    if received:
        claims.take(received.request.token, event["execution"])
    claims.note(start)
    return start
