"""Label metrics: accuracy, F1 of one class, macro-F1 and Matthews correlation over the declared label set.

An invalid output (−1) is a miss for its gold class and adds to no class's predicted count: what scikit-learn gives for
a prediction that is none of `labels=`. For the Matthews correlation it is one more predicted category.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtlbench.metrics.base import FloatArray, Metric, MetricContext, check_lengths, sign
from mtlbench.metrics.mean import MeanMetric, counted

INVALID = -1


def label_array(values: Sequence[Any], what: str, least: int, labels: int | None) -> NDArray[np.int64]:
    """Label indices `[n]`; raises ValueError, naming the row, for one that is no int in [least, labels)."""
    for row, value in enumerate(values):
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
            raise ValueError(f"row {row}: the {what} must be a label's index, not {value!r}")
        if value < least or (labels is not None and value >= labels):
            raise ValueError(f"row {row}: the {what} {value} is the index of no label")
    return np.array(values, dtype=np.int64)


def label_arrays(
    predictions: Sequence[Any], references: Sequence[Any], labels: int | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Predictions and references as indices `[n]`; only a prediction may be invalid (−1)."""
    check_lengths(predictions, references)
    return label_array(predictions, "prediction", INVALID, labels), label_array(references, "reference", 0, labels)


def f1(hits: FloatArray, predicted: FloatArray, gold: FloatArray) -> FloatArray:
    """2·tp / (predicted + gold), elementwise; 0 where a class is neither predicted nor gold (`zero_division=0`)."""
    both = predicted + gold
    return np.divide(2.0 * hits, both, out=np.zeros(np.shape(both)), where=both > 0)


class Accuracy(MeanMetric):
    """The share of predictions that are the gold label."""

    names = ("accuracy",)
    accepts = frozenset({"label"})
    columns = ("hit", "count")

    def __init__(self, name: str, context: MetricContext) -> None:
        self.name, self.signature = name, sign(name, "1")
        self._labels = len(context.labels) or None

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (hit, 1)."""
        predicted, gold = label_arrays(predictions, references, self._labels)
        return counted((predicted == gold).astype(np.float64))


class BinaryF1(Metric):
    """F1 of the positive class: `context.positive`, or the last of two labels.

    2·tp / (predicted + gold), 0 where the class is neither predicted nor gold (scikit-learn's `zero_division=0`).
    """

    names = ("f1",)
    accepts = frozenset({"label"})
    higher_is_better = True
    bounds = (0.0, 100.0)
    columns = ("hits", "predicted", "gold", "count")

    def __init__(self, name: str, context: MetricContext) -> None:
        if context.positive is None and len(context.labels) != 2:
            raise ValueError("f1 needs a positive label, or a task of exactly two labels; f1_macro takes any number")
        self._labels = len(context.labels) or None
        self._positive = len(context.labels) - 1 if context.positive is None else context.positive
        if self._positive < 0 or (self._labels is not None and self._positive >= self._labels):
            raise ValueError(f"f1: the positive label's index {self._positive} is that of no label")
        positive = context.labels[self._positive] if context.labels else self._positive
        self.name, self.signature = name, sign(name, "1", positive=positive)

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (true positive, predicted positive, gold positive, 1)."""
        predicted, gold = (a == self._positive for a in label_arrays(predictions, references, self._labels))
        return counted(np.column_stack([predicted & gold, predicted, gold]).astype(np.float64))

    def score(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., 4]` → F1 on 0–100 `[...]`."""
        value = 100.0 * f1(totals[..., 0], totals[..., 1], totals[..., 2])
        return np.where(totals[..., 3] > 0, value, np.nan)


class _PerClass(Metric):
    """What macro-F1 and the Matthews correlation share: hits, predicted and gold counts per class, k = 3C."""

    accepts = frozenset({"label"})
    higher_is_better = True

    def __init__(self, name: str, context: MetricContext) -> None:
        if not context.labels:
            raise ValueError(f"{name} needs the task's labels")
        self.name, self._labels = name, len(context.labels)
        self.signature = sign(name, "1", labels=self._labels)
        self.columns = tuple(f"{what}:{label}" for what in ("hits", "predicted", "gold") for label in context.labels)

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows of one-hot (hits, predicted, gold) over the C labels, `[n, 3C]`; an invalid prediction predicts none."""
        predicted, gold = label_arrays(predictions, references, self._labels)
        rows = np.zeros((len(gold), 3, self._labels))
        every = np.arange(len(gold))
        rows[every, 2, gold] = 1.0
        rows[every[predicted >= 0], 1, predicted[predicted >= 0]] = 1.0
        rows[:, 0] = rows[:, 1] * rows[:, 2]
        return rows.reshape(len(gold), 3 * self._labels)

    def _counts(self, totals: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Hits, predicted and gold counts, each `[..., C]`."""
        per_class = totals.reshape(*totals.shape[:-1], 3, self._labels)
        return per_class[..., 0, :], per_class[..., 1, :], per_class[..., 2, :]


class MacroF1(_PerClass):
    """The mean of F1 over all declared labels, present or not.

    Equals scikit-learn's `f1_score(average="macro", labels=all, zero_division=0)`: a label absent from references and
    predictions counts 0, so that a resample or a subgroup is measured against the same label set.
    """

    names = ("f1_macro",)
    bounds = (0.0, 100.0)

    def score(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., 3C]` → macro-F1 on 0–100 `[...]`."""
        hits, predicted, gold = self._counts(totals)
        return np.where(gold.sum(-1) > 0, 100.0 * f1(hits, predicted, gold).mean(-1), np.nan)


class Matthews(_PerClass):
    """Multi-class Matthews correlation R_K (Gorodkin 2004), as scikit-learn's `matthews_corrcoef`.

    (n·Σtp − Σp·t) / √((n² − Σp²)(n² − Σt²)); 0 where predictions or references are all of one class.
    """

    names = ("mcc",)
    bounds = (-100.0, 100.0)

    def score(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., 3C]` → R_K on −100–100 `[...]`."""
        hits, predicted, gold = self._counts(totals)
        n = gold.sum(-1)
        invalid = n - predicted.sum(-1)
        covariance = n * hits.sum(-1) - (predicted * gold).sum(-1)
        spread = (n**2 - (predicted**2).sum(-1) - invalid**2) * (n**2 - (gold**2).sum(-1))
        value = np.divide(covariance, np.sqrt(spread), out=np.zeros(np.shape(spread)), where=spread > 0)
        return np.where(n > 0, 100.0 * value, np.nan)
