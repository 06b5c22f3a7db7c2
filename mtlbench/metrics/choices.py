"""Metrics of choice scores: how often the likeliest choice is right, and how far its probability can be believed.

The log-likelihoods of a row's choices become probabilities by a softmax over them. In a task that declares labels each
row has one score for each; in others (multiple choice) rows may differ in length. −∞ is a choice that cannot be.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtlbench.metrics.base import FloatArray, Metric, MetricContext, check_lengths, check_lists, check_whole, sign
from mtlbench.metrics.classification import label_array
from mtlbench.metrics.correlation import LARGEST
from mtlbench.metrics.mean import MeanMetric, counted

LEAST_PROBABILITY = float(np.finfo(np.float64).eps)
"""What log loss takes a smaller probability for, as scikit-learn does."""

MOST_BINS = 1000


def score_table(
    predictions: Sequence[Any], references: Sequence[Any], labels: int | None
) -> tuple[FloatArray, NDArray[np.int64]]:
    """Scores `[n, most choices]`, −∞ where a row has fewer, and gold indices `[n]`; raises ValueError for a bad row."""
    check_lengths(predictions, references)
    check_lists(predictions, "prediction", "scores")
    gold = label_array(references, "reference", 0, labels)
    table = np.full((len(predictions), max((len(row) for row in predictions), default=0)), -np.inf)
    for row, (scores, right) in enumerate(zip(predictions, gold, strict=True)):
        _check_scores(row, scores, labels)
        if right >= len(scores):
            raise ValueError(f"row {row}: the reference {right} is the index of none of {len(scores)} choices")
        table[row, : len(scores)] = scores
        if np.isneginf(table[row]).all():
            raise ValueError(f"row {row}: the prediction gives all choices the log-likelihood −inf")
    return table, gold


def _check_scores(row: int, scores: Sequence[Any], labels: int | None) -> None:
    if isinstance(scores, (set, frozenset)) or not len(scores) or (labels is not None and len(scores) != labels):
        wanted = "one or more scores" if labels is None else f"{labels} scores, one for each label"
        raise ValueError(f"row {row}: the prediction must be a list of {wanted}, not {scores!r}")
    for score in scores:
        number = isinstance(score, (int, float, np.integer, np.floating)) and not isinstance(score, bool)
        if not number or not (-LARGEST <= score <= LARGEST or score == -math.inf):
            raise ValueError(f"row {row}: the prediction's score {score!r} is no log-likelihood")


def log_probabilities(table: FloatArray) -> FloatArray:
    """The logarithm of the softmax over each row `[n, choices]`."""
    if not table.size:
        return table
    moved = table - table.max(axis=1, keepdims=True)
    logs: FloatArray = moved - np.log(np.exp(moved).sum(axis=1, keepdims=True))
    return logs


class _ChoiceMean(MeanMetric, ABC):
    """A mean over examples of a value taken from the row's scores."""

    accepts = frozenset({"scores"})

    def __init__(self, name: str, context: MetricContext) -> None:
        self.name, self.signature = name, sign(name, "1")
        self._labels = len(context.labels) or None

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (the example's value, 1)."""
        table, gold = score_table(predictions, references, self._labels)
        return counted(self._values(table, gold)) if len(gold) else np.empty((0, 2))

    @abstractmethod
    def _values(self, table: FloatArray, gold: NDArray[np.int64]) -> FloatArray:
        """The value `[n]` of each row of log-probabilities `[n, choices]`."""


class ChoiceAccuracy(_ChoiceMean):
    """The share of rows whose likeliest choice, the first of equals, is the gold one.

    Sums of log-likelihoods favour short choices: `choice_accuracy_norm` compares them per token.
    """

    names = ("choice_accuracy",)
    law = "proportion"

    def _values(self, table: FloatArray, gold: NDArray[np.int64]) -> FloatArray:
        return np.asarray(table.argmax(axis=1) == gold, dtype=np.float64)


class NormalizedChoiceAccuracy(ChoiceAccuracy):
    names = ("choice_accuracy_norm",)
    accepts = frozenset({"normalized_scores"})


class Brier(_ChoiceMean):
    """½ Σ_choices (p − [is gold])², the mean over rows on 0–100; lower is better.

    For two labels that is (p − y)². Brier's sum (1950) is twice as large; scikit-learn's `brier_score_loss` gives this
    one under `scale_by_half=True`.
    """

    names = ("brier",)
    higher_is_better = False

    def _values(self, table: FloatArray, gold: NDArray[np.int64]) -> FloatArray:
        errors = np.exp(log_probabilities(table))
        errors[np.arange(len(gold)), gold] -= 1.0
        return np.asarray(0.5 * (errors**2).sum(axis=1))


class LogLoss(_ChoiceMean):
    """−ln p(gold), the mean over rows in nats; lower is better.

    A probability below 2.2e-16 counts as that, so that a row costs at most 36.04 nats, as scikit-learn's `log_loss`.
    """

    names = ("log_loss",)
    higher_is_better = False
    bounds = (0.0, -math.log(LEAST_PROBABILITY))
    law = "ratio"  # a mean, though not on 0–100

    def _values(self, table: FloatArray, gold: NDArray[np.int64]) -> FloatArray:
        logs = log_probabilities(table)[np.arange(len(gold)), gold]
        return np.clip(-logs, *self.bounds)

    def score(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., 2]` → mean nats `[...]`."""
        return super().score(totals) / 100.0


class CalibrationError(Metric):
    """Expected calibration error (Guo et al. 2017): Σ_bins |Σ confidence − Σ correct| / n on 0–100; lower is better.

    A row's confidence is its largest probability, and it is correct where that choice (the first of equals) is gold.
    `bins` are of equal width, open below and closed above. The estimate is biased upwards: read it beside `brier`.
    """

    names = ("ece",)
    accepts = frozenset({"scores"})
    higher_is_better = False
    bounds = (0.0, 100.0)

    def __init__(self, name: str, context: MetricContext, *, bins: int = 15) -> None:
        check_whole("bins", bins, 1)
        if bins > MOST_BINS:
            raise ValueError(f"bins must be at most {MOST_BINS}, not {bins}")
        self.name, self._bins, self._labels = name, bins, len(context.labels) or None
        self.signature = sign(name, "1", bins=bins)
        self.columns = tuple(f"{what}_{m + 1}" for what in ("count", "confidence", "correct") for m in range(bins))

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (1, confidence, correct) in the columns of the row's bin, `[n, 3M]`."""
        table, gold = score_table(predictions, references, self._labels)
        rows = np.zeros((len(gold), 3, self._bins))
        if len(gold):
            confidence = np.exp(log_probabilities(table).max(axis=1))
            held = np.clip(np.ceil(confidence * self._bins).astype(np.intp) - 1, 0, self._bins - 1)
            correct = table.argmax(axis=1) == gold
            rows[np.arange(len(gold)), :, held] = np.column_stack([np.ones(len(gold)), confidence, correct])
        return rows.reshape(len(gold), 3 * self._bins)

    def score(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., 3M]` → ECE on 0–100 `[...]`."""
        count, confidence, correct = np.moveaxis(totals.reshape(*totals.shape[:-1], 3, self._bins), -2, 0)
        n = count.sum(-1)
        value = np.full(np.shape(n), np.nan)
        np.divide(100.0 * np.abs(confidence - correct).sum(-1), n, out=value, where=n > 0)
        return value
