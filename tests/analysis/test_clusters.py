"""Rows that come in clusters: what is summed, what is expanded, and what happens to the intervals."""

from __future__ import annotations

import numpy as np
import pytest

from mtlbench.analysis.comparisons import baseline_comparisons
from mtlbench.analysis.evidence import Design, TaskEvidence, gather
from mtlbench.analysis.lineage import Lineage, Training
from mtlbench.analysis.methods import score_interval
from mtlbench.metrics import METRICS, MetricContext
from mtlbench.stats import bootstrap_weights, weighted_test
from tests.analysis.evidence import DESIGN, hits
from tests.analysis.samples import metric

LITTLE = Design(seed=1, confidence=0.95, resamples=100, permutations=399)


def numbers(count: int, seed: int) -> np.ndarray:
    """Rows of Spearman for one system on `count` examples with the same references."""
    gold = np.random.default_rng(0).normal(size=count)
    made = gold + np.random.default_rng(seed).normal(size=count)
    return metric("spearman").statistics(made.tolist(), gold.tolist())


def clustered(name: str, rows: dict[str, np.ndarray], codes: np.ndarray, design: Design = LITTLE) -> TaskEvidence:
    statistics = {(model, name): each for model, each in rows.items()}
    n = len(codes)
    return gather("t", "data", n, 1.0, (None, None), (metric(name),), statistics, design, codes)


def test_sums_of_an_additive_metric() -> None:
    rows = np.array([[1, 1], [0, 1], [1, 1]], dtype=float)
    task = clustered("accuracy", {"a": rows}, np.array([0, 1, 0]))
    assert task.statistics["a", "accuracy"].tolist() == [[2, 2], [0, 1]]
    assert (task.n, task.units, task.value("a")) == (3, 2, pytest.approx(200 / 3))


def test_weights_of_clusters_reach_their_rows() -> None:
    """Spearman over clusters equals Spearman with each row weighted as its cluster is drawn."""
    codes = np.arange(60) // 3
    task = clustered("spearman", {"a": numbers(60, 1)}, codes)
    weights = np.concatenate(list(bootstrap_weights(20, 100, seed=1, fingerprint=task.fingerprint)))
    by_hand = metric("spearman").resample(weights[:, codes], numbers(60, 1))
    assert task.replicates["a", "spearman"] == pytest.approx(by_hand)


def test_whole_clusters_are_exchanged() -> None:
    """Two clusters in which systems differ have 4 patterns, however many rows differ."""
    codes = np.arange(40) // 2
    first, second = numbers(40, 1), numbers(40, 1)
    second[[0, 1, 2, 3], 0] = second[[1, 0, 3, 2], 0]
    task = clustered("spearman", {"a": first, "b": second}, codes)
    exact = weighted_test([task.pair("a", "b")], seed=1)
    assert exact.exact
    assert (exact.rounds, exact.differing) == (4, 2)
    assert exact.p_value in (0.5, 1.0)


def clustered_hits(rng: np.random.Generator, clusters: int) -> tuple[np.ndarray, np.ndarray]:
    """Clusters of 1–20 rows, chance of a hit by cluster: mean .7, correlation within clusters .3."""
    sizes = rng.integers(1, 21, clusters)
    codes = np.repeat(np.arange(clusters), sizes)
    spread = 0.7 / 0.3  # a + b of the beta distribution: 1/0.3 − 1
    chance = rng.beta(0.7 * spread, 0.3 * spread, clusters)
    return np.column_stack([rng.random(len(codes)) < chance[codes], np.ones(len(codes))]).astype(float), codes


def coverage(count: int, by_cluster: bool) -> float:
    rng = np.random.default_rng(8)
    held = []
    for _ in range(count):
        rows, codes = clustered_hits(rng, 40)
        statistics = {("a", "accuracy"): rows}
        task = gather(
            "t",
            "d",
            len(rows),
            1.0,
            (None, None),
            (metric("accuracy"),),
            statistics,
            LITTLE,
            codes if by_cluster else None,
        )
        interval = score_interval(task, "a", task.headline, LITTLE)
        held.append(interval.low <= 70 <= interval.high)
    return float(np.mean(held))


def test_coverage() -> None:
    """Of 2,000 samples of 40 clusters 93–97% of the intervals hold the truth (binomial error 0.5%); of intervals that
    count rows some 60% do.
    """
    assert 0.93 <= coverage(2000, True) <= 0.97
    assert coverage(300, False) < 0.75


@pytest.mark.parametrize(("clusters", "method"), [(20, "jackknife t"), (60, "bca")])
def test_analytic_below_forty(clusters: int, method: str) -> None:
    rng = np.random.default_rng(1)
    gold, codes = rng.integers(0, 3, 4 * clusters), np.arange(4 * clusters) // 4
    made = np.where(rng.random(len(gold)) < 0.7, gold, rng.integers(0, 3, len(gold)))
    rows = metric("f1_macro").statistics(made.tolist(), gold.tolist())
    task = clustered("f1_macro", {"a": rows}, codes)
    assert score_interval(task, "a", task.headline, LITTLE).method == method


def test_pearson_keeps_the_bootstrap() -> None:
    """Fisher's z counts examples, and knows nothing of clusters."""
    rng = np.random.default_rng(2)
    gold = rng.normal(size=120)
    rows = metric("pearson").statistics((gold + rng.normal(size=120)).tolist(), gold.tolist())
    task = clustered("pearson", {"a": rows}, np.arange(120) // 2)
    assert score_interval(task, "a", task.headline, LITTLE).method == "percentile"


def test_comparisons_count_clusters() -> None:
    """Ten rows that one template gave are one piece of evidence: significant by rows, not by clusters."""
    accuracy = METRICS.get("accuracy")("accuracy", MetricContext(("no", "yes")))
    rows = {
        (model, "accuracy"): accuracy.statistics(hits(right, 100), [0] * 100)
        for model, right in (("multi", 100), ("single", 70))
    }
    trained = Lineage({"multi": Training({"t": 1.0, "u": 1.0}), "single": Training({"t": 1.0})})
    p_values = []
    for codes in (None, np.arange(100) // 10):
        task = gather("t", "d", 100, 1.0, (None, None), (accuracy,), rows, DESIGN, codes)
        row = baseline_comparisons(trained, [task], "none", DESIGN)[0]
        p_values.append((row.test, row.p_value))
    assert p_values == [("McNemar, exact", pytest.approx(2**-29)), ("paired permutation, exact", 0.25)]
