"""What the commands share: options, the caller's identity, and output."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mlops.errors import NotRunning, RefusedInput

if TYPE_CHECKING:
    from mlops.aws import Aws

AsPersona = Annotated[
    str,
    typer.Option(
        "--as",
        help="act as data-scientist, ml-engineer or manager; without, as the credentials are (root, on this machine)",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON object")]


def _said(reason: str) -> str:
    if not reason.strip():
        raise RefusedInput("--reason says nothing: say why, for the record")
    return reason


Reason = Annotated[str, typer.Option(help="why, for the record", callback=_said)]


def caller(persona: str = "", target: str | None = None) -> "Aws":
    """Clients for the chosen target (or ``target``), as the persona where one is given.

    Raises:
        RefusedInput: no such persona.
    """
    from mlops.aws import connect
    from mlops.projects.names import PERSONAS

    if persona and persona not in PERSONAS:
        raise RefusedInput(f"--as {persona}: must be one of {', '.join(PERSONAS)}")
    aws = connect(target)
    return aws.assume(_deployed_role(aws, persona), _own_name(aws, persona)) if persona else aws


def ensure_may(aws: "Aws", action: str, **parameters: str) -> None:
    """Before any work: refuse a persona a call that its role does not have (``mlops.projects.refusals``).

    Raises:
        RefusedByPolicy: it does not.
    """
    from mlops.projects.refusals import ensure_may as ensure

    ensure(aws.identity, action, parameters)


def ensure_may_upload(aws: "Aws", project: str) -> None:
    """The same for tables of a project, to train on or to predict for.

    Raises:
        RefusedByPolicy: the persona may not upload. RefusedInput: no project can be called so.
    """
    from mlops.projects.names import Project

    ensure_may(aws, "s3:PutObject", Bucket=Project(project, aws.account).data_bucket, Key="datasets/new")


def ensure_may_write_data_sets(aws: "Aws") -> None:
    """The same for versions in the registry of data sets.

    Raises:
        RefusedByPolicy: the persona may not.
    """
    from mlops.datasets.registry.names import datasets_bucket

    ensure_may(aws, "s3:PutObject", Bucket=datasets_bucket(aws.account), Key="datasets/new")


def _own_name(aws: "Aws", persona: str) -> str:
    """The session's name: the user's own, as the personas' trust wants it; the persona's for the account's root."""
    return persona if aws.identity.endswith(":root") else aws.identity.rsplit("/", 1)[-1]


def _deployed_role(aws: "Aws", persona: str) -> str:
    """Name of the persona's role.

    Raises:
        NotRunning: the platform, which makes it, is not deployed.
    """
    from botocore.exceptions import ClientError

    from mlops.projects.names import PERSONAS

    try:
        aws.client("iam").get_role(RoleName=PERSONAS[persona])
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchEntity":
            raise NotRunning("the platform is not deployed here: 'mlops deploy' does it") from None
        # who may not look at roles may still assume his own
    return PERSONAS[persona]


@contextmanager
def goes_on(arn: str) -> Iterator[None]:
    """Tell, where the user interrupts the waiting, that the run itself goes on."""
    try:
        yield
    except KeyboardInterrupt:
        run = arn.rsplit("/", 1)[-1]
        sys.stderr.write(f"\nrun {run} goes on: 'mlops run show {run}' looks at it, 'mlops run stop {run}' ends it\n")
        raise


def say(text: str) -> None:
    """One line on standard output."""
    sys.stdout.write(text + "\n")


def duration(seconds: float) -> str:
    """For people: ``8.4 s``, ``3 min 05 s``, ``2 h 10 min``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def complain(text: str) -> None:
    """One line on standard error: what is no part of a command's answer."""
    sys.stderr.write(text + "\n")


def say_json(value: Any) -> None:
    """One JSON object on one line of standard output; times as ISO strings."""
    say(json.dumps(value, default=str, ensure_ascii=False))


def table(columns: list[str], rows: list[list[str]]) -> None:
    """A plain aligned table."""
    widths = [max(len(row[i]) for row in [columns, *rows]) for i in range(len(columns))]
    for row in [columns, *rows]:
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
