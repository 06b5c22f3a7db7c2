"""Pearson's and Spearman's correlation of predicted and gold numbers, on −100–100.

Neither is computed from plain sums: Pearson's sums are centred first, Spearman's ranks depend on the whole sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtlbench.metrics.base import FloatArray, Metric, MetricContext, check_lengths, sign
from mtlbench.stats.ranked import Ranked
from mtlbench.stats.sums import weighted_sums

LARGEST = 1e100
"""Beyond it squares and their sums could overflow; no gold score is that large."""

_EPSILON = float(np.finfo(np.float64).eps)


def number_array(values: Sequence[Any], what: str) -> FloatArray:
    """Finite floats `[n]`; raises ValueError, naming the row, for anything else."""
    for row, value in enumerate(values):
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
            raise ValueError(f"row {row}: the {what} must be a number, not {value!r}")
        if not -LARGEST <= value <= LARGEST:
            raise ValueError(f"row {row}: the {what} {value} is not a finite number of at most 1e100")
    return np.array(values, dtype=np.float64)


def number_arrays(predictions: Sequence[Any], references: Sequence[Any]) -> tuple[FloatArray, FloatArray]:
    """Predictions and references as finite floats `[n]`."""
    check_lengths(predictions, references)
    return number_array(predictions, "prediction"), number_array(references, "reference")


class Pearson(Metric):
    """Pearson's r: Σ(x−x̄)(y−ȳ) / √(Σ(x−x̄)² Σ(y−ȳ)²).

    The statistics are plain sums, so that shards add up. Sums of squares lose their digits where the mean is large
    beside the spread, so `resample` first moves each column to the mean of all rows (any constant gives the same r) and
    divides it by its largest distance; `score` of bare totals can do neither, and is exact to about
    1e-16·(mean/spread)².
    """

    names = ("pearson",)
    accepts = frozenset({"number"})
    law = "pearson"
    additive = False
    higher_is_better = True
    bounds = (-100.0, 100.0)
    columns = ("count", "x", "y", "xx", "yy", "xy")

    def __init__(self, name: str, context: MetricContext) -> None:
        self.name, self.signature = name, sign(name, "1")

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (1, x, y, x², y², xy): x the prediction, y the reference."""
        x, y = number_arrays(predictions, references)
        return np.column_stack([np.ones(len(x)), x, y, x * x, y * y, x * y])

    def score(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., 6]` → r on −100–100 `[...]`; NaN where either side is constant up to rounding."""
        count = totals[..., 0]
        xx, yy, xy = _scatter(totals)
        moving = _varies(count, xx, totals[..., 3]) & _varies(count, yy, totals[..., 4])
        value = np.full(np.shape(count), np.nan)
        np.divide(xy, np.sqrt(np.abs(xx)) * np.sqrt(np.abs(yy)), out=value, where=moving)
        return np.clip(100.0 * value, *self.bounds)

    def undefined(self, totals: FloatArray) -> str:
        """The side that does not vary."""
        if totals[0] < 2:
            return "fewer than two examples" if totals[0] > 0 else "no examples"
        xx, _, _ = _scatter(totals)
        side = "references" if _varies(totals[0], xx, totals[3]) else "predictions"
        return f"the {side} are all equal"

    def resample(self, weights: FloatArray, statistics: FloatArray) -> FloatArray:
        """Scores `[B]`."""
        return self.score(weighted_sums(weights, _centred(statistics)))

    def exchangeable(self, statistics: FloatArray) -> FloatArray:
        """Predictions in standard units, since r knows no scale: DiCiccio and Romano's (2017) remedy for permutations.

        References are moved to mean 0 too, so that sums of these rows lose no digits.
        """
        u, v = _moved(statistics[:, 1]), _moved(statistics[:, 2])
        spread = float(np.sqrt((u * u).mean())) if len(u) else 0.0
        u = u / spread if spread else u
        return np.column_stack([np.ones(len(u)), u, v, u * u, v * v, u * v])


def _scatter(totals: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Sums of squares and products about the mean: (xx, yy, xy), each `[...]`."""
    count, x, y, xx, yy, xy = np.moveaxis(totals, -1, 0)
    n = np.maximum(count, 1.0)
    return xx - x * x / n, yy - y * y / n, xy - x * y / n


def _varies(count: FloatArray, scatter: FloatArray, squares: FloatArray) -> NDArray[np.bool_]:
    """Whether a scatter is more than the rounding of the sum of squares that it was taken from."""
    varies: NDArray[np.bool_] = (count > 1) & (scatter > (64.0 + count) * _EPSILON * squares)
    return varies


def _centred(statistics: FloatArray) -> FloatArray:
    """The same rows for x and y moved to mean 0 and scaled to a largest distance of 1; a constant becomes zeros."""
    u, v = _moved(statistics[:, 1]), _moved(statistics[:, 2])
    return np.column_stack([np.ones(len(u)), u, v, u * u, v * v, u * v])


def _moved(values: FloatArray) -> FloatArray:
    """Distances from the mean, divided by the largest of them."""
    centre = values.mean() if len(values) else 0.0
    distances = values - centre
    largest = float(np.abs(distances).max(initial=0.0))
    if largest <= 4.0 * _EPSILON * abs(centre):
        return np.zeros_like(values)
    return distances / largest


class RankCorrelation(Metric):
    """What Spearman's and Kendall's coefficients share: rows of both numbers, which no sum can stand for."""

    accepts = frozenset({"number"})
    law = "rank"
    additive = False
    higher_is_better = True
    bounds = (-100.0, 100.0)
    columns = ("x", "y", "count")

    name: str

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (x, y, 1): x the prediction, y the reference."""
        x, y = number_arrays(predictions, references)
        return np.column_stack([x, y, np.ones(len(x))])

    def score(self, totals: FloatArray) -> FloatArray:
        """Raises TypeError: ranks cannot be had from sums."""
        raise TypeError(f"{self.name} is no function of sums: score its rows with resample or corpus_score")

    def undefined(self, totals: FloatArray) -> str:
        """Too few examples, or no spread on one side."""
        if totals[2] < 2:
            return "fewer than two examples" if totals[2] > 0 else "no examples"
        return "the predictions or the references are all equal"

    def exchangeable(self, statistics: FloatArray) -> FloatArray:
        """Predictions as their mid-ranks, since ranks know no scale."""
        return np.column_stack([mid_ranks(statistics[:, 0]), statistics[:, 1:]])


class Spearman(RankCorrelation):
    """Spearman's ρ: Pearson's r of the mid-ranks, ranked anew in each resample.

    With weights w, sorted by value, an example's mid-rank is cumsum(w) − w/2 + ½ over the distinct values. The mean
    rank is always (Σw + 1)/2, and all sums are of quarter-integers, so the result is exact up to one division and two
    roots.
    """

    names = ("spearman",)

    def __init__(self, name: str, context: MetricContext) -> None:
        self.name, self.signature = name, sign(name, "1")
        self._last: tuple[FloatArray, FloatArray, tuple[FloatArray, FloatArray]] | None = None

    def resample(self, weights: FloatArray, statistics: FloatArray) -> FloatArray:
        """Scores `[B]`."""
        if not len(statistics):
            return np.full(len(weights), np.nan)
        u, uu = _rank_distances(weights, statistics[:, 0])
        v, vv = self._reference_distances(weights, statistics[:, 1])
        np.multiply(u, v, out=u)
        uv = np.einsum("bn,bn->b", u, weights)
        value = np.full(len(weights), np.nan)
        np.divide(uv, np.sqrt(uu) * np.sqrt(vv), out=value, where=(uu > 0) & (vv > 0))
        return np.clip(100.0 * value, *self.bounds)

    def _reference_distances(self, weights: FloatArray, references: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Kept from one model to the next, since all are scored with the same weights and references."""
        if self._last is None or self._last[0] is not weights or not np.array_equal(self._last[1], references):
            self._last = weights, references, _rank_distances(weights, references)
        return self._last[2]

    def ranked(self, statistics: FloatArray) -> Ranked:
        """The covariance of ranks is Σ gold rank·rank, where gold ranks are taken from their mean; and of n ranks the
        squares about the mean are (n³ − Σ ties³) / 12.
        """
        n = len(statistics)
        gold = mid_ranks(statistics[:, 1]) - n / 2.0
        vv = float((gold * gold).sum())

        def score(sums: FloatArray, cubes: FloatArray) -> FloatArray:
            uv, uu = sums[..., 0], (float(n) ** 3 - cubes[..., 0]) / 12.0
            value = np.full(np.shape(uv), np.nan)
            np.divide(uv, np.sqrt(uu) * np.sqrt(vv), out=value, where=(uu > 0) & (vv > 0))
            return np.clip(100.0 * value, *self.bounds)

        return Ranked(statistics[:, :1], gold[:, None], score, ties=True)


def mid_ranks(values: FloatArray) -> FloatArray:
    """Each value's rank among all `[n]`, from ½ up, the mean of their ranks for equal ones."""
    _, place, sizes = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(sizes) - sizes / 2.0)[place])


def _rank_distances(weights: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Each example's mid-rank less the mean rank `[B, n]`, and the weighted sum of its squares `[B]`."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    sizes = np.diff(np.append(starts, len(values)))
    place = np.empty(len(values), dtype=np.intp)
    place[order] = np.repeat(np.arange(len(starts)), sizes)
    mass = np.take(weights, order, axis=1)
    if len(starts) < len(values):
        mass = np.add.reduceat(mass, starts, axis=1)
    distance = np.cumsum(mass, axis=1)
    distance -= mass / 2.0
    distance -= weights.sum(axis=1, keepdims=True) / 2.0
    return np.take(distance, place, axis=1), np.einsum("bg,bg,bg->b", mass, distance, distance)
