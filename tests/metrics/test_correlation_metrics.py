"""Pearson and Spearman against scipy, in the full sample and in resamples, and where they are not defined."""

import math
import warnings

import numpy as np
import pytest
import scipy.stats
from hypothesis import assume, given, settings
from hypothesis import strategies as st

RNG = np.random.default_rng(3)
X = RNG.normal(size=200)
Y = X + RNG.normal(size=200)
TIES = np.round(X)

small = st.integers(-3, 3).map(float)
numbers = st.one_of(small, st.floats(-100, 100), st.floats(allow_nan=False, allow_infinity=False, width=32))


def scipy_value(name, x, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        test = scipy.stats.pearsonr if name == "pearson" else scipy.stats.spearmanr
        return 100 * float(test(x, y).statistic)


@pytest.mark.parametrize("name", ["pearson", "spearman"])
@pytest.mark.parametrize(
    ("x", "y"),
    [
        (X, Y),
        (TIES, Y),
        (TIES, np.round(Y)),
        (X * 1e-200, Y * 1e90),
        (X + 1e6, Y - 1e6),
        (1e6 + 1e-3 * X, 1e6 + 1e-3 * Y),  # the mean is 10⁹ times the spread
        ([1.0, 2.0], [5.0, 4.0]),
        ([0.1, 0.1, 0.1, 0.2], [0.3, 0.3, 0.3, 0.1]),
    ],
)
def test_equals_scipy(score, name, x, y):
    assert score(name, list(x), list(y)) == pytest.approx(scipy_value(name, x, y), abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.tuples(numbers, numbers), min_size=2, max_size=20))
def test_never_fails(score, pairs):
    x, y = map(list, zip(*pairs, strict=True))
    for name in ("pearson", "spearman"):
        value = score(name, x, y)
        assert math.isnan(value) or -100 <= value <= 100


@settings(deadline=None)
@given(st.lists(st.tuples(small, small), min_size=2, max_size=20))
def test_equals_scipy_with_ties(score, pairs):
    x, y = map(list, zip(*pairs, strict=True))
    assume(len(set(x)) > 1 and len(set(y)) > 1)
    for name in ("pearson", "spearman"):
        assert score(name, x, y) == pytest.approx(scipy_value(name, x, y), abs=1e-9)


@pytest.mark.parametrize("name", ["pearson", "spearman"])
@pytest.mark.parametrize("x", [X[:40], TIES[:40], X[:40] + 1e6])
def test_resamples_equal_scipy_on_the_drawn_rows(make, name, x):
    y = Y[:40]
    metric = make(name)
    drawn = RNG.integers(40, size=(20, 40))
    weights = np.stack([np.bincount(rows, minlength=40) for rows in drawn]).astype(float)
    expected = [scipy_value(name, x[rows], y[rows]) for rows in drawn]
    assert metric.resample(weights, metric.statistics(x, y)) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("name", ["pearson", "spearman"])
@pytest.mark.parametrize(
    ("x", "y", "reason"),
    [
        ([], [], "no examples"),
        ([1.0], [2.0], "fewer than two examples"),
        ([0.1, 0.1, 0.1], [1.0, 2.0, 3.0], "the predictions"),
        ([1.0, 2.0, 3.0], [1e6 + 0.1] * 3, "the references are all equal"),
    ],
)
def test_undefined_with_a_reason(make, score, name, x, y, reason):
    metric = make(name)
    assert math.isnan(score(name, x, y))
    assert reason in metric.undefined(metric.statistics(x, y).sum(0))


def test_a_resample_of_one_repeated_row_is_undefined(make):
    rows = [0.1, 0.7, 0.3]
    for name in ("pearson", "spearman"):
        metric = make(name)
        scores = metric.resample(np.array([[3.0, 0, 0], [1, 2, 0]]), metric.statistics(rows, rows))
        assert math.isnan(scores[0])
        assert scores[1] == pytest.approx(100)


def test_pearson_of_sums(make, score):
    metric = make("pearson")
    totals = sum(metric.statistics(X[shard], Y[shard]).sum(0) for shard in (slice(70), slice(70, 200)))
    assert float(metric.score(totals)) == pytest.approx(score("pearson", X, Y), abs=1e-9)


@pytest.mark.parametrize("n", range(2, 60, 3))
def test_rounding_of_a_constant_is_no_spread(make, n):
    """Sums of 0.1 are off by a last digit or two, and must not pass for numbers that vary."""
    metric = make("pearson")
    rows = metric.statistics([0.1] * n, [float(i) for i in range(n)])
    assert math.isnan(float(metric.score(rows.sum(0))))
    assert np.isnan(metric.resample(np.ones((1, n)), rows)).all()


def test_spearman_has_no_sums(make):
    with pytest.raises(TypeError, match="no function of sums"):
        make("spearman").score(np.ones(3))


@pytest.mark.parametrize("name", ["pearson", "spearman"])
@pytest.mark.parametrize("bad", [math.nan, math.inf, None, "3", True, 1e101])
def test_bad_numbers_are_named(make, name, bad):
    with pytest.raises(ValueError, match="row 1: the prediction"):
        make(name).statistics([1.0, bad], [1.0, 2.0])
