"""Why: exact TreeSHAP contributions, summed within groups of concepts before they are put into words.

Associations, not causes. Single features can take the wrong sign through correlation; groups are what can be worded. Within a group the
words are those of the concept that contributes most.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from adherence.features.encode import Matrix
from adherence.model.model import Model
from adherence.model.words import GROUPS

Floats = npt.NDArray[np.float64]
_CONCEPTS = [(code, concept) for code, concepts in GROUPS.items() for concept in concepts]
_CODES = list(GROUPS)
_MEMBER: Floats = np.array([[float(code == group) for group in _CODES] for code, _ in _CONCEPTS])  # (concepts, groups)


@dataclass(frozen=True)
class Factor:
    """One reason: a group's code, words, the number behind them, the group's contribution in log-odds."""

    code: str
    text: str
    value: float | None
    contribution: float
    actionable: bool


def contributions(model: Model, matrix: Matrix) -> tuple[Floats, Floats]:
    """(per column, expected value) in calibrated log-odds; a row's sum plus its expected value is the calibrated margin."""
    import xgboost

    raw = np.asarray(model.booster.predict(xgboost.DMatrix(matrix), pred_contribs=True), dtype=np.float64)
    # Platt scaling is linear in the margin, so contributions scale with its slope
    scaled = raw[:, :-1] * model.platt.slope
    scaled[:, model.encoder.brand_columns] += matrix[:, model.encoder.brand_columns] * model.offset(matrix)[:, None]
    return scaled, raw[:, -1] * model.platt.slope + model.platt.intercept


def by_concept(columns: Sequence[str], per_column: Floats) -> Floats:
    """Contributions summed within concepts, in the order of GROUPS.

    Raises:
        KeyError: a column belongs to no concept.
    """
    place = {name: number for number, (_, concept) in enumerate(_CONCEPTS) for name in concept.columns}
    place |= {name: place["brand"] for name in columns if name.startswith(("brand=", "class="))}
    member = np.zeros((len(columns), len(_CONCEPTS)))
    member[np.arange(len(columns)), [place[name] for name in columns]] = 1
    return per_column @ member


def by_group(per_concept: Floats) -> Floats:
    """Contributions of concepts summed within groups, in the order of GROUPS."""
    return per_concept @ _MEMBER


def factors(model: Model, rows: pd.DataFrame, matrix: Matrix, p: Floats, count: int = 3) -> list[list[Factor]]:
    """Per row the groups that raise the risk most: ``count`` above the risk threshold, below it as many as raise it, up to ``count``."""
    per_concept = by_concept(model.encoder.columns, contributions(model, matrix)[0])
    summed = by_group(per_concept)
    # in every group the concept that contributes most
    masked = np.where(_MEMBER.T[None, :, :] > 0, per_concept[:, None, :], -np.inf)
    strongest = masked.argmax(axis=2)
    order = np.argsort(-summed, axis=1, kind="stable")[:, :count]
    shown = (np.take_along_axis(summed, order, axis=1) > 0) | (p >= model.settings["risk_threshold"])[:, None]
    columns = {str(name): values.tolist() for name, values in rows.items()}
    result = []
    for row in range(len(rows)):
        record = _Record(columns, row)
        chosen = order[row][shown[row]]
        result.append([_factor(group, strongest[row, group], record, summed[row, group]) for group in chosen])
    return result


class _Record(Mapping[str, Any]):
    """One row of columns, without a dictionary a row."""

    def __init__(self, columns: Mapping[str, Sequence[Any]], row: int) -> None:
        self._columns, self._row = columns, row

    def __getitem__(self, name: str) -> Any:
        return self._columns[name][self._row]

    def __iter__(self) -> Any:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


def _factor(group: int, concept: int, record: Mapping[str, Any], contribution: float) -> Factor:
    words = _CONCEPTS[concept][1]
    text, value = words.words(record)
    return Factor(_CODES[group], text, value, round(float(contribution), 4), words.actionable)
