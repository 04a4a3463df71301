"""How long policies may be and how many there may be of them (IAM user guide, "IAM and AWS STS quotas"); white space does not count."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from embedded_aws.service import ServiceError

MANAGED, TRUST, ATTACHED = 6_144, 2_048, 10
INLINE = {"role": 10_240, "user": 2_048, "group": 5_120}  # in sum


def check_managed(document: Any) -> None:
    """A managed policy's size.

    Raises:
        ServiceError: it is too long.
    """
    _limit(_size(document) > MANAGED, f"Cannot exceed quota for PolicySize: {MANAGED}")


def check_trust(document: Any) -> None:
    """A trust policy's size, by the default quota.

    Raises:
        ServiceError: it is too long.
    """
    _limit(_size(document) > TRUST, f"Cannot exceed quota for ACLSizePerRole: {TRUST}")


def check_inline(kind: str, name: str, documents: Mapping[str, Any]) -> None:
    """The size of all inline policies of a role, user or group together.

    Raises:
        ServiceError: it is too long.
    """
    most = INLINE[kind]
    too_long = sum(_size(document) for document in documents.values()) > most
    _limit(too_long, f"Maximum policy size of {most} bytes exceeded for {kind} {name}")


def check_attached(kind: str, arns: Collection[str]) -> None:
    """How many managed policies a role, user or group has, by the default quota.

    Raises:
        ServiceError: too many.
    """
    quota = {"role": "PoliciesPerRole", "user": "PoliciesPerUser", "group": "PoliciesPerGroup"}[kind]
    _limit(len(set(arns)) > ATTACHED, f"Cannot exceed quota for {quota}: {ATTACHED}")


def _size(document: Any) -> int:
    text = document if isinstance(document, str) else json.dumps(document)
    return len("".join(text.split()))


def _limit(exceeded: bool, says: str) -> None:
    if exceeded:
        raise ServiceError("LimitExceeded", says, 409)
