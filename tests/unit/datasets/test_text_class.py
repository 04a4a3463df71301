"""The class of a text: what messages say of a value, and that nobody can make the value again from it."""

import random
import re
import unicodedata

import pytest
from adherence.data import classes as seed
from hypothesis import given
from hypothesis import strategies as st

from mlops.datasets.validation import classes

_SAID = re.compile(
    r"an empty text|the form of a date"
    r"|a number with (over )?\d+ digits?(, a sign)?( and a (sign|point))*"
    r"|((over )?\d+ (letter|digit|space|control character|other sign)s?(, |$))+"
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "an empty text"),
        ("Zwergspitz4711", "10 letters, 4 digits"),
        ("2023-02-30", "the form of a date"),
        ("-3.5", "a number with 2 digits, a sign and a point"),
        ("120.", "a number with 3 digits and a point"),
        ("7", "a number with 1 digit"),
        ("=SUM(A1)", "4 letters, 1 digit, 3 other signs"),
        ("a\tb\x1b", "2 letters, 1 space, 1 control character"),
        ("x" * 21, "over 20 letters"),
        ("x" * 20, "20 letters"),
        ("２８", "2 digits"),
    ],
)
def test_examples(text: str, said: str) -> None:
    """Counted by kind of sign, whatever their order; long runs without their length."""
    assert classes.text_class(text) == said


@given(st.text())
def test_only_words_of_the_class_are_said(text: str) -> None:
    """Nothing of the text itself can come out: every answer is of one small grammar, and short."""
    said = classes.text_class(text)
    assert _SAID.fullmatch(said)
    assert len(said) < 120


@given(st.text(alphabet=st.characters(categories=["L", "Nd", "P", "S", "Cc"]), max_size=40), st.randoms())
def test_texts_of_one_class_cannot_be_told_apart(text: str, chance: random.Random) -> None:
    """Any other letters and signs in any other order give the same answer: it does not say which, nor where."""
    others = {"L": "qzÄß字", "P": "!?;", "S": "§$¬"}
    changed = [chance.choice(others.get(unicodedata.category(sign)[0], sign)) for sign in text]
    if not (seed._NUMBER.fullmatch(text) or seed._DATE.fullmatch(text)):
        chance.shuffle(changed)
        mixed = "".join(changed)
        if not (seed._NUMBER.fullmatch(mixed) or seed._DATE.fullmatch(mixed)):
            assert classes.text_class(mixed) == classes.text_class(text)


@given(st.text())
def test_the_seed_code_says_the_same(text: str) -> None:
    """Both validations have the same words."""
    assert seed.text_class(text) == classes.text_class(text)
