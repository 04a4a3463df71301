"""Data as others keep it -> the CSV tables of the adherence project, with counted warnings."""

from collections.abc import Callable
from pathlib import Path

from mlops.datasets.importers import fhir, omop, synpuf, synthea, tuva
from mlops.datasets.importers.tables import Conversion
from mlops.errors import RefusedInput

FORMATS: dict[str, Callable[[Path], Conversion]] = {
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
    found = FORMATS[form](source)
    found.write(target)
    return dict(sorted(found.warnings.items()))
