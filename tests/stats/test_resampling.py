"""The bootstrap's weights, what is scored with them, and how often its intervals hold the truth."""

from functools import partial

import numpy as np
import pytest
import scipy.stats

from mtlbench.stats import bootstrap_weights, jackknife, percentile_interval, replicates
from mtlbench.stats.seeds import hash64
from mtlbench.stats.sums import narrowed, weighted_sums


def mean(weights, statistics):
    """Rows (value, 1)."""
    totals = weights @ statistics
    return totals[:, 0] / totals[:, 1]


def counted(values):
    return np.column_stack([values, np.ones(len(values))])


def drawn(n, resamples, seed=1, fingerprint="data"):
    return np.concatenate(list(bootstrap_weights(n, resamples, seed=seed, fingerprint=fingerprint)))


@pytest.mark.parametrize(("n", "resamples"), [(1, 3), (7, 1), (300, 1000), (5000, 60), (200_000, 3), (0, 4)])
def test_weights_are_multiplicities(n, resamples):
    weights = drawn(n, resamples)
    assert weights.shape == (resamples, n)
    assert (weights.sum(1) == n).all()
    assert (weights >= 0).all()


def test_a_longer_run_begins_with_a_shorter_one():
    longer = drawn(300, 1000)
    for resamples in (1, 436, 437, 500, 874):
        assert (drawn(300, resamples) == longer[:resamples]).all()


def test_weights_depend_on_seed_and_data_alone():
    first = drawn(50, 20)
    assert (first == drawn(50, 20)).all()
    assert (first != drawn(50, 20, seed=2)).any()
    assert (first != drawn(50, 20, fingerprint="other")).any()
    assert hash64("data") == 3345129676481261480  # the same in every process, on every machine


def test_all_entries_see_the_same_resamples():
    rng = np.random.default_rng(0)
    first, second = counted(rng.normal(size=90)), counted(rng.normal(size=90))
    both = replicates({"a": (mean, first), "b": (mean, second)}, resamples=2000, seed=5, fingerprint="x")
    alone = replicates({"b": (mean, second)}, resamples=2000, seed=5, fingerprint="x")
    weights = drawn(90, 2000, seed=5, fingerprint="x")
    assert (both["b"] == alone["b"]).all()
    assert both["a"] == pytest.approx(mean(weights, first), abs=1e-12)


def test_counts_are_summed_together_to_the_same_scores():
    rng = np.random.default_rng(0)
    counts = {name: rng.integers(0, 5, (90, width)).astype(float) for name, width in (("a", 2), ("b", 4), ("c", 1))}
    rows = counts | {"parts": rng.normal(size=(90, 2)), "large": np.full((90, 1), 2.0**20)}

    def score(totals):
        return totals.sum(-1)

    entries = {name: (lambda weights, each: score(weights @ each), each) for name, each in rows.items()}
    alone = replicates(entries, resamples=700, seed=5, fingerprint="x")
    both = replicates(entries, resamples=700, seed=5, fingerprint="x", scores=dict.fromkeys(entries, score))
    for name in rows:
        assert (both[name] == alone[name]).all()


def test_entries_of_different_sizes_are_refused():
    with pytest.raises(ValueError, match=r"different numbers of examples: \[2, 3\]"):
        replicates(
            {"a": (mean, counted(np.ones(2))), "b": (mean, counted(np.ones(3)))}, resamples=5, seed=0, fingerprint="x"
        )


def test_no_examples_and_no_entries():
    none = replicates({"a": (mean, np.zeros((0, 2)))}, resamples=3, seed=0, fingerprint="x")["a"]
    assert np.isnan(none).all()
    assert replicates({}, resamples=3, seed=0, fingerprint="x") == {}


@pytest.mark.parametrize("shape", [(1, 1, 1), (437, 300, 11), (3, 200_000, 2), (5, 0, 2), (0, 4, 2)])
def test_weighted_sums_are_the_product(shape):
    b, n, k = shape
    rng = np.random.default_rng(0)
    weights, statistics = rng.integers(0, 4, (b, n)).astype(float), rng.integers(0, 9, (n, k)).astype(float)
    assert (weighted_sums(weights, statistics) == weights @ statistics).all()
    chosen = (weights > 1).astype(np.float32)
    assert (weighted_sums(chosen, narrowed(statistics)) == chosen.astype(float) @ statistics).all()


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1, -2], "f4"),
        ([2**23, 2**23 - 1], "f4"),
        ([2**23, -(2**23)], "f8"),
        ([0.5], "f8"),
        ([np.nan], "f8"),
        ([], "f4"),
    ],
)
def test_statistics_are_narrowed_where_their_sums_are_exact(values, dtype):
    statistics = np.array(values, dtype=float)[:, None]
    assert narrowed(statistics).dtype == np.dtype(dtype)
    assert np.array_equal(narrowed(statistics), statistics, equal_nan=True)


def test_jackknife_leaves_each_example_out():
    values = counted(np.array([1.0, 2.0, 6.0]))
    assert jackknife(mean, values) == pytest.approx([4, 3.5, 1.5])
    assert jackknife(mean, values, score=lambda totals: totals[..., 0] / totals[..., 1]) == pytest.approx([4, 3.5, 1.5])


@pytest.mark.parametrize(
    ("truth", "draw"),
    [
        (0.8, lambda rng, n: (rng.random(n) < 0.8).astype(float)),  # accuracy
        (0.4, lambda rng, n: rng.beta(2, 3, n)),  # ROUGE, token F1
    ],
    ids=["accuracy", "rouge"],
)
def test_coverage_of_the_percentile_interval(truth, draw):
    """Of 1,000 samples of 300 examples 93–97% of the 95% intervals hold the true mean (binomial error 0.7%)."""
    rng = np.random.default_rng(11)
    samples = {i: (mean, counted(draw(rng, 300))) for i in range(1000)}
    stacked = np.column_stack([rows[:, 0] for _, rows in samples.values()])
    scores = np.concatenate(
        [weighted_sums(weights, stacked) / 300 for weights in bootstrap_weights(300, 800, seed=1, fingerprint="x")]
    )
    intervals = [percentile_interval(column) for column in scores.T]
    held = np.mean([interval.low <= truth <= interval.high for interval in intervals])
    assert 0.93 <= held <= 0.97


def test_spread_equals_scipys_bootstrap():
    values = np.random.default_rng(2).exponential(size=80)
    ours = replicates({"a": (partial(mean), counted(values))}, resamples=5000, seed=3, fingerprint="x")["a"]
    theirs = scipy.stats.bootstrap((values,), np.mean, n_resamples=5000, method="percentile", rng=1)
    assert ours.std() == pytest.approx(theirs.standard_error, rel=0.05)
    interval = percentile_interval(ours)
    assert [interval.low, interval.high] == pytest.approx(list(theirs.confidence_interval), rel=0.03)
