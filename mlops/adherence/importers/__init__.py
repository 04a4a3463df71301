"""Data as others keep it -> the CSV tables of the adherence project, with counted warnings."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from mlops.adherence.importers import fhir, omop, synpuf, synthea, tuva
from mlops.adherence.importers.tables import Conversion
from mlops.errors import RefusedInput

FORMATS: dict[str, Callable[[Path, Conversion], None]] = {
    "omop": omop.convert,
    "fhir": fhir.convert,
    "synthea": synthea.convert,
    "tuva": tuva.convert,
    "synpuf": synpuf.convert,
}


def convert(source: Path, target: Path, form: str) -> dict[str, int]:
    """Write the tables of ``source`` to ``target``; returns the counted warnings.

    Raises:
        RefusedInput: no such format, a file that it needs is missing, or the data hold no dispensing dates.
    """
    if form not in FORMATS:
        raise RefusedInput(f"--format {form}: must be one of csv, {', '.join(FORMATS)}")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".spooled-", dir=target.parent) as work:
        with Conversion(form, Path(work) / "rows") as found:
            FORMATS[form](source, found)
            found.write(target)
        return dict(sorted(found.warnings.items()))
