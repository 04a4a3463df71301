"""Bring polars along where the image lacks it: unpack the wheels that were shipped beside the code."""

import importlib.util
import sys
import tempfile
import zipfile
from pathlib import Path

from mlops.errors import RefusedInput

NEEDED = "polars"


def provide(folder: Path) -> None:
    """Make polars importable from ``folder``'s wheels unless it is already.

    Raises:
        RefusedInput: it is neither installed nor among the wheels.
    """
    if importlib.util.find_spec(NEEDED) is not None:
        return
    found = sorted(folder.glob("*.whl")) if folder.is_dir() else []
    target = tempfile.mkdtemp(prefix="wheels-")
    for wheel in found:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(target)
    sys.path.insert(0, target)
    importlib.invalidate_caches()
    if importlib.util.find_spec(NEEDED) is None:
        raise RefusedInput(
            f"the image has no {NEEDED} and {folder} no wheel of it: see docs/monitoring.md, 'On AWS', for the command"
        )
