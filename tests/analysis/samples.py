"""Samples of a made-up world whose true scores are known, as the rows of real metrics.

Each sample stands as a model of its own in one piece of evidence, so that all share one draw of weights.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mtlbench.analysis.evidence import Design, TaskEvidence, gather
from mtlbench.metrics import METRICS, Metric, MetricContext

Rng = np.random.Generator
Draw = Callable[[Rng, int], np.ndarray]
"""(generator, n) → statistics `[n, k]`."""

LABELS = ("a", "b", "c")
CONFUSION = np.array([[0.42, 0.05, 0.03], [0.04, 0.2, 0.06], [0.03, 0.05, 0.12]])
"""Chance of each (gold, predicted)."""

DRAWN = Design(seed=1, confidence=0.95, resamples=1000, permutations=399)


class Overlap(Metric):
    """As BLEU: a brevity penalty and the geometric mean of two pooled precisions."""

    names = ("overlap",)
    accepts = frozenset({"text"})
    higher_is_better = True
    bounds = (0.0, 100.0)
    name = signature = "overlap"

    def __init__(self) -> None: ...

    def score(self, totals: np.ndarray) -> np.ndarray:
        """Sums (output, reference, hits 1, hits 2, n-grams 1, n-grams 2) → score."""
        penalty = np.minimum(0.0, 1 - totals[..., 1] / totals[..., 0])
        return 100 * np.exp(penalty + np.log(totals[..., 2:4] / totals[..., 4:6]).mean(-1))


def metric(name: str) -> Metric:
    if name == "overlap":
        return Overlap()
    return METRICS.get(name)(name, MetricContext(LABELS))


def accuracy(rng: Rng, n: int) -> np.ndarray:
    return np.column_stack([rng.random(n) < 0.8, np.ones(n)]).astype(float)


def rouge(rng: Rng, n: int) -> np.ndarray:
    return np.column_stack([rng.beta(2, 3, n), np.ones(n)])


def overlap(rng: Rng, n: int) -> np.ndarray:
    """Sentences of a good day or a bad one: all n-gram matches of a sentence go together."""
    reference = rng.integers(8, 30, n)
    output = np.maximum(5, reference + rng.integers(-3, 3, n))
    quality = rng.beta(4, 3, n)
    totals = np.column_stack([output, output - 1])
    hits = rng.binomial(totals, quality[:, None] ** np.array([0.6, 1.5]))
    return np.column_stack([output, reference, hits, totals]).astype(float)


def macro_f1(rng: Rng, n: int) -> np.ndarray:
    drawn = rng.choice(9, size=n, p=CONFUSION.ravel())
    return metric("f1_macro").statistics((drawn % 3).tolist(), (drawn // 3).tolist())


def pearson(rng: Rng, n: int) -> np.ndarray:
    gold = rng.normal(size=n)
    return metric("pearson").statistics((gold + rng.normal(size=n)).tolist(), gold.tolist())


DRAWS: dict[str, Draw] = {
    "accuracy": accuracy,
    "squad_f1": rouge,
    "overlap": overlap,
    "f1_macro": macro_f1,
    "pearson": pearson,
}


def truth(name: str) -> float:
    """The score of the world itself, from a sample of a million."""
    rows = DRAWS[name](np.random.default_rng(99), 1_000_000)
    return float(metric(name).score(rows.sum(0)))


def samples(name: str, count: int, n: int, design: Design = DRAWN) -> TaskEvidence:
    """`count` samples of n examples, as the models s0, s1, …"""
    rng = np.random.default_rng(11)
    rows = {(f"s{i}", name): DRAWS[name](rng, n) for i in range(count)}
    return gather("t", "data", n, 1.0, (None, None), (metric(name),), rows, design)
