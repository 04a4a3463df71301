"""Operations that IAM knows by another name, and those that ask for more than one action.

The service authorization reference lists actions, not operations: where the two differ, a page of the service says what is asked for.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_OTHER_NAMES = {
    # AWS KMS Developer Guide, "AWS KMS permissions": ReEncrypt is ReEncryptFrom on one key and ReEncryptTo on the other
    "kms:ReEncrypt": "kms:ReEncryptFrom",
    # Amazon SNS Developer Guide, "Amazon SNS API permissions"
    "sns:PublishBatch": "sns:Publish",
    # Amazon SQS Developer Guide, "Amazon SQS API permissions"
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:SendMessageBatch": "sqs:SendMessage",
}
# Amazon S3 API Reference, PutObject, CopyObject, CreateMultipartUpload ("Permissions"): what a write sets besides the object
_WRITTEN_WITH = {
    "x-amz-tagging": "s3:PutObjectTagging",
    "x-amz-acl": "s3:PutObjectAcl",
    "x-amz-grant-full-control": "s3:PutObjectAcl",
    "x-amz-grant-read": "s3:PutObjectAcl",
    "x-amz-grant-read-acp": "s3:PutObjectAcl",
    "x-amz-grant-write-acp": "s3:PutObjectAcl",
    "x-amz-object-lock-mode": "s3:PutObjectRetention",
    "x-amz-object-lock-retain-until-date": "s3:PutObjectRetention",
    "x-amz-object-lock-legal-hold": "s3:PutObjectLegalHold",
}


def action_of(called: str) -> str:
    """What IAM calls an operation (``service:Operation``)."""
    return _OTHER_NAMES.get(called, called)


def asked_besides(action: str, headers: Mapping[str, str], query: Mapping[str, Any]) -> Iterator[str]:
    """Actions that a write to S3 takes on its object besides ``s3:PutObject``; a part of an upload sets nothing."""
    if action == "s3:PutObject" and "uploadId" not in query:
        yield from sorted({needed for name, needed in _WRITTEN_WITH.items() if headers.get(name)})
