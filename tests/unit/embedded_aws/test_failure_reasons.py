"""The reason of a failure is the error itself, not where its backtrace happens to end. The logs are what real programs write."""

import os
import subprocess
import sys

import pytest

from embedded_aws.sagemaker.jobs.reason import error_of

_PROGRAMS = {
    "plain": ("raise ValueError('no rows')", "ValueError: no rows"),
    "exit": ("import sys; print('begin'); sys.exit('no rows at all')", "no rows at all"),
    "silent": ("raise SystemExit(3)", ""),
    "chained": ("try:\n 1/0\nexcept ZeroDivisionError as e:\n raise KeyError('age') from e", "KeyError: 'age'"),
    "several lines": (
        "raise ValueError('2 errors\\nfield\\n  missing\\n    see https://x.example')",
        "ValueError: 2 errors",
    ),
    "message below": ("raise ValueError('could not read:\\n  row 3')", "ValueError: could not read: row 3"),
    "notes": ("e = OSError('disk'); e.add_note('a note'); raise e", "OSError: disk"),
    "printed at the end": ("import atexit; atexit.register(print, 'bye'); raise OSError('disk')", "OSError: disk"),
    "handled before": (
        (
            "import traceback\ntry:\n 1/0\nexcept ZeroDivisionError:\n traceback.print_exc()\n"
            "for n in range(40): print('epoch', n)\nraise SystemExit('label column is constant')"
        ),
        "label column is constant",
    ),
    "xgboost": (
        (
            "import xgboost, numpy\nd = xgboost.DMatrix(numpy.zeros((2, 1)), numpy.array([5, 7]))\n"
            "xgboost.train({'objective': 'binary:logistic'}, d, 1)"
        ),
        "Check failed: ",
    ),
}


@pytest.mark.parametrize(("code", "reason"), _PROGRAMS.values(), ids=_PROGRAMS)
def test_python(code: str, reason: str) -> None:
    """What Python, and a library with a backtrace of its own, has really written."""
    as_in_jobs = {**os.environ, "PYTHONUNBUFFERED": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=-1, stderr=-2, text=True, check=False, timeout=60, env=as_in_jobs
    )
    found = error_of(done.stdout)
    assert (reason in found) if reason else found == "", (found, done.stdout)
    assert "[bt]" not in found
    assert "Stack trace" not in found


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        (
            ('Exception in thread "main" java.io.IOException: no table\n\tat a.B.c(B.java:1)\nCaused by: java.lang.E: denied\n'
            "\tat a.D.e(D.java:2)\n\t... 12 more\n"),
            "Caused by: java.lang.E: denied",
        ),
        ("Error in fit(x) : singular matrix\nCalls: main -> fit\nExecution halted\n", "Error in fit(x) : singular matrix"),
        ("[10:00] Check failed: rows > 0\nStack trace:\n  [bt] (0) /lib/x.so(+0x1) [0x7f]\n\n", "[10:00] Check failed: rows > 0"),
        ("sh: 1: no-such-program: not found\n", "sh: 1: no-such-program: not found"),
        ("Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\n", "Traceback (most recent call last):"),
        ("", ""),
    ],
)  # fmt: skip
def test_others(log: str, reason: str) -> None:
    """Java, R, C++ and the shell."""
    assert error_of(log) == reason
