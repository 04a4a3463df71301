"""The model: one pooled XGBoost, Platt scaling, conformal thresholds, and bagged models for the interval.

Stored as XGBoost UBJ files and one JSON file with the digests of all; nothing is pickled.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from adherence.calibrate import Floats, Platt, fit_platt
from adherence.conformal import Conformal, fit_conformal
from adherence.encode import Encoder, Matrix
from adherence.errors import RefusedInput
from adherence.settings import Settings

_FORMAT = 1


@dataclass(frozen=True)
class Model:
    """A trained model; ``bags`` are smaller models on resampled patients."""

    encoder: Encoder
    booster: Any
    bags: tuple[Any, ...]
    platt: Platt
    bag_platts: tuple[Platt, ...]
    conformal: Conformal
    support: dict[str, int]  # positives per brand in training
    settings: dict[str, Any]

    def margin(self, matrix: Matrix) -> Floats:
        """Log-odds before calibration."""
        return _margin(self.booster, matrix)

    def probability(self, matrix: Matrix) -> Floats:
        """Calibrated probability of stopping."""
        return self.platt.probability(self.margin(matrix))

    def interval(self, matrix: Matrix, p: Floats) -> tuple[Floats, Floats]:
        """p_low and p_high: the bags' spread of log-odds times the stated inflation, around p."""
        spread = np.std([self._bag_logit(i, matrix) for i in range(len(self.bags))], axis=0, ddof=1)
        logit = np.log(p / (1 - p))
        reach = self.settings["interval_inflation"] * spread
        return 1 / (1 + np.exp(-(logit - reach))), 1 / (1 + np.exp(-(logit + reach)))

    def _bag_logit(self, number: int, matrix: Matrix) -> Floats:
        platt = self.bag_platts[number]
        return platt.intercept + platt.slope * _margin(self.bags[number], matrix)


def _margin(booster: Any, matrix: Matrix) -> Floats:
    import xgboost

    return np.asarray(booster.predict(xgboost.DMatrix(matrix), output_margin=True), dtype=np.float64)


def fit(train: pd.DataFrame, calibration: pd.DataFrame, settings: Settings) -> Model:
    """Train; seeded, and independent of the number of threads."""
    encoder = Encoder.of(train)
    matrix, y = encoder.matrix(train), train["y"].to_numpy(dtype=np.float32)
    held, held_y = encoder.matrix(calibration), calibration["y"].to_numpy(dtype=np.int64)
    booster = _boost(matrix, y, settings, settings.rounds, settings.seed)
    bags = tuple(_bag(matrix, y, train["patient_id"], settings, number) for number in range(settings.bags))
    platt = fit_platt(_margin(booster, held), held_y)
    return Model(
        encoder=encoder,
        booster=booster,
        bags=bags,
        platt=platt,
        bag_platts=tuple(fit_platt(_margin(bag, held), held_y) for bag in bags),
        conformal=fit_conformal(platt.probability(_margin(booster, held)), held_y, settings.coverage),
        support={str(name): int(count) for name, count in train.groupby("brand")["y"].sum().items()},
        settings=json.loads(json.dumps(asdict(settings), default=str)),
    )


def _boost(matrix: Matrix, y: Any, settings: Settings, rounds: int, seed: int) -> Any:
    import xgboost

    parameters = {
        "objective": "binary:logistic",
        "tree_method": "hist",
        "max_depth": settings.max_depth,
        "eta": settings.learning_rate,
        "min_child_weight": settings.min_child_weight,
        "subsample": settings.subsample,
        "colsample_bytree": settings.colsample_bytree,
        "lambda": settings.reg_lambda,
        "seed": seed,
        "nthread": 1,
        "verbosity": 1,
    }
    return xgboost.train(parameters, xgboost.DMatrix(matrix, label=y), num_boost_round=rounds)


def _bag(matrix: Matrix, y: Any, patient_ids: pd.Series, settings: Settings, number: int) -> Any:
    """A model of a bootstrap sample of patients."""
    codes, unique = pd.factorize(patient_ids)
    generator = np.random.default_rng([settings.seed, number])
    drawn = np.bincount(generator.integers(len(unique), size=len(unique)), minlength=len(unique))
    rows = np.repeat(np.arange(len(codes)), drawn[codes])
    return _boost(matrix[rows], y[rows], settings, settings.bag_rounds, settings.seed + number + 1)


def save(model: Model, folder: Path) -> None:
    """Write the model's files."""
    folder.mkdir(parents=True, exist_ok=True)
    digests = {}
    for name, booster in _named(model.booster, model.bags):
        booster.save_model(folder / name)
        digests[name] = _digest(folder / name)
    content = {
        "format": _FORMAT,
        "brands": model.encoder.brands,
        "classes": model.encoder.classes,
        "platt": asdict(model.platt),
        "bag_platts": [asdict(item) for item in model.bag_platts],
        "conformal": asdict(model.conformal),
        "support": model.support,
        "settings": model.settings,
        "digests": digests,
    }
    (folder / "model.json").write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")


def load(folder: Path) -> Model:
    """Read a model, verifying every file's digest.

    Raises:
        RefusedInput: a file is missing or was changed; the message has both digests.
    """
    import xgboost

    path = folder / "model.json"
    if not path.is_file():
        raise RefusedInput(f"{path.name} is missing: this is no model of this project")
    content = json.loads(path.read_text())
    boosters = []
    for name in sorted(content["digests"], key=lambda item: (item != "model.ubj", item)):
        found = _digest(folder / name) if (folder / name).is_file() else "nothing"
        if found != content["digests"][name]:
            raise RefusedInput(f"{name} was changed: its SHA-256 is {found}, registered was {content['digests'][name]}")
        booster = xgboost.Booster()
        booster.load_model(folder / name)
        booster.set_param({"nthread": 1})
        boosters.append(booster)
    return Model(
        encoder=Encoder(tuple(content["brands"]), tuple(content["classes"])),
        booster=boosters[0],
        bags=tuple(boosters[1:]),
        platt=Platt(**content["platt"]),
        bag_platts=tuple(Platt(**item) for item in content["bag_platts"]),
        conformal=Conformal(**content["conformal"]),
        support=content["support"],
        settings=content["settings"],
    )


def _named(booster: Any, bags: tuple[Any, ...]) -> list[tuple[str, Any]]:
    return [("model.ubj", booster), *((f"bag-{number}.ubj", bag) for number, bag in enumerate(bags))]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
