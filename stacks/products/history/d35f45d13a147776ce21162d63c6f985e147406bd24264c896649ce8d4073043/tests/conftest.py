"""A model that was trained once for all tests."""

from pathlib import Path

import pandas as pd
import pytest
from adherence import model, settings, split
from worlds import build, random_world


@pytest.fixture(scope="session")
def folds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    """Folds of 250 random patients."""
    folder = random_world(tmp_path_factory.mktemp("world"), 17, patients=250)
    return split.split(build(folder, step_days=30).rows, settings.load(step_days=30))


@pytest.fixture(scope="session")
def small() -> settings.Settings:
    """Settings of a small model."""
    return settings.load(
        rounds=40, learning_rate=0.15, bag_rounds=20, bags=3, folds=3, step_days=30, minimum_support=60
    )


@pytest.fixture(scope="session")
def fitted(folds: dict[str, pd.DataFrame], small: settings.Settings) -> model.Model:
    """The model."""
    return model.fit(folds["train"], folds["calibration"], small)


@pytest.fixture(scope="session")
def saved(fitted: model.Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its files."""
    folder = tmp_path_factory.mktemp("model")
    model.save(fitted, folder)
    return folder
