"""The paired permutation test: exact cases, its error rate, published p-values, and weighted sums of tasks."""

import itertools

import numpy as np
import pytest
import scipy.stats

from mtlbench.stats import Pair, paired_test, weighted_test


def score(totals):
    """Rows (value in [0, 1], 1) → mean on 0–100."""
    return 100 * totals[..., 0] / totals[..., 1]


def resample(weights, statistics):
    return score(weights @ statistics)


def ratio(totals):
    """A score that is no mean: the ratio of two sums."""
    return 100 * totals[..., 0] / (totals[..., 0] + totals[..., 1])


def pair(first, second, *, sums=True, fingerprint="x", weight=1.0):
    first, second = (np.column_stack([values, np.ones(len(values))]) for values in (first, second))
    return Pair(first, second, resample, fingerprint, score if sums else None, weight)


def differing(better, worse, n=300):
    """Two systems that differ on `better + worse` of n examples: the first wins `better` of them."""
    first, second = np.ones(n), np.ones(n)
    second[:better] = 0
    first[better : better + worse] = 0
    return first, second


@pytest.mark.parametrize("better", [40, 120])
def test_few_or_most_examples_differ(better):
    """Where most do, all are exchanged; counts are summed in float32, and fractions are not."""
    counts = differing(better, better - 10)
    fractions = [values / 3 for values in counts]
    tests = [paired_test(pair(*values, sums=sums), seed=1) for values in (counts, fractions) for sums in (True, False)]
    assert len({test.p_value for test in tests}) == 1
    assert {test.differing for test in tests} == {2 * better - 10}


@pytest.mark.parametrize("sums", [True, False])
@pytest.mark.parametrize(
    ("better", "worse", "p_value"),
    [
        (0, 0, 1.0),
        (1, 0, 1.0),
        (2, 0, 0.5),
        (4, 0, 0.125),
        (1, 1, 1.0),
        (3, 1, 0.625),
        (10, 0, 2 / 1024),
        (0, 14, 2**-13),
    ],
)
def test_exact_p_values(sums, better, worse, p_value):
    """With m differing examples of equal size the exact test is the binomial (McNemar) test."""
    result = paired_test(pair(*differing(better, worse), sums=sums), seed=1)
    assert result.p_value == p_value
    assert result.exact
    assert (result.differing, result.rounds) == (better + worse, 2 ** (better + worse))
    assert result.difference == pytest.approx(100 * (better - worse) / 300)
    if better + worse:
        assert p_value == pytest.approx(scipy.stats.binomtest(better, better + worse).pvalue)


def test_many_differing_examples_approach_the_exact_test():
    result = paired_test(pair(*differing(30, 14)), seed=1)
    assert not result.exact
    assert result.rounds == 9_999
    assert result.p_value == pytest.approx(scipy.stats.binomtest(30, 44).pvalue, abs=0.005)
    assert paired_test(pair(*differing(300, 0)), seed=1).p_value == 1 / 10_000


def test_both_ways_of_scoring_agree():
    rng = np.random.default_rng(3)
    rows = [rng.integers(0, 5, (120, 2)).astype(float) for _ in range(2)]
    by_sums = Pair(*rows, lambda weights, statistics: ratio(weights @ statistics), "x", ratio)
    by_rows = Pair(*rows, by_sums.resample, "x")
    assert paired_test(by_sums, seed=2, rounds=2000) == paired_test(by_rows, seed=2, rounds=2000)


def test_type_one_error():
    """Of 600 pairs of equally good systems 3–7% are told apart at .05 (binomial error 0.9%)."""
    rng = np.random.default_rng(5)
    rejected = 0
    for _ in range(600):
        common = rng.random(150)
        first, second = common + 0.2 * rng.normal(size=150), common + 0.2 * rng.normal(size=150)
        rejected += paired_test(pair(first, second), seed=1, rounds=399).p_value <= 0.05
    assert 0.03 <= rejected / 600 <= 0.07


def test_signs_are_shared_and_swapping_the_systems_changes_the_sign_alone():
    first, second = np.random.default_rng(0).random((2, 100))
    one, other = (paired_test(pair(*systems), seed=4) for systems in ((first, second), (second, first)))
    assert one.p_value == other.p_value
    assert one.difference == pytest.approx(-other.difference)


def test_weighted_sum_by_enumeration():
    """Two tasks with examples of their own: all 2^(3+2) patterns by hand."""
    tasks = [
        (np.array([0.9, 0.2, 0.7]), np.array([0.1, 0.3, 0.2]), 2.0),
        (np.array([1, 1, 0]), np.array([0, 1, 1]), -1.0),
    ]
    pairs = [pair(a, b, fingerprint=str(i), weight=w) for i, (a, b, w) in enumerate(tasks)]
    effects = [100 * w * d / 3 for a, b, w in tasks for d in a - b if d]
    sums = np.array([np.dot(signs, effects) for signs in itertools.product([1, -1], repeat=5)])
    result = weighted_test(pairs, seed=1)
    assert result.difference == pytest.approx(sums[0])
    assert result.p_value == np.mean(np.abs(sums) >= abs(sums[0]) - 1e-9)
    assert (result.exact, result.rounds) == (True, 32)


def test_tasks_over_the_same_examples_are_exchanged_together():
    first, second = differing(3, 0)
    same = [pair(first, second, fingerprint="x"), pair(second, first, fingerprint="x")]
    assert weighted_test(same, seed=1).difference == 0
    doubled = weighted_test([same[0], same[0]], seed=1)
    assert (doubled.differing, doubled.p_value) == (3, paired_test(same[0], seed=1).p_value)
    other_rows = weighted_test([pair([1, 0], [0, 0]), pair([0, 1], [0, 0])], seed=1)
    assert (other_rows.differing, other_rows.p_value) == (2, 0.5)
    apart = weighted_test([same[0], pair(first, second, fingerprint="y")], seed=1)
    assert (apart.differing, apart.p_value) == (6, 2 / 64)


def test_undefined():
    empty = paired_test(Pair(np.zeros((1, 2)), np.ones((1, 2)), lambda w, s: np.full(len(w), np.nan), "x"), seed=1)
    assert empty.p_value is empty.difference is None
    assert "not defined" in empty.reason


def test_a_pattern_without_a_score_counts_against_rejection():
    def fragile(weights, statistics):
        totals = weights @ statistics
        return np.where(totals[:, 0] > 7, np.nan, totals[:, 0])

    first, second = np.full((8, 1), 1.0), np.zeros((8, 1))
    first[0] = 0
    assert paired_test(Pair(first, second, fragile, "x"), seed=1).p_value == 2 / 128
    second[0] = 1
    assert paired_test(Pair(first, second, fragile, "x"), seed=1).p_value > 2 / 256


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([], "no tasks"),
        ([pair([1, 2], [1, 2, 3])], r"differ in shape: \(2, 2\) and \(3, 2\)"),
        ([pair([1], [2]), pair([1, 2], [1, 2])], "x is of 1 examples and of 2"),
    ],
)
def test_bad_pairs(pairs, message):
    with pytest.raises(ValueError, match=message):
        weighted_test(pairs, seed=1)
