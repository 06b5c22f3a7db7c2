"""Metrics of how choice scores rank the examples: area under the ROC curve, and average precision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtlbench.metrics.base import FloatArray, Metric, MetricContext, sign
from mtlbench.metrics.choices import score_table
from mtlbench.metrics.classification import positive_label
from mtlbench.metrics.correlation import mid_ranks
from mtlbench.stats.ranked import Ranked

CERTAIN = 1e200
"""The log-odds of what is certain, beyond all that scores can give."""

DECIMALS = 9
"""Log-odds that are equal to so many decimals differ in rounding alone, and are ties."""


def log_odds(table: FloatArray, label: int) -> FloatArray:
    """The log-odds of a label against all others `[n]`, which rank as its probability does but never saturate."""
    table = table - table.max(axis=1, keepdims=True)
    others = np.sort(np.delete(table, label, axis=1), axis=1)
    largest = others.max(axis=1, initial=-np.inf)
    level = np.where(np.isneginf(largest), 0.0, largest)
    with np.errstate(divide="ignore"):
        against = level + np.log(np.exp(others - level[:, None]).sum(axis=1))
    return np.asarray(np.round(np.clip(table[:, label] - against, -CERTAIN, CERTAIN), DECIMALS))


class Ranking(Metric):
    """`auroc` and `average_precision`: the scores are sorted once, and weighted anew in each resample.

    `auroc` is the probability that a positive example scores above a negative one, ties half (Mann–Whitney): of the
    positive label where there are two, else the mean over labels of each against the rest. `average_precision` is
    Σ (R_t − R_t₋₁)·P_t over the distinct scores t of the positive label, from the highest. They equal scikit-learn's
    `roc_auc_score` and `average_precision_score`.

    Not defined where a label ranked has no example, or for AUROC no other; examples of equal score are ties.
    """

    names = ("auroc", "average_precision")
    accepts = frozenset({"scores"})
    law = "rank"
    additive = False
    higher_is_better = True
    bounds = (0.0, 100.0)

    def __init__(self, name: str, context: MetricContext) -> None:
        if len(context.labels) < 2:
            raise ValueError(f"{name} needs a task of two or more labels")
        self.name, self._labels = name, len(context.labels)
        several = name == "auroc" and self._labels > 2
        self._ranked = tuple(range(self._labels)) if several else (positive_label(name, context),)
        self._named = tuple(context.labels[label] for label in self._ranked)
        setting = {"average": "macro-ovr"} if several else {"positive": self._named[0]}
        self.signature = sign(name, "1", **setting)
        self.columns = (
            *(f"score:{label}" for label in self._named),
            *(f"gold:{label}" for label in self._named),
            "count",
        )

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (log-odds of each label ranked, whether it is gold, 1), `[n, 2C + 1]`."""
        table, gold = score_table(predictions, references, self._labels)
        if not len(gold):
            return np.empty((0, len(self.columns)))
        scores = [log_odds(table, label) for label in self._ranked]
        return np.column_stack([*scores, *((gold == label) for label in self._ranked), np.ones(len(gold))])

    def score(self, totals: FloatArray) -> FloatArray:
        """Raises TypeError: a ranking cannot be had from sums."""
        raise TypeError(f"{self.name} is no function of sums: score its rows with resample or corpus_score")

    def undefined(self, totals: FloatArray) -> str:
        """The label that has no example, or that all examples have."""
        count, gold = totals[-1], totals[len(self._ranked) : -1]
        if not count > 0:
            return "no examples"
        for label, examples in zip(self._named, gold, strict=True):
            if not 0 < examples < count:
                return f"{'no' if not examples else 'every'} example has the label “{label}”"
        return "a resample lacks a label"

    def resample(self, weights: FloatArray, statistics: FloatArray) -> FloatArray:
        """Scores `[B]`."""
        if not len(statistics):
            return np.full(len(weights), np.nan)
        area = _auroc if self.name == "auroc" else _average_precision
        ranked = len(self._ranked)
        values = [area(*_tied_masses(weights, *statistics[:, [c, ranked + c]].T)) for c in range(ranked)]
        return np.asarray(100.0 * np.mean(values, axis=0))

    def exchangeable(self, statistics: FloatArray) -> FloatArray:
        """Scores as their mid-ranks, since a ranking knows no scale."""
        ranked = len(self._ranked)
        return np.column_stack([*(mid_ranks(statistics[:, c]) for c in range(ranked)), statistics[:, ranked:]])

    def ranked(self, statistics: FloatArray) -> Ranked | None:
        """AUROC by Mann and Whitney's U: the sum of P positives' mid-ranks, from ½, less that among themselves, P²/2."""
        if self.name != "auroc":
            return None
        ranked = len(self._ranked)
        gold = statistics[:, ranked : 2 * ranked]
        positive = gold.sum(axis=0)
        pairs = positive * (len(gold) - positive)

        def score(sums: FloatArray, cubes: FloatArray) -> FloatArray:
            value = np.full(sums.shape, np.nan)
            np.divide(sums - positive**2 / 2.0, pairs, out=value, where=pairs > 0)
            return np.asarray(100.0 * value.mean(axis=-1))

        return Ranked(statistics[:, :ranked], gold, score)


def _tied_masses(weights: FloatArray, scores: FloatArray, gold: FloatArray) -> tuple[FloatArray, FloatArray]:
    """How much weight is gold, and how much is not, at each distinct score from the lowest: each `[B, scores]`."""
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    starts: NDArray[np.intp] = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    mass = np.take(weights, order, axis=1)
    positive, negative = mass * gold[order], mass * (1.0 - gold[order])
    if len(starts) == len(order):
        return positive, negative
    return np.add.reduceat(positive, starts, axis=1), np.add.reduceat(negative, starts, axis=1)


def _auroc(positive: FloatArray, negative: FloatArray) -> FloatArray:
    """Σ positive · (negative below + half of those at the same score) / (all positive · all negative), `[B]`."""
    below = np.cumsum(negative, axis=1) - negative / 2.0
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    value = np.full(len(pairs), np.nan)
    np.divide(np.einsum("bs,bs->b", positive, below), pairs, out=value, where=pairs > 0)
    return value


def _average_precision(positive: FloatArray, negative: FloatArray) -> FloatArray:
    """Σ positive · precision at that score or above / all positive, `[B]`."""
    positive, negative = positive[:, ::-1], negative[:, ::-1]
    hits = np.cumsum(positive, axis=1)
    predicted = hits + np.cumsum(negative, axis=1)
    precision = np.divide(hits, predicted, out=np.zeros_like(hits), where=predicted > 0)
    value = np.full(len(hits), np.nan)
    np.divide(np.einsum("bs,bs->b", positive, precision), hits[:, -1], out=value, where=hits[:, -1] > 0)
    return value
