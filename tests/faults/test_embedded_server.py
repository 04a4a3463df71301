"""The embedded AWS under kill -9, restarts and rivals: nothing is left behind, and executions can be finished."""

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mlops.errors import RefusedInput
from mlops.platform import server
from tests.integration.executor.lab import BACKENDS, IMAGES, Lab, backend_chosen, own, processing, python

_LIGHT = '[[image]]\nuri = "*sagemaker-xgboost:*"\n'  # no libraries to import at every start
_WORK = """
import pathlib, subprocess, sys, time
token = sys.argv[1]
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)", token])
flag = pathlib.Path("/opt/ml/processing/flag/go")
while not flag.exists():
    time.sleep(0.05)
pathlib.Path("/opt/ml/processing/out/f").write_text("done")
"""


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> str:
    """A mark that every process of a test carries in its environment or command line."""
    mark = f"mark-{uuid.uuid4().hex}"
    monkeypatch.setenv("EXECUTOR_TEST_MARK", mark)
    return mark


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each job backend."""
    with backend_chosen(request.param):
        yield request.param


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state folder; what still runs on it in the end is stopped."""
    (tmp_path / "images.toml").write_text(IMAGES + _LIGHT)
    yield tmp_path
    server.stop(tmp_path)


def _marked(token: str) -> dict[int, str]:
    """Processes that carry the mark, but for this one."""
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            line, environment = (folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()
            zombie = (folder / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            continue
        if not zombie and token.encode() in line + environment:
            found[int(folder.name)] = line.replace(b"\0", b" ").decode()
    return found


def _eventually(done: Callable[[], Any], what: str, timeout: float = 10) -> None:
    deadline = time.monotonic() + timeout
    while not done():
        assert time.monotonic() < deadline, what
        time.sleep(0.03)


def _gone(token: str) -> None:
    _eventually(lambda: not _marked(token), f"left behind: {_marked(token)}")


def _free(endpoint: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(endpoint.rsplit(":", 1)[-1]))) != 0


def _working(lab: Lab, token: str, flag: str) -> str:
    """Start an execution whose second step works, with a child, until a flag is there."""
    lab.put(f"{flag}/note", "x")
    first = processing(
        "First", python("open('/opt/ml/processing/out/f','w').write('1')"), outputs={"out": own("First")}
    )
    inputs = {"flag": lab.uri(flag)}
    work = lab.script("Work", _WORK, inputs=inputs, outputs={"out": own("Work")}, DependsOn=["First"])
    work["Arguments"]["AppSpecification"]["ContainerArguments"] = [token]
    arn = lab.start(lab.create([first, work]))
    _eventually(
        lambda: any("time.sleep(300)" in line for line in _marked(token).values()), f"no job: {lab.steps(arn)}", 20
    )
    return arn


def _resume(lab: Lab, arn: str, flag: str) -> None:
    lab.put(f"{flag}/go", "x")
    lab.sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="t" * 32)
    done = lab.wait(arn)
    assert done.statuses == {"First": "Succeeded", "Work": "Succeeded"}, done.steps
    assert lab.read(f"out/{arn.rsplit('/', 1)[-1]}/Work/f") == b"done"


def test_kill_of_the_server(state: Path, backend: str, token: str) -> None:
    """Kill -9 of the server: fork servers, jobs and their children go, the port is free; ``mlops run resume`` finishes."""
    first = server.start(state, owner=True)
    lab = Lab(first, backend)
    arn = _working(lab, token, "flag")
    before = lab.steps(arn)["First"]
    os.kill(first.pid, signal.SIGKILL)
    _gone(token)
    _eventually(lambda: _free(first.endpoint), "the port is still taken")
    second = server.start(state, owner=True)
    lab = Lab.__new__(Lab)
    lab.running, lab.backend = second, backend
    found = lab.wait(arn)
    assert found.status == "Failed"
    assert "the embedded AWS was stopped while this ran" in found.reason("Work")
    assert lab.job(found, "Work")["ProcessingJobStatus"] == "Failed"
    lab.put("flag/go", "x")
    resumed = subprocess.run(
        [sys.executable, "-m", "mlops", "run", "resume", arn.rsplit("/", 1)[-1]],
        env={**os.environ, "MLOPS_STATE_DIR": str(state)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert resumed.returncode == 0, resumed.stderr
    assert lab.wait(arn).statuses == {"First": "Succeeded", "Work": "Succeeded"}
    assert lab.steps(arn)["First"] == before
    second.stop()
    _gone(token)


def test_kill_of_a_job(state: Path, backend: str, token: str) -> None:
    """Kill -9 of a job: its children go, the step fails with the exit code of a killed process, a resume finishes."""
    with server.start(state, persist=False, owner=True) as running:
        lab = Lab(running, backend)
        arn = _working(lab, token, "flag")
        child = next(pid for pid, line in _marked(token).items() if "time.sleep(300)" in line)
        os.kill(_parent(child), signal.SIGKILL)
        failed = lab.wait(arn)
        assert failed.reason("Work") == "AlgorithmError: see the logs, exit code: 137"
        _eventually(lambda: child not in _marked(token), "the job's child is left behind")
        _resume(lab, arn, "flag")
    _gone(token)


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _fork_server_of(pid: int, server_pid: int) -> int:
    """The ancestor of a job's process that is the server's own child (there is one fork server an image environment)."""
    while _parent(pid) != server_pid:
        pid = _parent(pid)
    return pid


def test_kill_of_the_fork_server(state: Path, backend: str, token: str) -> None:
    """Kill -9 of a fork server: its jobs and their children go; the next job gets a new one."""
    with server.start(state, persist=False, owner=True) as running:
        lab = Lab(running, backend)
        arn = _working(lab, token, "flag")
        children = {pid for pid, line in _marked(token).items() if "time.sleep(300)" in line}
        os.kill(_fork_server_of(min(children), running.pid), signal.SIGKILL)
        failed = lab.wait(arn)
        assert failed.reason("Work").startswith("InternalServerError: ServerLost")
        _eventually(lambda: not children & set(_marked(token)), "a job's child is left behind")
        _resume(lab, arn, "flag")
    _gone(token)


def test_stop_with_running_jobs(state: Path, backend: str, token: str) -> None:
    """A normal stop ends everything within seconds, frees the port and clears the jobs' folders."""
    running = server.start(state, persist=False, owner=True)
    _working(Lab(running, backend), token, "flag")
    began = time.monotonic()
    running.stop()
    assert time.monotonic() - began < 5
    _gone(token)
    _eventually(lambda: _free(running.endpoint), "the port is still taken")
    assert server.status(state) is None


def test_server_ends_with_its_owner(state: Path, token: str) -> None:
    """A server started for one process ends when that process is killed."""
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom mlops.platform import server\n"
        "server.start(Path(sys.argv[1]), owner=True)\ntime.sleep(300)"
    )
    owner = subprocess.Popen([sys.executable, "-c", code, str(state)])
    try:
        _eventually(lambda: server.status(state) is not None, "no server", 30)
    finally:
        owner.kill()
        owner.wait()
    _gone(token)


def test_second_server_on_one_folder(state: Path) -> None:
    """Two servers on one folder: the second is refused, by the library and by the lock itself."""
    with server.start(state, persist=False, owner=True) as running:
        with pytest.raises(RefusedInput, match=r"runs on .* already"):
            server.start(state)
        command = [sys.executable, "-m", "embedded_aws.process", "--state-dir", str(state), "--port", "1"]
        rival = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        assert (rival.returncode, rival.stderr.strip()) == (3, f"another embedded AWS runs on {state}")
        assert server.status(state) is not None
        assert running.endpoint == server.status(state).endpoint  # type: ignore[union-attr]


def test_port_is_taken(state: Path) -> None:
    """A port that somebody uses is refused."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(RefusedInput, match=f"port {taken.getsockname()[1]}: Address already in use"):
            server.start(state, port=taken.getsockname()[1])


def test_unknown_backend_is_refused(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt MLOPS_JOB_BACKEND stops the start, which says why."""
    monkeypatch.setenv("MLOPS_JOB_BACKEND", "docker")
    with pytest.raises(RefusedInput, match=r"^MLOPS_JOB_BACKEND=docker: must be namespace or rewriting$"):
        server.start(state)


def test_state_survives_a_restart(state: Path) -> None:
    """Pipelines, executions, model versions, objects and metrics' alarms are there again after a stop and a start."""
    with server.start(state, owner=True) as running:
        lab = Lab(running, "x")
        lab.put("kept", "bytes")
        step = processing("One", python("open('/opt/ml/processing/out/f','w').write('1')"), outputs={"out": own("One")})
        done = lab.wait(lab.start(lab.create([step], name="kept")))
        lab.sagemaker.create_model_package_group(ModelPackageGroupName="g")
        versions = [lab.sagemaker.create_model_package(ModelPackageGroupName="g")["ModelPackageArn"] for _ in range(2)]
        lab.sagemaker.delete_model_package(ModelPackageName=versions[1])
        lab.client("ssm").put_parameter(Name="/pointer", Value="v1", Type="String")
    with server.start(state, owner=True) as running:
        again = Lab.__new__(Lab)
        again.running, again.backend = running, "x"
        assert again.read("kept") == b"bytes"
        assert again.wait(done.arn).steps == done.steps
        assert again.sagemaker.describe_pipeline(PipelineName="kept")["PipelineStatus"] == "Active"
        assert again.client("ssm").get_parameter(Name="/pointer")["Parameter"]["Value"] == "v1"
        third = again.sagemaker.create_model_package(ModelPackageGroupName="g")["ModelPackageArn"]
        assert third.endswith("/3")  # a version number is never used again


def test_wipe_needs_a_stopped_server(state: Path) -> None:
    """Wiping deletes what the server owns and nothing else, and never under a running server."""
    with server.start(state, owner=True), pytest.raises(RefusedInput, match="stop it first"):
        server.wipe(state)
    server.wipe(state)
    assert [path.name for path in state.iterdir()] == ["images.toml"]
