"""Entry point of the Processing steps: ``python3 run.py STEP --flag value ...``.

Libraries beyond the container image's (requirements.txt) may come as wheels in the input folder ``wheels``: jobs have no network. They
are unpacked next to the job's other scratch files, and the image's own libraries go first.
"""

import os
import sys
import tempfile
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

WHEELS = Path(os.environ.get("SEED_CODE_WHEELS", "/opt/ml/processing/input/wheels"))


def add_wheels(folder: Path, into: Path) -> None:
    """Make the wheels of ``folder`` importable."""
    for wheel in sorted(folder.glob("*.whl")):
        with zipfile.ZipFile(wheel) as opened:
            opened.extractall(into)
    sys.path.append(str(into))


def main() -> int:
    """Run a step."""
    from adherence.steps import main as run

    if not any(WHEELS.glob("*.whl")):
        return run()
    with tempfile.TemporaryDirectory(prefix="wheels-") as into:
        add_wheels(WHEELS, Path(into))
        return run()


if __name__ == "__main__":
    sys.exit(main())
