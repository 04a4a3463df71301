"""MiniStack's settings, which it reads from the environment when it is imported."""

import os
from pathlib import Path


def prepare(state: Path, port: int, *, persist: bool) -> None:
    """Set its environment for a server on a loopback port whose state lies in a folder; before MiniStack is imported."""
    temporary = state / "tmp"
    temporary.mkdir(exist_ok=True)
    flag = "1" if persist else "0"
    os.environ.update(
        GATEWAY_PORT=str(port),
        BIND_HOST="127.0.0.1",
        MINISTACK_HOST="127.0.0.1",
        AUTH="true",
        PERSIST_STATE=flag,
        STATE_DIR=str(state / "state"),
        S3_PERSIST=flag,
        S3_DATA_DIR=str(state / "s3"),
        TMPDIR=str(temporary),
        SFTP_ENABLED="0",
        IOT_MTLS_ENABLED="0",
        LOG_LEVEL="INFO",
        DOCKER_HOST="unix:///nonexistent",
    )
