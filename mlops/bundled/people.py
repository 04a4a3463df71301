"""Which person an identity stands for, in whatever role he acts: the same person never signs for himself."""

from collections.abc import Mapping
from typing import Any

UNKNOWN = "unknown"


def person_of_id(unique_id: str) -> str:
    """Of IAM's ``aws:userid``: a role session's name, which the roles' trust ties to the user; else the id itself."""
    return unique_id.rpartition(":")[2] or UNKNOWN


def person_of_arn(arn: str) -> str:
    """Of an ARN: the session's or the user's name, ``root`` of the account's root; a text that is no ARN stands for itself."""
    return (arn.rsplit("/", 1)[-1] if "/" in arn else arn.rsplit(":", 1)[-1]) or UNKNOWN


def people(context: Mapping[str, Any]) -> frozenset[str]:
    """Every name that a ``CreatedBy`` or ``LastModifiedBy`` (SageMaker's UserContext) gives its person.

    A source identity is what the person signed in as; the session's name counts too, so that neither hides the other.
    """
    identity = context.get("IamIdentity") or {}
    arn, unique = str(identity.get("Arn") or ""), str(identity.get("PrincipalId") or "")
    found = {str(identity.get("SourceIdentity") or ""), str(context.get("UserProfileName") or "")}
    found |= {person_of_arn(arn) if arn else "", person_of_id(unique) if unique else ""}
    return frozenset(found - {"", UNKNOWN})


def arn_of(context: Mapping[str, Any]) -> str:
    """The ARN in a UserContext, for people to read; ``unknown`` where there is none."""
    return str((context.get("IamIdentity") or {}).get("Arn") or UNKNOWN)
