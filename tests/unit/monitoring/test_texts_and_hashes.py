"""xxHash64 and HyperLogLog++ against published vectors and scalar programs."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops.monitoring.cardinality import Cardinality
from mlops.monitoring.hashing import unordered
from mlops.monitoring.texts import texts_of
from tests.unit.monitoring.monitor_oracles import registers, xxh64


def hashes(texts: list[str], seed: int = 42) -> list[int]:
    found = texts_of(pl.Series(texts, dtype=pl.String))
    values = np.empty(len(texts), dtype=np.uint64)
    values[found.by_length] = unordered(found, seed)
    return values.tolist()


@pytest.mark.parametrize(
    ("text", "seed", "expected"),
    [
        ("", 0, 0xEF46DB3751D8E999),
        ("a", 0, 0xD24EC4F1A98C6E5B),
        ("abc", 0, 0x44BC2CF5AD770999),
        ("xxhash", 0, 0x32DD38952C4BC720),
        ("xxhash", 20141025, 0xB559B98D844E0635),
        ("Nobody inspects the spammish repetition", 0, 0xFBCEA83C8A378BF1),
    ],
)
def test_published_vectors(text: str, seed: int, expected: int) -> None:
    """Vectors from xxHash's test suite and the documentation of its Python binding."""
    assert hashes([text], seed) == [expected]


@given(st.lists(st.text(max_size=80), max_size=30))
@settings(max_examples=60, deadline=None)
def test_many_texts_at_once_equal_one_at_a_time(texts: list[str]) -> None:
    """Whatever the mixture of lengths, every text has the hash that the specification gives it alone."""
    clean = [text.encode("utf-8", "replace").decode() for text in texts]
    assert hashes(clean) == [xxh64(text.encode(), 42) for text in clean]


def test_every_length_around_the_stripes() -> None:
    """Lengths 0 to 100 take every path: stripes of 32, words of 8 and 4, single bytes."""
    texts = ["".join(chr(33 + (i * 7 + n) % 90) for i in range(n)) for n in range(101)]
    assert hashes(texts) == [xxh64(text.encode(), 42) for text in texts]


def test_registers_worked_by_hand() -> None:
    """Index = first nine bits; register = zeros before the next one, plus one; no further one: 56."""
    found = Cardinality()
    found.add_hashes(np.array([1 << 54, 3 << 55 | 1 << 50, 3 << 55 | 1 << 53, 511 << 55], dtype=np.uint64))
    expected = dict.fromkeys(range(512), 0) | {0: 1, 3: 5, 511: 56}
    assert {index: int(value) for index, value in enumerate(found.registers)} == expected


@given(st.lists(st.integers(0, 2**64 - 1), max_size=200), st.integers(1, 7))
@settings(max_examples=60, deadline=None)
def test_registers_equal_the_scalar_ones(values: list[int], parts: int) -> None:
    """In whatever portions the hashes come."""
    found = Cardinality()
    for part in np.array_split(np.array(values, dtype=np.uint64), parts):
        found.add_hashes(part)
    assert found.registers.tolist() == registers(values)


def test_a_short_run_never_lowers_a_register() -> None:
    """Once every register is high, hashes below are skipped and nothing changes."""
    found = Cardinality()
    found.add_hashes(np.array([index << 55 | 1 << 40 for index in range(512)], dtype=np.uint64))
    before = found.registers.copy()
    found.add_hashes(np.array([index << 55 | 1 << 41 for index in range(512)], dtype=np.uint64))
    assert found.registers.tolist() == before.tolist() == [15] * 512
    found.add_hashes(np.array([5 << 55 | 1 << 39], dtype=np.uint64))
    assert int(found.registers[5]) == 16


@pytest.mark.parametrize(("distinct", "tolerance"), [(1, 0), (2, 0), (20, 1), (400, 40), (2_500, 400), (60_000, 9_000)])
def test_estimates_stay_within_three_standard_errors(distinct: int, tolerance: int) -> None:
    """Relative standard error 1.04 / sqrt(512) = 4.6 %; small counts are nearly exact; repetition changes nothing."""
    texts = texts_of(pl.Series([f"value-{number}" for number in range(distinct)]))
    found = Cardinality()
    found.add(texts)
    once = found.estimate()
    found.add(texts)
    assert abs(once - distinct) <= tolerance
    assert found.estimate() == once


def test_linear_counting_by_hand() -> None:
    """With 400 of 512 registers empty the estimate is 512 ln(512 / 400) = 126.4."""
    found = Cardinality()
    found.registers[:112] = 1
    assert found.estimate() == 126


def test_bias_correction_by_hand() -> None:
    """All registers 2: raw = .7213 / (1 + 1.079 / 512) * 512 * 4 = 1474.1, less the published bias near it."""
    found = Cardinality()
    found.registers[:] = 2
    raw = 0.7213 / (1 + 1.079 / 512) * 512 * 4
    six_nearest_estimates = [1440.9228, 1453.9292, 1462.617, 1476.05, 1490.2996, 1500.6128]
    assert min(six_nearest_estimates) < raw < max(six_nearest_estimates)
    assert 1390 < found.estimate() < 1474
