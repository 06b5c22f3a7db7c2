"""Power by hand and by simulation; sizes of effects; intervals of clusters and by the jackknife."""

import numpy as np
import pytest
import scipy.stats

from mtlbench.stats import (
    disagreement_error,
    jackknife_t_interval,
    mcnemar,
    minimum_detectable,
    ratio_t_interval,
    required_n,
    standard_error,
    standardised,
    t_interval,
    win_rate,
)


@pytest.mark.parametrize(("n", "points"), [(300, 4.5), (1000, 2.5), (3000, 1.4), (10_000, 0.8)])
def test_minimum_of_two_classifiers(n, points):
    """One-sided .05, power 80%, one of two right on 10% of the rows."""
    assert minimum_detectable(disagreement_error(0.1, n), sides=1) == pytest.approx(points, abs=0.06)


def test_required_n():
    assert required_n(disagreement_error(0.1, 300), 300, 1.0, sides=1) == 6183
    assert required_n(standard_error(2.0), 500, 2.0) == 500
    assert required_n(standard_error(2.0), 500, 1.0) == 2000


def test_power_is_what_it_says():
    """A difference of the minimum detectable size is found in about 80% of 2,000 draws (exact McNemar asks for more)."""
    n, q = 1000, 0.2
    apart = minimum_detectable(disagreement_error(q, n)) / 100
    drawn = np.random.default_rng(1).multinomial(n, [(q + apart) / 2, (q - apart) / 2, 1 - q], size=2000)
    assert 0.75 <= np.mean([mcnemar(won, lost) <= 0.05 for won, lost, _ in drawn]) <= 0.85


def test_effects():
    rng = np.random.default_rng(0)
    difference = rng.normal(0.3, 1, 400)
    se = difference.std() / 20
    assert standardised(difference.mean(), se, 400) == pytest.approx(difference.mean() / difference.std())
    assert standardised(1.0, 0.0, 9) is None
    assert win_rate(np.array([1, 0, 1, 1]), np.array([0, 1, 1, 1])) == 50
    assert win_rate(np.array([]), np.array([])) is None


def test_the_jackknife_of_a_mean_is_students():
    values = np.random.default_rng(1).exponential(size=40)
    ours = jackknife_t_interval(values.mean(), (values.sum() - values) / 39)
    theirs = t_interval(values)
    assert [ours.low, ours.high] == pytest.approx([theirs.low, theirs.high])
    assert jackknife_t_interval(1.0, np.array([1.0])).reason == "fewer than two examples"
    assert "not defined" in jackknife_t_interval(1.0, np.array([1.0, np.nan])).reason


def test_clusters_of_one_row_are_rows():
    """C/(C − 1)·Σe²/C² is s²/n."""
    values = np.random.default_rng(1).random(30)
    ours = ratio_t_interval(values, np.ones(30))
    mean, se = values.mean(), values.std(ddof=1) / 30**0.5
    expected = scipy.stats.t.interval(0.95, 29, 100 * mean, 100 * se)
    assert [ours.low, ours.high] == pytest.approx(list(expected))
    assert ratio_t_interval(np.ones(1), np.ones(1)).reason == "fewer than two clusters"
