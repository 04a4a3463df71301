"""The model's input matrix: numeric features, then one column per brand and class known from training."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from adherence.errors import RefusedInput
from adherence.features.features import NUMERIC

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Encoder:
    """Columns of the matrix; an unknown brand has zeros in all brand columns."""

    brands: tuple[str, ...]
    classes: tuple[str, ...]
    numeric: tuple[str, ...] = NUMERIC

    @staticmethod
    def of(rows: pd.DataFrame) -> "Encoder":
        """The encoder for the brands and classes of training rows."""
        return Encoder(tuple(sorted(set(rows["brand"]))), tuple(sorted(set(rows["drug_class"]))))

    @property
    def columns(self) -> list[str]:
        """Names of the matrix columns, in order."""
        return [*self.numeric, *(f"brand={name}" for name in self.brands), *(f"class={name}" for name in self.classes)]

    @property
    def brand_columns(self) -> slice:
        """Where the brands' columns are."""
        return slice(len(self.numeric), len(self.numeric) + len(self.brands))

    def matrix(self, rows: pd.DataFrame) -> Matrix:
        """The rows as a matrix.

        Raises:
            RefusedInput: a column is missing.
        """
        missing = [name for name in (*self.numeric, "brand", "drug_class") if name not in rows]
        if missing:
            raise RefusedInput(f"features: missing columns {', '.join(missing)} (rule feature columns)")
        numeric = rows[list(self.numeric)].to_numpy(dtype=np.float32)
        brand = _one_hot(rows["brand"].to_numpy(dtype=object), self.brands)
        return np.hstack([numeric, brand, _one_hot(rows["drug_class"].to_numpy(dtype=object), self.classes)])


def _one_hot(values: npt.NDArray[np.object_], known: Sequence[str]) -> Matrix:
    same: npt.NDArray[np.bool_] = values[:, None] == np.asarray(known, dtype=object)[None, :]
    return same.astype(np.float32)
