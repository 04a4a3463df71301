"""Jobs in a box: a job that tries to see, change or leave behind what it should not gets nothing, and nothing of it is published."""

import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded_aws.box.view import Box, command, problem
from tests.integration.executor.lab import IMAGE, LOGS, READS, not_here, own
from tests.integration.executor.test_steps import _archive, _model, _training, _transform
from tests.security.attacks import CANARY, Heart, Site, abstract_socket, landlock_version, site

ROOT = Path(__file__).parents[2]
_EVERY_FILE = "(os.path.join(p, n) for p, d, f in os.walk('/') if not p.startswith('/proc') for n in (*d, *f))"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """See ``site``."""
    with site(tmp_path_factory.mktemp("box")) as found:
        yield found


@pytest.mark.parametrize("isolated", [True, False], ids=["isolated", "with network"])
def test_nothing_of_the_owner_is_seen(place: Site, isolated: bool) -> None:
    """Neither home nor state folder nor the checkout's other parts are there; the home is scratch."""
    hidden = [place.home, place.state, *(ROOT / name for name in ("tests", ".git", "seed_code", "pyproject.toml"))]
    hidden += [Path("/run"), Path("/home"), Path("/sys"), Path("/etc/shadow"), Path("/var/run")]
    code = f"found = [p for p in {[str(path) for path in hidden]!r} if os.path.lexists(p)]"
    assert place.found(code, isolated=isolated) == []
    code = "found = [os.environ['HOME'], os.path.expanduser('~root'), *os.listdir('/tmp')]"
    leads = [*ROOT.relative_to("/tmp").parts[:1]] if ROOT.is_relative_to("/tmp") else []  # to this checkout's library
    assert place.found(code, isolated=isolated) == ["/tmp", "/tmp", *leads]


def test_libraries_are_seen(place: Site) -> None:
    """The interpreter, its libraries and the platform's package work."""
    assert place.found("import pandas, mlops.monitoring\nfound = pandas.DataFrame({'a': [1]}).a.sum().item()") == 1


def test_a_home_below_the_system_s_folders_is_hidden(tmp_path: Path) -> None:
    """Where home or state lie below a folder that is shown, they are empty, and what is to be seen below them is there."""
    if problem():
        not_here(problem())
    for name in ("stage", "shown/home/library", "shown/other"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "shown" / "home" / "secret").touch()
    shown = tmp_path / "shown"
    box = Box([str(shown), str(shown / "home" / "library")], [str(shown / "home")])
    done = subprocess.run(
        command(box.view(tmp_path / "stage", {}), ["/bin/ls", "-A", str(shown), str(shown / "home")]),
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    assert done.stdout.split() == [f"{shown}:", "home", "other", f"{shown}/home:", "library"]


def test_boxes_work_from_everywhere(tmp_path: Path) -> None:
    """Whether there are boxes does not depend on the folder in which the server is started."""
    code = "from embedded_aws.box.view import problem; print(problem())"
    found = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=found, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == problem()


def test_no_other_job_is_seen(place: Site) -> None:
    """Neither the folders nor the processes of a job that runs at the same time."""
    write = "import time\nopen('/opt/ml/canary-of-a-job', 'w').close()\nprint('there', flush=True)\ntime.sleep(60)\nfound = 0"
    pipeline = place.lab.create([place.lab.script("Other", write)])
    arn = place.lab.start(pipeline)
    place.lab.until(arn, "Other", "Executing")
    while not list(place.state.rglob("canary-of-a-job")):
        assert place.lab.steps(arn)["Other"]["StepStatus"] == "Executing"
    code = f"found = [p for p in {_EVERY_FILE} if 'canary-of-a-job' in p]\n"
    code += "found += [n for n in os.listdir('/proc') if n.isdigit() and int(n) > os.getpid()]"
    try:
        assert place.found(code) == []
        assert place.found("found = sorted(int(n) for n in os.listdir('/proc') if n.isdigit())") == [1, 2]
    finally:
        place.lab.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="x" * 32)
        place.lab.wait(arn)


def test_the_environment_is_the_job_s_own(place: Site) -> None:
    """No process that a job can look at holds the owner's variables, nor does it itself: not even where it began."""
    code = "found = [open(f'/proc/{n}/environ').read() for n in os.listdir('/proc') if n.isdigit()]"
    environments = "".join(place.found(code))
    assert "PATH=" in environments
    assert CANARY not in environments
    assert "agent" not in environments
    names = set(place.found("found = sorted(os.environ)", isolated=True))
    assert names <= {"PATH", "LANG", "HOME", "TMPDIR", "JOBS_OWN", "LC_CTYPE"}
    assert {"JOBS_OWN", "HOME"} <= names


_MEMORY = """
word, turned, found = {0!r}, bytes(byte ^ 1 for byte in range(256)), 0
with open('/proc/self/maps') as maps, open('/proc/self/mem', 'rb') as memory:
    for line in maps:
        low, high = (int(part, 16) for part in line.split()[0].split('-'))
        if line.split()[1].startswith('r') and '[v' not in line:
            memory.seek(low)
            found += tried(lambda: memory.read(high - low)).translate(turned).count(word)
"""


def test_no_earlier_job_is_in_its_memory(place: Site) -> None:
    """The fork server, of whose memory every job has a copy, has never read what a job was given."""
    given = b"memory-of-a-job"
    searched = bytes(byte ^ 1 for byte in given)  # the search must not find itself
    step = place.lab.script("First", "pass", arguments={"Environment": {"GIVEN": given.decode()}})
    assert place.lab.run([step]).status == "Succeeded"
    there = f"kept = bytes(byte ^ 1 for byte in {searched!r})\n"
    assert (
        place.found(_MEMORY.format(searched)) == 0
    )  # the very next one: its process was made after the first one's request
    assert place.found(there + _MEMORY.format(searched)) > 0


def test_credentials_are_the_job_s_own(place: Site) -> None:
    """An isolated job has none; any other has the session of its role."""
    code = "found = sorted(name for name in os.environ if name.startswith('AWS'))"
    assert place.found(code, isolated=True) == []
    role = place.lab.role("job", {"Effect": "Allow", **READS}, {"Effect": "Allow", **LOGS})
    step = place.lab.script("Attack", "import os\nprint('FOUND', '\"' + os.environ['AWS_ACCESS_KEY_ID'] + '\"')")
    step["Arguments"]["RoleArn"] = role
    lines = place.lines(place.lab.run([step]))
    assert any(line.startswith('FOUND "ASIA') for line in lines), lines


@pytest.mark.parametrize(
    "path",
    [
        "sys.executable",
        "os.__file__",
        "numpy.__file__",
        "mlops.__file__",
        "'/usr/bin/new'",
        "'/etc/passwd'",
        "'/etc/ssl/certs/new'",
        "'/proc/sys/kernel/core_pattern'",
        "'/dev/new'",
        "'/new'",
    ],
)
def test_nothing_outside_can_be_written(place: Site, path: str) -> None:
    """The interpreter, libraries, the platform's code and the system are read-only, even for their owner."""
    code = f"import mlops, numpy\nfound = tried(lambda: open(os.path.realpath({path}), 'ab').close())"
    assert place.found(code) in {"OSError", "PermissionError"}


_KERNEL = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)

def called(name, *arguments):
    return 'done' if getattr(libc, name)(*arguments) >= 0 else os.strerror(ctypes.get_errno())

status = dict(line.split(':', 1) for line in open('/proc/self/status'))
"""


@pytest.mark.parametrize(
    "attempt",
    [
        "called('mount', None, b'/usr', None, ctypes.c_ulong(0x1020), None)",  # remount, writable
        "called('mount', None, b'/', None, ctypes.c_ulong(0x1020), None)",
        "called('mount', b'tmpfs', b'/tmp', b'tmpfs', ctypes.c_ulong(0), None)",
        "called('umount2', b'/usr', 2)",
        "called('unshare', 0x10000000)",  # a user namespace, in which privileges would come back
        "called('unshare', 0x20000)",
        "called('sethostname', b'x', 1)",
        "called('chroot', b'/tmp')",
        "tried(lambda: os.mknod('/tmp/disk', 0o60600, os.makedev(254, 0)) or 'done')",
        "tried(lambda: os.chmod('/dev/null', 0o600) or 'done')",
        "tried(lambda: os.setuid(12345) or 'done')",
    ],
)
def test_no_privilege_is_left(place: Site, attempt: str) -> None:
    """What would need one is refused."""
    assert place.found(f"{_KERNEL}\nfound = {attempt}") != "done"


def test_no_privilege_comes_back(place: Site) -> None:
    """No capability in any set, none by a program's file, and no mount honours set-user-ID or devices but for the five of /dev."""
    code = f"{_KERNEL}\nfound = [status[n].strip() for n in ('CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs')]"
    assert place.found(code) == [*["0" * 16] * 4, "1"]
    code = "found = [l.split()[1:4] for l in open('/proc/self/mounts')]"
    mounts = {path: set(options.split(",")) for path, _, options in place.found(code)}
    assert all("nosuid" in options for options in mounts.values())
    devices = {f"/dev/{name}" for name in ("full", "null", "random", "urandom", "zero")}
    assert {path for path, options in mounts.items() if "nodev" not in options} == devices
    assert {path for path, options in mounts.items() if "rw" in options} == {"/opt/ml", "/tmp", "/dev/shm"}


def test_other_processes_are_out_of_reach(place: Site) -> None:
    """The server and whoever started it can neither be signalled nor traced; a kill of everybody ends the job alone."""
    pids = [place.pid, os.getpid()]
    code = f"{_KERNEL}\nfound = [tried(lambda: os.kill(pid, 0) or 'done') for pid in {pids}]\n"
    code += f"found += [called('ptrace', 16, pid, None, None) for pid in {pids}]"
    assert "done" not in place.found(code)
    outcome = place.job("os.kill(-1, 9)\nfound = 0")
    assert outcome.status in {"Succeeded", "Failed"}
    assert place.answers()


def test_an_isolated_job_reaches_nobody(place: Site) -> None:
    """Neither the server nor anything else by the network."""
    host, port = place.lab.endpoint.removeprefix("http://").split(":")
    code = f"import socket\nplaces = [({host!r}, {port}), ('192.0.2.1', 53)]\n"
    code += "found = [tried(lambda: socket.create_connection(at, 2) and 'done') for at in places]"
    assert "done" not in place.found(code, isolated=True)


def test_sockets_of_the_host_are_out_of_reach(place: Site) -> None:
    """An agent's socket is not there; sockets without a path are refused though the network is the host's."""
    code = f"import socket\nfound = tried(lambda: socket.socket(1).connect({str(place.home / 'agent')!r}) or 'done')"
    assert place.found(code) == "FileNotFoundError"
    with abstract_socket() as name:
        code = f"import socket\nfound = tried(lambda: socket.socket(1).connect('\\0{name}') or 'done')"
        assert place.found(code, isolated=True) != "done"
        if landlock_version() < 6:
            pytest.skip("NOT TESTED HERE: this kernel's Landlock cannot restrict sockets without a path (Linux 6.12)")
        assert place.found(code) == "PermissionError"


def test_processes_are_limited(place: Site) -> None:
    """A fork bomb ends at the box's limit, and the next job runs."""
    code = """
found = 0
try:
    while found < 5000:
        if os.fork() == 0:
            import time
            time.sleep(60)
        found += 1
except OSError:
    pass
"""
    assert 100 < place.found(code) < 2500
    assert place.found("found = 1") == 1


def test_nothing_is_left_running(place: Site) -> None:
    """A daemon in a session of its own ends with its job."""
    heart = Heart()
    assert place.found(heart.daemon) == []
    assert heart.beats(0.1)
    assert heart.beats(0.2) == 0
    heart.close()


_OUT = "/opt/ml/processing"
_LEFT = {
    "a symbolic link": f"os.symlink('/etc/passwd', '{_OUT}/z/odd')",
    "a symbolic link to a folder": f"os.symlink('/etc', '{_OUT}/z/odd')",
    "a link in the folder's place": f"os.rmdir('{_OUT}/z'); os.symlink('/etc', '{_OUT}/z')",
    "a pipe": f"os.mkfifo('{_OUT}/z/odd')",
    "a socket": f"import socket; socket.socket(1).bind('{_OUT}/z/odd')",
}


@pytest.mark.parametrize("left", _LEFT.values(), ids=_LEFT)
def test_odd_outputs_fail_the_job(place: Site, left: str) -> None:
    """One reason that names the file; nothing is uploaded, of no output."""
    code = f"open('{_OUT}/a/good', 'w').write('x'); {left}; found = 0"
    outcome = place.job(code, outputs={"a": own("a"), "z": own("z")})
    reason = outcome.reason("Attack")
    assert outcome.status == "Failed"
    assert reason.startswith("ClientError: output processing/z"), reason
    assert str(place.state) not in reason
    assert place.lab.keys(f"out/{outcome.arn.rsplit('/', 1)[-1]}") == []


def test_a_model_is_made_of_files(place: Site) -> None:
    """A link in /opt/ml/model fails the training; there is no model.tar.gz, nor is a link followed in messages."""
    text = "import os\nos.symlink('/etc/passwd', '/opt/ml/model/odd')\n"
    source = place.lab.put("box/source.tar.gz", _archive({"train.py": text}))
    outcome = place.lab.run([_training("Train", source)])
    assert outcome.reason("Train").startswith("ClientError: output model/odd is a symbolic link"), outcome.steps
    described = place.lab.job(outcome, "Train")
    prefix = described["OutputDataConfig"]["S3OutputPath"].removeprefix(place.lab.uri(""))
    assert [key for key in place.lab.keys(prefix) if described["TrainingJobName"] in key] == []


def test_answers_are_files(place: Site) -> None:
    """A serving function that puts a link in an answer's place publishes nothing."""
    code = "import os\ndef model_fn(d): return 1\ndef transform_fn(m, body, kind, accept):\n"
    code += "    os.symlink('/etc/passwd', '/opt/ml/transform/answers/link')\n    return body\n"
    model = place.lab.put("box/model.tar.gz", _archive({"code/inference.py": code}))
    source = place.lab.put("box/in/a.csv", "1\n").removesuffix("/a.csv")
    outcome = place.lab.run([_model({"Image": IMAGE, "ModelDataUrl": model}), _transform(source)])
    assert outcome.reason("Score").startswith("ClientError: output transform/answers/link is a symbolic link")
    target = place.lab.job(outcome, "Score")["TransformOutput"]["S3OutputPath"]
    assert place.lab.keys(target.removeprefix(place.lab.uri(""))) == []


def test_a_failure_message_is_no_link(place: Site) -> None:
    """What the server reads of a failed job it does not follow."""
    secret = place.home / ".ssh" / "id_ed25519"
    outcome = place.job(f"os.symlink({str(secret)!r}, '/opt/ml/output/message')\nraise SystemExit(1)\nfound = 0")
    assert outcome.status == "Failed"
    assert CANARY not in outcome.reason("Attack")


def test_an_archive_does_not_leave_the_job_s_folder(place: Site) -> None:
    """A model whose archive has a link to the outside is refused by the member's name."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as bad:
        entry = tarfile.TarInfo("odd")
        entry.type, entry.linkname = tarfile.SYMTYPE, str(place.home)
        bad.addfile(entry)
    model = place.lab.put("box/bad.tar.gz", raw.getvalue())
    source = place.lab.put("box/in/a.csv", "1\n").removesuffix("/a.csv")
    outcome = place.lab.run([_model({"Image": IMAGE, "ModelDataUrl": model}), _transform(source)])
    assert "member 'odd' is a link that leads outside the folder" in outcome.reason("Score")
