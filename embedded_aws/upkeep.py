"""Look after a state folder from outside: which of its files are damaged, and how a damaged one is brought into order."""

from collections.abc import Iterator
from pathlib import Path

from embedded_aws import journal, objects, store
from embedded_aws.errors import DamagedState, Refused
from embedded_aws.server import status

_CONTROL = Path("state", "control")
_DOCUMENTS = (Path("state", "infrastructure.sqlite"), Path("state", "sagemaker.sqlite"))


def damaged_files(state_dir: Path) -> Iterator[DamagedState]:
    """What of the services' state is not as it was written; nothing is changed."""
    found = [journal.damage(state_dir / _CONTROL), *(store.damage(state_dir / it) for it in _DOCUMENTS)]
    return (it for it in found if it is not None)


def objects_of(state_dir: Path) -> Iterator[str]:
    """For every object, what is wrong with it: a line that names it, empty where nothing is."""
    return objects.faults(state_dir / "s3")


def repair(state_dir: Path) -> list[str]:
    """Bring damaged state into order, from what is kept of the last start; lines that tell what was done and what is lost.

    Raises:
        Refused: a server runs on it, or nothing is kept that could be gone back to.
    """
    if status(state_dir) is not None:
        raise Refused(f"the embedded AWS on {state_dir}/ is running; stop it first")
    told = journal.roll_back(state_dir / _CONTROL)
    for path in _DOCUMENTS:
        told += store.roll_back(state_dir / path)
    return told
