"""``python -m stacks.project.images``: accounts of AWS's own images by region, from the SageMaker SDK's files, into ``images.json``."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_TARGET = Path(__file__).with_name("images.json")
XGBOOST, MONITOR = "sagemaker-xgboost", "sagemaker-model-monitor-analyzer"
VERSION = "3.2-0"  # of the image of the jobs


@cache
def accounts(image: str) -> Mapping[str, str]:
    """Region -> the account that has the image there."""
    return dict(json.loads(_TARGET.read_text())[image])


def extract() -> dict[str, dict[str, str]]:
    """Of the SDK that is installed (build group); it is looked up and not imported, which would take seconds.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    found = find_spec("sagemaker")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("the SageMaker SDK is not installed: make .venv/.dev")
    places = [Path(it) / "core" / "image_uri_config" for it in found.submodule_search_locations]
    folder = next(it for it in places if it.is_dir())
    xgboost = json.loads((folder / "xgboost.json").read_text())
    monitor = json.loads((folder / "model-monitor.json").read_text())
    registries = {XGBOOST: xgboost["training"]["versions"][VERSION]["registries"]}
    (newest,) = monitor["versions"].values()
    registries[MONITOR] = newest["registries"]
    return {image: dict(sorted(by_region.items())) for image, by_region in registries.items()}


if __name__ == "__main__":
    _TARGET.write_text(json.dumps(extract(), indent=1) + "\n")
