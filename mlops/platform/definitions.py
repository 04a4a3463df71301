"""Anybody's pipeline definition, looked through without a server."""

import re
from collections.abc import Mapping
from pathlib import Path

from embedded_aws.sagemaker.jobs.images import Images
from embedded_aws.sagemaker.pipelines.check import Report, report
from mlops.errors import RefusedInput
from mlops.platform.server import STAND_INS

__all__ = ["Report", "examine", "pipeline_name", "read_definition"]
_NAME = 256  # characters at most


def read_definition(file: Path) -> str:
    """The file's text.

    Raises:
        RefusedInput: there is no such file, or it is no text.
    """
    if not file.is_file():
        raise RefusedInput(f"{file}: no such file")
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefusedInput(f"{file}: is no UTF-8 text: {error.reason} at byte {error.start}") from error


def pipeline_name(file: Path) -> str:
    """A name for the file's pipeline: SageMaker allows letters, digits and inner dashes only."""
    return re.sub(r"[^a-zA-Z0-9]+", "-", file.stem).strip("-")[:_NAME].strip("-") or "pipeline"


def examine(definition: str, state_dir: Path, given: Mapping[str, str]) -> Report:
    """What becomes of the steps on this machine, and every problem; images as in the state folder's ``images.toml``."""
    return report(definition, Images(state_dir, STAND_INS).find, given)
