"""The ``mlops`` command: registers the nouns and turns every error into one line and an exit code.

Exit codes: 0 done, 1 failed run, 2 refused input, 3 refused by policy, 130 interrupted.
"""

import errno
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import typer

from mlops.aws import NO_ACCESS, STATE_DIR, failed_call
from mlops.bundled.unexpected import described, trace
from mlops.cli import (
    audit,
    backup,
    browse,
    cost,
    dataset,
    demo,
    deploy,
    doctor,
    foreign,
    git,
    model,
    monitor,
    predictions,
    project,
    run,
    server,
    train,
)
from mlops.errors import MlopsError, NotRunning, RefusedByPolicy, RefusedInput

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_INTERRUPTED = 130
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT}
_signals: list[int] = []  # those that have asked this process to end

app = typer.Typer(
    help="MLOps on AWS, and the same on this machine: pipelines, registry, monitoring, a clinical model.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
demo.register(app)
server.register(app)
deploy.register(app)
train.register(app)
predictions.register(app)
git.register(app)
browse.register(app)
cost.register(app)
doctor.register(app)
backup.register(app)
foreign.register(app)
app.add_typer(project.app, name="project")
app.add_typer(run.app, name="run")
app.add_typer(model.app, name="model")
app.add_typer(monitor.app, name="monitor")
app.add_typer(dataset.app, name="dataset")
app.add_typer(audit.app, name="audit")


@app.callback()
def _options(
    target: str = typer.Option("", help="local (default) or aws; also MLOPS_TARGET"),
    verbose: bool = typer.Option(False, "--verbose", help="show the traceback of an error"),
) -> None:
    if target:
        os.environ["MLOPS_TARGET"] = target
    if verbose:
        os.environ["MLOPS_VERBOSE"] = "1"


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # a shell's job in the background does not hear Ctrl-C
        signal.signal(signal.SIGINT, _interrupt)
    own = os.umask(0o077)  # state, caches, reports: what the commands write is their user's alone
    try:
        _tighten(STATE_DIR)
        code = app(standalone_mode=False, obj=own)  # 'exec' gives the user's mask back to his program
    except KeyboardInterrupt:
        code = _INTERRUPTED
    except Exception as error:
        if _signals:  # libraries in C make errors of their own of an interruption, prompts the one of an ended input
            _fail("interrupted", _INTERRUPTED)
        if os.environ.get("MLOPS_VERBOSE"):
            if sys.stderr.isatty():
                raise
            sys.stderr.write(trace(error))  # errors' texts may quote data: whole ones go to a terminal only
        _report(error)
    if code == _INTERRUPTED:  # typer makes this code of Ctrl-C
        _fail("interrupted", _INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)


def _tighten(folder: Path) -> None:
    """A state folder that an earlier version made is its user's alone from now on."""
    if folder.is_dir() and folder.stat().st_mode & 0o077 and folder.stat().st_uid == os.getuid():
        folder.chmod(0o700)


def _interrupt(number: int, _frame: FrameType | None) -> NoReturn:
    """SIGTERM ends the work as Ctrl-C does, so that everything started is stopped."""
    _signals.append(number)
    raise KeyboardInterrupt


def _report(error: Exception) -> NoReturn:
    known = _translate(error)
    if known is not None:
        _fail(f"error: {known}", known.exit_code)
    if hasattr(error, "exit_code") and hasattr(error, "format_message"):  # click's usage errors
        _fail(f"error: {error.format_message()}", error.exit_code)
    if isinstance(error, typer.Abort):  # the end of the input where an answer was asked for
        _fail("error: no answer, so nothing was done (--yes does not ask)", RefusedInput.exit_code)
    if hasattr(error, "exit_code"):  # typer.Exit
        sys.exit(error.exit_code)
    _fail(f"error: {described(error)} (--verbose shows more)", 1)


def _translate(error: Exception) -> MlopsError | None:
    """The platform's error for an exception of ours or botocore's; None for any other."""
    if isinstance(error, MlopsError):
        return error
    if isinstance(error, OSError) and _of_the_state(error.filename):
        kind = MlopsError if error.errno in _NO_SPACE else RefusedInput
        return kind(
            f"{error.filename}: {error.strerror} (the state folder is {STATE_DIR}/; MLOPS_STATE_DIR names another)"
        )
    if "botocore" not in sys.modules:
        return None
    from boto3.exceptions import Boto3Error
    from botocore import exceptions

    if isinstance(error, Boto3Error) and isinstance(error.__context__, exceptions.ClientError):
        error = error.__context__  # S3 transfers hide the service's error in a text
    if isinstance(error, exceptions.ClientError):
        return _service_error(error)
    if isinstance(error, exceptions.EndpointConnectionError | exceptions.NoCredentialsError):
        return NotRunning(f"{error}; is it running? 'mlops up' starts the embedded AWS")
    return None


def _of_the_state(path: object) -> bool:
    if not isinstance(path, str | Path):
        return False
    return Path(os.path.abspath(path)).is_relative_to(os.path.abspath(STATE_DIR))  # noqa: PTH100 (no link is followed)


def _service_error(error: "ClientError") -> MlopsError:
    from mlops.projects.names import unknown
    from mlops.projects.refusals import project_of, refusal

    details, (action, parameters) = error.response["Error"], failed_call(error)
    if details["Code"] in NO_ACCESS:
        return RefusedByPolicy(refusal(action, parameters, details["Message"]))
    project = project_of(parameters)
    if details["Code"] == "NoSuchBucket" and project:
        return unknown(project)
    return MlopsError(f"{error.operation_name}: {details['Message']}")


def _fail(message: str, code: int) -> NoReturn:
    sys.stderr.write(message + "\n")
    sys.exit(code)
