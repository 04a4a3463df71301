"""Lambda step RecordModelCard: keep the model card that the evaluation has written with the version that was registered."""

import json
from typing import TypedDict

import boto3

from mlops.bundled import s3_json

_SAGEMAKER = boto3.client("sagemaker")
_S3 = boto3.client("s3")
_LONGEST = 100_000  # characters, SageMaker's limit


class Event(TypedDict):
    """The step's input; the card is JSON in the schema of SageMaker's model cards."""

    model_package_arn: str
    card_uri: str


class Answer(TypedDict):
    """The step's output parameters."""

    model_package_arn: str
    characters: str


def handler(event: Event, _context: object) -> Answer:
    """Event: {"model_package_arn", "card_uri"}."""
    content = json.dumps(s3_json.read(_S3, event["card_uri"]), separators=(",", ":"), sort_keys=True)
    if len(content) > _LONGEST:
        raise ValueError(
            f"{event['card_uri']}: the card has {len(content)} characters, the registry takes {_LONGEST} at most"
        )
    _SAGEMAKER.update_model_package(
        ModelPackageArn=event["model_package_arn"],
        ModelCard={"ModelCardContent": content, "ModelCardStatus": "PendingReview"},
    )
    answer = Answer(model_package_arn=event["model_package_arn"], characters=str(len(content)))
    print(json.dumps({"recorded": answer}))
    return answer
