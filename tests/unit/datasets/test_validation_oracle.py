"""The compiled query finds exactly what a plain Python check of every value finds."""

import csv
import re
import tempfile
from datetime import date
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mlops.datasets.schema import Field, ForeignKey, Schema, Table, load
from mlops.datasets.validation import validate

PARENTS = Table("parents", "parents.csv", (Field("id", required=True, identifying=True),), key="id")
CHILDREN = Table(
    "children",
    "children.csv",
    (
        Field("key", required=True),
        Field("day", "date", required=True),
        Field("count", "integer", minimum=-5, maximum=300),
        Field("amount", "number", minimum=0),
        Field("kind", enum=("a", "b c", "d'e")),
        Field("parent", identifying=True),
    ),
    key="key",
    foreign_keys=(ForeignKey("parent", "parents", "id"),),
)
WANTED = Schema((PARENTS, CHILDREN))
IDS = ("p1", "p2", "00123")

_text = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=6)
_numbers = st.one_of(
    st.integers(-400, 400).map(str),
    st.decimals(-10, 10, places=2).map(str),
    st.sampled_from(
        ["", "1E5", "inf", "NaN", "+7", "-0", "0030", " 3", "1_000", "٣", "1.", ".5", ".", "9" * 16, "0x10"]
    ),
)
_days = st.one_of(
    st.dates(date(1, 1, 1), date(9999, 12, 31)).map(date.isoformat),
    st.sampled_from(
        [
            "",
            "2023-02-30",
            "2024-02-29",
            "2023-2-3",
            "20230203",
            "2023/02/03",
            "2023-02-03 00:00",
            "infinity",
            "epoch",
            "10000-01-01",
        ]
    ),
)
_rows = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(["k1", "k2", ""]), _text),
        _days,
        _numbers,
        _numbers,
        st.one_of(st.sampled_from(["a", "b c", "d'e", "A", ""]), _text),
        st.one_of(st.sampled_from([*IDS, "p9", ""]), _text),
    ),
    min_size=1,
    max_size=12,
)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _wrong(row: tuple[str, ...], seen: set[str]) -> set[tuple[str, str]]:
    """(column, rule) of one row, by the documented rules."""
    key, day, count, amount, kind, parent = row
    found = set()
    for column, value in {"key": key, "parent": parent}.items():
        if value[:1] in {"=", "@", "+", "-"} and value and not re.fullmatch(r"[+-][0-9.]*", value):
            found.add((column, "formula"))
    found |= {("key", "required")} if not key else {("key", "unique")} if key in seen else set()
    found |= {("day", "required")} if not day else set() if _is_date(day) else {("day", "date")}
    if count:
        shaped = re.fullmatch(r"[+-]?[0-9]{1,15}", count)
        found |= {("count", "integer")} if not shaped else set() if -5 <= int(count) <= 300 else {("count", "range")}
    if amount:
        shaped = re.fullmatch(r"[+-]?([0-9]{1,15}(\.[0-9]*)?|\.[0-9]+)", amount)
        found |= {("amount", "number")} if not shaped else {("amount", "range")} if float(amount) < 0 else set()
    found |= {("kind", "category")} if kind and kind not in {"a", "b c", "d'e"} else set()
    found |= {("parent", "known")} if parent and parent not in IDS else set()
    return found


@settings(max_examples=40, deadline=None)
@given(_rows)
def test_the_query_finds_what_a_plain_check_finds(rows: list[tuple[str, ...]]) -> None:
    """Every error at its row and column, and nothing else, whatever the values."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "parents.csv").write_text("\n".join(["id", *IDS]) + "\n")
        with (folder / "children.csv").open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
            writer.writerows([[field.name for field in CHILDREN.fields], *rows])
        report = validate(folder, WANTED, folder / "out")
        with (folder / "out" / "validation-errors.csv").open(newline="") as stream:
            found = {(int(it["row"]), it["column"], it["rule"]) for it in csv.DictReader(stream)}
    seen: set[str] = set()
    expected = set()
    for number, row in enumerate(rows, 2):
        expected |= {(number, column, rule) for column, rule in _wrong(row, seen)}
        seen.add(row[0])
    assert found == expected
    assert report.rows == {"parents": 3, "children": len(rows)}


def test_a_schema_survives_its_own_json() -> None:
    """Table Schemas are read back as they were written; the seed project's too."""
    for wanted in (WANTED, load(Path("seed_code/adherence/schema/tables.json"))):
        assert Schema.from_json(wanted.to_json()) == wanted
