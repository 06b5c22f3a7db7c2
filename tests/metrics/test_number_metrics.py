"""MAE, RMSE and Kendall's τ of numbers, against scikit-learn and scipy."""

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

RNG = np.random.default_rng(11)
X = RNG.normal(size=150)
Y = X + RNG.normal(size=150)

small = st.integers(-3, 3).map(float)
numbers = st.one_of(small, st.floats(-1e6, 1e6))


def tau(x, y):
    return 100 * float(scipy.stats.kendalltau(x, y).statistic)


@settings(deadline=None)
@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=20))
def test_errors_equal_scikit_learn(score, pairs):
    x, y = map(list, zip(*pairs, strict=True))
    assert score("mae", x, y) == pytest.approx(reference.mean_absolute_error(y, x), rel=1e-12, abs=1e-9)
    assert score("rmse", x, y) == pytest.approx(reference.root_mean_squared_error(y, x), rel=1e-12, abs=1e-9)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (X, Y),
        (np.round(X), Y),
        (np.round(X), np.round(Y)),
        (X, -X),
        (X + 1e9, Y * 1e-9),
        ([1.0, 2.0], [5.0, 4.0]),
        ([0.1, 0.1, 0.1, 0.2], [0.3, 0.3, 0.3, 0.1]),
    ],
)
def test_kendall_equals_scipy(score, x, y):
    assert score("kendall", list(x), list(y)) == pytest.approx(tau(x, y), abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.tuples(numbers, small), min_size=2, max_size=30))
def test_kendall_equals_scipy_with_ties(score, pairs):
    x, y = map(list, zip(*pairs, strict=True))
    assert score("kendall", x, y) == pytest.approx(tau(x, y), abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("n", [2, 3, 7, 40, 64, 65])
@pytest.mark.parametrize("decimals", [0, 9])
def test_kendall_of_resamples_equals_scipy_on_the_drawn_rows(make, n, decimals):
    x, y = np.round(X[:n], decimals), np.round(Y[:n], decimals)
    metric = make("kendall")
    drawn = RNG.integers(n, size=(20, n))
    weights = np.stack([np.bincount(rows, minlength=n) for rows in drawn]).astype(float)
    expected = [tau(x[rows], y[rows]) for rows in drawn]
    statistics = metric.statistics(x, y)
    assert metric.resample(weights, statistics) == pytest.approx(expected, abs=1e-9, nan_ok=True)
    # Predictions on another scale rank the same.
    assert metric.resample(weights, metric.exchangeable(statistics)) == pytest.approx(expected, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize(
    ("x", "y", "reason"),
    [
        ([], [], "no examples"),
        ([1.0], [2.0], "fewer than two examples"),
        ([1.0, 1.0], [1.0, 2.0], "the predictions or the references are all equal"),
    ],
)
def test_kendall_undefined_with_a_reason(make, score, x, y, reason):
    metric = make("kendall")
    assert math.isnan(score("kendall", x, y))
    assert metric.undefined(metric.statistics(x, y).sum(0)) == reason


def test_kendall_has_no_sums(make):
    with pytest.raises(TypeError, match="no function of sums"):
        make("kendall").score(np.ones(3))


@pytest.mark.parametrize("name", ["mae", "rmse"])
def test_errors_are_in_the_unit_of_the_numbers(make, score, name):
    assert score(name, [1.0, 5.0], [4.0, 5.0]) == pytest.approx({"mae": 1.5, "rmse": math.sqrt(4.5)}[name])
    assert make(name).bounds == (0, math.inf)
    assert not make(name).higher_is_better


@pytest.mark.parametrize("name", ["mae", "rmse", "kendall"])
@pytest.mark.parametrize("bad", [math.nan, math.inf, None, "3", True, 1e101])
def test_bad_numbers_are_named(make, name, bad):
    with pytest.raises(ValueError, match="row 1: the prediction"):
        make(name).statistics([1.0, bad], [1.0, 2.0])
