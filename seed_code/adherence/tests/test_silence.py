"""No value leaves the data through a job's log, exit message or failure file, and no small group's name through a report."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from adherence import settings
from adherence.errors import RefusedInput
from adherence.model import model
from adherence.quality import card, evaluate, registry_card, report
from adherence.steps import main
from worlds import fill, write

ROOT = Path(__file__).parents[1]
CANARY = "Zwergspitz4711"
Folds = dict[str, pd.DataFrame]


def test_a_step_that_breaks_tells_type_and_place_only(
    folds: Folds, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """pandas quotes the cell that is no number; the step does not."""
    rows = folds["train"].assign(y=CANARY)
    rows.to_parquet(tmp_path / "rows.parquet", index=False)
    made = [f"--{name}={tmp_path / name}" for name in ("train", "calibration", "test", "baseline")]
    assert main(["split", "--features", str(tmp_path), *made]) in {1, 2}
    broken = {"SageMakerOutput": {"p_stop": CANARY}, "patient_id": CANARY}
    (tmp_path / "x.out").write_text(json.dumps(broken) + f'\n{{"a": {CANARY}')
    (tmp_path / "features.json").write_text(json.dumps({"feature_definition": "", "counts": {}}))
    stored = ["--transformed", str(tmp_path), "--features", str(tmp_path), "--output", str(tmp_path / "out")]
    assert main(["store", *stored]) == 1
    said = "".join(capsys.readouterr())
    assert CANARY not in said
    assert said.splitlines()[-1].startswith("KeyError in store.py:")


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (f'"{CANARY},x,y'.encode(), "balanced quotes"),
        (f"{CANARY}é,x,y".encode("latin-1"), "encoding"),
        (b"a,b,c,d,e", "fields"),
    ],
)
def test_a_damaged_dictionary_is_refused_as_any_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: bytes, rule: str
) -> None:
    """It is read for the fills before it is checked itself: what is wrong with it is said by the check, and quotes nothing."""
    write(tmp_path / "d", [fill(0)])
    (tmp_path / "d" / "brands.csv").write_bytes(b"brand,ingredient,drug_class\n" + line + b"\n")
    assert main(["validate", "--data", str(tmp_path / "d"), "--output", str(tmp_path / "v")]) == 2
    said = "".join(capsys.readouterr())
    assert rule in said
    assert CANARY not in said


def test_a_training_that_breaks_tells_type_and_place_only(folds: Folds, tmp_path: Path) -> None:
    """Standard error and the failure file, which SageMaker makes the job's FailureReason of."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "SM_MODEL_DIR": str(tmp_path / "model")}
    environment |= {"SM_OUTPUT_DIR": str(tmp_path / "output")}
    (tmp_path / "output").mkdir()
    for channel in ("train", "calibration"):
        (tmp_path / channel).mkdir()
        spoilt = folds[channel].assign(hba1c=CANARY)
        spoilt.to_parquet(tmp_path / channel / "rows.parquet", index=False)
        environment[f"SM_CHANNEL_{channel.upper()}"] = str(tmp_path / channel)
    command = [sys.executable, str(ROOT / "train.py"), "--rounds", "2"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    failure = (tmp_path / "output" / "failure").read_text()
    assert done.returncode == 1
    assert CANARY not in done.stdout + done.stderr + failure
    assert failure.startswith("ValueError in ")
    assert ".py:" in failure


def test_serving_that_breaks_tells_type_and_place_only(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The server logs and answers with what is raised: neither the record nor the chain of causes is in it."""
    import inference

    with pytest.raises(RuntimeError) as found:
        inference.input_fn(f'{{"patient_id": {CANARY}', "application/jsonlines")
    assert CANARY not in repr(found.value) + "".join(capsys.readouterr())
    assert found.value.__context__ is None
    rows = inference.input_fn(
        json.dumps({"patient_id": "p", "brand": CANARY, "hba1c": CANARY}), "application/jsonlines"
    )
    with pytest.raises((RuntimeError, RefusedInput)) as found:
        inference.predict_fn(rows, inference.model_fn(str(saved)))
    assert CANARY not in repr(found.value) + "".join(capsys.readouterr())


def test_a_rare_brand_is_named_nowhere(folds: Folds, fitted: model.Model, small: settings.Settings) -> None:
    """Ten patients have taken it, one too few, however many rows they have: report, page, card, and card of the registry."""
    train, test = (_with_rare(folds[name], CANARY, patients=10) for name in ("train", "test"))
    assert (test["brand"] == CANARY).sum() >= 11
    trained = model.fit(train, folds["calibration"], small)
    made = evaluate.evaluate(trained, test, train)
    described = card.describe(trained, made, train)
    shown = [json.dumps(made), report.page(made), json.dumps(described), card.markdown(described)]
    shown += [json.dumps(registry_card.registry_card(described, made)), json.dumps(card.describe(trained, made))]
    assert not any(CANARY in text for text in shown)
    pooled = [item for item in made["brands"] if item["name"] == evaluate.SMALLER]
    assert [item["suppressed"] for item in pooled] == [True]
    assert described["development"]["brands_of_few_patients"] >= 1


def test_a_brand_of_enough_patients_is_named(folds: Folds, fitted: model.Model) -> None:
    """Eleven patients: named, with numbers only where enough of their rows stop."""
    test = _with_rare(folds["test"], CANARY, patients=11)
    made = evaluate.evaluate(fitted, test, folds["train"])
    assert CANARY in {item["name"] for item in made["brands"]}


def _with_rare(rows: pd.DataFrame, brand: str, patients: int) -> pd.DataFrame:
    """The brand of the first few patients' rows replaced."""
    chosen = rows["patient_id"].drop_duplicates().head(patients)
    return rows.assign(brand=rows["brand"].where(~rows["patient_id"].isin(chosen), brand))
