"""Errors that users see: one line each, with the exit code that the command line ends with.

MlopsError                exit 1   a run or a service failed
├── RefusedInput          exit 2   what the user gave breaks a rule; nothing was changed
├── RefusedByPolicy       exit 3   a permission or a four-eyes rule forbids it
└── NotRunning            exit 1   the embedded AWS (or a service) cannot be reached
"""


class MlopsError(Exception):
    """A failure that is reported in one line; the traceback is shown with ``--verbose`` only."""

    exit_code = 1


class RefusedInput(MlopsError):
    """The input breaks a rule: the message names what, where, which rule and what to do."""

    exit_code = 2


class RefusedByPolicy(MlopsError):
    """An access or approval rule forbids the action."""

    exit_code = 3


class NotRunning(MlopsError):
    """The endpoint cannot be reached."""
