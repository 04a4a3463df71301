"""Splits by patient (stable hash) and by time."""

import hashlib

import numpy as np
import numpy.typing as npt
import pandas as pd

from adherence.errors import RefusedInput
from adherence.settings import Settings


def patient_share(patient_ids: npt.NDArray[np.object_], salt: str) -> npt.NDArray[np.float64]:
    """u = int(md5("<salt>:<patient_id>")[:8], 16) / 2^32: appended rows never move a patient."""
    unique, position = np.unique(patient_ids.astype(str), return_inverse=True)
    digests = (hashlib.md5(f"{salt}:{name}".encode(), usedforsecurity=False).hexdigest() for name in unique)
    return np.array([int(digest[:8], 16) / 2**32 for digest in digests])[position]


def split(rows: pd.DataFrame, settings: Settings) -> dict[str, pd.DataFrame]:
    """Folds train, calibration, test, and all patients' rows of the newest training dates as the drift baseline (no labels of it are used).

    Train and calibration end at T1; test begins after T1 + H + G, with other patients.

    Raises:
        RefusedInput: a fold would be empty or hold one class only.
    """
    dates = np.sort(rows["index_date"].unique().astype(str))
    until = settings.train_until.isoformat() if settings.train_until else _boundary(dates, settings.test_dates)
    after = str(np.datetime64(until) + np.timedelta64(settings.outcome_days, "D"))
    date = rows["index_date"].to_numpy(dtype=object).astype(str)
    share = patient_share(rows["patient_id"].to_numpy(dtype=object), settings.salt)
    held_out = share < settings.test_patients
    calibrating = ~held_out & (share < settings.test_patients + settings.calibration_patients)
    early = date <= until
    folds = {
        "train": rows[early & ~held_out & ~calibrating],
        "calibration": rows[early & calibrating],
        "test": rows[(date > after) & held_out],
    }
    for name, fold in folds.items():
        if fold["y"].nunique() < 2:
            raise RefusedInput(
                f"the {name} fold has {len(fold)} rows and {int(fold['y'].sum())} stops: too little data between "
                f"{dates[0]} and {dates[-1]} to train and test (train until {until}, test after {after})"
            )
    newest = np.sort(folds["train"]["index_date"].unique().astype(str))[-settings.baseline_dates :]
    # all patients, as in a batch: comparing a batch with other patients would see their differences as drift
    folds["baseline"] = rows[np.isin(date, newest)]
    return {name: fold.reset_index(drop=True) for name, fold in folds.items()}


def _boundary(dates: npt.NDArray[np.str_], share: float) -> str:
    """The last training date, such that the newest ``share`` of the dates and the outcome gap lie after it."""
    position = max(0, int(len(dates) * (1 - share)) - 3)
    return str(dates[position])
