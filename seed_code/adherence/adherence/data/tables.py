"""Read the CSV tables as text, check them against schema/tables.json, and convert them.

Nothing is inferred: 00123 stays 00123, a brand called NA stays NA, and a row with too few fields is an error.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from adherence.data import products, sniff
from adherence.data.classes import text_class
from adherence.errors import RefusedInput
from adherence.settings import ROOT

SHIPPED = ROOT / "schema" / "brands.csv"
_SHOWN = 5  # examples a message
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_INTEGER, _NUMBER = r"[+-]?[0-9]{1,15}", r"[+-]?([0-9]{1,15}(\.[0-9]*)?|\.[0-9]+)"
_IDENTIFYING, _IDENTIFYING_DATES = {"id"}, {"birth_year", "death_date"}


@dataclass
class Report:
    """What was found: errors refuse the data, warnings are counted and handled."""

    errors: list[str] = field(default_factory=list)
    error_count: int = 0
    warnings: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, list[int]] = field(
        default_factory=dict
    )  # by file: the rows that could not be read, as the file counts

    def row(self, file: str, place: int) -> int:
        """The number in the file (the header is row 1) of the row at ``place`` among those that were read."""
        number = place + 2
        for rejected in self.rejected.get(file, ()):  # in order
            number += rejected <= number
        return number

    def error(self, message: str, count: int = 1) -> None:
        """Note an error that ``count`` rows have."""
        self.error_count += count
        self.errors.append(message)

    def warn(self, what: str, count: int) -> None:
        """Note something that is handled."""
        if count:
            self.warnings[what] = self.warnings.get(what, 0) + count

    def refuse(self) -> None:
        """Raise RefusedInput where there are errors."""
        if self.errors:
            more = f"; and {len(self.errors) - _SHOWN} more (see validation.json)" if len(self.errors) > _SHOWN else ""
            raise RefusedInput("; ".join(self.errors[:_SHOWN]) + more)


Tables = dict[str, pd.DataFrame]


def read(folder: Path, report: Report) -> Tables:
    """The tables that are there and right; everything else is in the report."""
    schema = json.loads((ROOT / "schema" / "tables.json").read_text())
    texts: Tables = {}
    for name, table in schema.items():
        path = folder / table["file"]
        if path.is_file():
            texts |= dict(_read_table(name, table, path, report))
        elif table["required"]:
            report.error(f"{table['file']}: the file is missing (rule required table)")
    converted = {name: _convert(schema[name], text, report) for name, text in texts.items()}
    for name, text in texts.items():
        _check_keys(schema, name, texts, text, report)
    return converted


def _read_table(name: str, table: dict[str, Any], path: Path, report: Report) -> Iterator[tuple[str, pd.DataFrame]]:
    unreadable = sniff.problem(path)
    if unreadable:
        report.error(f"{path.name}{unreadable}")
        return
    header = _header(path, report)
    if header is None:
        return
    known = table["columns"]
    missing = [column for column, rule in known.items() if rule.get("required") and column not in header]
    missing = [column for column in missing if not set(known[column].get("instead", ())) & set(header)]
    for column in missing:
        report.error(f"{path.name}, header (row 1): column {column} is missing (rule required column)")
    report.warn(f"{path.name}: unknown columns ignored", len([column for column in header if column not in known]))
    if missing:
        return
    frame = _rows(path, header, report)
    if frame is None:
        return
    report.rows[name] = len(frame)
    if len(frame) == 0 and table["required"]:
        report.error(f"{path.name}: no rows below the header (rule at least one row)")
    frame = frame[[column for column in header if column in known]]
    if name == "fills":
        frame = _with_products(path, known, frame, report)
    yield name, frame


def _with_products(path: Path, known: dict[str, Any], frame: pd.DataFrame, report: Report) -> pd.DataFrame:
    """Fills completed from their codes and the dictionary of brands (the data's own, else the shipped one)."""
    own = path.with_name("brands.csv")
    readable = own.is_file() and not sniff.problem(own)  # what is wrong with it is said where it is checked itself
    dictionary = pd.read_csv(
        own if readable else SHIPPED,
        dtype=str,
        keep_default_na=False,
        on_bad_lines="skip",
        encoding_errors="replace",
    )
    if not {"brand", "ingredient", "drug_class"} <= set(dictionary):
        dictionary = pd.read_csv(SHIPPED, dtype=str, keep_default_na=False)
    blank = np.full(len(frame), "", dtype=object)
    absent = [column for column, rule in known.items() if "instead" in rule and column not in frame]
    frame, counts = products.complete(frame_of({**_columns(frame), **dict.fromkeys(absent, blank)}), dictionary)
    for what, count in counts.items():
        report.warn(what, count)
    return frame_of(_columns(frame))


def _columns(frame: pd.DataFrame) -> dict[str, npt.NDArray[Any]]:
    return {column: frame[column].to_numpy() for column in frame.columns}


def _header(path: Path, report: Report) -> list[str] | None:
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            header = next(csv.reader(source), [])
    except (UnicodeDecodeError, csv.Error):
        report.error(f"{path.name}, row 1: the header is not UTF-8 CSV (rule encoding): save the file as UTF-8")
        return None
    twice = [number for number, column in enumerate(header, 1) if header.index(column) + 1 < number]
    if twice:  # by number: where the header line is missing, the first patient's values stand in its place
        both = f"{header.index(header[twice[0] - 1]) + 1} and {twice[0]}"
        report.error(f"{path.name}, header (row 1): columns {both} have the same name (rule unique columns)")
        return None
    return header


def _rows(path: Path, header: list[str], report: Report) -> pd.DataFrame | None:
    import pyarrow as pa
    import pyarrow.csv

    bad: list[tuple[int | None, int]] = []

    def note(row: Any) -> str:
        bad.append((row.number, row.actual_columns))
        return "skip"

    # a dictionary holds every different text once: less memory, and conversions work on the dictionary
    text = pa.dictionary(pa.int32(), pa.string())
    try:
        table = pyarrow.csv.read_csv(
            path,
            read_options=pyarrow.csv.ReadOptions(use_threads=False),
            parse_options=pyarrow.csv.ParseOptions(invalid_row_handler=note),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(header, text), strings_can_be_null=False, check_utf8=True
            ),
        )
    except pa.ArrowInvalid as error:
        rule = "encoding" if "UTF8" in str(error) else "CSV"  # the error's own text quotes the row
        report.error(f"{path.name}: cannot be read (rule {rule})")
        return None
    for number, fields in bad[:_SHOWN]:
        where = f", row {number}" if number else ""
        report.error(f"{path.name}{where}: {fields} fields instead of {len(header)} (rule same number of fields)")
    report.error_count += max(0, len(bad) - _SHOWN)
    report.rejected[path.name] = sorted(number for number, _ in bad if number)
    return frame_of({name.lstrip("\ufeff"): _objects(table.column(name)) for name in table.column_names})


def frame_of(columns: Mapping[str, npt.NDArray[Any]]) -> pd.DataFrame:
    """A frame that keeps text as Python strings, whatever this version of pandas makes of them by itself."""
    series = {name: pd.Series(values, dtype=values.dtype, copy=False) for name, values in columns.items()}
    return pd.DataFrame(series, copy=False)


def _objects(column: Any) -> npt.NDArray[np.object_]:
    import pyarrow as pa

    whole = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):  # no row at all
        return np.zeros(0, dtype=object)
    values: npt.NDArray[np.object_] = np.array([*whole.dictionary.to_pylist(), ""], dtype=object)
    codes: npt.NDArray[np.int32] = whole.indices.to_numpy()
    return values[codes]


def _convert(table: dict[str, Any], text: pd.DataFrame, report: Report) -> pd.DataFrame:
    """Columns in their declared types: dates as days since 1970-01-01 (float, missing NaN), numbers as float, the rest text."""
    result: dict[str, Any] = {}
    for column, rule in table["columns"].items():
        if column not in text:
            continue
        values = text[column].to_numpy(dtype=object)
        converter = {"date": _date, "integer": _number, "number": _number}.get(rule["type"], _text)
        result[column] = converter(table["file"], column, rule, values, report)
    return frame_of(result)


def _complain(
    file: str, column: str, rule: dict[str, Any], values: Any, wrong: Any, *, what: str, report: Report
) -> None:
    rows = np.nonzero(wrong)[0]
    for row in rows[:_SHOWN]:
        hidden = rule["type"] in _IDENTIFYING or column in _IDENTIFYING_DATES
        shown = "" if hidden else f"the value ({text_class(str(values[row]))}) "
        report.error(f"{file}, row {report.row(file, row)}, column {column}: {shown}{what}")
    report.error_count += max(0, len(rows) - _SHOWN)


def _required(file: str, column: str, rule: dict[str, Any], values: Any, report: Report) -> Any:
    blank = values == ""
    if rule.get("repaired"):
        report.warn(f"{file}: {column} missing, imputed", int(blank.sum()))
    elif rule.get("required"):
        rows = np.nonzero(blank)[0]
        for row in rows[:_SHOWN]:
            report.error(f"{file}, row {report.row(file, row)}, column {column}: the value is missing (rule required)")
        report.error_count += max(0, len(rows) - _SHOWN)
    return blank


def _text(file: str, column: str, rule: dict[str, Any], values: Any, report: Report) -> Any:
    blank = _required(file, column, rule, values, report)
    if rule["type"] == "category":
        position, unique = pd.factorize(values)
        wrong = ~blank & ~np.isin(unique.astype(str), rule["values"])[position]
        _complain(
            file,
            column,
            rule,
            values,
            wrong,
            what=f"is none of {', '.join(rule['values'])} (rule category)",
            report=report,
        )
    return values


def _date(file: str, column: str, rule: dict[str, Any], values: Any, report: Report) -> Any:
    blank = _required(file, column, rule, values, report)
    position, unique = pd.factorize(values)
    unique = unique.astype(str)
    shaped = pd.Series(unique).str.fullmatch(_DATE).to_numpy(dtype=bool)
    stamps = pd.to_datetime(pd.Series(np.where(shaped, unique, "")), format="%Y-%m-%d", errors="coerce")
    known = stamps.notna().to_numpy()
    days = stamps.to_numpy().astype("datetime64[D]").astype(np.int64).astype(np.float64)
    days = np.where(known, days, np.nan)[position]
    wrong = ~blank & ~known[position]
    _complain(file, column, rule, values, wrong, what="is not a date written YYYY-MM-DD (rule date)", report=report)
    return days


def _number(file: str, column: str, rule: dict[str, Any], values: Any, report: Report) -> Any:
    blank = _required(file, column, rule, values, report)
    whole = rule["type"] == "integer"
    position, unique = pd.factorize(values)
    unique = unique.astype(str)
    shaped = pd.Series(unique).str.fullmatch(_INTEGER if whole else _NUMBER).to_numpy(dtype=bool)
    numbers = pd.to_numeric(pd.Series(np.where(shaped, unique, "nan")), errors="coerce").to_numpy(dtype=np.float64)
    wrong = ~blank & ~shaped[position]
    kind = "a whole number" if whole else "a number"
    _complain(file, column, rule, values, wrong, what=f"is not {kind} (rule {rule['type']})", report=report)
    result = numbers[position]
    low, high = rule.get("min", -np.inf), rule.get("max", np.inf)
    outside = np.isfinite(result) & ((result < low) | (result > high))
    if rule.get("repaired"):
        report.warn(f"{file}: {column} below {low:g}, imputed", int((result < low).sum()))
        report.warn(f"{file}: {column} above {high:g}, imputed", int((result > high).sum()))
        return np.where(outside, np.nan, result)
    _complain(file, column, rule, values, outside, what=f"lies outside {low} to {high} (rule range)", report=report)
    return result


def _check_keys(schema: dict[str, Any], name: str, texts: Tables, text: pd.DataFrame, report: Report) -> None:
    file = schema[name]["file"]
    for column, rule in schema[name]["columns"].items():
        if "of" in rule and column in text and rule["of"] in texts:
            unknown = ~text[column].isin(texts[rule["of"]][column]).to_numpy() & (text[column] != "").to_numpy()
            _complain(
                file,
                column,
                rule,
                text[column].to_numpy(),
                unknown,
                what=f"is not in {rule['of']}.csv (rule known {column})",
                report=report,
            )
    key = schema[name].get("key")
    if key and all(column in text for column in key):
        repeated = text.duplicated(key).to_numpy()
        if name == "fills":
            report.warn(f"{file}: repeated fill_id dropped", int(repeated.sum()))
        else:
            _complain(
                file,
                key[0],
                {"type": "id"},
                text[key[0]].to_numpy(),
                repeated,
                what="is there twice (rule unique)",
                report=report,
            )
