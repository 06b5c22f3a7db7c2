"""Many tests of one sign matrix: the same as one by one, and corrections that hold the error of the family."""

import numpy as np
import pytest

from mtlbench.stats import Pair, benjamini_hochberg, benjamini_yekutieli, family_test, holm, max_t, weighted_test


def score(totals):
    return 100 * totals[..., 0] / totals[..., 1]


def resample(weights, statistics):
    return score(weights @ statistics)


def systems(count, n, seed, spread=0.3):
    """Equally good systems on common examples."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=n)
    return [np.column_stack([common + spread * rng.normal(size=n), np.ones(n)]) for _ in range(count)]


def all_pairs(rows, fingerprint="x", sums=True):
    return [
        [Pair(rows[i], rows[j], resample, fingerprint, score if sums else None)]
        for i in range(len(rows))
        for j in range(i)
    ]


@pytest.mark.parametrize("sums", [True, False])
def test_a_family_equals_its_tests_one_by_one(sums):
    contrasts = all_pairs(systems(4, 60, 1), sums=sums)
    family = family_test(contrasts, seed=3, rounds=999)
    alone = [weighted_test(pairs, seed=3, rounds=999) for pairs in contrasts]
    assert [test.p_value for test in family.tests] == [test.p_value for test in alone]
    assert [test.difference for test in family.tests] == pytest.approx([test.difference for test in alone])


def test_small_differences_are_exact_within_a_family():
    rows = systems(3, 80, 2)
    rows[1] = rows[0].copy()
    rows[1][:2, 0] -= 1
    tests = family_test(all_pairs(rows), seed=1, rounds=199).tests
    assert (tests[0].exact, tests[0].p_value) == (True, 0.5)
    assert not tests[1].exact


def test_no_tests():
    family = family_test([], seed=1, rounds=9)
    assert family.tests == []
    assert max_t([], family.exchanged) == []
    with pytest.raises(ValueError, match="no tasks"):
        family_test([[]], seed=1)


def test_max_t_by_hand():
    """Four exchanges of two differences of unlike spread, divided by their root mean squares, 1 and 10."""
    exchanged = np.array([[1, 10], [-1, 10], [1, -10], [-1, -10.0]])
    assert max_t([2.0, 5.0], exchanged) == [1 / 5, 1.0]
    assert max_t([None, 15.0], exchanged) == [None, 1 / 5]
    assert max_t([0.0], np.zeros((9, 1))) == [1.0]


def test_max_t_never_exceeds_holm_by_much_and_uses_correlation():
    rows = systems(6, 100, 4)
    rows[0][:, 0] += 0.1
    family = family_test(all_pairs(rows), seed=1, rounds=4999)
    joint = np.array(max_t([test.difference for test in family.tests], family.exchanged))
    single = np.array(holm([test.p_value for test in family.tests]))
    assert (joint <= single + 0.02).all()
    assert joint.sum() < single.sum()


def test_family_error():
    """Of 300 families of 10 true hypotheses (all pairs of 5 systems) at most 7% have a rejection at .05."""
    wrong = {"holm": 0, "max_t": 0, "none": 0}
    for seed in range(300):
        family = family_test(all_pairs(systems(5, 50, seed)), seed=seed, rounds=499)
        p_values = [test.p_value for test in family.tests]
        wrong["none"] += min(p_values) <= 0.05
        wrong["holm"] += min(holm(p_values)) <= 0.05
        wrong["max_t"] += min(max_t([test.difference for test in family.tests], family.exchanged)) <= 0.05
    assert wrong["holm"] <= wrong["max_t"] <= 0.07 * 300
    assert wrong["max_t"] >= 0.02 * 300, "it does not waste the error that it may make"
    assert wrong["none"] > 0.15 * 300


def test_yekutieli_is_the_stricter():
    p_values = [0.001, 0.02, None, 0.04]
    factor = 1 + 1 / 2 + 1 / 3
    expected = [None if p is None else min(1, factor * p) for p in benjamini_hochberg(p_values)]
    assert benjamini_yekutieli(p_values) == pytest.approx(expected)
