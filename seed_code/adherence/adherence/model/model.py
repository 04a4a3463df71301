"""The model: one pooled XGBoost, Platt scaling with brand offsets, conformal thresholds, and bagged models for the interval.

Scaling and thresholds are fitted on margins that each come from a model that has not seen the patient (cross-fitting by patient), so
that no patient is lost for training.

Stored as XGBoost UBJ files and one JSON file with the digests of all; nothing is pickled.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from adherence.errors import RefusedInput
from adherence.features.encode import Encoder, Matrix
from adherence.features.features import definition_hash
from adherence.features.split import patient_share
from adherence.model.calibrate import Floats, Platt, auc, fit_platt_by_group
from adherence.model.conformal import Conformal, fit_conformal
from adherence.settings import Settings
from adherence.supply.definition import label_hash

_FORMAT = 2


@dataclass(frozen=True)
class Model:
    """A trained model; ``bags`` are smaller models on resampled patients."""

    encoder: Encoder
    booster: Any
    bags: tuple[Any, ...]
    platt: Platt
    brand_offsets: dict[str, float]
    conformal: Conformal
    support: dict[str, int]  # positives per brand in training
    cross_fitted_auc: float
    settings: dict[str, Any]
    feature_definition: str = ""  # hash; of models that were trained before it was recorded: unknown
    label_definition: str = ""  # the same of the label
    base_rate: float | None = None  # of the rows that it was trained on

    def margin(self, matrix: Matrix) -> Floats:
        """Log-odds before calibration."""
        return _margin(self.booster, matrix)

    def offset(self, matrix: Matrix) -> Floats:
        """The calibration's offset of each row's brand (0 for an unseen one)."""
        return _offset(self.encoder, self.brand_offsets, matrix)

    def probability(self, matrix: Matrix) -> Floats:
        """Calibrated probability of stopping."""
        return self.platt.probability(self.margin(matrix), self.offset(matrix))

    def interval(self, matrix: Matrix, p: Floats) -> tuple[Floats, Floats]:
        """p_low and p_high, around p: the bags' spread of log-odds, inflated, and what no bag can see; never closer than the floor."""
        spread = np.std([_margin(bag, matrix) for bag in self.bags], axis=0, ddof=1) * self.platt.slope
        logit, floor = np.log(p / (1 - p)), self.settings["interval_floor"]
        reach = np.hypot(self.settings["interval_inflation"] * np.minimum(spread, 2.0), self.settings["interval_base"])
        low, high = 1 / (1 + np.exp(-(logit - reach))), 1 / (1 + np.exp(-(logit + reach)))
        return np.maximum(low - floor, 0.0), np.minimum(high + floor, 1.0)


def _offset(encoder: Encoder, offsets: Mapping[str, float], matrix: Matrix) -> Floats:
    values = np.array([offsets.get(brand, 0.0) for brand in encoder.brands])
    return np.asarray(matrix[:, encoder.brand_columns] @ values, dtype=np.float64)


def _margin(booster: Any, matrix: Matrix) -> Floats:
    import xgboost

    return np.asarray(booster.predict(xgboost.DMatrix(matrix), output_margin=True), dtype=np.float64)


def fit(train: pd.DataFrame, calibration: pd.DataFrame, settings: Settings) -> Model:
    """Train on both folds; seeded, and independent of the order of the rows and of the number of threads."""
    rows = pd.concat([train, calibration], ignore_index=True)
    rows = rows.sort_values(["index_date", "patient_id", "brand"], kind="stable", ignore_index=True)
    encoder = Encoder.of(rows)
    matrix, y = encoder.matrix(rows), rows["y"].to_numpy(dtype=np.int64)
    booster = _boost(matrix, y, settings, settings.rounds, settings.seed)
    held = _cross_fitted(matrix, y, rows["patient_id"], settings)
    platt, offsets = fit_platt_by_group(held, y, rows["brand"].to_numpy(dtype=object), settings.offset_penalty)
    p = platt.probability(held, _offset(encoder, offsets, matrix))
    return Model(
        encoder=encoder,
        booster=booster,
        bags=tuple(_bag(matrix, y, rows["patient_id"], settings, number) for number in range(settings.bags)),
        platt=platt,
        brand_offsets=offsets,
        conformal=fit_conformal(p, y, settings.coverage),
        support={str(name): int(count) for name, count in rows.groupby("brand")["y"].sum().items()},
        cross_fitted_auc=auc(y, p),
        settings=json.loads(json.dumps(asdict(settings), default=str)),
        feature_definition=definition_hash(),
        label_definition=label_hash(asdict(settings)),
        base_rate=float(y.mean()),
    )


def _cross_fitted(matrix: Matrix, y: Any, patient_ids: pd.Series, settings: Settings) -> Floats:
    """Margins of every row from a model trained without the row's patient."""
    share = patient_share(patient_ids.to_numpy(dtype=object), f"{settings.salt}/folds")
    fold = np.minimum((share * settings.folds).astype(np.int64), settings.folds - 1)
    margin = np.zeros(len(y))
    for number in range(settings.folds):
        out = fold == number
        if out.any():
            booster = _boost(matrix[~out], y[~out], settings, settings.rounds, settings.seed + number)
            margin[out] = _margin(booster, matrix[out])
    return margin


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
        "numeric": model.encoder.numeric,
        "platt": asdict(model.platt),
        "brand_offsets": model.brand_offsets,
        "conformal": asdict(model.conformal),
        "support": model.support,
        "cross_fitted_auc": model.cross_fitted_auc,
        "settings": model.settings,
        "feature_definition": model.feature_definition,
        "label_definition": model.label_definition,
        "base_rate": model.base_rate,
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
    if content.get("format") != _FORMAT:
        raise RefusedInput(f"{path.name}: format {content.get('format')}, this code reads format {_FORMAT}")
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
        encoder=Encoder(tuple(content["brands"]), tuple(content["classes"]), tuple(content["numeric"])),
        booster=boosters[0],
        bags=tuple(boosters[1:]),
        platt=Platt(**content["platt"]),
        brand_offsets=content["brand_offsets"],
        conformal=Conformal(**content["conformal"]),
        support=content["support"],
        cross_fitted_auc=content["cross_fitted_auc"],
        settings=content["settings"],
        feature_definition=content.get("feature_definition", ""),
        label_definition=content.get("label_definition", ""),
        base_rate=content.get("base_rate"),
    )


def _named(booster: Any, bags: tuple[Any, ...]) -> list[tuple[str, Any]]:
    return [("model.ubj", booster), *((f"bag-{number}.ubj", bag) for number, bag in enumerate(bags))]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
