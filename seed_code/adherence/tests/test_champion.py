"""The deployed version against a new one: what is refused, what is let through with a note, and what is no model at all."""

import dataclasses
import hashlib
import inspect
import json
import tarfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from adherence import settings
from adherence.errors import RefusedInput
from adherence.features.dataset import KEYS
from adherence.model import model
from adherence.quality import champion, evaluate, metrics
from adherence.quality.champion import Champion
from adherence.supply import definition, labels
from sklearn.metrics import brier_score_loss, roc_auc_score

Folds = dict[str, pd.DataFrame]


def against(new: model.Model, deployed: model.Model | Champion, folds: Folds) -> dict[str, object]:
    """The comparison on the due rows of the test fold, as the evaluation makes it."""
    test = folds["test"]
    y, p = test["y"].to_numpy(dtype=float), new.probability(new.encoder.matrix(test))
    weights = metrics.Resample(test["patient_id"], 11).weights
    rows = champion.Rows.due(test, y, p, evaluate.strata(test, 30)["due"], weights)
    return champion.compare(new, deployed if isinstance(deployed, Champion) else Champion("3", deployed), rows, test)


def test_the_same_model_is_not_worse_than_itself(fitted: model.Model, folds: Folds) -> None:
    """Identical data and seed retrained: differences of exactly 0."""
    found = against(fitted, fitted, folds)
    assert (found["auc_due_gain"], found["brier_due_growth"]) == (0, 0)
    assert (found["compared"], found["not_worse"], found["version"]) == (True, True, "3")


@dataclasses.dataclass(frozen=True)
class Fixed:
    """A model whose probabilities are given; it is its own encoder."""

    p: npt.NDArray[np.float64]
    settings: dict[str, object]
    feature_definition: str = ""
    label_definition: str = ""
    base_rate: float | None = None
    numeric: tuple[str, ...] = ()

    @property
    def encoder(self) -> "Fixed":
        return self

    def matrix(self, rows: pd.DataFrame) -> object:
        return rows

    def probability(self, _matrix: object) -> npt.NDArray[np.float64]:
        return self.p


@pytest.mark.parametrize(("noise", "worse"), [(0.1, False), (0.2, False), (0.8, True)])
def test_small_losses_are_let_through_and_large_ones_are_not(noise: float, worse: bool) -> None:
    """A perfectly calibrated champion against its own log-odds with noise: as much as another seed adds (.1), and far more."""
    generator = np.random.default_rng(5)
    margin = generator.normal(-2, 1.5, 4000)
    patients = pd.Series(np.repeat(np.arange(1000), 4))
    y = (generator.uniform(size=4000) < 1 / (1 + np.exp(-margin))).astype(float)
    p, q = (1 / (1 + np.exp(-(margin + generator.normal(0, scale, 4000)))) for scale in (0.0, noise))
    asked: dict[str, object] = {"horizon_days": 30, "permissible_gap_days": 30, "switch_policy": "negative"}
    asked |= {"salt": "s", "test_patients": 0.3}
    weights = metrics.Resample(patients, 1).weights
    rows = champion.Rows(patients.to_frame(), y, q, weights)
    found = champion.compare(Fixed(q, asked), Champion("1", Fixed(p, asked)), rows, pd.DataFrame({"y": y}))  # type: ignore[arg-type]
    assert found["auc_due_gain"] == pytest.approx(roc_auc_score(y, q) - roc_auc_score(y, p), abs=1e-12)
    assert found["brier_due_growth"] == pytest.approx(brier_score_loss(y, q) / brier_score_loss(y, p) - 1, abs=1e-12)
    assert found["not_worse"] is not worse


def test_a_model_of_shuffled_outcomes_is_worse(fitted: model.Model, folds: Folds, small: settings.Settings) -> None:
    """The gate is 0, and the words say by how much against which version."""
    spoiled = folds["train"].assign(y=folds["train"]["y"].sample(frac=1, random_state=1).to_numpy())
    worse = model.fit(spoiled, folds["calibration"].head(200), small)
    made = evaluate.evaluate(worse, folds["test"], champion=Champion("3", fitted))
    assert made["gates"]["not_worse_than_champion"] == 0
    gain = made["champion"]["auc_due_gain"]
    assert gain < -0.02
    assert made["champion"]["summary"].startswith(
        f"worse than the deployed version 3 on the same rows: AUC of due rows {gain:+.4f} (95 % interval -"
    )


def test_probabilities_that_are_off_are_worse_though_they_rank_as_well(fitted: model.Model, folds: Folds) -> None:
    """Calibration counts too: log-odds that are all too low rank alike and are refused for their Brier score."""
    platt = dataclasses.replace(fitted.platt, intercept=fitted.platt.intercept - 3.0)
    found = against(dataclasses.replace(fitted, platt=platt), fitted, folds)
    assert float(str(found["brier_due_growth"])) > 0.03
    assert not found["not_worse"]


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("horizon_days", 60, "it predicts another outcome (horizon_days 60, here 30)"),
        ("switch_policy", "positive", "it predicts another outcome (switch_policy positive, here negative)"),
        ("salt", "other", "it may have been trained on these test patients (salt of the split differs)"),
    ],
)
def test_another_question_is_not_comparable(
    fitted: model.Model, folds: Folds, name: str, value: object, why: str
) -> None:
    """Recorded with the reason and let through: a person decides on the approval."""
    other = dataclasses.replace(fitted, settings=fitted.settings | {name: value})
    found = against(fitted, other, folds)
    assert (found["compared"], found["not_worse"], found["why"]) == (False, True, why)
    rates = f"base rate {folds['test']['y'].mean():.1%} here, {fitted.base_rate:.1%} there"
    assert found["summary"] == f"version 3 is deployed, but not comparable: {why}; {rates}"


def test_another_label_is_not_comparable(fitted: model.Model, folds: Folds) -> None:
    """By the hash of its definition, with both base rates; a model without a recorded hash is judged by its rows."""
    assert len(fitted.label_definition) == 64
    inverted = dataclasses.replace(fitted, label_definition="0" * 64, base_rate=1 - 0.123)
    found = against(fitted, inverted, folds)
    assert found["why"] == "its label is defined otherwise (another label definition)"
    assert (found["compared"], found["not_worse"], found["champion_base_rate"]) == (False, True, 1 - 0.123)
    assert str(found["summary"]).endswith(f"; base rate {folds['test']['y'].mean():.1%} here, 87.7% there")
    assert against(fitted, dataclasses.replace(fitted, label_definition=""), folds)["compared"]


def _with_rows(fitted: model.Model, rows: pd.DataFrame | None) -> Champion:
    return Champion("3", fitted, rows=None if rows is None else rows[[*KEYS, "y"]], measured=True)


def test_only_the_same_outcomes_are_compared(fitted: model.Model, folds: Folds) -> None:
    """Of rows in common every one has the same outcome; else how many have not is said, and few are not counted."""
    test = folds["test"]
    newer = test[test["index_date"] > test["index_date"].min()]
    assert against(fitted, _with_rows(fitted, newer), folds)["compared"]

    def why(changed: int) -> object:
        other = test.assign(y=np.where(np.arange(len(test)) < changed, 1 - test["y"], test["y"]))
        return against(fitted, _with_rows(fitted, other), folds)["why"]

    assert why(40) == f"40 of the {len(test):,} test rows in common have another outcome"
    assert why(1) == f"fewer than 11 of the {len(test):,} test rows in common have another outcome"
    few = test.head(5).assign(y=1 - test["y"].head(5))
    assert against(fitted, _with_rows(fitted, few), folds)["why"] == (
        "fewer than 11 of the fewer than 11 test rows in common have another outcome"
    )
    inverted = against(fitted, _with_rows(fitted, test.assign(y=1 - test["y"])), folds)
    assert inverted["why"] == f"{len(test):,} of the {len(test):,} test rows in common have another outcome"
    assert inverted["champion_base_rate"] == pytest.approx(1 - test["y"].mean())


def test_other_rows_are_not_comparable(fitted: model.Model, folds: Folds) -> None:
    """Without a row in common, or where the rows are gone, nothing says that the outcomes are the same."""
    test = folds["test"]
    others = test.assign(patient_id="x" + test["patient_id"])
    assert against(fitted, _with_rows(fitted, others), folds)["why"] == (
        f"none of its {len(test):,} test rows is among these {len(test):,}"
    )
    gone = against(fitted, _with_rows(fitted, None), folds)
    assert gone["why"] == "the test rows that it was measured on are not there any more"
    assert gone["champion_base_rate"] == fitted.base_rate


def test_the_labels_hash_is_that_of_what_it_does(monkeypatch: pytest.MonkeyPatch, small: settings.Settings) -> None:
    """Comments, types and docstrings change nothing; an inverted label and another gap do."""
    given = dataclasses.asdict(small)
    before, source = definition.label_hash(given), inspect.getsource(labels)
    assert definition.label_hash(given | {"permissible_gap_days": 31}) != before
    assert definition.label_hash(given | {"rounds": 7}) == before

    def of(text: str) -> str:
        monkeypatch.setattr(definition.inspect, "getsource", lambda it: text if it is labels else inspect_source(it))
        return definition.label_hash(given)

    inspect_source = inspect.getsource
    assert (
        of(source.replace('"""Labels of rows', '# a comment\n    """Other words').replace(" -> Labels:", ":")) == before
    )
    assert of(source.replace('{"negative": stop & ~switch, ', '{"negative": ~stop, ')) != before


def test_other_features_are_not_comparable(fitted: model.Model, folds: Folds) -> None:
    """By the definition's hash, and by a column that is not made any more; a model without a recorded hash is compared."""
    assert len(fitted.feature_definition) == 64
    changed = dataclasses.replace(fitted, feature_definition="0" * 64)
    assert against(fitted, changed, folds)["why"] == "its features are defined otherwise (another feature definition)"
    encoder = dataclasses.replace(fitted.encoder, numeric=(*fitted.encoder.numeric, "moon_phase"))
    found = against(fitted, dataclasses.replace(fitted, encoder=encoder), folds)
    assert found["why"] == "it needs features that are not made any more (moon_phase)"
    assert against(fitted, dataclasses.replace(fitted, feature_definition=""), folds)["compared"]


@pytest.fixture
def archive(saved: Path, tmp_path: Path) -> Path:
    """A folder with the archive of a saved model, as a Processing input brings it."""
    folder = tmp_path / "champion"
    folder.mkdir()
    with tarfile.open(folder / champion.ARCHIVE, "w:gz") as packed:
        for path in sorted(saved.iterdir()):
            packed.add(path, path.name)
    return folder


def sha256(folder: Path) -> str:
    return hashlib.sha256((folder / champion.ARCHIVE).read_bytes()).hexdigest()


def test_the_deployed_archive_is_read(archive: Path, fitted: model.Model, folds: Folds, tmp_path: Path) -> None:
    """With its digest verified it predicts what it predicted."""
    rows = tmp_path / "rows"
    rows.mkdir()
    folds["test"].to_parquet(rows / "rows.parquet")
    found = champion.read(archive, "3", sha256(archive), tmp_path / "into", rows)
    assert found.measured
    assert found.rows is not None
    assert found.rows.to_numpy().tolist() == folds["test"][[*KEYS, "y"]].to_numpy().tolist()
    matrix = fitted.encoder.matrix(folds["test"])
    assert found.model is not None
    assert np.array_equal(found.model.probability(matrix), fitted.probability(matrix))


def test_a_replaced_archive_is_refused_with_both_digests(archive: Path, tmp_path: Path) -> None:
    """Whatever is not the registered artifact is not even opened."""
    registered = sha256(archive)
    (archive / champion.ARCHIVE).write_bytes(b"something else")
    with pytest.raises(RefusedInput, match=f"sha256 {sha256(archive)}, registered was {registered}"):
        champion.read(archive, "3", registered, tmp_path / "into")


def test_an_archive_that_this_code_cannot_read_is_not_comparable(archive: Path, tmp_path: Path) -> None:
    """Authentic, but no archive; of another format; without a part: the reason is recorded, nothing crashes."""
    (archive / champion.ARCHIVE).write_bytes(b"no archive")
    assert "cannot read its files (ReadError" in champion.read(archive, "3", sha256(archive), tmp_path / "a").why
    for content, why in (
        ({"format": 1}, "format 1, this code reads format 2"),
        ({"format": 2}, "cannot read its files (KeyError)"),
    ):
        (tmp_path / "model.json").write_text(json.dumps(content))
        with tarfile.open(archive / champion.ARCHIVE, "w:gz") as packed:
            packed.add(tmp_path / "model.json", "model.json")
        found = champion.read(archive, "3", sha256(archive), tmp_path / "b")
        assert (found.version, found.model) == ("3", None)
        assert why in found.why


def test_without_a_deployed_version_there_is_only_a_record(tmp_path: Path) -> None:
    """What stands in the input folder then is the pipeline's note that there is none."""
    (tmp_path / "champion.json").write_text('{"version": "none"}')
    assert champion.read(tmp_path, "none", "none", tmp_path / "into") == Champion()
