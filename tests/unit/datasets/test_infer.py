"""Schemas of tables that come without one, and names that try to break out of the SQL."""

from pathlib import Path

import pytest

from mlops.datasets import infer
from mlops.datasets.fit import of_tables
from mlops.datasets.profile import profile
from mlops.datasets.profile.page import profile_page
from mlops.datasets.schema import load
from mlops.datasets.validation import validate
from mlops.errors import RefusedInput

HOSTILE = ['a"; DROP TABLE records; --', "it's", "{x}", "%s", "co,mma", "ünï", "SELECT", "s", "row", "k", "found"]


def test_the_narrowest_type_that_every_value_fits(tmp_path: Path) -> None:
    """Dates, whole numbers, numbers, text; leading zeros mean a code; one wrong value makes a column text."""
    rows = ["2024-01-05,1,1.5,00123,1,x,", "2024-02-30,2,2,01,2,y,", "2024-03-01,-3,.5,7,x,z,"]
    header = "day,whole,number,code,mixed,text,empty"
    (tmp_path / "My Table (1).csv").write_text(
        "\n".join([header, rows[0], rows[2].replace("2024-03-01", "2024-02-29")]) + "\n"
    )
    found = infer.infer(tmp_path).tables[0]
    kinds = {field.name: field.type for field in found.fields}
    assert found.name == "my-table-1"
    assert kinds == {
        "day": "date",
        "whole": "integer",
        "number": "number",
        "code": "string",
        "mixed": "string",
        "text": "string",
        "empty": "string",
    }
    (tmp_path / "My Table (1).csv").write_text("\n".join([header, *rows]) + "\n")
    assert infer.infer(tmp_path).tables[0].field("day").type == "string"


@pytest.mark.parametrize(
    ("column", "identifying"),
    [
        ("patient_nbr", True),
        ("Id", True),
        ("SSN", True),
        ("BIRTHDATE", True),
        ("email", True),
        ("last", True),
        ("zip", True),
        ("diabetesMed", False),
        ("brand", False),
        ("residual", False),
    ],
)
def test_names_that_identify_persons(column: str, identifying: bool) -> None:
    """Values of such columns are never shown."""
    assert infer.looks_identifying(column) is identifying


def test_hostile_column_and_file_names(tmp_path: Path) -> None:
    """Quotes, braces, keywords and our own aliases as names: read, validated and profiled as what they are."""
    folder = tmp_path / 'o\'brien {x} "q"'
    folder.mkdir()
    header = ",".join('"' + name.replace('"', '""') + '"' for name in HOSTILE)
    (folder / "t's.csv").write_text(header + "\n" + "\n".join(",".join(["1"] * len(HOSTILE)) for _ in range(30)) + "\n")
    wanted = infer.infer(folder)
    report = validate(folder, wanted, tmp_path / "out")
    assert (report.messages(), list(report.rows.values())) == ([], [30])
    found = profile(folder, wanted, "hostile@v1").tables[0]
    assert [column.name for column in found.columns] == HOSTILE
    assert {column.count for column in found.columns} == {30}
    assert "DROP TABLE" in profile_page(profile(folder, wanted, "x"))


@pytest.mark.parametrize("body", [b"", b"\x1f\x8bxx", b"a,a\n1,2\n", "é\n".encode("latin-1")])
def test_what_cannot_be_read_has_no_schema(tmp_path: Path, body: bytes) -> None:
    """Refused with the file's name and the rule."""
    (tmp_path / "x.csv").write_bytes(body)
    with pytest.raises(RefusedInput, match=r"x\.csv.*\(rule "):
        infer.infer(tmp_path)


def test_fit_for_training_says_what_is_missing() -> None:
    """Tables first, then columns."""
    wanted = load(Path("seed_code/adherence/schema/tables.json"))
    columns = {table.path: [field.name for field in table.fields] for table in wanted.tables}
    assert str(of_tables(columns, wanted)) == "yes"
    without = {**columns, "fills.csv": [name for name in columns["fills.csv"] if name != "fill_date"]}
    assert str(of_tables(without, wanted)) == "no: fills.csv: column fill_date missing"
    assert of_tables({"data.csv": ["x"]}, wanted).reason.startswith("patients.csv, fills.csv, enrolment.csv missing")
