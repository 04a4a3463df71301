"""What a job has written, sent to CloudWatch Logs while it runs."""

from pathlib import Path

from embedded_aws.gateway import Gateway


class LogShipper:
    """Sends what has been added to a file since the last look."""

    def __init__(self, aws: Gateway, group: str, stream: str, file: Path) -> None:
        self._aws, self._group, self._stream, self._file, self._offset = aws, group, stream, file, 0

    def ship(self, *, last: bool = False) -> None:
        """Send the complete lines; with ``last`` also one that has no end yet."""
        if not self._file.is_file():
            return
        with self._file.open("rb") as opened:
            opened.seek(self._offset)
            new = opened.read()
        complete = new if last else new[: new.rfind(b"\n") + 1]
        if complete:
            self._offset += len(complete)
            self._aws.log(self._group, self._stream, complete.decode(errors="replace").splitlines())
