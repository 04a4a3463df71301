"""Container images -> local environments.

A TOML file ``images.toml`` in the state folder can add entries (first match wins, before the built-in ones and the stand-ins that
the server was started with):

    [[image]]
    uri = "*my-image:*"                      # glob over the image URI
    interpreter = "/path/to/venv/bin/python"
    preload = ["numpy", "pandas"]            # imported once in the fork server
    command = ["python3", "-m", "my.program"]   # the image's own entry point, where a job gives none
    serve = ["python3", "-m", "my.server"]      # its HTTP server (/ping, /invocations) for batch transform
    folders = ["/path/to/sources"]           # what its jobs may read beside the interpreter and its libraries
"""

import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from embedded_aws.service import ServiceError

THIS_INTERPRETER = sys.executable
_LISTS = ("preload", "command", "serve", "folders")
_SCIENCE = (
    "numpy",
    "pandas",
    "polars",
    "duckdb",
    "pyarrow.parquet",
    "scipy.special",
    "sklearn.linear_model",
    "sklearn.metrics",
    "xgboost",
)


@dataclass(frozen=True)
class Environment:
    """An interpreter with the modules that its fork server imports beforehand, and what its jobs see beside its libraries."""

    interpreter: str
    preload: tuple[str, ...]
    folders: tuple[str, ...] = ()


@dataclass(frozen=True)
class Image:
    """What a container image is on this machine."""

    uri: str
    environment: Environment
    command: tuple[str, ...] = ()
    serve: tuple[str, ...] = ()
    handlers: str = ""  # script with the image's own model_fn and so on
    fetches: bool = False  # its pip (25.3 or newer) fetches setuptools to install a script's folder


TAG = "{tag}"  # in a built-in command: the tag of the image's URI
_SCIENTIFIC = Environment(THIS_INTERPRETER, _SCIENCE)
_XGBOOST = str(Path(__file__).parent / "containers" / "xgboost_algorithm.py")
_BUILT_IN = (
    Image("*sagemaker-xgboost:3.2-*", _SCIENTIFIC, ("python3", _XGBOOST, TAG), handlers=_XGBOOST, fetches=True),
    Image("*sagemaker-xgboost:*", _SCIENTIFIC, ("python3", _XGBOOST, TAG), handlers=_XGBOOST),
    Image("*sagemaker-scikit-learn:*", _SCIENTIFIC),
)


class Images:
    """The mapping in force; ``images.toml`` is read again at every look, so an entry needs no restart.

    ``stand_ins``: glob over the image URI -> command of the program of ours that runs in the image's place.
    """

    def __init__(self, state_dir: Path, stand_ins: Mapping[str, Sequence[str]]) -> None:
        self._file = state_dir / "images.toml"
        ours = (Image(uri, _SCIENTIFIC, tuple(command)) for uri, command in stand_ins.items())
        self._built_in = (*_BUILT_IN, *ours)

    def find(self, uri: str) -> Image:
        """The image that ``uri`` stands for.

        Raises:
            ServiceError: no entry matches, or ``images.toml`` is wrong.
        """
        images = (*self._configured(), *self._built_in)
        for image in images:
            if fnmatch(uri, image.uri):
                return image
        known = ", ".join(image.uri for image in images)
        raise _refusal(
            f"not supported locally: image {uri} has no environment on this machine (known: {known}); "
            f"add an [[image]] entry to {self._file}"
        )

    def _configured(self) -> Sequence[Image]:
        try:
            text = self._file.read_text()
        except FileNotFoundError:
            return ()
        try:
            entries = tomllib.loads(text).get("image", [])
        except tomllib.TOMLDecodeError as error:
            raise _refusal(f"{self._file}: {error}") from error
        return [self._image(number, entry) for number, entry in enumerate(entries, start=1)]

    def _image(self, number: int, entry: Mapping[str, Any]) -> Image:
        where = f"{self._file}, image {number}"
        unknown = sorted(set(entry) - {"uri", *_LISTS, "interpreter"})
        if unknown:
            raise _refusal(f"{where}: unknown {', '.join(unknown)}")
        if not isinstance(entry.get("uri"), str):
            raise _refusal(f"{where}: uri (a glob) is missing")
        for name in _LISTS:
            if not all(isinstance(item, str) for item in entry.get(name, ())):
                raise _refusal(f"{where}: {name} must be a list of strings")
        interpreter = str(entry.get("interpreter", THIS_INTERPRETER))
        if not Path(interpreter).is_file():
            raise _refusal(f"{where}: interpreter {interpreter} does not exist")
        preload, command, serve, folders = (tuple(entry.get(name, ())) for name in _LISTS)
        missing = [folder for folder in folders if not Path(folder).is_absolute() or not Path(folder).is_dir()]
        if missing:
            raise _refusal(f"{where}: folder {missing[0]} must be an absolute path that exists")
        return Image(entry["uri"], Environment(interpreter, preload, folders), command, serve)


def _refusal(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
