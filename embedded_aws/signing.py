"""The password with which CodeCommit lets git in: AWS Signature Version 4 over the repository's path."""

from datetime import UTC, datetime
from typing import Any

_FORM = "%Y%m%dT%H%M%S"


def git_password(credentials: Any, host: str, path: str, region: str, at: datetime | None = None) -> str:
    """``<timestamp>Z<signature>``; ``credentials`` are botocore's; the secret itself never travels."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    request = AWSRequest(method="GIT", url=f"https://{host}{path}")
    request.context["timestamp"] = (at or datetime.now(UTC)).strftime(_FORM)
    signer = SigV4Auth(credentials, "codecommit", region)
    text = signer.string_to_sign(request, f"GIT\n{path}\n\nhost:{host}\n\nhost\n")
    return f"{request.context['timestamp']}Z{signer.signature(text, request)}"


def signed_at(password: str) -> datetime | None:
    """The time that such a password carries; None where it is none."""
    try:
        return datetime.strptime(password.partition("Z")[0], _FORM).replace(tzinfo=UTC)
    except ValueError:
        return None
