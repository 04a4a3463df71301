"""The clinical model against its acceptance numbers, on our generator and on files of a second one that the seed code has never seen."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import reference
from adherence import settings
from adherence.data import tables
from adherence.features import dataset, split
from adherence.features.features import NUMERIC
from adherence.model import explain, model
from adherence.model.calibrate import auc, expected_calibration_error, observed_over_expected, slope
from adherence.model.predict import predict

from bench import other_world
from mlops.adherence import synthetic
from mlops.adherence.synthetic.bayes import Index, stop_probability

ROOT = Path(__file__).parents[1]
_TRAINED, _TESTED = 10_000, 30_000
_SEED = 20_261


@dataclass
class Table:
    """What was measured, line by line."""

    lines: list[tuple[str, str, str, bool]] = field(default_factory=list)

    def add(self, what: str, value: float | str, bound: str = "", kept: bool = True) -> None:
        """One figure."""
        shown = value if isinstance(value, str) else f"{value:.4g}"
        self.lines.append((what, shown, bound, bool(kept)))
        sys.stdout.write(f"{what:<66} {shown:>22} {bound:>16} {'' if kept else 'MISSED'}\n")
        sys.stdout.flush()

    def least(self, what: str, value: float, bound: float) -> None:
        """A figure with a lower bound."""
        self.add(what, value, f">= {bound:.4g}", value >= bound)

    def most(self, what: str, value: float, bound: float) -> None:
        """A figure with an upper bound."""
        self.add(what, value, f"<= {bound:.4g}", value <= bound)

    def within(self, what: str, value: float, low: float, high: float) -> None:
        """A figure between two bounds."""
        self.add(what, value, f"{low:.4g} to {high:.4g}", low <= value <= high)


def main() -> int:
    """1 where a bound was missed."""
    table = Table()
    with tempfile.TemporaryDirectory() as folder:
        _own(table, Path(folder))
        _other(table, Path(folder))
    _persistence(table)
    missed = [line[0] for line in table.lines if not line[3]]
    sys.stdout.write(f"{len(table.lines)} figures, {len(missed)} missed\n")
    return int(bool(missed))


def _cpu(run: Callable[[], Any]) -> tuple[Any, float, float]:
    cpu, wall = time.process_time(), time.monotonic()
    result = run()
    return result, time.process_time() - cpu, time.monotonic() - wall


def _rows(folder: Path, chosen: settings.Settings) -> pd.DataFrame:
    report = tables.Report()
    read = tables.read(folder, report)
    report.refuse()
    return dataset.build(read, chosen, None).rows


def _world(table: Table, patients: int, seed: int, folder: Path) -> pd.DataFrame:
    """Index rows of a synthetic world with their exact probability in ``bayes``."""
    world, cpu, _ = _cpu(lambda: synthetic.simulate(patients, seed))
    if patients == _TESTED:
        table.least("generator: fills a CPU second", len(world.fills.day) / cpu, 50_000)
    world.extract(date(2025, 3, 1), folder)
    rows = _rows(folder, settings.load())
    names = {name: number for number, name in enumerate(world.catalog.table["brand"])}
    day = (pd.to_datetime(rows["index_date"]).to_numpy().astype("datetime64[D]") - np.datetime64(world.start)).astype(
        int
    )
    left = rows["days_left_exact"].to_numpy(dtype=np.int64)
    patient = rows["patient_id"].str[1:].to_numpy().astype(np.int64)
    index = Index(patient, rows["brand"].map(names).to_numpy(dtype=np.int64), day, day + left)
    return rows.assign(bayes=stop_probability(world, index))


def _own(table: Table, folder: Path) -> None:
    """Train on 10,000 patients, test on later index dates of others; the truth is computed exactly."""
    chosen = settings.load()
    first = _world(table, _TRAINED, _SEED, folder / "train")
    others = _world(table, _TESTED, _SEED + 1, folder / "test")
    others["patient_id"] = "T" + others["patient_id"]
    folds = split.split(first, chosen)
    _check_split(table, folds, chosen)
    after = min(folds["test"]["index_date"])
    test = pd.concat([folds["test"], others[others["index_date"] >= after]], ignore_index=True)
    fitted, cpu, _ = _cpu(lambda: model.fit(folds["train"], folds["calibration"], chosen))
    count = len(folds["train"]) + len(folds["calibration"])
    table.most("own: training, CPU seconds per 200,000 rows", cpu / count * 200_000, 60)
    _quality(table, "own", fitted, test, folds["train"])
    _by_brand(table, "own", fitted, test)
    _without_brand(table, fitted, folds, test)
    _intervals(table, "own", fitted, test, folds)
    _explained(table, fitted, test)
    _fair(table, fitted, test)
    _speed(table, fitted, test, folder / "test")
    _three_brands(table, fitted, test)


def _check_split(table: Table, folds: dict[str, pd.DataFrame], chosen: settings.Settings) -> None:
    train, calibration, test = (set(folds[name]["patient_id"]) for name in ("train", "calibration", "test"))
    both = len(train & test) + len(train & calibration) + len(calibration & test)
    table.most("own: patients in two folds", both, 0)
    gap = (
        date.fromisoformat(min(folds["test"]["index_date"])) - date.fromisoformat(max(folds["train"]["index_date"]))
    ).days
    table.add(
        "own: days from the last training to the first test date",
        gap,
        f"> {chosen.outcome_days}",
        gap > chosen.outcome_days,
    )


def _logistic(train: pd.DataFrame, *, with_brand: bool) -> Callable[[pd.DataFrame], np.ndarray]:
    """Logistic regression on the same features: what a simple model reaches (without brand it is the evaluation report's baseline)."""
    from sklearn.linear_model import LogisticRegression

    names = list(NUMERIC)
    middle, scale = train[names].median(), train[names].std().replace(0, 1).fillna(1)
    brands = sorted(set(train["brand"])) if with_brand else []

    def matrix(rows: pd.DataFrame) -> np.ndarray:
        numeric = ((rows[names].fillna(middle) - middle) / scale).fillna(0).to_numpy()
        hot = (rows["brand"].to_numpy()[:, None] == np.array(brands, dtype=object)[None, :]).astype(float)
        return np.hstack([numeric, hot])

    fitted = LogisticRegression(max_iter=500).fit(matrix(train), train["y"])
    return lambda rows: fitted.predict_proba(matrix(rows))[:, 1]


def _strata(test: pd.DataFrame, horizon: int) -> dict[str, np.ndarray]:
    left = test["days_left_exact"].to_numpy()
    return {"all": np.ones(len(test), dtype=bool), "due": left <= horizon, "on supply": (left <= horizon) & (left > 0)}


def _quality(table: Table, world: str, fitted: model.Model, test: pd.DataFrame, train: pd.DataFrame) -> None:
    p, y, bayes = (
        fitted.probability(fitted.encoder.matrix(test)),
        test["y"].to_numpy(dtype=float),
        test["bayes"].to_numpy(),
    )
    simple = _logistic(train, with_brand=False)(test)
    strata = _strata(test, fitted.settings["horizon_days"])
    table.add(f"{world}: test rows / due rows / stops", f"{len(y)} / {strata['due'].sum()} / {int(y.sum())}")
    for name, bound in (("all", 0.010), ("due", 0.012), ("on supply", None)):
        mask = strata[name]
        found, ceiling = auc(y[mask], p[mask]), auc(y[mask], bayes[mask])
        table.add(
            f"{world}, {name}: AUC / Bayes / logistic",
            f"{found:.4f} / {ceiling:.4f} / {auc(y[mask], simple[mask]):.4f}",
        )
        if bound:
            table.least(f"{world}, {name}: AUC minus Bayes", found - ceiling, -bound)
        table.most(f"{world}, {name}: AUC minus Bayes (leak detector)", found - ceiling, 0.005)
        if name == "all" and world == "own":  # the other world's effects are all linear: no tree can gain much there
            table.least(f"{world}, {name}: AUC minus logistic regression", found - auc(y, simple), 0.015)
            richer = _logistic(train, with_brand=True)(test)
            table.add(f"{world}, {name}: AUC minus logistic regression with brand", found - auc(y, richer))
        if name == "on supply" and world == "own":
            table.least(f"{world}, {name}: AUC", found, 0.67)
    due = strata["due"]
    table.most(f"{world}, due: calibration error (15 bins)", expected_calibration_error(p[due], y[due]), 0.010)
    table.within(f"{world}, due: calibration slope", slope(p[due], y[due]), 0.93, 1.07)
    table.within(f"{world}, due: observed / expected", observed_over_expected(p[due], y[due]), 0.95, 1.05)
    brier = float(np.mean((p - y)[due] ** 2) - np.mean((bayes - y)[due] ** 2))
    table.most(f"{world}, due: Brier minus Bayes", brier, 0.0015)
    gap = float(np.maximum(p, 1 - p)[due].mean() - ((p >= 0.5) == (y == 1))[due].mean())
    table.within(f"{world}, due: mean confidence minus accuracy", gap, -0.01, 0.01)


def _by_brand(table: Table, world: str, fitted: model.Model, test: pd.DataFrame) -> None:
    """Worst calibration over the brands; beside it that of the exact probability, which scatters too."""
    y, due = test["y"].to_numpy(dtype=float), _strata(test, fitted.settings["horizon_days"])["due"]
    brands = [(test["brand"] == brand).to_numpy() & due for brand in sorted(set(test["brand"]))]
    p, bayes = fitted.probability(fitted.encoder.matrix(test)), np.clip(test["bayes"].to_numpy(), 1e-6, 1 - 1e-6)
    for least, most, reach in ((1000, 10**9, (0.12, 0.10)), (250, 1000, (0.18, 0.15))):
        masks = [mask for mask in brands if least <= y[mask].sum() < most]
        if not masks:
            continue
        for name, measure, bound in (("slope", slope, reach[0]), ("O/E", observed_over_expected, reach[1])):
            found, exact = (max(abs(measure(q[mask], y[mask]) - 1) for mask in masks) for q in (p, bayes))
            what = f"{world}, {len(masks)} brands of {least} stops and more, worst |{name} - 1|"
            table.most(what, found, bound)
            table.add(f"{world}: the same of the exact probability", exact)


def _worst_brand(p: np.ndarray, test: pd.DataFrame) -> float:
    y = test["y"].to_numpy(dtype=float)
    masks = [(test["brand"] == brand).to_numpy() for brand in sorted(set(test["brand"]))]
    return max(abs(observed_over_expected(p[mask], y[mask]) - 1) for mask in masks if y[mask].sum() >= 250)


def _without_brand(table: Table, fitted: model.Model, folds: dict[str, pd.DataFrame], test: pd.DataFrame) -> None:
    hidden = {name: folds[name].assign(brand="any", drug_class="any") for name in ("train", "calibration")}
    blind = model.fit(hidden["train"], hidden["calibration"], settings.load())
    rows = test.assign(brand="any", drug_class="any")
    p, q = fitted.probability(fitted.encoder.matrix(test)), blind.probability(blind.encoder.matrix(rows))
    y = test["y"].to_numpy(dtype=float)
    table.add("own: AUC with brand / without", f"{auc(y, p):.4f} / {auc(y, q):.4f}")
    table.add(
        "own: worst brand's |O/E - 1| with brand / without",
        f"{_worst_brand(p, test):.3f} / {_worst_brand(q, test):.3f}",
    )
    table.least("own: worst |O/E - 1| rises without brand by", _worst_brand(q, test) - _worst_brand(p, test), 0.08)


def _covered(fitted: model.Model, p: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    sets = fitted.conformal.sets(p)
    stop, go_on = np.isin(sets, ["stop", "both"]), np.isin(sets, ["continue", "both"])
    return float(stop[y == 1].mean()), float(go_on[y == 0].mean())


def _intervals(
    table: Table, world: str, fitted: model.Model, test: pd.DataFrame, folds: dict[str, pd.DataFrame]
) -> None:
    matrix = fitted.encoder.matrix(test)
    p, y, bayes = fitted.probability(matrix), test["y"].to_numpy(), test["bayes"].to_numpy()
    stop, go_on = _covered(fitted, p, y)
    table.least(f"{world}: conformal sets cover stoppers, later dates", stop, 0.82)
    table.least(f"{world}: conformal sets cover the others, later dates", go_on, 0.88)
    if world == "own":
        _exchangeable(table, folds)
    low, high = fitted.interval(matrix, p)
    inside = (low <= bayes) & (bayes <= high)
    due = _strata(test, fitted.settings["horizon_days"])["due"]
    table.least(f"{world}: interval covers the true probability, share of rows", float(inside.mean()), 0.85)
    table.most(f"{world}: interval's mean width", float((high - low).mean()), 0.08)
    table.add(f"{world}, due: the same, share and width", f"{inside[due].mean():.3f} / {(high - low)[due].mean():.3f}")


def _exchangeable(table: Table, folds: dict[str, pd.DataFrame]) -> None:
    """Coverage on other patients at the same dates: the last third of the calibration patients is held out."""
    rows = folds["calibration"]
    share = split.patient_share(rows["patient_id"].to_numpy(dtype=object), "bench")
    fitted = model.fit(folds["train"], rows[share < 0.3], settings.load())
    held = rows[share >= 0.3]
    stop, go_on = _covered(fitted, fitted.probability(fitted.encoder.matrix(held)), held["y"].to_numpy())
    table.least("own: conformal sets cover stoppers, exchangeable", stop, 0.88)
    table.least("own: conformal sets cover the others, exchangeable", go_on, 0.88)


def _explained(table: Table, fitted: model.Model, test: pd.DataFrame) -> None:
    """SHAP sums to the margin, and grouped signs agree with the generator's effects."""
    sample = test[test["days_left_exact"] <= 30].sample(8000, random_state=1)
    matrix = fitted.encoder.matrix(sample)
    per_column, expected = explain.contributions(fitted, matrix)
    p = fitted.probability(matrix)
    table.most(
        "own: SHAP sum minus margin, largest",
        float(np.abs(per_column.sum(axis=1) + expected - np.log(p / (1 - p))).max()),
        1e-4,
    )
    truth = {
        "copay": (("copay_month", "copay_change"), np.log(sample["copay_month"] + 2)),
        "HbA1c": (("hba1c", "hba1c_mean"), sample["hba1c"]),
        "age": (("age",), -sample["age"]),
        "lateness": (
            ("late_last", "late_mean_3", "late_mean_365", "late_share_365", "patient_late_mean"),
            sample["late_mean_365"],
        ),
        "no refills remaining": (("refills_remaining",), (sample["refills_remaining"] == 0) * 1.0),
        "depression": (("depression",), sample["depression"]),
        "mail order": (("mail",), -sample["mail"]),
    }
    columns = fitted.encoder.columns
    for name, (features, effect) in truth.items():
        found = pd.Series(
            per_column[:, [columns.index(feature) for feature in features]].sum(axis=1), index=sample.index
        )
        table.least(f"own: Spearman of SHAP and truth, {name}", float(found.corr(effect, method="spearman")), 0.5)


def _fair(table: Table, fitted: model.Model, test: pd.DataFrame) -> None:
    from adherence.quality import evaluate

    p, y, bayes = (
        fitted.probability(fitted.encoder.matrix(test)),
        test["y"].to_numpy(dtype=float),
        test["bayes"].to_numpy(),
    )
    ratios, losses = [], []
    for groups in evaluate.fairness_groups(test).values():
        for name in sorted(set(groups)):
            mask = (groups == name).to_numpy()
            if y[mask].sum() >= 500:
                ratios.append(observed_over_expected(p[mask], y[mask]))
                losses.append(auc(y[mask], p[mask]) - auc(y[mask], bayes[mask]))
    table.within(f"own: O/E over {len(ratios)} groups of sex, age, payer, smallest", min(ratios), 0.90, 1.10)
    table.within("own: O/E over the groups, largest", max(ratios), 0.90, 1.10)
    table.least("own: AUC minus the group's own Bayes AUC, worst group", min(losses), -0.015)


def _speed(table: Table, fitted: model.Model, test: pd.DataFrame, folder: Path) -> None:
    sample = test.sample(20_000, random_state=2).reset_index(drop=True)
    _, cpu, _ = _cpu(lambda: predict(fitted, sample))
    table.least("own: rows scored with exact SHAP a CPU second", len(sample) / cpu, 2000)
    _feature_table(table, folder.parent / "million")


def _feature_table(table: Table, folder: Path) -> None:
    """A million fills from CSV to the feature table, in a process of its own; peak memory includes Python and the tables read."""
    synthetic.simulate(67_000, _SEED + 2).extract(date(2025, 3, 1), folder)
    command = [sys.executable, "-c", _BUILD, str(ROOT / "seed_code" / "adherence"), str(folder)]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    million = told["fills"] / 1e6
    table.add("own: fills in the table of a million / index rows", f"{told['fills']} / {told['rows']}")
    table.add("own: reading the CSV tables, CPU seconds per million fills", told["read"] / million)
    table.add("own: tables to feature table, CPU seconds per million fills", told["cpu"] / million)
    table.most("own: the same, seconds (two idle cores)", told["wall"] / million, 6)
    table.most("own: the same, peak memory in GB", told["memory"] / million, 2)


_BUILD = """
import json, resource, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from adherence import dataset, settings, tables
report = tables.Report()
began = time.process_time()
read = tables.read(Path(sys.argv[2]), report)
cpu, wall = time.process_time(), time.monotonic()
rows = dataset.build(read, settings.load(), None).rows
told = {"read": cpu - began, "cpu": time.process_time() - cpu, "wall": time.monotonic() - wall, "rows": len(rows)}
told |= {"fills": report.rows["fills"], "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6}
print(json.dumps(told))
"""


def _three_brands(table: Table, fitted: model.Model, test: pd.DataFrame) -> None:
    sizes = test.groupby(["patient_id", "index_date"])["brand"].transform("size")
    three = test[sizes == 3].copy()
    three["p"] = fitted.probability(fitted.encoder.matrix(three))
    different = three.groupby(["patient_id", "index_date"])["p"].nunique()
    table.least("own: patients with 3 active brands have 3 probabilities, share", float((different == 3).mean()), 0.999)


def _bayes(world: Any, patients: list[Any], rows: pd.DataFrame) -> list[float]:
    """The exact probability of every row in a world of ``other_world``'s kind."""
    by_name = {patient.name: patient for patient in patients}
    number = {brand[0]: position for position, brand in enumerate(world._BRANDS)}
    days = [(date.fromisoformat(day) - world.BEGIN).days for day in rows["index_date"]]
    asked = zip(rows["patient_id"], rows["brand"], days, strict=True)
    return [world.bayes(by_name[patient], number[brand], day) or 0.0 for patient, brand, day in asked]


def _other(table: Table, folder: Path) -> None:
    """Files of the other generator: rows and labels against the slow reference, quality against its exact probability."""
    world = other_world
    patients = world.simulate(22_000, 5)
    world.write(patients, folder / "other", 5)
    chosen = settings.load(
        horizon_days=world.HORIZON, permissible_gap_days=world.GAP, look_back_days=world.LOOK_BACK,
        first_date=world.FIRST_INDEX, step_days=world.STEP, train_until=date(2019, 3, 1), salt="other",
    )  # fmt: skip
    rows = _rows(folder / "other", chosen)
    rules = reference.Rules(world.FIRST_INDEX, world.STEP, world.HORIZON, world.GAP, world.LOOK_BACK, world.END)
    truth = reference.truth(folder / "other", rules)
    keys = list(zip(rows["patient_id"], rows["brand"], rows["index_date"], strict=True))
    same = set(keys) & truth.keys()
    table.least("other: index rows identical to the reference, share", len(same) / len(set(keys) | truth.keys()), 0.999)
    mine = zip(keys, rows["days_left_exact"], rows["y_any"], rows["y_switch"], strict=True)
    pairs = [
        (truth[key], reference.Truth(int(left), bool(stop), bool(switch)))
        for key, left, stop, switch in mine
        if key in same
    ]
    table.least(
        "other: labels identical, share",
        float(np.mean([(a.stop, a.switch) == (b.stop, b.switch) for a, b in pairs])),
        0.999,
    )
    table.least(
        "other: days of supply left identical, share",
        float(np.mean([a.days_left == b.days_left for a, b in pairs])),
        1.0,
    )
    rows["bayes"] = _bayes(world, patients, rows)
    first = {patient.name for patient in patients[:_TRAINED]}
    trained = rows["patient_id"].isin(first)
    folds = split.split(rows[trained], chosen)
    later = rows[~trained & (rows["index_date"] >= min(folds["test"]["index_date"]))]
    test = pd.concat([folds["test"], later], ignore_index=True)
    fitted = model.fit(folds["train"], folds["calibration"], chosen)
    _quality(table, "other", fitted, test, folds["train"])
    _by_brand(table, "other", fitted, test)
    _intervals(table, "other", fitted, test, folds)


def _persistence(table: Table) -> None:
    from mlops.adherence.synthetic.solve import measure

    found, target, starts = measure()
    table.most(
        f"generator: persistence at 12 months minus its target, worst of {len(found)} brands",
        float(np.abs(found - target).max()),
        0.02,
    )
    table.add("generator: fewest starts of a brand in that", float(starts.min()))


if __name__ == "__main__":
    sys.exit(main())
