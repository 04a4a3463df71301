"""A container without a network, as ``unshare --net --pid`` leaves it: brings its loopback up; runs a job, or a server and one request.

python isolated.py train | python isolated.py serve BODY ANSWER
"""

import fcntl
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

_TYPE = "application/jsonlines"
_ENTRY = "sagemaker_xgboost_entry"
_URL = "http://127.0.0.1:8080"


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        fcntl.ioctl(probe, 0x8914, struct.pack("16sh14x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP


def _no_way_out() -> None:
    """The namespace has no route: what needs one fails at once, and this says so first."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 443))
        except OSError:
            return
    sys.exit("this is no isolated container: there is a route")


def _ask(server: "subprocess.Popen[bytes]", body: bytes) -> bytes:
    """The answer to one request, once /ping says that the server is ready."""
    while server.poll() is None:
        try:
            with urllib.request.urlopen(f"{_URL}/ping", timeout=60):  # noqa: S310 (own loopback)
                break
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    else:
        sys.exit(server.returncode or 1)
    request = urllib.request.Request(f"{_URL}/invocations", body, {"Content-Type": _TYPE, "Accept": _TYPE})  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return bytes(answer.read())


def main() -> int:
    """Exit code of the job, or of the server that did not come up."""
    _loopback_up()
    _no_way_out()
    if sys.argv[1] == "train":
        return subprocess.run([sys.executable, "-m", _ENTRY, "train"], check=False).returncode
    server = subprocess.Popen(
        [sys.executable, "-m", _ENTRY, "serve"]
    )  # ends with this process, the first of its namespace
    Path(sys.argv[3]).write_bytes(_ask(server, Path(sys.argv[2]).read_bytes()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
