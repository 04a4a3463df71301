"""Type inference by the regular expressions, and the order of Model Monitor's lists."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops.monitoring.kinds import Kinds, count_from_bytes, count_kinds, count_parsed
from mlops.monitoring.ordering import _java_hash, as_scala_map
from mlops.monitoring.texts import texts_of
from tests.unit.monitoring.monitor_oracles import kind

NUMBERLIKE = st.text(alphabet="0123456789.-+eE ٣", min_size=1, max_size=8)


def expected(texts: list[str]) -> Kinds:
    found = [kind(text) for text in texts]
    return Kinds(*(found.count(name) for name in Kinds._fields))


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("12", "Integral"),
        ("-12", "Integral"),
        ("+ 12", "Integral"),
        ("007", "Integral"),
        ("1.5", "Fractional"),
        ("-1.5e-7", "Fractional"),
        ("1E5", "Fractional"),
        ("1.", "String"),
        (".5", "String"),
        (" 5", "Integral"),
        ("  5", "String"),
        ("5 ", "String"),
        ("1,5", "String"),
        ("NaN", "String"),
        ("inf", "String"),
        ("٣", "String"),
        ("true", "Boolean"),
        ("True", "String"),
        ("2024-01-31", "String"),
    ],
)
def test_one_text(text: str, type_: str) -> None:
    """As Java's expressions read it: ASCII digits, one optional sign and space."""
    assert count_kinds(pl.Series([text])).type == type_


@given(st.lists(NUMBERLIKE, min_size=1, max_size=20))
@settings(max_examples=300, deadline=None)
def test_kinds_equal_the_expressions(texts: list[str]) -> None:
    """Counting over distinct texts, over all texts, or over the bytes gives what matching one by one gives."""
    series = pl.Series(texts)
    assert count_kinds(series) == expected(texts)
    distinct, counts = series.alias("text").value_counts(name="count").get_columns()
    assert count_kinds(distinct, counts.cast(pl.Int64)) == expected(texts)
    plain = count_from_bytes(texts_of(series))
    assert plain is None or plain == expected(texts)


@given(st.lists(NUMBERLIKE | st.floats().map(str) | st.integers().map(str), min_size=1, max_size=60))
@settings(max_examples=300, deadline=None)
def test_kinds_of_what_the_reader_takes_for_numbers(texts: list[str]) -> None:
    """Where all texts were read as numbers their kinds still are those of the expressions: .5, 5., inf and nan are texts."""
    series = pl.Series(texts)
    numbers = series.cast(pl.Float64, strict=False).drop_nulls()
    read = series.filter(series.cast(pl.Float64, strict=False).is_not_null())
    found = count_parsed(texts_of(read), len(numbers))
    assert found is None or found == expected(read.to_list())


def test_scientific_notation_among_plain_numbers() -> None:
    """The usual shape of small floats is counted without matching all of them; far too many of it are not."""
    texts = [f"{number}.5" for number in range(100)] + ["9.5e-05", "-1e-7"]
    assert count_parsed(texts_of(pl.Series(texts)), 102) == Kinds(fractional=102)
    assert count_parsed(texts_of(pl.Series(["1e5"] * 10)), 10) is None


@given(st.lists(st.decimals(-999, 999, places=2) | st.integers(-50, 50), min_size=1, max_size=40))
@settings(max_examples=100, deadline=None)
def test_ordinary_numbers_take_the_fast_path(numbers: list[object]) -> None:
    """Signed whole and decimal numbers are counted from the bytes alone."""
    texts = [str(number) for number in numbers]
    assert count_from_bytes(texts_of(pl.Series(texts))) == expected(texts)


@pytest.mark.parametrize(
    ("kinds", "type_"),
    [
        (Kinds(integral=3), "Integral"),
        (Kinds(integral=3, fractional=1), "Fractional"),
        (Kinds(boolean=2), "Boolean"),
        (Kinds(boolean=2, integral=1), "String"),
        (Kinds(integral=9, string=1), "String"),
        (Kinds(), "Unknown"),
    ],
)
def test_column_type(kinds: Kinds, type_: str) -> None:
    """Any text wins, booleans and numbers do not mix, any fraction wins over whole numbers."""
    assert kinds.type == type_


@pytest.mark.parametrize(("text", "value"), [("", 0), ("hello", 99162322), ("Aa", 2112), ("BB", 2112), ("é", 233)])
def test_java_hash(text: str, value: int) -> None:
    """Known values of java.lang.String.hashCode."""
    assert _java_hash(text) == value


def test_order_of_a_scala_set() -> None:
    """Scala 2.12 prints Set("a", "b", "c", "d", "e") as Set(e, a, b, c, d)."""
    assert list(as_scala_map(dict.fromkeys("abcde", 1), "column")) == ["e", "a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        ("cholesterol_label", ["Well Above Normal", "Normal", "Above Normal"]),
        ("bp_category", ["stage2", "normal", "stage1", "elevated"]),
        ("bmi_category", ["normal", "obese", "overweight", "underweight"]),
    ],
)
def test_up_to_four_texts_come_in_the_order_of_the_pairs(column: str, texts: list[str]) -> None:
    """The order in which a real container listed the texts of three columns."""
    assert list(as_scala_map(dict.fromkeys(sorted(texts), 1), column)) == texts
