"""Gaps between groups by hand: the test, the band, the gap of chance, and exchanges that keep their margins."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2, chi2_contingency

from mtlbench.stats.groups import (
    defined,
    expected_gap,
    homogeneity,
    permutation_p,
    permuted_scores,
    share_replicates,
    simultaneous,
)

DRAW = {"seed": 1, "fingerprint": "data"}


def mean_of(weights: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return score(weights @ rows)


def score(totals: np.ndarray) -> np.ndarray:
    return 100 * totals[..., 0] / totals[..., 1]


def test_homogeneity_is_cochrans() -> None:
    """Scores 80, 70, 60 with errors 5, 5, 10: weights .04, .04, .01, mean 73.33, Q = 1.78 + .44 + 1.78 = 4."""
    p_value = homogeneity(np.array([80.0, 70.0, 60.0]), np.diag([25.0, 25.0, 100.0]))
    assert p_value == pytest.approx(chi2.sf(4.0, 2))
    assert homogeneity(np.array([70.0, 70.0]), np.diag([25.0, 4.0])) == pytest.approx(1.0)


def test_of_shares_it_is_pearsons() -> None:
    hits, n = np.array([40, 30]), np.array([60, 70])
    share = hits.sum() / n.sum()
    found = homogeneity(100 * hits / n, np.diag(100**2 * share * (1 - share) / n))
    assert found == pytest.approx(chi2_contingency([hits, n - hits], correction=False).pvalue)


def test_groups_that_vary_together_differ_more_surely() -> None:
    """Q of a difference d is d² / (v₁ + v₂ − 2·cov): 10² / (25 + 25 − 40) = 10."""
    together = np.array([[25.0, 20.0], [20.0, 25.0]])
    assert homogeneity(np.array([80.0, 70.0]), together) == pytest.approx(chi2.sf(10.0, 1))


def test_the_band_of_two_groups() -> None:
    """d = 10, d* − d of −2, −1, 0, 1, 2 evenly: se √2, and 80% of |d* − d| lie at or below 2."""
    drawn = np.column_stack([80 + np.array([-2.0, -1.0, 0.0, 1.0, 2.0]), np.full(5, 70.0)])
    band = simultaneous(np.array([80.0, 70.0]), drawn, 0.8)
    assert band.pair(0, 1) == pytest.approx((8.0, 12.0))
    assert band.pair(1, 0) == pytest.approx((-12.0, -8.0))
    assert band.gap == pytest.approx((8.0, 12.0))


def test_a_gap_is_never_below_zero() -> None:
    drawn = np.random.default_rng(0).normal(70, 5, (1000, 3))
    assert simultaneous(np.array([70.0, 71.0, 70.5]), drawn).gap[0] == 0


def test_more_groups_make_wider_intervals() -> None:
    drawn = np.random.default_rng(0).normal(0, 1, (20_000, 8))
    two, eight = (simultaneous(np.zeros(count), drawn[:, :count]) for count in (2, 8))
    assert two.half_widths[0, 1] == pytest.approx(1.96 * 2**0.5, rel=0.02)
    assert eight.half_widths[0, 1] == pytest.approx(4.29, rel=0.03)  # the studentised range of 8, ∞ degrees of freedom


def test_the_gap_of_chance() -> None:
    assert expected_gap(np.array([[0.0, 4.0, 1.0], [3.0, 3.0, 1.0], [np.nan, 0.0, 9.0]])) == 3.0


@pytest.mark.parametrize(("missing", "reason"), [(5, None), (6, "a group has no score in 6 of 100 resamples")])
def test_replicates_that_are_not_defined(missing: int, reason: str | None) -> None:
    drawn = np.ones((100, 2))
    drawn[:missing, 0] = np.nan
    known, why = defined(drawn)
    assert (len(known), why) == (100 - missing, reason)


def test_shares_vary_though_nobody_missed() -> None:
    drawn = share_replicates(30, 30, 2, 0.95, resamples=20_000, **DRAW)
    smoothed = (30 + 1.96**2 / 2) / (30 + 1.96**2)
    assert drawn.mean() == pytest.approx(100, abs=0.1)
    assert drawn.std() == pytest.approx(100 * (smoothed * (1 - smoothed) / 30) ** 0.5, rel=0.02)


HITS = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0], float)
CODES = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1, 1])


@pytest.mark.parametrize("sums", [True, False])
def test_exchanged_labels_keep_their_margins(sums: bool) -> None:
    """Group 0 has all four hits, for which there is one way of 210."""
    rows = np.column_stack([np.tile(HITS, 3), np.ones(30)])
    codes = np.tile(CODES, 3)
    found = permuted_scores(rows, mean_of, codes, score=score if sums else None, rounds=4000, **DRAW)
    hits = found * np.array([12, 18]) / 100
    assert hits.sum(axis=1) == pytest.approx(np.full(4000, 12.0))
    assert found.mean(axis=0) == pytest.approx([40, 40], abs=1)
    assert found.std(axis=0)[0] == pytest.approx(100 * (0.4 * 0.6 / 12 * 18 / 29) ** 0.5, rel=0.05)


def test_the_exact_p_value_of_a_small_table() -> None:
    rows = np.column_stack([HITS, np.ones(10)])
    found = permuted_scores(rows, mean_of, CODES, rounds=20_000, **DRAW)
    p_value = permutation_p(np.array([100.0, 0.0]), found, np.array([4.0, 6.0]))
    assert p_value == pytest.approx(1 / 210, abs=0.002)


def test_one_value_everywhere() -> None:
    rows = np.ones((60, 2))
    codes = np.repeat([0, 1], 30)
    found = permuted_scores(rows, mean_of, codes, score=score, rounds=99, **DRAW)
    assert (found == 100).all()
    assert permutation_p(np.array([100.0, 100.0]), found, np.array([30.0, 30.0])) == 1.0


def test_clusters_keep_one_label() -> None:
    """Four clusters of rows that are alike: a group's score is always that of whole clusters."""
    clusters = np.repeat(np.arange(4) * 7, 3)  # numbers need not be without gaps
    rows = np.column_stack([np.repeat([1.0, 1.0, 0.0, 0.0], 3), np.ones(12)])
    found = permuted_scores(rows, mean_of, np.repeat([0, 0, 1, 1], 3), units=clusters, rounds=500, **DRAW)
    assert set(np.round(found[:, 0])) == {0.0, 50.0, 100.0}


def test_labels_stay_within_clusters() -> None:
    """Each cluster has one row of either group: each keeps one of each."""
    clusters = np.tile(np.arange(3), 2)
    rows = np.column_stack([[1.0, 1.0, 0.0, 1.0, 1.0, 0.0], np.ones(6)])
    found = permuted_scores(rows, mean_of, np.repeat([0, 1], 3), within=clusters, rounds=200, **DRAW)
    assert found == pytest.approx(np.full((200, 2), 200 / 3))


def test_undefined_exchanges_count_as_extreme() -> None:
    assert permutation_p(np.array([80.0, 60.0]), np.array([[np.nan, 1.0], [70.0, 70.0]]), np.ones(2)) == 2 / 3
