"""A container of the XGBoost image as the real toolkit sees it, without the image: a fresh environment, ``/opt/ml``, no network.

``/opt/ml`` is another folder (SAGEMAKER_BASE_DIR, the toolkit's own variable) and nginx, a mere proxy, is left out
(SAGEMAKER_USE_NGINX); everything else is what SageMaker and the image set.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# without a network, and with processes of its own that end with the first one
UNSHARE = ("unshare", "--map-root-user", "--net", "--pid", "--fork", "--kill-child")
_TOOLKIT = Path(__file__).with_name("toolkit")
_ENTRY = "sagemaker_xgboost_entry"
_GUNICORN = "import sys\nfrom gunicorn.app.wsgiapp import run\nsys.exit(run())\n"


@dataclass(frozen=True)
class Container:
    """One start of the image; ``base`` stands for /opt/ml."""

    base: Path
    python: Path
    environment: Mapping[str, str]

    @staticmethod
    def start(folder: Path, toolkit: Path, variables: Mapping[str, str]) -> "Container":
        """A fresh one, with the job's own variables; what it installs goes into an environment of its own."""
        base, python = folder / "ml", _environment(folder / "image", toolkit)
        for name in ("input/config", "input/data", "model", "output/data"):
            (base / name).mkdir(parents=True)
        home = folder / "home"
        home.mkdir()
        environment = {
            "PATH": f"{python.parent}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "SAGEMAKER_TRAINING_MODULE": f"{_ENTRY}:training",
            "SAGEMAKER_SERVING_MODULE": f"{_ENTRY}:serving",
            "SAGEMAKER_BASE_DIR": str(base),
            "SAGEMAKER_USE_NGINX": "false",
            "AWS_REGION": "us-east-1",
            **{name: _here(value, base) for name, value in variables.items()},
        }
        return Container(base, python, environment)

    def settings(self, parameters: Mapping[str, Any], channels: list[str]) -> None:
        """What SageMaker writes for a training job."""
        config = self.base / "input" / "config"
        cluster = {"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "eth0"}
        inputs = {name: {"TrainingInputMode": "File", "S3DistributionType": "FullyReplicated"} for name in channels}
        texts = {name: _here(value, self.base) for name, value in parameters.items()}
        for name, content in {
            "hyperparameters": texts,
            "resourceconfig": cluster,
            "inputdataconfig": inputs,
        }.items():
            (config / f"{name}.json").write_text(json.dumps(content))

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """``train`` or ``serve BODY ANSWER`` without a network; both streams in ``stdout``."""
        program = str(self.python.parent / "isolated.py")
        return subprocess.run(
            [*UNSHARE, str(self.python), program, *command],
            env=dict(self.environment),
            cwd=self.base,
            text=True,
            timeout=240,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )


def _here(value: str, base: Path) -> str:
    return value.replace("/opt/ml", str(base))


def _environment(folder: Path, toolkit: Path) -> Path:
    """Python of a new environment over the toolkit's libraries: pip installs into the new one alone."""
    subprocess.run([str(toolkit), "-m", "venv", "--without-pip", str(folder)], check=True, capture_output=True)
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    below, own = (
        subprocess.run([str(python), "-c", ask], check=True, capture_output=True, text=True).stdout.strip()
        for python in (toolkit, folder / "bin" / "python")
    )
    Path(own, "image.pth").write_text(f"import site; site.addsitedir({below!r})\n")
    shutil.copy(_TOOLKIT / f"{_ENTRY}.py", own)
    program = folder / "bin" / "gunicorn"
    program.write_text(f"#!{folder}/bin/python\n{_GUNICORN}")
    program.chmod(0o755)
    shutil.copy(_TOOLKIT / "isolated.py", folder / "bin")
    return folder / "bin" / "python"
