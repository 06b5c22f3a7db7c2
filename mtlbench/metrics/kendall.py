"""Kendall's rank correlation of predicted and gold numbers, on −100–100."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mtlbench.metrics.base import FloatArray, MetricContext, sign
from mtlbench.metrics.correlation import RankCorrelation

Ints = NDArray[np.int64]


class Kendall(RankCorrelation):
    """Kendall's τ_b: (concordant − discordant) / √((pairs − ties in x)(pairs − ties in y)), as scipy's `kendalltau`.

    An example drawn twice in a resample is tied with itself. With examples sorted by (x, y), the discordant pairs are
    the inversions of y (Knight 1966): they are counted by merging, and as the order of the examples is the same in
    every resample, so are the merges. That is O(n log n) for each resample, all of it in sums of whole numbers.
    """

    names = ("kendall",)

    def __init__(self, name: str, context: MetricContext) -> None:
        self.name, self.signature = name, sign(name, "1", variant="b")

    def resample(self, weights: FloatArray, statistics: FloatArray) -> FloatArray:
        """Scores `[B]`."""
        if not len(statistics):
            return np.full(len(weights), np.nan)
        order = np.lexsort((statistics[:, 1], statistics[:, 0]))
        x, y = (np.unique(values, return_inverse=True)[1][order] for values in statistics[:, :2].T)
        weights = np.take(weights, order, axis=1)
        # Half the sums of squares of masses count pairs, each example paired with itself for a half: that cancels out.
        pairs, same_x, same_y = weights.sum(axis=1) ** 2 / 2, _tied(weights, x), _tied(weights, y)
        untied = pairs - same_x - same_y + _tied(weights, x * (y.max() + 1) + y)
        difference = untied - 2.0 * _inversions(weights, y)
        value = np.full(len(weights), np.nan)
        spread = np.sqrt(pairs - same_x) * np.sqrt(pairs - same_y)
        np.divide(difference, spread, out=value, where=spread > 0)
        return np.clip(100.0 * value, *self.bounds)


def _tied(weights: FloatArray, values: Ints) -> FloatArray:
    """½ Σ mass² over distinct values, `[B]`."""
    order = np.argsort(values, kind="stable")
    starts = np.flatnonzero(np.diff(values[order], prepend=-1))
    mass = np.add.reduceat(np.take(weights, order, axis=1), starts, axis=1)
    return np.asarray(np.einsum("bg,bg->b", mass, mass) / 2.0)


def _inversions(weights: FloatArray, values: Ints) -> FloatArray:
    """Σ w_i·w_j over i < j with values_i > values_j, `[B]`; values are ranks below n.

    At each level blocks of 2h positions are sorted by value, first halves before second halves among equals: an example
    of a second half is inverted with the first half's mass that stands after it.
    """
    n = len(values)
    order = np.arange(n)
    total = np.zeros(len(weights))
    half = 1
    while half < n:
        # Each block is two sorted runs, which a stable sort merges.
        order = order[np.argsort((order // (2 * half)) * n + values[order], kind="stable")]
        second = (order // half % 2).astype(np.float64)
        mass = np.take(weights, order, axis=1)
        later = mass * second
        mass -= later
        passed = np.cumsum(mass, axis=1, out=mass)
        starts = np.arange(0, n, 2 * half)
        ends = np.minimum(starts + 2 * half, n) - 1
        total += np.einsum("bk,bk->b", np.add.reduceat(later, starts, axis=1), np.take(passed, ends, axis=1))
        total -= np.einsum("bn,bn->b", later, passed)
        half *= 2
    return total
