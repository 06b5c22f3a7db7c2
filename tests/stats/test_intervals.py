"""Intervals against tables and scipy, and where there is none."""

import numpy as np
import pytest
import scipy.stats

from mtlbench.stats import (
    Interval,
    bca_interval,
    fisher_interval,
    percentile_interval,
    percentile_p_value,
    t_interval,
    wilson_interval,
)

NAN = float("nan")


def test_percentile_by_hand():
    interval = percentile_interval(np.arange(101.0), 0.9)
    assert [interval.low, interval.high] == pytest.approx([5, 95])
    assert (interval.method, interval.reason) == ("percentile", None)


@pytest.mark.parametrize(
    ("undefined", "reason"), [(5, None), (6, "not defined in 6 of 100 resamples"), (100, "not defined in 100 of 100")]
)
def test_few_undefined_replicates_are_left_out(undefined, reason):
    interval = percentile_interval(np.array([NAN] * undefined + [1.0] * (100 - undefined)))
    assert (interval.low == 1) is (reason is None)
    assert interval.reason is None if reason is None else reason in interval.reason


@pytest.mark.parametrize(
    ("replicates", "p_value"),
    [
        (np.arange(1, 100), 0.02),
        (np.arange(-4, 95), 0.12),
        (-np.arange(-4, 95), 0.12),
        (np.arange(-9, 10), 1.0),
        (np.zeros(9), 1.0),
        ([np.nan] * 9, None),
    ],
)
def test_percentile_p_values_by_hand(replicates, p_value):
    """Twice (those at or beyond 0, and one) ÷ (all, and one)."""
    assert percentile_p_value(np.array(replicates, float)) == (p_value and pytest.approx(p_value))


def test_no_replicates():
    assert percentile_interval(np.array([])).reason == "no resamples"


@pytest.mark.parametrize(
    ("successes", "n", "confidence"), [(0, 10, 0.95), (10, 10, 0.95), (81, 263, 0.95), (15, 148, 0.9), (1, 29, 0.99)]
)
def test_wilson_equals_scipy(successes, n, confidence):
    expected = scipy.stats.binomtest(successes, n).proportion_ci(confidence, method="wilson")
    interval = wilson_interval(successes, n, confidence)
    assert [interval.low, interval.high] == pytest.approx([100 * expected.low, 100 * expected.high], abs=1e-9)


@pytest.mark.parametrize("n", [2, 5, 300])
def test_t_equals_scipy(n):
    values = np.random.default_rng(0).normal(10, 3, n)
    expected = scipy.stats.ttest_1samp(values, 0).confidence_interval(0.9)
    interval = t_interval(values, 0.9)
    assert [interval.low, interval.high] == pytest.approx([expected.low, expected.high], abs=1e-9)


@pytest.mark.parametrize(("n", "slope", "confidence"), [(4, 1.0, 0.95), (30, -3.0, 0.95), (300, 0.0, 0.9)])
def test_fisher_equals_scipy(n, slope, confidence):
    x, noise = np.random.default_rng(n).normal(size=(2, n))
    theirs = scipy.stats.pearsonr(x, slope * x + noise)
    expected = theirs.confidence_interval(confidence)
    interval = fisher_interval(float(theirs.statistic), n, confidence)
    assert [interval.low, interval.high] == pytest.approx([expected.low, expected.high], abs=1e-9)


@pytest.mark.parametrize("end", [1.0, -1.0])
def test_fisher_of_a_line_is_a_point(end):
    assert fisher_interval(end, 10) == Interval(end, end, "fisher z")


def test_fisher_of_few_examples():
    assert fisher_interval(0.5, 3).reason == "fewer than four examples"
    assert fisher_interval(0.5, 4).high < 1


def test_too_few_examples():
    assert wilson_interval(0, 0).reason == t_interval(np.array([])).reason == "no examples"
    assert t_interval(np.array([1.0])).reason == "fewer than two examples"


def test_bca_equals_scipy():
    values = np.random.default_rng(4).exponential(size=60)
    theirs = scipy.stats.bootstrap((values,), np.mean, n_resamples=4000, method="BCa", rng=1)
    leave_one_out = (values.sum() - values) / (len(values) - 1)
    interval = bca_interval(theirs.bootstrap_distribution, values.mean(), leave_one_out)
    assert [interval.low, interval.high] == pytest.approx(list(theirs.confidence_interval), abs=1e-3)


@pytest.mark.parametrize(
    ("replicates", "observed", "leave_one_out", "reason"),
    [
        ([1.0, 2.0], 9.0, [1.0, 2.0], "all resamples score above, or all below"),
        ([1.0, 2.0], 1.5, [1.0, NAN], "without one of the examples"),
        ([NAN, 2.0], 1.5, [1.0, 2.0], "not defined in 1 of 2 resamples"),
    ],
)
def test_no_bca_interval(replicates, observed, leave_one_out, reason):
    interval = bca_interval(np.array(replicates), observed, np.array(leave_one_out))
    assert interval.low is interval.high is None
    assert reason in interval.reason


def test_bca_of_constant_replicates_is_a_point():
    assert bca_interval(np.ones(9), 1.0, np.ones(4)) == Interval(1, 1, "bca")


@pytest.mark.parametrize("n", [1, 7, 40, 300])
def test_wilson_ends_hold_the_extremes_exactly(n):
    assert wilson_interval(0, n).low == 0.0
    assert wilson_interval(n, n).high == 100.0
