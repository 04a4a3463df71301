"""Container images -> local environments.

A TOML file ``images.toml`` in the state folder can add entries (first match wins, before the built-in ones):

    [[image]]
    uri = "*my-image:*"                      # glob over the image URI
    interpreter = "/path/to/venv/bin/python"
    preload = ["numpy", "pandas"]            # imported once in the fork server
    command = ["python3", "-m", "my.program"]   # the image's own entry point, where a job gives none
"""

import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from mlops.embedded.service import ServiceError

THIS_INTERPRETER = sys.executable
_SCIENCE = (
    "numpy",
    "pandas",
    "duckdb",
    "pyarrow.parquet",
    "scipy.special",
    "sklearn.linear_model",
    "sklearn.metrics",
    "xgboost",
)


@dataclass(frozen=True)
class Environment:
    """An interpreter with the modules that its fork server imports beforehand."""

    interpreter: str
    preload: tuple[str, ...]


@dataclass(frozen=True)
class Image:
    """What a container image is on this machine."""

    uri: str
    environment: Environment
    command: tuple[str, ...] = ()


_SCIENTIFIC = Environment(THIS_INTERPRETER, _SCIENCE)
_BUILT_IN = (
    Image("*sagemaker-xgboost:*", _SCIENTIFIC),
    Image("*sagemaker-scikit-learn:*", _SCIENTIFIC),
    Image("*sagemaker-model-monitor-analyzer*", _SCIENTIFIC, ("python3", "-m", "mlops.monitoring")),
)


class Images:
    """The mapping in force."""

    def __init__(self, state_dir: Path) -> None:
        self._file = state_dir / "images.toml"
        self._images: Sequence[Image] = (*self._configured(), *_BUILT_IN)

    def find(self, uri: str) -> Image:
        """The image that ``uri`` stands for.

        Raises:
            ServiceError: no entry matches.
        """
        for image in self._images:
            if fnmatch(uri, image.uri):
                return image
        known = ", ".join(image.uri for image in self._images)
        raise ServiceError(
            "ValidationException",
            f"not supported locally: image {uri} has no environment on this machine (known: {known}); "
            f"add an [[image]] entry to {self._file}",
        )

    def _configured(self) -> Sequence[Image]:
        if not self._file.is_file():
            return ()
        entries = tomllib.loads(self._file.read_text()).get("image", [])
        return [
            Image(
                entry["uri"],
                Environment(entry.get("interpreter", THIS_INTERPRETER), tuple(entry.get("preload", ()))),
                tuple(entry.get("command", ())),
            )
            for entry in entries
        ]
