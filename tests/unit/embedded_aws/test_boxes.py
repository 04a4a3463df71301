"""What is said where there are no boxes, and what functions get there all the same."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from embedded_aws.box.view import problem
from embedded_aws.ministack.functions import starting
from embedded_aws.sagemaker.jobs.launcher import not_boxed, note_boxes
from embedded_aws.settings import Settings
from tests.integration.executor.lab import not_here

_CANARY = "canary-of-the-owner"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder."""
    (tmp_path / "state").mkdir()
    return tmp_path


def test_nothing_is_said_where_all_is_boxed(state: Path) -> None:
    """Nor where no server has run yet."""
    assert not_boxed(state) == ""
    if problem():
        not_here(problem())
    note_boxes(state, Settings())
    assert not_boxed(state) == ""


def test_a_chosen_backend_is_said(state: Path) -> None:
    """Who has chosen the rewriting backend reads by which setting."""
    if problem():
        not_here(problem())
    note_boxes(state, Settings(job_backend="rewriting", job_backend_from="THE_SETTING"))
    assert not_boxed(state) == "jobs are not boxed here: THE_SETTING=rewriting"


def test_without_namespaces_all_is_said(state: Path) -> None:
    """In a user namespace that allows no further ones: one line, with what the kernel has said."""
    if problem():
        not_here(problem())
    code = f"""
from pathlib import Path
from embedded_aws.box.kernel import LIBC
from embedded_aws.box.root import write
from embedded_aws.sagemaker.jobs.launcher import chosen_backend, not_boxed, note_boxes
from embedded_aws.settings import Settings
LIBC.unshare(0x10000000)
write("/proc/self/setgroups", "deny")
write("/proc/self/uid_map", "{os.getuid()} {os.getuid()} 1")
write("/proc/sys/user/max_user_namespaces", "0")
note_boxes(Path({str(state)!r}), Settings())
print(chosen_backend(Settings()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "rewriting\n", done.stderr
    said = not_boxed(state)
    assert said.startswith("jobs, builds and functions are not boxed here: no namespaces without privileges (OSError:")
    assert len(said.splitlines()) == 1


def test_functions_without_a_box_have_their_own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this process's variables but the path; a home of their own, which goes with them."""
    monkeypatch.setenv("OWNERS", _CANARY)
    given = {**os.environ, "FUNCTIONS_OWN": "yes"}
    code = "import os; print(*os.environ); print(os.environ['HOME'], os.path.isdir(os.environ['HOME']))"
    module = starting(None)(subprocess)
    process = module.Popen([sys.executable, "-c", code], env=given, cwd="/", stdout=module.PIPE, text=True)
    names, home = process.communicate()[0].splitlines()
    assert set(names.split()) <= {
        "PATH",
        "PYTHONPATH",
        "LD_LIBRARY_PATH",
        "HOME",
        "TMPDIR",
        "FUNCTIONS_OWN",
        "LC_CTYPE",
    }
    assert "FUNCTIONS_OWN" in names
    assert home.endswith(" True")
    del process
    assert not Path(home.split()[0]).exists()
    done = module.run([sys.executable, "-c", code], env=given, capture_output=True, text=True, check=True)
    assert _CANARY not in done.stdout
    assert "OWNERS" not in done.stdout.split()
