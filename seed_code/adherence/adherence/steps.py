"""The steps of both pipelines as commands; every path is a flag, with the path of a SageMaker job as its default."""

import argparse
import csv
import json
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from adherence.data.classes import text_class
from adherence.errors import RefusedInput, described, trace
from adherence.settings import load as load_settings

_IN, _OUT = "/opt/ml/processing/input", "/opt/ml/processing/output"
_MESSAGE = Path("/opt/ml/output/message")
_COUNTS = "counts.json"


def main(argv: Sequence[str] | None = None) -> int:
    """Run a step; exit code 2 where the input was refused, 1 where something else went wrong: then without the error's text."""
    arguments = _parser().parse_args(argv)
    try:
        arguments.run(arguments)
    except RefusedInput as error:
        return _ended(f"RefusedInput: {error}", 2)
    except Exception as error:
        sys.stderr.write(trace(error))
        return _ended(described(error), 1)
    return 0


def _ended(message: str, code: int) -> int:
    """Say why, in the log and as the job's exit message."""
    sys.stderr.write(message + "\n")
    if _MESSAGE.parent.is_dir():
        _MESSAGE.write_text(message[:1000])
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run.py", description=__doc__)
    steps = parser.add_subparsers(required=True, metavar="STEP")

    def step(name: str, run: Callable[[Any], None], **flags: str | None) -> None:
        sub = steps.add_parser(name, help=(run.__doc__ or "").split("\n")[0])
        sub.set_defaults(run=run)
        for flag, default in flags.items():
            kind = Path if default and default.startswith("/") else str
            sub.add_argument(f"--{flag.replace('_', '-')}", type=kind, default=kind(default) if default else default)

    data, rows = f"{_IN}/data", f"{_IN}/features"
    step("validate", validate, data=data, output=f"{_OUT}/validation", purpose="train", as_of="")
    step("features", features, data=data, output=f"{_OUT}/features", purpose="train", as_of="", units="yes")
    folds = {name: f"{_OUT}/{name}" for name in ("train", "calibration", "test", "baseline")}
    step("split", split, features=rows, units="yes", **folds)
    evaluated = {"model": f"{_IN}/model", "test": f"{_IN}/test", "train": f"{_IN}/train", "champion": f"{_IN}/champion"}
    evaluated["champion_rows"] = f"{_IN}/champion_rows"
    step("evaluate", evaluate, **evaluated, output=f"{_OUT}/evaluation", champion_version="", champion_sha256="")
    stored = {"transformed": f"{_IN}/transformed", "features": rows, "output": f"{_OUT}/predictions"}
    step("store", store, **stored, model_version="", as_of="", dataset_id="")
    return parser


def validate(arguments: Any) -> None:
    """Check the CSV tables against the schema; refuse them with located errors, or count the warnings."""
    from adherence.data.tables import Report, read

    report = Report()
    read(arguments.data, report)
    content = {
        "errors": report.errors[:1000],
        "error_count": report.error_count,
        "warnings": report.warnings,
        "rows": report.rows,
        "purpose": arguments.purpose,
    }
    _write_json(arguments.output / "validation.json", content)
    sys.stdout.write(
        f"rows={json.dumps(report.rows)} errors={report.error_count} warnings={json.dumps(report.warnings)}\n"
    )
    report.refuse()


def features(arguments: Any) -> None:
    """Point-in-time features of the index rows; labels too when training."""
    from adherence.data.tables import Report, read
    from adherence.features import dataset
    from adherence.features.features import definition_hash

    as_of = _as_of(arguments)
    report = Report()
    tables = read(arguments.data, report)
    report.refuse()
    made = dataset.build(tables, load_settings(), as_of)
    arguments.output.mkdir(parents=True, exist_ok=True)
    made.rows.to_parquet(arguments.output / "rows.parquet", index=False)
    _write_monitored(made.rows, arguments.output / "monitor" / "features.csv", arguments.units)
    if as_of:
        _write_records(made.rows, arguments.output / "records" / "records.jsonl")
    counts = {name: int(value) for name, value in (made.counts | report.warnings | _supply_repairs(report)).items()}
    content = {"counts": counts, "as_of": arguments.as_of, "feature_definition": definition_hash()}
    _write_json(arguments.output / "features.json", content)
    sys.stdout.write(f"{json.dumps(counts)}\n")


def _supply_repairs(report: Any) -> dict[str, int]:
    """Days of supply that could not be used, by reason (0 where there were none)."""
    reasons = ("missing", "below 1", "above 365")
    return {
        f"days_supply {reason}": report.warnings.get(f"fills.csv: days_supply {reason}, imputed", 0)
        for reason in reasons
    }


def _as_of(arguments: Any) -> date | None:
    if arguments.purpose != "score":
        return None
    try:
        return date.fromisoformat(arguments.as_of)
    except ValueError:
        found = text_class(arguments.as_of)
        raise RefusedInput(f"--as-of ({found}): scoring needs an index date written YYYY-MM-DD") from None


def _write_monitored(rows: Any, path: Path, units: str) -> None:
    """What the drift monitor sees: features and brand; no identifiers, labels, dates, or what follows from the date alone.

    ``unit`` numbers the patients within the file: rows of one patient are not independent evidence of drift. Without units ("no")
    for monitors that would take the column for a feature.
    """
    import pandas as pd

    from adherence.features.features import NUMERIC

    path.parent.mkdir(parents=True, exist_ok=True)
    watched = [name for name in NUMERIC if name != "reset_months"]
    columns = {name: _six_digits(rows[name]) for name in watched} | {"brand": rows["brand"].tolist()}
    if units == "yes":
        columns["unit"] = pd.factorize(rows["patient_id"])[0].tolist()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def _six_digits(column: Any) -> list[str]:
    """Numbers as ``%.6g``, missing ones as nothing; every distinct value is written once, which is several times faster than pandas."""
    import pandas as pd

    codes, distinct = pd.factorize(column)
    texts = [*(f"{value:.6g}" for value in distinct), ""]  # code -1, of missing values, is the last
    return [texts[code] for code in codes]


def _write_records(rows: Any, path: Path) -> None:
    """What the model scores, with the groups that the monitor of predictions compares (the model reads its features only)."""
    from adherence.quality.evaluate import fairness_groups

    path.parent.mkdir(parents=True, exist_ok=True)
    rows.assign(**fairness_groups(rows)).to_json(path, orient="records", lines=True, double_precision=10)


def split(arguments: Any) -> None:
    """Folds by patient and time, and the baseline of the drift monitor."""
    import pandas as pd

    from adherence.features.split import split as split_rows

    folds = split_rows(pd.read_parquet(arguments.features / "rows.parquet"), load_settings())
    _write_monitored(folds.pop("baseline"), arguments.baseline / "features.csv", arguments.units)
    for name, fold in folds.items():
        folder = getattr(arguments, name)
        folder.mkdir(parents=True, exist_ok=True)
        fold.to_parquet(folder / "rows.parquet", index=False)
        sys.stdout.write(f"{name}: {len(fold)} rows, {int(fold['y'].sum())} stops\n")
    counted = json.loads((arguments.features / "features.json").read_text())["counts"]
    _write_json(arguments.train / _COUNTS, counted)  # for the evaluation report


def evaluate(arguments: Any) -> None:
    """Quality on other patients at later dates, against the deployed model where there is one; report and model card."""
    import pandas as pd

    from adherence.data import pitfalls
    from adherence.model.model import load
    from adherence.quality import card, champion, report
    from adherence.quality.evaluate import evaluate as evaluate_model
    from adherence.quality.registry_card import registry_card

    scratch = arguments.output.parent
    known = arguments.champion_version, arguments.champion_sha256
    deployed = champion.read(arguments.champion, *known, scratch / "champion", arguments.champion_rows)
    fitted = load(champion.unpacked(arguments.model, scratch / "model"))
    train = arguments.train / "rows.parquet"
    test, trained = (
        pd.read_parquet(arguments.test / "rows.parquet"),
        pd.read_parquet(train) if train.is_file() else None,
    )
    made = evaluate_model(fitted, test, trained, deployed)
    made["registry"] = champion.record(fitted, arguments.model / champion.ARCHIVE, made["champion"])
    counted = arguments.train / _COUNTS
    if counted.is_file():
        made["pitfalls"] = pitfalls.table(json.loads(counted.read_text()), int(fitted.settings["smallest_cell"]))
    _write_json(arguments.output / "evaluation.json", made)
    _write_predictions(fitted, test, arguments.output / "predictions.csv")
    (arguments.output / "evaluation.html").write_text(report.page(made))
    described = card.describe(fitted, made, trained)
    _write_json(arguments.output / "model_card.json", described)
    (arguments.output / "model_card.md").write_text(card.markdown(described))
    _write_json(arguments.output / "registry_card.json", registry_card(described, made))
    sys.stdout.write("".join(f"{name}={value}\n" for name, value in made["gates"].items()))
    sys.stdout.write(f"champion: {made['champion']['summary']}\n")


def _write_predictions(fitted: Any, rows: Any, path: Path) -> None:
    """What the monitor compares a batch's predictions with: those for patients that the model has not been trained on."""
    import pandas as pd

    p = fitted.probability(fitted.encoder.matrix(rows)).round(6)
    table = pd.DataFrame({"unit": pd.factorize(rows["patient_id"])[0], "brand": rows["brand"].to_numpy(), "p_stop": p})
    table.to_csv(path, index=False, lineterminator="\n")


def store(arguments: Any) -> None:
    """Predictions as CSV, Parquet and metadata."""
    from adherence.model.store import read_transformed, write

    features_json = json.loads((arguments.features / "features.json").read_text())
    metadata = {
        "model_version": arguments.model_version,
        "as_of": arguments.as_of,
        "dataset_id": arguments.dataset_id,
        "feature_definition": features_json["feature_definition"],
        "counts": features_json["counts"],
    }
    write(read_transformed(arguments.transformed), arguments.output, metadata)


def _write_json(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")
