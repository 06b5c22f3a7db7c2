"""Two independent samples: published intervals, SciPy's Fisher test and Welch's, and what the tests promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mtlbench.stats.independent import fisher_exact, jackknife_difference, newcombe_interval


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [  # Newcombe (1998), table II, method 10
        ((56, 70, 48, 80), 5.24, 33.39),
        ((9, 10, 3, 10), 17.05, 80.90),
        ((6, 7, 2, 7), 5.82, 80.62),
        ((5, 56, 0, 29), -3.81, 19.26),
        ((10, 10, 0, 10), 60.75, 100.0),
    ],
)
def test_newcombe(counts: tuple[int, int, int, int], low: float, high: float) -> None:
    found = newcombe_interval(*counts)
    assert found.low == pytest.approx(low, abs=0.01)
    assert found.high == pytest.approx(high, abs=0.01)


def test_no_examples() -> None:
    assert newcombe_interval(0, 0, 3, 10).reason == "no examples"


@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_fisher_is_scipys(n: int, m: int, data: st.DataObject) -> None:
    hits, others = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    expected = stats.fisher_exact(np.array([[hits, n - hits], [others, m - others]])).pvalue
    assert fisher_exact(hits, n, others, m) == pytest.approx(expected, rel=1e-6)


def test_jackknife_of_means_is_welchs() -> None:
    """But for the degrees of freedom, which are the smaller sample's, and n/(n − 1) in the variances."""
    chance = np.random.default_rng(1)
    one, two = chance.normal(0.2, 1, 400), chance.normal(0, 2, 600)
    rows = np.concatenate([one, two])
    inside = np.arange(1000) < 400
    without = np.array([
        np.delete(rows, place)[np.delete(inside, place)].mean()
        - np.delete(rows, place)[~np.delete(inside, place)].mean()
        for place in range(1000)
    ])  # fmt: skip
    interval, p_value = jackknife_difference(one.mean() - two.mean(), without, 400)
    expected = stats.ttest_ind(one, two, equal_var=False)
    assert p_value == pytest.approx(expected.pvalue, rel=0.05)
    assert interval.low == pytest.approx(expected.confidence_interval().low, abs=0.002)


@pytest.mark.parametrize(
    ("without", "fewest", "reason"),
    [
        (np.zeros(40), 30, "the scores do not vary"),
        (np.full(40, np.nan), 30, "not defined without one of the examples"),
        (np.arange(40.0), 1, "not defined without one of the examples"),
    ],
)
def test_no_interval(without: np.ndarray, fewest: int, reason: str) -> None:
    interval, p_value = jackknife_difference(1.0, without, fewest)
    assert (interval.low, interval.reason, p_value) == (None, reason, None)
