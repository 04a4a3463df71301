"""A model that was trained once for all tests."""

import os
from pathlib import Path

import pandas as pd
import pytest
from adherence import settings
from adherence.features import split
from adherence.model import model
from worlds import build, random_world


def pytest_configure(config: pytest.Config) -> None:
    """``slow`` tests are about the machinery, not about what a change of the model breaks: deliveries leave them out."""
    config.addinivalue_line("markers", "slow: not run by deliveries")
    config.addinivalue_line("markers", "timeout: seconds that a test may take")
    # workers share the cores: their threads would wait for each other, busily
    if config.getoption("numprocesses", None):
        os.environ.setdefault("OMP_NUM_THREADS", "1")


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
