"""Libraries that a job's image lacks, as wheels beside its code: verified against the code's own wheels.lock, unpacked to scratch.

Jobs have no network. The project's delivery fetches the wheels by hash and ``publish-code`` puts them into the folder ``wheels``; what
the image has goes first. As a program, ``python3 .../mlops/bundled/wheels.py PROGRAM ARGUMENTS...`` starts a program of the code
beside it with its libraries: the code itself need not know where they come from.
"""

import hashlib
import importlib.util
import runpy
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from importlib import metadata
from pathlib import Path

LAUNCHER = "mlops/bundled/wheels.py"  # this file, where it lies beside the code that it starts
FOLDER, LOCK = "wheels", "wheels.lock"


@contextmanager
def provided(folder: Path, lock: Path, needed: str = "") -> Iterator[None]:
    """Make importable what the image lacks and ``folder`` has, until the end of the block.

    Raises:
        ValueError: one line: a wheel is not what ``lock`` names, or the module ``needed`` is neither installed nor among the wheels.
    """
    wheels = [wheel for wheel in sorted(folder.glob("*.whl")) if not _installed(wheel.name.partition("-")[0])]
    with tempfile.TemporaryDirectory(prefix="wheels-") if wheels else nullcontext("") as into:
        for wheel in wheels:
            _verify(wheel, lock)
            with zipfile.ZipFile(wheel) as opened:
                opened.extractall(into)
        if wheels:
            sys.path.append(into)
            importlib.invalidate_caches()
        if needed and importlib.util.find_spec(needed) is None:
            raise ValueError(
                f"the image has no {needed} and {folder} no wheel of it: the project's delivery fetches it, see docs/delivery.md"
            )
        yield


def _verify(wheel: Path, lock: Path) -> None:
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if f"--hash=sha256:{found}" not in lock.read_text():
        raise ValueError(f"{wheel.name}: its sha256 {found} is not among those of {lock.name}")


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def main() -> None:
    """Run the program as Python would: its folder comes first on the path, its exit code and its errors are its own."""
    root = Path(__file__).resolve().parents[2]
    program = root / sys.argv[1]
    sys.argv = [str(program), *sys.argv[2:]]
    sys.path[0] = str(program.parent)
    with ExitStack() as libraries:
        try:
            libraries.enter_context(provided(root / FOLDER, root / LOCK))
        except ValueError as error:
            sys.exit(f"RefusedInput: {error}")
        runpy.run_path(str(program), run_name="__main__")


if __name__ == "__main__":
    main()
