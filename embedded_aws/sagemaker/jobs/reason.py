"""Why a program failed, read from its log: the error itself, wherever the backtrace around it ends."""

import re
from collections.abc import Sequence

_LENGTH = 400  # characters
_TRACEBACK = "Traceback (most recent call last):"
_OLD = 12  # lines after an error that are no part of it: the program has gone on
# frames and what stands around them: Python, C++ (XGBoost), Java, R
_FRAME = re.compile(
    r"""\s*(
        File\ ".*",\ line\ \d+.* | \[bt\].* | Stack\ trace: | \^+ | ~*\^+~*
        | at\ \S+\(.*\) | \.\.\.\ \d+\ (more|common\ frames\ omitted)
        | \#\d+\s+0x.* | Calls:\ .* | Execution\ halted
    )""",
    re.VERBOSE,
)


def error_of(log: str) -> str:
    """The error in one line, shortened; empty where the log is."""
    lines = [line.rstrip() for line in log.splitlines()]
    found = _raised(lines) or next((line for line in reversed(lines) if line and not _FRAME.fullmatch(line)), "")
    return found.strip()[:_LENGTH]


def _raised(lines: Sequence[str]) -> str:
    """Type and message of the last Python exception, where nothing else has happened since."""
    begin = next((index for index in reversed(range(len(lines))) if lines[index].endswith(_TRACEBACK)), None)
    if begin is None:
        return ""
    after = [line for line in lines[begin + 1 :] if line]
    error = next((index for index, line in enumerate(after) if not line[0].isspace()), None)
    if error is None:
        return ""
    tail = [line for line in after[error + 1 :] if not _FRAME.fullmatch(line)]
    if len(tail) > _OLD:
        return ""
    return f"{after[error]} {tail[0].strip()}" if after[error].endswith(":") and tail else after[error]
