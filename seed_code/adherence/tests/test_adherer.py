"""CMA1..CMA7 equal what AdhereR itself computes.

adherer_cma.jsonl holds 43 random series of fills ([day, days of supply] pairs, same-day fills included) and the seven values that
AdhereR 0.8.1 (R 4.2.2) gave for the observation window [150, 550) of a follow-up from day 0; null is R's NA.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from adherence.supply.measures import CMA

CASES = [json.loads(line) for line in Path(__file__).with_name("adherer_cma.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("number", range(1, 8))
def test_measures_equal_adherers(number: int) -> None:
    """Every series to 1e-9; a measure that AdhereR does not define is not a number."""
    for case in CASES:
        days, supplies = (np.array(column) for column in zip(*case["fills"], strict=True))
        expected = case["cma"][number - 1]
        measured = CMA[number](days, supplies, 150, 550)
        assert measured == pytest.approx(float("nan") if expected is None else expected, abs=1e-9, nan_ok=True), case
