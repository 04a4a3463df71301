"""Custom resource of a project's stack: unpack its code package into the project's bucket and render its pipeline definitions.

Everything lands under the hash of its content, so a repeated or rolled-back update finds what it wrote before. When the stack goes,
the pointers that the project's other functions have written go too; code stays with the bucket, unless the project never ran.
"""

import json
import urllib.request

import boto3
from package import clear, publish

_S3, _SSM = boto3.client("s3"), boto3.client("ssm")
_POINTERS = ("deployed-model", "latest-dataset", "latest-drift")


def handler(event: dict, _context: object) -> dict:
    """Event: CloudFormation's; answers to its ResponseURL."""
    answer = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    answer["PhysicalResourceId"] = f"{event['ResourceProperties']['Bucket']}/code"
    try:
        given = event["ResourceProperties"]
        answer["Data"] = _forget(given) if event["RequestType"] == "Delete" else publish(_S3, given)
        answer["Status"] = "SUCCESS"
    except Exception as error:  # CloudFormation has to hear of every failure, or it waits an hour
        answer |= {"Status": "FAILED", "Reason": f"{type(error).__name__}: {error}"[:1000]}
    print(json.dumps(answer))  # noqa: T201 (a function's log)
    request = urllib.request.Request(  # noqa: S310 (the URL is CloudFormation's)
        event["ResponseURL"], data=json.dumps(answer).encode(), method="PUT", headers={"Content-Type": ""}
    )
    with urllib.request.urlopen(request, timeout=30):  # noqa: S310
        return answer


def _forget(given: dict) -> dict:
    clear(_S3, given["Bucket"])
    for name in _POINTERS:
        try:
            _SSM.delete_parameter(Name=f"/mlops/{given['Project']}/{name}")
        except _SSM.exceptions.ParameterNotFound:
            continue  # the project never deployed a model, or never announced a data set
    return {}
