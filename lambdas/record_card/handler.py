"""Lambda step RecordModelCard: keep the model card that the evaluation has written with the version that was registered."""

import json
from urllib.parse import urlparse

import boto3

_SAGEMAKER = boto3.client("sagemaker")
_S3 = boto3.client("s3")
_LONGEST = 100_000  # characters, SageMaker's limit


def handler(event: dict, _context: object) -> dict:
    """Event: {"model_package_arn", "card_uri"}; the card is JSON in the schema of SageMaker's model cards."""
    where = urlparse(event["card_uri"])
    body = _S3.get_object(Bucket=where.netloc, Key=where.path.lstrip("/"))["Body"].read()
    content = json.dumps(json.loads(body), separators=(",", ":"), sort_keys=True)
    if len(content) > _LONGEST:
        raise ValueError(
            f"{event['card_uri']}: the card has {len(content)} characters, the registry takes {_LONGEST} at most"
        )
    _SAGEMAKER.update_model_package(
        ModelPackageArn=event["model_package_arn"],
        ModelCard={"ModelCardContent": content, "ModelCardStatus": "PendingReview"},
    )
    answer = {"model_package_arn": event["model_package_arn"], "characters": str(len(content))}
    print(json.dumps({"recorded": answer}))  # noqa: T201 (a function's log)
    return answer
