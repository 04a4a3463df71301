"""What a program that knows nothing of the platform needs in its environment to work against the chosen target."""

import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from mlops.aws import ROOT_SECRET, Aws

_REDIRECT = Path(__file__).with_name("redirect")  # holds a sitecustomize.py and nothing else that Python could import
# what says how a tool behaves and not whom it talks to
_KEPT = {"AWS_CA_BUNDLE", "AWS_DATA_PATH", "AWS_DEFAULT_OUTPUT", "AWS_MAX_ATTEMPTS", "AWS_PAGER", "AWS_RETRY_MODE"}


def variables(aws: Aws) -> dict[str, str]:
    """Region, endpoint and keys of ``aws``; both names of the region, since boto3 reads one and most other tools the other."""
    found = {"AWS_REGION": aws.region, "AWS_DEFAULT_REGION": aws.region}
    if aws.endpoint:
        found["AWS_ENDPOINT_URL"] = aws.endpoint
    if aws.credentials:
        found["AWS_ACCESS_KEY_ID"] = aws.credentials.access_key
        found["AWS_SECRET_ACCESS_KEY"] = aws.credentials.secret_key
        if aws.credentials.token:
            found["AWS_SESSION_TOKEN"] = aws.credentials.token
    return found


def program_environment(aws: Aws, given: Mapping[str, str]) -> dict[str, str]:
    """``given`` for a program that is to work as ``aws``: nothing in it leads elsewhere.

    On the embedded AWS, Python programs find its STS where the SageMaker SDK has the address of the public one written into it
    (``redirect/sitecustomize.py``).
    """
    leading = _leading(given) if aws.credentials else []
    kept = {name: value for name, value in given.items() if name not in leading} | variables(aws)
    if aws.endpoint:
        kept["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_REDIRECT), given.get("PYTHONPATH"))))
    return kept


def root_exports(endpoint: str, region: str, account: str, state_dir: Path) -> list[str]:
    """Shell lines that make root of a shell; they name the file of its secret, never the secret."""
    secret = shlex.quote(str((state_dir / ROOT_SECRET).absolute()))
    return [
        f"export AWS_ENDPOINT_URL={endpoint} AWS_REGION={region} AWS_DEFAULT_REGION={region}",
        f'export AWS_ACCESS_KEY_ID={account} AWS_SECRET_ACCESS_KEY="$(cat {secret})"',
    ]


def exports(aws: Aws) -> list[str]:
    """Shell lines with everything that ``variables`` has, keys of a session included."""
    return [f"export {name}={shlex.quote(value)}" for name, value in variables(aws).items()]


def unset(given: Mapping[str, str]) -> Iterator[str]:
    """The shell line that takes away what would lead a tool elsewhere; nothing where there is nothing."""
    names = _leading(given)
    if names:
        yield f"unset {' '.join(shlex.quote(name) for name in names)}"


def _leading(given: Mapping[str, str]) -> list[str]:
    """Names of variables that say whom an AWS tool talks to, or as whom."""
    return sorted(name for name in given if name.startswith("AWS_") and name not in _KEPT)
