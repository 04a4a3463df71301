"""Distances and tests against SciPy, and Model Monitor's own distance against worked examples."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial import distance as scipy_distance

from mlops.monitoring import distances, significance
from mlops.monitoring.sketch import Sketch, cdf


def samples(shift: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(8)
    return generator.normal(0, 1, 1500), generator.normal(shift, 1.2, 900)


def levels(values: np.ndarray) -> list[np.ndarray]:
    sketch = Sketch()
    sketch.add(np.asarray(values, dtype=float))
    return sketch.levels


def test_ks_and_wasserstein_equal_scipy() -> None:
    """On samples that a sketch holds exactly."""
    one, other = samples()
    pair = cdf(levels(one)), cdf(levels(other))
    assert distances.ks(*pair) == pytest.approx(stats.ks_2samp(one, other).statistic, abs=1e-12)
    assert distances.wasserstein(*pair) == pytest.approx(stats.wasserstein_distance(one, other), rel=1e-9)


def test_jensen_shannon_equals_scipy() -> None:
    """In bits."""
    p, q = np.array([0.5, 0.3, 0.2, 0.0]), np.array([0.1, 0.4, 0.3, 0.2])
    assert distances.jensen_shannon(p, q) == pytest.approx(scipy_distance.jensenshannon(p, q, base=2), rel=1e-12)


def test_psi_by_hand() -> None:
    """(.6 - .5) ln(.6 / .5) + (.4 - .5) ln(.4 / .5) = .0405."""
    assert distances.psi(np.array([0.5, 0.5]), np.array([0.6, 0.4])) == pytest.approx(0.040547, abs=1e-6)


@pytest.mark.parametrize("distance", [0.02, 0.05, 0.08, 0.2])
def test_ks_p_value_is_near_the_exact_one(distance: float) -> None:
    """Stephens' approximation against the limiting distribution at its corrected argument."""
    n, m = 900, 1500
    effective = (n * m / (n + m)) ** 0.5
    expected = stats.kstwobign.sf((effective + 0.12 + 0.11 / effective) * distance)
    assert significance.ks_p_value(distance, n, m) == pytest.approx(expected, abs=2e-6)


@pytest.mark.parametrize("freedom", [1, 2, 3, 7, 10, 119])
@pytest.mark.parametrize("x", [0.1, 3.0, 12.0, 150.0])
def test_chi_square_tail_equals_scipy(x: float, freedom: int) -> None:
    """The finite series is exact."""
    assert significance.chi_square_tail(x, freedom) == pytest.approx(stats.chi2.sf(x, freedom), rel=1e-9, abs=1e-300)


def test_chi_square_test_equals_scipy() -> None:
    """Two rows of counts, none of them small."""
    first, second = np.array([120.0, 80, 40]), np.array([90.0, 95, 70])
    expected = stats.chi2_contingency(np.array([first, second]), correction=False).pvalue
    assert significance.chi_square_p_value(first, second) == pytest.approx(expected, rel=1e-9)


def test_benjamini_hochberg_equals_scipy() -> None:
    """The rejected are those whose adjusted p-value is at most the rate."""
    p_values = list(np.random.default_rng(3).random(40) ** 3)
    expected = stats.false_discovery_control(p_values) <= 0.05
    assert significance.significant(p_values, 0.05) == expected.tolist()
    assert significance.significant([], 0.05) == []


def test_noise_floor_by_hand() -> None:
    """1.8 sqrt((200 + 200) / (200 * 200)) = .18."""
    assert distances.noise_floor(200, 200) == pytest.approx(0.18)
    assert distances.linf_robust(0.1, 200, 200) == 0.0
    assert distances.linf_robust(0.28, 200, 200) == pytest.approx(0.10)


def test_aws_distance_cannot_see_a_flag() -> None:
    """Deequ issue 392: ties collapse, so shares 10 % and 90 % of a 0/1 column are the same distribution."""
    one, other = np.repeat([0.0, 1.0], [900, 100]), np.repeat([0.0, 1.0], [100, 900])
    assert distances.aws_distance(levels(one), levels(other), robust=False) == 0.0
    assert distances.ks(cdf(levels(one)), cdf(levels(other))) == pytest.approx(0.8)


def test_aws_distance_by_hand() -> None:
    """{1, 2, 3, 4} against {3, 3, 4, 5} collapsed to {3, 4, 5}: at 2 the functions are 2/4 and 0; floor 1.8 sqrt(7 / 12)."""
    one, other = levels(np.array([1.0, 2, 3, 4])), levels(np.array([3.0, 3, 4, 5]))
    assert distances.aws_distance(one, other, robust=False) == pytest.approx(0.5)
    assert distances.aws_distance(one, other, robust=True) == 0.0


def test_aws_distance_gives_a_value_its_heaviest_weight() -> None:
    """A value on levels 0 and 2 weighs 4, not 5: {1: 4, 2: 1} against {1: 1, 2: 1}: 4/5 - 1/2."""
    one = [np.array([1.0, 2.0]), np.array([]), np.array([1.0])]
    assert distances.aws_distance(one, [np.array([1.0, 2.0])], robust=False) == pytest.approx(0.3)


def test_without_ties_aws_distance_is_ks() -> None:
    """Continuous values have no ties to collapse."""
    one, other = samples()
    simple = distances.aws_distance(levels(one), levels(other), robust=False)
    assert simple == pytest.approx(stats.ks_2samp(one, other).statistic, abs=1e-12)
