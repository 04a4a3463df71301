"""Entry point of the Processing steps: ``python3 run.py STEP --flag value ...``.

Libraries beyond the container image's (wheels.lock) come as wheels in the folder ``wheels`` beside this file: jobs have no network.
Where the image lacks them they are verified and unpacked next to the job's other scratch files; the image's own libraries go first.
"""

import hashlib
import os
import sys
import tempfile
import zipfile
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

WHEELS = Path(os.environ.get("SEED_CODE_WHEELS", ROOT / "wheels"))


def missing(folder: Path) -> list[Path]:
    """The wheels of ``folder`` whose libraries are not installed."""
    return [wheel for wheel in sorted(folder.glob("*.whl")) if not _installed(wheel.name.partition("-")[0])]


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def add_wheels(wheels: list[Path], into: Path) -> None:
    """Make the wheels importable; ends the program where one is not what wheels.lock names."""
    known = (ROOT / "wheels.lock").read_text()
    for wheel in wheels:
        found = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if f"--hash=sha256:{found}" not in known:
            sys.exit(f"RefusedInput: {wheel.name}: its sha256 {found} is not among those of wheels.lock")
        with zipfile.ZipFile(wheel) as opened:
            opened.extractall(into)
    sys.path.append(str(into))


def main() -> int:
    """Run a step."""
    from adherence.steps import main as run

    wheels = missing(WHEELS)
    if not wheels:
        return run()
    with tempfile.TemporaryDirectory(prefix="wheels-") as into:
        add_wheels(wheels, Path(into))
        return run()


if __name__ == "__main__":
    sys.exit(main())
