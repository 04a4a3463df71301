"""The steps as the pipelines run them: commands over folders, from CSV tables to stored predictions."""

import csv
import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from adherence.steps import main
from worlds import day, fill, random_world, write

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data, features, folds, model and evaluation."""
    base = tmp_path_factory.mktemp("run")
    random_world(base / "data", 23, patients=250)
    assert _step("validate", base, data="data", output="validation") == 0
    assert _step("features", base, data="data", output="features") == 0
    folds = {name: name for name in ("train", "calibration", "test", "baseline")}
    assert _step("split", base, features="features", **folds) == 0
    _train(base)
    folders = {"model": "model", "test": "test", "train": "train", "champion": "none", "output": "evaluation"}
    assert _step("evaluate", base, **folders) == 0
    return base


def _step(name: str, base: Path, **folders: str) -> int:
    flags = [part for flag, folder in folders.items() for part in (f"--{flag.replace('_', '-')}", str(base / folder))]
    return main([name, *flags])


def _train(base: Path) -> None:
    environment = os.environ | {
        "SM_CHANNEL_TRAIN": str(base / "train"),
        "SM_CHANNEL_CALIBRATION": str(base / "calibration"),
    }
    environment |= {"SM_MODEL_DIR": str(base / "model"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(ROOT / "train.py"), "--rounds", "40", "--learning_rate", "0.15"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "calibration_auc=" in done.stdout


def test_training_leaves_everything_that_serving_needs(trained: Path) -> None:
    """The model's files and the code that reads them."""
    assert {"model.json", "model.ubj", "code"} <= {path.name for path in (trained / "model").iterdir()}
    assert (trained / "model" / "code" / "adherence" / "features" / "sql" / "features.duckdb.sql").is_file()


def test_evaluation_files(trained: Path) -> None:
    """JSON, one page without anything to fetch, and the card with the nine headings of HTI-1."""
    folder = trained / "evaluation"
    report = json.loads((folder / "evaluation.json").read_text())
    assert 0.7 < report["gates"]["auc"] < 1
    page = (folder / "evaluation.html").read_text()
    assert "<svg" in page
    assert not any(mark in page for mark in ("http:", "https:", "<script", "src="))
    assert all(
        words in page for words in ("In short.", "What the data held", "hospital days added", "Words on this page")
    )
    assert "width=device-width" in page
    card = (folder / "model_card.md").read_text()
    headings = [line for line in card.splitlines() if line.startswith("## ")]
    assert len(headings) == 10
    assert headings[2] == "## 3. Cautioned out-of-scope use"
    assert json.loads((folder / "model_card.json").read_text())["details"]["outcome"].startswith(
        "the supply runs out within 30 days"
    )


def test_no_patient_is_named_in_reports(trained: Path) -> None:
    """No patient_id in validation, feature counts, evaluation, card or what the drift monitor sees."""
    for path in [
        *trained.rglob("*.json"),
        *trained.rglob("*.html"),
        *trained.rglob("*.md"),
        *trained.glob("baseline/*.csv"),
        *trained.glob("evaluation/*.csv"),
    ]:
        assert not any(f"p{number:04d}" in path.read_text() for number in (0, 7, 101, 249)), path.name


def test_the_evaluations_predictions_are_kept(trained: Path) -> None:
    """One per test row, of the model that was evaluated: what the monitor compares a batch's predictions with."""
    kept = pd.read_csv(trained / "evaluation" / "predictions.csv")
    rows = pd.read_parquet(trained / "test" / "rows.parquet")
    assert list(kept.columns) == ["unit", "brand", "p_stop"]
    assert list(kept["brand"]) == list(rows["brand"])
    assert kept["unit"].nunique() == rows["patient_id"].nunique()
    report = json.loads((trained / "evaluation" / "evaluation.json").read_text())
    squared = ((kept["p_stop"] - rows["y"].to_numpy()) ** 2).mean()
    assert squared == pytest.approx(report["strata"]["all"]["brier"], abs=1e-5)


def test_a_monitor_that_knows_no_units_gets_none(trained: Path, tmp_path: Path) -> None:
    """The same rows and columns without that of the patients' numbers."""
    folds = [f"--{name}={tmp_path / name}" for name in ("train", "calibration", "test", "baseline")]
    assert main(["split", f"--features={trained / 'features'}", "--units=no", *folds]) == 0
    plain, usual = (pd.read_csv(folder / "baseline" / "features.csv") for folder in (tmp_path, trained))
    pd.testing.assert_frame_equal(plain, usual.drop(columns="unit"))


def test_pitfalls_are_counted(trained: Path) -> None:
    """Everything that was repaired or set aside is in the feature step's report."""
    counts = json.loads((trained / "features" / "features.json").read_text())["counts"]
    for name in ("reversed", "days_supply imputed", "same-day fills merged", "hospital days added to run-outs"):
        assert counts[name] > 0, name
    for name in ("insulin fills (days_supply unreliable)", "fills of 28-day packs", "rows without a known outcome"):
        assert name in counts


def _score(base: Path, data: Path, as_of: str) -> pd.DataFrame:
    """Predictions as the transform job makes them."""
    work = base / f"score-{as_of}-{data.name}"
    flags = ["--purpose", "score", "--as-of", as_of, "--data", str(data)]
    assert main(["features", *flags, "--output", str(work / "features")]) == 0
    sys.path.insert(0, str(ROOT))
    import inference

    records = (work / "features" / "records" / "records.jsonl").read_text()
    rows = inference.input_fn(records, "application/jsonlines")
    out = inference.output_fn(
        inference.predict_fn(rows, inference.model_fn(str(base / "model"))), "application/jsonlines"
    )
    joined = [
        json.loads(a) | {"SageMakerOutput": json.loads(b)}
        for a, b in zip(records.splitlines(), out.splitlines(), strict=True)
    ]
    (work / "transformed").mkdir(exist_ok=True)
    (work / "transformed" / "records.jsonl.out").write_text("".join(json.dumps(item) + "\n" for item in joined))
    folders = [f"--{name}={work / name}" for name in ("transformed", "features")] + [f"--output={work / 'predictions'}"]
    assert main(["store", *folders, "--model-version", "7", "--as-of", as_of]) == 0
    return pd.read_parquet(work / "predictions" / "predictions.parquet")


def test_scoring(trained: Path) -> None:
    """One row per patient and brand with the model's version and the data's date."""
    found = _score(trained, trained / "data", day(400))
    assert list(found.columns[:4]) == ["patient_id", "brand", "index_date", "horizon_days"]
    assert not found.duplicated(["patient_id", "brand"]).any()
    assert set(found["model_version"]) == {"7"}
    assert set(found["data_as_of"]) == {day(400)}


def test_a_constant_shift_of_all_dates_changes_no_prediction(trained: Path, tmp_path: Path) -> None:
    """Four years later, everybody born four years later: the same predictions (the calendar repeats, no copay reset is crossed)."""
    shifted = tmp_path / "shifted"
    shifted.mkdir()
    for path in (trained / "data").glob("*.csv"):
        with path.open(newline="") as stream:
            lines = list(csv.DictReader(stream))
        for line in lines:
            for name, value in line.items():
                if name.endswith(("_date", "_start", "_end")) and value:
                    line[name] = (date.fromisoformat(value) + timedelta(days=1461)).isoformat()
                elif name == "birth_year":
                    line[name] = str(int(value) + 4)
        with (shifted / path.name).open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(lines[0]))
            writer.writeheader()
            writer.writerows(lines)
    before, after = (
        _score(trained, folder, (date.fromisoformat(day(400)) + timedelta(days=days)).isoformat())
        for folder, days in ((trained / "data", 0), (shifted, 1461))
    )
    dated = ["index_date", "data_as_of"]
    pd.testing.assert_frame_equal(before.drop(columns=dated), after.drop(columns=dated), check_exact=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"fill_date": "2022-13-01"},
            "row 2, column fill_date: the value (the form of a date) is not a date written YYYY-MM-DD",
        ),
        ({"days_supply": "1E2"}, "row 2, column days_supply: the value (1 letter, 2 digits) is not a whole number"),
        ({"status": "void"}, "row 2, column status: the value (4 letters) is none of paid, reversed"),
        ({"copay": "-3"}, "row 2, column copay: the value (a number with 1 digit and a sign) lies outside 0"),
        ({"patient_id": "somebody"}, "row 2, column patient_id: is not in patients.csv"),
    ],
)
def test_refused_data_are_located(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any], message: str
) -> None:
    """Exit code 2; file, row, column and rule are named, identifiers are not shown."""
    person = [{"patient_id": "p", "birth_year": 1960, "sex": "F"}]
    enrolment = [{"patient_id": "p", "enrol_start": day(-500), "enrol_end": day(700)}]
    line = fill(0, copay=1, status="paid") | change
    write(tmp_path / "d", [line], patients=person, enrolment=enrolment)
    assert main(["validate", "--data", str(tmp_path / "d"), "--output", str(tmp_path / "v")]) == 2
    error = capsys.readouterr().err
    assert f"fills.csv, {message}" in error
    assert "somebody" not in error


def test_values_stay_what_they_are(tmp_path: Path) -> None:
    """A brand called NA is a brand, and identifiers keep their zeros."""
    write(tmp_path, [fill(0, brand="NA", patient="007")])
    main(
        ["features", "--purpose", "score", "--as-of", day(5), "--data", str(tmp_path), "--output", str(tmp_path / "f")]
    )
    rows = pd.read_parquet(tmp_path / "f" / "rows.parquet")
    assert rows[["patient_id", "brand"]].values.tolist() == [["007", "NA"]]


def test_optional_tables_and_columns_may_be_absent(tmp_path: Path) -> None:
    """Only the required columns of three tables: features of the rest are missing, nothing fails."""
    write(tmp_path, [fill(0)])
    main(
        ["features", "--purpose", "score", "--as-of", day(5), "--data", str(tmp_path), "--output", str(tmp_path / "f")]
    )
    row = pd.read_parquet(tmp_path / "f" / "rows.parquet").iloc[0]
    assert row[["hba1c", "copay_month", "mail", "depression", "refills_remaining"]].isna().all()
    assert bool(row["missing"]) is True


def test_products_may_come_as_codes(tmp_path: Path) -> None:
    """Without brand, ingredient and class: the dictionary knows the code, or the code names the product; counted either way."""
    person = [{"patient_id": "p", "birth_year": 1960, "sex": "F"}]
    enrolment = [{"patient_id": "p", "enrol_start": day(-500), "enrol_end": day(700)}]
    brands = [
        {
            "brand": "Januvia",
            "ingredient": "sitagliptin",
            "drug_class": "DPP-4 inhibitor",
            "rxcui": "593411",
            "ndc": "",
        },
        {
            "brand": "Zituvio",
            "ingredient": "sitagliptin",
            "drug_class": "DPP-4 inhibitor",
            "rxcui": "",
            "ndc": "00123456789",
        },
    ]
    line = {name: value for name, value in fill(0).items() if name not in {"brand", "ingredient", "drug_class"}}
    lines = [line | {"rxcui": "593411", "ndc": ""}, line | {"rxcui": "", "ndc": "00123456789"}]
    write(tmp_path, lines, patients=person, enrolment=enrolment, brands=brands)
    flags = ["--purpose", "score", "--as-of", day(5), "--data", str(tmp_path), "--output", str(tmp_path / "f")]
    assert main(["features", *flags]) == 0
    found = pd.read_parquet(tmp_path / "f" / "rows.parquet")
    assert found[["brand", "drug_class"]].values.tolist() == [
        ["Januvia", "DPP-4 inhibitor"],
        ["Zituvio", "DPP-4 inhibitor"],
    ]
    counts = json.loads((tmp_path / "f" / "features.json").read_text())["counts"]
    assert counts["fills.csv: brand taken from rxcui"] == 1
    assert counts["fills.csv: brand taken from ndc"] == 1
    assert counts["fills.csv: ingredient taken from the dictionary of brands"] == 2


def test_an_unknown_product_is_refused_with_its_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A brand that no dictionary knows needs its ingredient and class in the row."""
    write(tmp_path, [fill(0), fill(3) | {"brand": "Unheard", "ingredient": "", "drug_class": ""}])
    assert main(["validate", "--data", str(tmp_path), "--output", str(tmp_path / "v")]) == 2
    assert "fills.csv, row 3, column ingredient: the value is missing (rule required)" in capsys.readouterr().err
