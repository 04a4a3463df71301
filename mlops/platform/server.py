"""The embedded AWS as the platform starts it: its stand-ins, its variables, its errors.

The one place where ``embedded_aws.server`` is started, looked for and stopped.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mlops
from embedded_aws import server
from embedded_aws.errors import AlreadyRuns, DamagedState, EmbeddedAwsError, Refused
from embedded_aws.sagemaker.jobs import launcher
from embedded_aws.server import Running
from embedded_aws.settings import Settings
from mlops.errors import MlopsError, RefusedInput

__all__ = ["REPAIR", "STAND_INS", "Running", "ensure", "not_boxed", "start", "status", "stop", "wipe"]
STAND_INS = {  # the platform's analyzer runs in place of Model Monitor's
    "*sagemaker-model-monitor-analyzer*": ("python3", "-m", "mlops.monitoring", "--as-model-monitor"),
}
REPAIR = "'mlops doctor --repair' brings it into order and tells what is lost, 'mlops down --wipe' begins anew"
_JOB_BACKEND = "MLOPS_JOB_BACKEND"
_LIBRARIES = (str(Path(mlops.__file__).parent),)  # of the stand-ins, where they are no installed package


def start(state_dir: Path, *, persist: bool = True, port: int | None = None, owner: bool = False) -> Running:
    """Start an embedded AWS on ``state_dir``; with ``owner`` it also ends when the calling process does.

    Raises:
        RefusedInput: one runs on this folder already, or the port is taken.
        MlopsError: it did not come up; the message names its log.
    """
    settings = Settings(STAND_INS, os.environ.get(_JOB_BACKEND, ""), _JOB_BACKEND, _LIBRARIES)
    with _errors():
        return server.start(state_dir, persist=persist, port=port, owner=owner, settings=settings, hidden=("MLOPS_",))


def ensure(state_dir: Path, *, port: int | None = None) -> tuple[Running, bool]:
    """The embedded AWS on ``state_dir``, started where none runs; whether this call has started it.

    Raises:
        RefusedInput: the port is taken, or what is kept is damaged. MlopsError: it did not come up.
    """
    running = status(state_dir)
    if running is not None:
        return running, False
    try:
        return start(state_dir, port=port), True
    except RefusedInput:
        running = status(state_dir)  # another start was faster
        if running is None:
            raise
        return running, False


def not_boxed(state_dir: Path) -> str:
    """One line on what runs without a box on ``state_dir``, and why; empty where there is nothing to say."""
    return launcher.not_boxed(state_dir)


def status(state_dir: Path) -> Running | None:
    """The embedded AWS that runs on ``state_dir``, or None."""
    return server.status(state_dir)


def stop(state_dir: Path) -> bool:
    """Stop what runs on ``state_dir``; False where nothing did."""
    return server.stop(state_dir)


def wipe(state_dir: Path) -> None:
    """Delete the state of a stopped embedded AWS (and nothing else in the folder).

    Raises:
        RefusedInput: it is running.
    """
    with _errors():
        server.wipe(state_dir)


@contextmanager
def _errors() -> Iterator[None]:
    """The server's errors as the platform's, with what its user can do."""
    try:
        yield
    except DamagedState as error:
        raise RefusedInput(f"{error}; {REPAIR}") from error
    except AlreadyRuns as error:
        raise RefusedInput(f"{error}; 'mlops down' stops it") from error
    except Refused as error:
        raise RefusedInput(str(error)) from error
    except EmbeddedAwsError as error:
        raise MlopsError(str(error)) from error
