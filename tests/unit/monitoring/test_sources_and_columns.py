"""Reading: three formats, one result; block borders, quotes and damage."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mlops.errors import RefusedInput
from mlops.monitoring import files, sources
from mlops.monitoring.columns import Summary, summarise
from mlops.monitoring.sources import Source


def table(rows: int = 3_000, seed: int = 1) -> pl.DataFrame:
    generator = np.random.default_rng(seed)
    amounts = pl.Series(generator.normal(50, 20, rows).round(3) + 0.0005)
    return pl.DataFrame(
        {
            "amount": amounts.set(pl.Series(generator.random(rows) < 0.1), None),
            "count": generator.integers(0, 9, rows),
            "brand": generator.choice(["alpha", "beta, inc.", 'the "best"', "gamma"], rows),
            "code": [f"K{number:05d}" for number in generator.integers(0, 10**5, rows)],
            "flag": generator.random(rows) < 0.5,
        }
    )


def write(frame: pl.DataFrame, folder: Path, kind: str) -> Path:
    path = folder / f"data.{kind}"
    {"csv": frame.write_csv, "parquet": frame.write_parquet, "jsonl": frame.write_ndjson}[kind](path)
    return path


def summary(path: Path, kind: str = "") -> Summary:
    return summarise(Source(path, kind).batches())


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
def test_every_format_gives_the_same_statistics(tmp_path: Path, kind: str) -> None:
    """The statistics are those of the CSV text, whatever the file."""
    frame = table()
    expected = files.statistics(summary(write(frame, tmp_path, "csv")))
    assert files.statistics(summary(write(frame, tmp_path, kind))) == expected
    types = {item["name"]: item["inferred_type"] for item in expected["features"]}
    assert types == {
        "amount": "Fractional",
        "count": "Integral",
        "brand": "String",
        "code": "String",
        "flag": "Boolean",
    }


def test_numbers_equal_numpy(tmp_path: Path) -> None:
    """Counts, sum, mean, population spread and range against numpy."""
    frame = table()
    column = summary(write(frame, tmp_path, "csv")).columns["amount"]
    values = frame["amount"].drop_nulls().to_numpy()
    assert (column.present, column.missing) == (len(values), frame.height - len(values))
    assert column.numbers.total == sum(values.tolist())
    assert column.numbers.std == pytest.approx(values.std(), rel=1e-12)
    assert (column.numbers.low, column.numbers.high) == (values.min(), values.max())
    assert column.numbers.negative == int((values < 0).sum())


def test_buckets_count_what_is_below_their_upper_bound(tmp_path: Path) -> None:
    """Ten bins of equal width; only the last one includes its upper bound (few values: the sketch is exact)."""
    (tmp_path / "a.csv").write_text("x\n" + "\n".join(str(value) for value in range(11)) + "\n")
    found = files.statistics(summary(tmp_path / "a.csv"))["features"][0]["numerical_statistics"]
    buckets = found["distribution"]["kll"]["buckets"]
    assert [(bucket["lower_bound"], bucket["count"]) for bucket in buckets] == [
        *((float(number), 1.0) for number in range(9)),
        (9.0, 2.0),
    ]


@pytest.mark.parametrize("block", [64, 1_000, 4_096])
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_block_borders_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, kind: str) -> None:
    """Records that lie across blocks, quoted line breaks included."""
    frame = table(300).with_columns(pl.lit('two\nlines, and "more"').alias("note"))
    path = write(frame, tmp_path, kind)
    whole = files.statistics(summary(path))
    monkeypatch.setattr(sources, "_BLOCK", block)
    for part, expected in zip(files.statistics(summary(path))["features"], whole["features"], strict=True):
        numbers, others = (item.get("numerical_statistics", {}) for item in (part, expected))
        assert numbers.pop("std_dev", 0.0) == pytest.approx(others.pop("std_dev", 0.0), rel=1e-12)
        assert part == expected


def test_many_distinct_texts_are_counted_as_few_are(tmp_path: Path) -> None:
    """The two ways through a column (distinct texts, all texts) agree on kinds, sums and sketch."""
    few = "\n".join(f"{number % 50}.5" for number in range(6_000))
    many = "\n".join(f"{number}.5" for number in range(6_000))
    (tmp_path / "few.csv").write_text("x\n" + few + "\n")
    (tmp_path / "many.csv").write_text("x\n" + many + "\n")
    first, second = (summary(tmp_path / name).columns["x"] for name in ("few.csv", "many.csv"))
    assert (first.many, second.many) == (False, True)
    assert first.kinds == second.kinds == (0, 6_000, 0, 0)
    assert second.numbers.total == sum(number + 0.5 for number in range(6_000))


def test_domain_is_counted_in_a_flood(tmp_path: Path) -> None:
    """However many unknown texts come, the baseline's own are counted."""
    texts = ["known"] * 500 + [f"new-{number}" for number in range(5_000)]
    path = tmp_path / "flood.csv"
    path.write_text("x\n" + "\n".join(texts) + "\n")
    column = summarise(Source(path).batches(), {"x": frozenset({"known"})}).columns["x"]
    assert (column.values["known"], column.present) == (500, 5_500)


def test_empty_lines_and_empty_quotes(tmp_path: Path) -> None:
    """Blank lines are no rows; a quoted nothing is missing like an unquoted one; a byte-order mark is no name."""
    path = tmp_path / "odd.csv"
    path.write_bytes(b"\xef\xbb\xbfa,b\r\n1,\r\n\r\n2,x\r\n")
    found = summary(path)
    assert (found.rows, found.columns["b"].missing, list(found.columns)) == (2, 1, ["a", "b"])
    path.write_bytes(b'a,b\n1,""\n"2",x\n')
    assert summary(path).columns["b"].missing == 1


def test_a_folder_of_files_is_one_data_set(tmp_path: Path) -> None:
    """In the order of their names; the same columns in another order are the same columns."""
    (tmp_path / "1.csv").write_text("a,b\n1,x\n")
    (tmp_path / "2.csv").write_text("b,a\ny,2\n")
    found = summary(tmp_path)
    assert (found.rows, found.columns["a"].numbers.total) == (2, 3.0)


def test_no_header(tmp_path: Path) -> None:
    """Spark's names for columns without names."""
    (tmp_path / "a.csv").write_text("1,x\n2,y\n")
    found = summarise(Source(tmp_path / "a.csv", "csv", header=False).batches())
    assert (found.rows, list(found.columns)) == (2, ["_c0", "_c1"])


def test_not_a_number_in_parquet_is_missing_and_infinity_is_no_number(tmp_path: Path) -> None:
    """NaN is a data frame's missing value; infinity makes the column text, which a check reports."""
    path = write(pl.DataFrame({"x": [1.5, float("nan"), 2.5]}), tmp_path, "parquet")
    assert (summary(path).columns["x"].missing, summary(path).columns["x"].type) == (1, "Fractional")
    path = write(pl.DataFrame({"x": [1.5, float("inf")]}), tmp_path, "parquet")
    assert summary(path).columns["x"].type == "String"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"a,b\n", "no rows"),
        ("a.csv", b"a,a\n1,2\n", "the name of column 2 twice"),
        ("a.csv", b"a,\n1,2\n", "empty name"),
        ("a.csv", b"a,b\n1,2\n3\n", "line 3 has fewer fields"),
        ("a.csv", b"a,b\n1,2\n1,2,3\n", "line 3 has 3 fields, the header has 2"),
        ("a.csv", b"a,b\n1,2\n1,\xff\n", "line 3 is not UTF-8"),
        ("a.csv", b'a,b\n"1","2"\n1,"x\n3,4\n', "line 3: a quotation mark is never closed"),
        ("a.csv", b"\xff\xfe,b\n1,2\n", "UTF-8"),
        ("a.parquet", b"PAR1 no it is not", "cannot be read as parquet"),
        ("a.jsonl", b'{"a": 1}\n{"a": \n', "cannot be read as jsonl"),
        ("a.jsonl", b'{"a": {"b": 1}}\n', "flatten it"),
        ("a.jsonl", b"", "no rows"),
    ],
)
def test_damaged_files_are_refused(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    """In one line that says what and where."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RefusedInput) as error:
        summary(tmp_path / name)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_wrong_places_are_refused(tmp_path: Path) -> None:
    """A missing file, an empty folder, mixed formats, files with different columns, an unknown format."""
    with pytest.raises(RefusedInput, match="no such file"):
        summary(tmp_path / "nothing.csv")
    with pytest.raises(RefusedInput, match="name the format"):
        summary(tmp_path)
    with pytest.raises(RefusedInput, match="must be one of"):
        summary(tmp_path, "xlsx")
    (tmp_path / "1.csv").write_text("a\n1\n")
    (tmp_path / "2.csv").write_text("b\n1\n")
    with pytest.raises(RefusedInput, match="different columns: one has 1 that the first lacks, and lacks 1"):
        summary(tmp_path)
    (tmp_path / "3.jsonl").write_text('{"a": 1}\n')
    with pytest.raises(RefusedInput, match="several formats"):
        summary(tmp_path)


def test_a_quotation_that_begins_where_a_block_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A block without quotation marks may end inside a record that has one later, with a line break in it."""
    path = tmp_path / "late.csv"
    path.write_text('a,b\n1,one\n2,"two\nlines"\n3,three\n')
    for block in range(4, 40):
        monkeypatch.setattr(sources, "_BLOCK", block)
        found = summary(path)
        assert (found.rows, found.columns["a"].numbers.total, found.columns["b"].values["two\nlines"]) == (3, 6.0, 1)


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
def test_names_that_look_like_patterns(tmp_path: Path, kind: str) -> None:
    """A name is a name, whatever it looks like."""
    values = np.arange(5_000) / 8
    names = ["*", "^a$", "^.*$", "a b", "ä", "x" * 200, "text0"]
    frame = pl.DataFrame({name: values + number for number, name in enumerate(names)})
    path = tmp_path / f"odd.{kind}"
    write(frame, tmp_path, kind).rename(path)
    found = summary(path)
    assert list(found.columns) == names
    assert [column.numbers.low for column in found.columns.values()] == [float(number) for number in range(7)]
