"""Sends prepared payloads to a model server of the image's own; a script inside the job, standard library only.

Arguments: folder with payloads (000000, 000001, ...), folder for answers, content type, accept type, then the server's command.
Contract (SageMaker's "Use Your Own Inference Code with Batch Transform"): GET /ping answers 200 when the server is ready, POST
/invocations answers a payload. The server has to listen on the port in SAGEMAKER_BIND_TO_PORT (8080 where nothing else can be there).
"""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

_READY = 120.0  # seconds until /ping has to answer


def main() -> None:
    """Start the server, answer every payload in order, stop the server."""
    payloads, answers, content_type, accept, *command = sys.argv[1:]
    port = _free_port()
    environment = {**os.environ, "SAGEMAKER_BIND_TO_PORT": str(port), "SAGEMAKER_BATCH": "true"}
    server = subprocess.Popen(command, env=environment)
    base = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(server, f"{base}/ping")
        headers = {"Content-Type": content_type, "Accept": accept}
        for payload in sorted(Path(payloads).iterdir()):
            url = f"{base}/invocations"
            request = urllib.request.Request(url, payload.read_bytes(), headers, method="POST")  # noqa: S310 (loopback)
            body, answered = _answer(request, payload.name)
            (Path(answers) / payload.name).write_bytes(body)
            (Path(answers).parent / "content-type").write_text(answered or accept)
    finally:
        server.terminate()
        server.wait(timeout=10)


def _free_port() -> int:
    for wanted in (8080, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", wanted))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    sys.exit("no free port for the model server")


def _wait_until_ready(server: "subprocess.Popen[bytes]", url: str) -> None:
    deadline = time.monotonic() + _READY
    while time.monotonic() < deadline:
        if server.poll() is not None:
            sys.exit(f"the model server ended with exit code {server.returncode} before it was ready")
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    sys.exit(f"the model server did not answer /ping within {_READY:g} s")


def _answer(request: urllib.request.Request, name: str) -> tuple[bytes, str]:
    """Body and content type."""
    try:
        with urllib.request.urlopen(request, timeout=600) as answer:  # noqa: S310
            return bytes(answer.read()), str(answer.headers.get("Content-Type") or "")
    except urllib.error.HTTPError as error:
        sys.exit(
            f"the model server answered {error.code} to payload {name}: {error.read()[:200].decode(errors='replace')}"
        )


if __name__ == "__main__":
    main()
