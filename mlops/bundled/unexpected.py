"""What is said of an error that nobody expected: its type and place, never its text, for parsers quote what they could not read."""

import traceback
from collections.abc import Iterator
from pathlib import Path

_TELLING = (ImportError, MemoryError, NotImplementedError)  # their texts name modules and code, never data
_CLIENTS = ("botocore.", "boto3.")  # an AWS service's or a connection's words


def described(error: BaseException) -> str:
    """An unexpected error as a job or a command may report it."""
    telling = isinstance(error, _TELLING) or type(error).__module__.startswith(_CLIENTS)
    text = f": {error}" if telling else _of_system(error)
    return f"{type(error).__name__} in {_place(error)}{text or ' (its text may quote data and is not shown)'}"


def trace(error: BaseException) -> str:
    """Where an unexpected error came from, as a traceback without any error's text."""
    lines = ["Unexpected error (texts left out: they may quote data):"]
    for each in _chain(error):
        lines += [f"  {_shown(frame)}" for frame in traceback.extract_tb(each.__traceback__)]
        lines.append(f"  {type(each).__name__}")
    return "\n".join(lines) + "\n"


def _of_system(error: BaseException) -> str:
    """What the operating system said, without the file's name; libraries raise OSError with texts of their own, which have no number."""
    return f": {error.strerror}" if isinstance(error, OSError) and error.errno and error.strerror else ""


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(Path(__file__).parents[1])]
    return _shown((own or list(frames))[-1]) if frames else "no known place"


def _shown(frame: traceback.FrameSummary) -> str:
    return f"{Path(frame.filename).name}:{frame.lineno} ({frame.name})"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error's causes, oldest first, then itself."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _chain(before)
    yield error
