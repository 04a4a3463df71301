"""The hostile-CSV corpus: ways in which real files go wrong, each with the messages that a user must get.

Every case starts from three small right tables and spoils ``fills.csv`` (or the file that it names). ``errors`` are golden:
written by hand from the rules in docs/datasets.md, not copied from the program's output. None may show a value.
"""

import gzip
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PATIENTS = "patient_id,birth_year,sex\nP1,1950,F\nP2,1961,M\nP3,1972,U\n"
ENROLMENT = (
    "patient_id,enrol_start,enrol_end\nP1,2021-01-01,2024-06-30\nP2,2021-01-01,2024-06-30\nP3,2021-01-01,2024-06-30\n"
)
HEADER = "fill_id,patient_id,fill_date,brand,ndc,ingredient,drug_class,days_supply,copay,status"
ROWS = (
    "F1,P1,2024-01-05,Januvia,00006027731,sitagliptin,DPP-4 inhibitor,30,38.5,paid",
    "F2,P2,2024-01-06,Ozempic,00169413212,semaglutide,GLP-1 RA,28,55,paid",
    "F3,P3,2024-01-07,Lantus,00088222033,insulin glargine,basal insulin,30,35,paid",
)
FILLS = "\n".join([HEADER, *ROWS]) + "\n"


@dataclass(frozen=True)
class Case:
    """One kind: what the spoilt file holds (None: there is no such file), and the errors and warnings that must come."""

    name: str
    content: bytes | None
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    file: str = "fills.csv"

    def write(self, folder: Path) -> Path:
        """The data set's folder."""
        folder.mkdir(parents=True, exist_ok=True)
        tables = {"patients.csv": PATIENTS.encode(), "enrolment.csv": ENROLMENT.encode(), "fills.csv": FILLS.encode()}
        for name, content in {**tables, self.file: self.content}.items():
            if content is not None:
                (folder / name).write_bytes(content)
        return folder


def fills(*edits: tuple[int, str, str]) -> bytes:
    """The right file with values replaced: (row as the messages count, column, raw new field)."""
    rows = [row.split(",") for row in ROWS]
    for row, column, text in edits:
        rows[row - 2][HEADER.split(",").index(column)] = text
    return "\n".join([HEADER, *(",".join(row) for row in rows)]).encode() + b"\n"


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return out.getvalue()


def _value(name: str, column: str, raw: str, *messages: str, warnings: tuple[str, ...] = ()) -> Case:
    """A wrong value in row 3."""
    where = f"fills.csv, row 3, column {column}: "
    return Case(name, fills((3, column, raw)), tuple(where + message for message in messages), warnings)


_FIELDS = "fields instead of 10 (rule same number of fields)"
_ENCODING = "(rule encoding): save the file as UTF-8"
_lines: Callable[..., bytes] = lambda *lines: "\n".join(lines).encode() + b"\n"  # noqa: E731

CASES = (
    # whole files
    Case("empty", b"", ("fills.csv: the file is empty (rule header)",)),
    Case("only-a-bom", b"\xef\xbb\xbf", ("fills.csv: the file is empty (rule header)",)),
    Case("missing", None, ("fills.csv: the file is missing (rule required table)",)),
    Case("header-only", _lines(HEADER), ("fills.csv: no rows below the header (rule at least one row)",)),
    Case(
        "gzip-of-garbage",
        b"\x1f\x8b\x08\x00" + bytes(range(200)),
        ("fills.csv: the file is a gzip file, not CSV text (rule CSV): unpack it first",),
    ),
    Case(
        "gzip",
        gzip.compress(FILLS.encode(), mtime=0),
        ("fills.csv: the file is a gzip file, not CSV text (rule CSV): unpack it first",),
    ),
    Case(
        "excel",
        _zip(),
        (
            "fills.csv: the file is a zip archive or an Excel workbook, not CSV text (rule CSV): save the sheet as CSV UTF-8",
        ),
    ),
    Case("parquet", b"PAR1\x15\x04\x15", ("fills.csv: the file is a Parquet file, not CSV text (rule CSV)",)),
    Case(
        "html-page",
        b"\n<!DOCTYPE html><html><body>Please sign in, first</body></html>\n",
        ("fills.csv: the file is a web page or XML, not CSV text (rule CSV): was it behind a sign-in?",),
    ),
    Case("json", b'[{"fill_id": "F1"}]\n', ("fills.csv: the file is JSON, not CSV text (rule CSV)",)),
    # encodings
    Case("utf8-bom", b"\xef\xbb\xbf" + FILLS.encode()),
    Case("crlf", FILLS.replace("\n", "\r\n").encode()),
    Case("no-newline-at-the-end", FILLS.rstrip("\n").encode()),
    Case("utf16-bom", FILLS.encode("utf-16"), (f"fills.csv, row 1: the text is UTF-16 {_ENCODING}",)),
    Case(
        "utf16-no-bom",
        FILLS.encode("utf-16-le"),
        ("fills.csv, line 1: a NUL byte (rule NUL): is the text UTF-16, or the file damaged?",),
    ),
    Case(
        "latin1",
        fills((3, "brand", "Ozémpic")).decode().encode("latin-1"),
        (f"fills.csv, line 3: the text is not UTF-8 {_ENCODING}",),
    ),
    Case(
        "nul-byte",
        fills((4, "brand", "Lan\0tus")),
        ("fills.csv, line 4: a NUL byte (rule NUL): is the text UTF-16, or the file damaged?",),
    ),
    # shape
    Case(
        "unbalanced-quote",
        fills((3, "brand", '"Ozempic')),
        ("fills.csv, line 3: a quote is opened and never closed (rule balanced quotes)",),
    ),
    Case(
        "text-after-a-quote",
        fills((3, "brand", '"Ozempic"x')),
        ("fills.csv, row 3: a quote is not closed where the value ends (rule balanced quotes)",),
    ),
    Case("quoted-newline", fills((3, "brand", '"Ozempic ""2\nmg"""'))),
    Case(
        "duplicate-header",
        FILLS.replace("copay", "brand", 1).encode(),
        ("fills.csv, header (row 1): columns 4 and 9 have the same name (rule unique columns)",),
    ),
    Case(
        "unnamed-column",
        FILLS.replace("copay", "", 1).encode(),
        ("fills.csv, header (row 1): column 9 has no name (rule named columns)",),
    ),
    Case(
        "missing-header",
        _lines(*ROWS),
        tuple(
            f"fills.csv, header (row 1): column {column} is missing (rule required column)"
            for column in ("fill_id", "patient_id", "fill_date", "brand", "ingredient", "drug_class", "days_supply")
        ),
        ("fills.csv: unknown columns ignored",),
    ),
    Case(
        "missing-column",
        FILLS.replace("days_supply", "days", 1).encode(),
        ("fills.csv, header (row 1): column days_supply is missing (rule required column)",),
        ("fills.csv: unknown columns ignored",),
    ),
    Case("unknown-column", FILLS.replace("copay", "Copay ", 1).encode(), (), ("fills.csv: unknown columns ignored",)),
    Case(
        "semicolons",
        FILLS.replace(",", ";").encode(),
        ("fills.csv, header (row 1): columns are separated by semicolons (rule comma-separated)",),
    ),
    Case(
        "tabs",
        FILLS.replace(",", "\t").encode(),
        ("fills.csv, header (row 1): columns are separated by tabs (rule comma-separated)",),
    ),
    Case("short-row", _lines(HEADER, ROWS[0], "F2,P2,2024-01-06", ROWS[2]), (f"fills.csv, row 3: 3 {_FIELDS}",)),
    Case("long-row", _lines(HEADER, ROWS[0], ROWS[1] + ",x,y", ROWS[2]), (f"fills.csv, row 3: 12 {_FIELDS}",)),
    Case("truncated", FILLS[:-40].encode(), (f"fills.csv, row 4: 6 {_FIELDS}",)),
    Case(
        "error-below-a-short-row",
        _lines(HEADER, "F1,P1", ROWS[1], ROWS[2].replace("2024-01-07", "soon")),
        (
            f"fills.csv, row 2: 2 {_FIELDS}",
            "fills.csv, row 4, column fill_date: the value (4 letters) is not a date written YYYY-MM-DD (rule date)",
        ),
    ),
    # values that look right and must stay as they are
    Case("leading-zeros", fills((3, "fill_id", "00123"), (4, "ndc", "00002143380"))),
    Case("na-as-a-brand", fills((3, "brand", "NA"))),
    Case("product-by-its-code", fills((3, "brand", ""), (4, "ingredient", ""))),
    Case("null-as-a-brand", fills((3, "brand", "null"))),
    # wrong values
    _value(
        "scientific-notation",
        "days_supply",
        "1E5",
        "the value (1 letter, 2 digits) is not a whole number (rule integer)",
    ),
    _value(
        "decimal-days",
        "days_supply",
        "30.0",
        "the value (a number with 3 digits and a point) is not a whole number (rule integer)",
    ),
    _value("infinity", "copay", "inf", "the value (3 letters) is not a number (rule number)"),
    _value("not-a-number", "copay", "NaN", "the value (3 letters) is not a number (rule number)"),
    _value("decimal-comma", "copay", '"38,50"', "the value (4 digits, 1 other sign) is not a number (rule number)"),
    _value("space-around", "copay", " 38", "the value (2 digits, 1 space) is not a number (rule number)"),
    _value(
        "negative-copay",
        "copay",
        "-1",
        "the value (a number with 1 digit and a sign) lies outside 0 to inf (rule range)",
    ),
    _value(
        "impossible-date",
        "fill_date",
        "2023-02-30",
        "the value (the form of a date) is not a date written YYYY-MM-DD (rule date)",
    ),
    _value(
        "american-date",
        "fill_date",
        "01/06/2024",
        "the value (8 digits, 2 other signs) is not a date written YYYY-MM-DD (rule date)",
    ),
    _value(
        "time-stamp",
        "fill_date",
        "2024-01-06 00:00",
        "the value (12 digits, 1 space, 3 other signs) is not a date written YYYY-MM-DD (rule date)",
    ),
    _value("full-width-digits", "days_supply", "２８", "the value (2 digits) is not a whole number (rule integer)"),
    _value(
        "full-width-date",
        "fill_date",
        "２０２４-01-06",
        "the value (8 digits, 2 other signs) is not a date written YYYY-MM-DD (rule date)",
    ),
    _value("unknown-category", "status", "Paid", "the value (4 letters) is none of paid, reversed (rule category)"),
    _value("missing-value", "fill_date", "", "the value is missing (rule required)"),
    Case(
        "no-product",
        fills((3, "brand", ""), (3, "ndc", "")),
        ("fills.csv, row 3, column brand: the value is missing (rule required)",),
    ),
    _value("formula-injection", "brand", "=HYPERLINK(1)", "begins like a spreadsheet formula (rule formula)"),
    _value("control-character", "brand", "Oz\x1b[2Jempic", "has a control character (rule printable text)"),
    _value("unknown-patient", "patient_id", "P9", "is not in patients.csv (rule known patient_id)"),
    # repaired by the pipeline, therefore counted
    _value("days-supply-missing", "days_supply", "", warnings=("fills.csv: days_supply missing, imputed",)),
    _value("days-supply-outlier", "days_supply", "9999", warnings=("fills.csv: days_supply out of range, imputed",)),
    _value("repeated-fill", "fill_id", "F1", warnings=("fills.csv: repeated fill_id dropped",)),
    # other tables
    Case(
        "repeated-patient",
        (PATIENTS + "P1,1950,F\n").encode(),
        ("patients.csv, row 5, column patient_id: is there twice (rule unique)",),
        file="patients.csv",
    ),
    Case(
        "impossible-birth-year",
        PATIENTS.replace("1961", "1861").encode(),
        ("patients.csv, row 3, column birth_year: lies outside 1900 to 2100 (rule range)",),
        file="patients.csv",
    ),
    Case("optional-table-missing", None, file="labs.csv"),
)
