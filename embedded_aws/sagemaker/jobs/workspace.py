"""The folder that a job sees as /opt/ml, and its two ways of seeing it."""

import json
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from embedded_aws.box.files import read_plain
from embedded_aws.sagemaker.jobs import archive
from embedded_aws.service import ServiceError

OPT_ML = "/opt/ml"
_OPT_ML = re.compile(r"(?<![\w.-])/opt/ml(?![\w-])")  # neither /opt/mlflow nor s3://bucket/opt/ml
_OPT_ML_BYTES = re.compile(_OPT_ML.pattern.encode())
_REWRITTEN = {".py", ".sh", ".json", ".txt", ".toml", ".cfg", ".ini", ".yaml", ".yml"}
_SMALL = 1_000_000  # bytes; scripts and settings are smaller, data files are not touched


class Workspace:
    """A job's own folder tree; ``rewriting`` says that paths in its text files have to be rewritten."""

    def __init__(self, folder: Path, *, rewriting: bool) -> None:
        self.folder, self.root, self._rewriting = folder, folder / "ml", rewriting
        shutil.rmtree(folder, ignore_errors=True)
        for name in ("input/config", "input/data", "model", "output/data", "output/metrics/cloudwatch"):
            (self.root / name).mkdir(parents=True)
        self.scratch.mkdir()
        self.stage.mkdir()

    @property
    def scratch(self) -> Path:
        """The job's home and /tmp."""
        return self.folder / "scratch"

    @property
    def stage(self) -> Path:
        """An empty folder on which the job's root is built."""
        return self.folder / "stage"

    @property
    def log(self) -> Path:
        """File of standard output and error."""
        return self.folder / "log"

    def path(self, local: str) -> Path:
        """The real path of ``/opt/ml/...``.

        Raises:
            ServiceError: it would leave the folder.
        """
        if ".." in Path(local).parts:
            raise ServiceError("ValidationException", f"path {local}: must not go up")
        return self.root / local.removeprefix(OPT_ML).lstrip("/")

    def seen(self, local: str) -> str:
        """The path by which the job knows ``/opt/ml/...``."""
        return _OPT_ML.sub(lambda _: str(self.root), local) if self._rewriting else local

    def write_json(self, local: str, value: Any) -> None:
        """Write a settings file."""
        target = self.path(local)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(value))

    def rewrite_files(self, folders: Sequence[Path]) -> None:
        """In copies of scripts and settings, put the real path where they say /opt/ml (rewriting backend only)."""
        if not self._rewriting:
            return
        for file in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
            if file.name.endswith(".tar.gz") and file.stat().st_size < _SMALL:
                self._rewrite_archive(file)
            elif file.suffix in _REWRITTEN and file.stat().st_size < _SMALL:
                self._rewrite(file)

    def _rewrite(self, file: Path) -> None:
        content = file.read_bytes()
        changed = _OPT_ML_BYTES.sub(lambda _: str(self.root).encode(), content)
        if changed != content:
            file.write_bytes(changed)

    def _rewrite_archive(self, file: Path) -> None:
        """Source archives that the job itself unpacks (the SDK's framework processors do)."""
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            folder = Path(name)
            archive.unpack(file, folder)
            self.rewrite_files([folder])
            file.write_bytes(archive.pack(folder))

    def arguments(self, argv: Sequence[str]) -> list[str]:
        """Command arguments as the job has to get them."""
        return [self.seen(argument) for argument in argv]

    def environment(self, env: Mapping[str, str]) -> dict[str, str]:
        """Environment values as the job has to get them."""
        return {key: self.seen(value) for key, value in env.items()}

    def note(self, line: str) -> None:
        """Put a line of our own into the job's log."""
        with self.log.open("a") as log:
            log.write(f"[embedded AWS] {line}\n")

    def text(self, local: str) -> str:
        """A small text file that the job may have written, stripped; empty where it has not."""
        return (read_plain(self.path(local), self.root, 4096) or b"").decode(errors="replace").strip()[:1024]

    def remove(self) -> None:
        """Delete everything."""
        shutil.rmtree(self.folder, ignore_errors=True)
