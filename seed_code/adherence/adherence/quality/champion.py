"""The deployed version ("champion") on the same test rows: may a new version take its place?

A new version is refused where it is worse than chance explains, and by more than matters: trainings on the same rows that differ in
their seed alone move the AUC of due rows by up to .008 and the Brier score by up to 2 %, often beyond what resampling the test patients
explains, so a bare comparison would refuse many a retraining on the same data.
"""

import hashlib
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from adherence.errors import RefusedInput
from adherence.model.calibrate import Floats, auc
from adherence.model.model import Model, load
from adherence.quality import outcomes
from adherence.quality.metrics import interval, measures, weighted_auc

_AUC_MARGIN = 0.008  # losses of AUC up to here never matter
_AUC_LIMIT = 0.02  # losses beyond it always do, however wide the interval is
_BRIER_MARGIN = 0.03  # relative growth of the Brier score up to here never matters
RULE = (
    f"worse: a loss of AUC on due rows of more than {_AUC_MARGIN} that resampling patients does not explain (95 %), or of more than "
    f"{_AUC_LIMIT}; or a Brier score on due rows that grows by more than {_BRIER_MARGIN:.0%}, which resampling does not explain either"
)
_OUTCOME = ("horizon_days", "permissible_gap_days", "switch_policy")
_SPLIT = ("salt", "test_patients")
ARCHIVE = "model.tar.gz"


@dataclass(frozen=True)
class Champion:
    """The deployed version; ``version`` is empty where none is, ``why`` says why an existing one has no ``model`` to compare with.

    ``rows`` are keys and outcomes of the test rows that it was measured on, None where they are not there any more. Pipelines that
    were rendered before they were asked for do not give them (``measured`` is False): then the definitions alone decide.
    """

    version: str = ""
    model: Model | None = None
    why: str = ""
    rows: pd.DataFrame | None = None
    measured: bool = False


def read(folder: Path, version: str, sha256: str, into: Path, measured_on: Path | None = None) -> Champion:
    """The deployed version from ``folder``: its archive, or whatever stands there where nothing is deployed.

    ``measured_on`` is the folder of its test rows, which has none where they are gone.

    Raises:
        RefusedInput: the archive is not the registered one; the message has both digests.
    """
    archive = folder / ARCHIVE
    if not archive.is_file() and not (folder / "model.json").is_file():
        return Champion()
    version = version or "deployed"
    if sha256 and (found := digest(archive)) != sha256:
        raise RefusedInput(
            f"the deployed model version {version} is damaged or was replaced: sha256 {found}, registered was {sha256}"
        )
    given = measured_on is not None and measured_on.is_dir()
    rows = outcomes.read(measured_on) if given and measured_on else None
    try:
        return Champion(version, load(unpacked(folder, into)), "", rows, given)
    except RefusedInput as error:
        why = str(error)
    except (KeyError, TypeError, ValueError, OSError, tarfile.TarError) as error:
        why = f"this code cannot read its files ({type(error).__name__})"
    return Champion(version, None, why, rows, given)


def digest(archive: Path) -> str:
    """SHA-256 of a file; ``none`` where there is none (a model given as a folder)."""
    if not archive.is_file():
        return "none"
    with archive.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def unpacked(folder: Path, into: Path) -> Path:
    """The model's files: those of the archive that training has made, or the folder itself.

    Raises:
        RefusedInput: a member of the archive would land outside ``into``.
    """
    archive = folder / ARCHIVE
    if not archive.is_file():
        return folder
    with tarfile.open(archive) as opened:  # member by member: tarfile's own filters came with Python 3.11.4 only
        for member in opened:
            target = (into / member.name).resolve()
            if not target.is_relative_to(into.resolve()) or not (member.isfile() or member.isdir()):
                raise RefusedInput(f"{archive.name}: {member.name!r} is a link or leads outside the archive's folder")
            content = opened.extractfile(member)
            if content is not None:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content.read())
    return into


@dataclass(frozen=True)
class Rows:
    """The test rows that decide (the due ones): outcomes, the new version's probabilities, and the weights of each bootstrap sample."""

    frame: pd.DataFrame
    y: Floats
    p: Floats
    weights: list[Floats]

    @staticmethod
    def due(frame: pd.DataFrame, y: Floats, p: Floats, mask: npt.NDArray[np.bool_], weights: list[Floats]) -> "Rows":
        """Only the rows of ``mask``."""
        return Rows(frame[mask], y[mask], p[mask], [weight[mask] for weight in weights])


def compare(model: Model, champion: Champion, rows: Rows, test: pd.DataFrame) -> dict[str, Any]:
    """Both versions' measures on the rows, their differences with 95 % intervals, and the verdict in words.

    ``test`` are all test rows: what was measured on other outcomes is not compared, whatever the measures say.
    """
    version, why = champion.version or "none", champion.why
    rates = {"base_rate": outcomes.base_rate(test), "champion_base_rate": _base_rate(champion)}
    if champion.model is not None:
        why = _incomparable(model, champion.model, rows.frame) or _other_rows(champion, test, model.settings)
    if champion.model is None or why:
        words = f"version {version} is deployed, but not comparable: {why}; {_rates(**rates)}" if why else "none"
        known = {"version": version, "compared": False, "not_worse": True, "why": why, **rates}
        return {**known, "summary": words, "rule": RULE}
    other = champion.model.probability(champion.model.encoder.matrix(rows.frame))
    found = _differences(rows, other)
    worse = _worse(found)
    return {
        "version": version,
        "compared": True,
        "not_worse": not worse,
        **rates,
        **found,
        "summary": _words(version, found, worse),
        "rule": RULE,
    }


def _base_rate(champion: Champion) -> float | None:
    """Of the deployed version's test rows; where they are gone, of the rows that it was trained on."""
    trained = champion.model.base_rate if champion.model is not None else None
    return trained if champion.rows is None else outcomes.base_rate(champion.rows)


def _rates(base_rate: float | None, champion_base_rate: float | None) -> str:
    """Both base rates in words."""
    here, there = ("unknown" if rate is None else f"{rate:.1%}" for rate in (base_rate, champion_base_rate))
    return f"base rate {here} here, {there} there"


def _incomparable(model: Model, other: Model, frame: pd.DataFrame) -> str:
    """Why two versions cannot be measured on the same rows; empty where they can."""
    for name in _OUTCOME:
        if model.settings[name] != other.settings.get(name):
            return f"it predicts another outcome ({name} {other.settings.get(name)}, here {model.settings[name]})"
    if _differ(model.label_definition, other.label_definition):
        return "its label is defined otherwise (another label definition)"
    for name in _SPLIT:
        if model.settings[name] != other.settings.get(name):
            return f"it may have been trained on these test patients ({name} of the split differs)"
    missing = [name for name in other.encoder.numeric if name not in frame]
    if missing:
        return f"it needs features that are not made any more ({', '.join(missing[:5])})"
    if _differ(model.feature_definition, other.feature_definition):
        return "its features are defined otherwise (another feature definition)"
    return ""


def _differ(mine: str, theirs: str) -> bool:
    """Whether two hashes are known and differ."""
    return bool(mine and theirs and mine != theirs)


def _other_rows(champion: Champion, test: pd.DataFrame, settings: dict[str, Any]) -> str:
    """Why the two were measured on other outcomes; empty where they were not, or the pipeline does not say."""
    if not champion.measured:
        return ""
    if champion.rows is None:
        return "the test rows that it was measured on are not there any more"
    return outcomes.difference(test, champion.rows, int(settings["smallest_cell"]))


def _differences(rows: Rows, other: Floats) -> dict[str, Any]:
    def auc_gain(weight: Floats) -> float:
        return weighted_auc(rows.y, rows.p, weight) - weighted_auc(rows.y, other, weight)

    def brier_growth(weight: Floats) -> float:
        mine, theirs = (np.average((each - rows.y) ** 2, weights=weight) for each in (rows.p, other))
        return float(mine / theirs - 1)

    once = np.ones(len(rows.y))
    return {
        "champion": measures(rows.y, other),
        "auc_due_gain": auc(rows.y, rows.p) - auc(rows.y, other),
        "auc_due_gain_interval": interval([auc_gain(weight) for weight in rows.weights]),
        "brier_due_growth": brier_growth(once),
        "brier_due_growth_interval": interval([brier_growth(weight) for weight in rows.weights]),
    }


def _worse(found: dict[str, Any]) -> bool:
    loss, best = -found["auc_due_gain"], found["auc_due_gain_interval"][1]
    growth, least = found["brier_due_growth"], found["brier_due_growth_interval"][0]
    return bool((loss > _AUC_MARGIN and best < 0) or loss > _AUC_LIMIT or (growth > _BRIER_MARGIN and least > 0))


def _words(version: str, found: dict[str, Any], worse: bool) -> str:
    gain, (low, high) = found["auc_due_gain"], found["auc_due_gain_interval"]
    growth, (least, most) = found["brier_due_growth"], found["brier_due_growth_interval"]
    return (
        f"{'worse' if worse else 'not worse'} than the deployed version {version} on the same rows: AUC of due rows {gain:+.4f} "
        f"(95 % interval {low:+.4f} to {high:+.4f}), Brier score {growth:+.1%} ({least:+.1%} to {most:+.1%})"
    )


def record(model: Model, archive: Path, compared: dict[str, Any]) -> dict[str, str]:
    """What the registry keeps of an evaluation in the version's own metadata: digests and the comparison, in letters it allows."""
    gain = f"{compared['auc_due_gain']:+.4f}" if compared["compared"] else "not compared"
    return {
        "model_sha256": digest(archive),
        "feature_definition": model.feature_definition or "unknown",
        "champion": compared["version"],
        "champion_auc_due_gain": gain,
    }
