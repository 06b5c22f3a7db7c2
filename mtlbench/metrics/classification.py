"""Label metrics: accuracy, F1 of one class, averages over the declared label set, and the Matthews correlation.

An invalid output (−1) is a miss for its gold class and adds to no class's predicted count: what scikit-learn gives for
a prediction that is none of `labels=`. For the Matthews correlation it is one more predicted category.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtlbench.metrics.base import FloatArray, Metric, MetricContext, check_lengths, sign
from mtlbench.metrics.counts import MEASURES, Counts, Measure, f1, one_hot_counts, precision, ratio, recall
from mtlbench.metrics.mean import MeanMetric, counted

INVALID = -1

_MOST_LABELS = 2**31


def label_array(values: Sequence[Any], what: str, least: int, labels: int | None) -> NDArray[np.int64]:
    """Label indices `[n]`; raises ValueError, naming the row, for one that is no int in [least, labels)."""
    limit = _MOST_LABELS if labels is None else labels
    if set(map(type, values)) == {int} and least <= min(values) and max(values) < limit:
        return np.array(values, dtype=np.int64)  # as nearly always
    for row, value in enumerate(values):
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
            raise ValueError(f"row {row}: the {what} must be a label's index, not {value!r}")
        if not least <= value < limit:
            raise ValueError(f"row {row}: the {what} {value} is the index of no label")
    return np.array(values, dtype=np.int64)


def label_arrays(
    predictions: Sequence[Any], references: Sequence[Any], labels: int | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Predictions and references as indices `[n]`; only a prediction may be invalid (−1)."""
    check_lengths(predictions, references)
    return label_array(predictions, "prediction", INVALID, labels), label_array(references, "reference", 0, labels)


class Accuracy(MeanMetric):
    """The share of predictions that are the gold label."""

    names = ("accuracy",)
    accepts = frozenset({"label"})
    law = "proportion"
    columns = ("hit", "count")

    def __init__(self, name: str, context: MetricContext) -> None:
        self.name, self.signature = name, sign(name, "1")
        self._labels = len(context.labels) or None

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (hit, 1)."""
        predicted, gold = label_arrays(predictions, references, self._labels)
        return counted((predicted == gold).astype(np.float64))


class BinaryF1(Metric):
    """F1 of the positive class: `context.positive`, or the last of two labels. Its parts are precision and recall.

    2·tp / (predicted + gold), 0 where the class is neither predicted nor gold (scikit-learn's `zero_division=0`).
    """

    names = ("f1",)
    accepts = frozenset({"label"})
    law = "cells"
    higher_is_better = True
    bounds = (0.0, 100.0)
    columns = ("hits", "predicted", "gold", "count")
    parts = ("precision", "recall")

    def __init__(self, name: str, context: MetricContext) -> None:
        self._labels, self._positive = len(context.labels) or None, positive_label(name, context)
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

    def part_scores(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., 4]` → (precision, recall) on 0–100 `[..., 2]`, 0 over nothing."""
        value = 100.0 * ratio(totals[..., :1], totals[..., 1:3])
        return np.where(totals[..., 3:] > 0, value, np.nan)


def positive_label(name: str, context: MetricContext) -> int:
    """The index of the positive label, the last of two where none is declared; raises ValueError where it is not known."""
    if context.positive is None and len(context.labels) != 2:
        raise ValueError(f"{name} needs a positive label, or a task of exactly two labels{_INSTEAD.get(name, '')}")
    positive = len(context.labels) - 1 if context.positive is None else context.positive
    if positive < 0 or (context.labels and positive >= len(context.labels)):
        raise ValueError(f"{name}: the positive label's index {positive} is that of no label")
    return positive


_INSTEAD = {"f1": "; f1_macro takes any number"}


class _PerClass(Counts):
    """What averages over classes and the Matthews correlation share: their statistics, over all declared labels."""

    accepts = frozenset({"label"})
    law = "cells"

    def __init__(self, name: str, context: MetricContext) -> None:
        if not context.labels:
            raise ValueError(f"{name} needs the task's labels")
        self.name = name
        self._classes_are(context.labels, _PARTS.get(name, {}))
        self.signature = sign(name, "1", labels=self._classes)

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows of one-hot (hits, predicted, gold) over the C labels and 1; an invalid prediction predicts none."""
        predicted, gold = label_arrays(predictions, references, self._classes)
        return one_hot_counts(*(self._one_hot(labels) for labels in (predicted, gold)))

    def _one_hot(self, labels: NDArray[np.int64]) -> FloatArray:
        return np.asarray(labels[:, None] == np.arange(self._classes), dtype=np.float64)


def recall_of_present(hits: FloatArray, predicted: FloatArray, gold: FloatArray) -> FloatArray:
    """Hits / gold; NaN for a class of which there is no example."""
    return np.where(np.asarray(gold) > 0, recall(hits, predicted, gold), np.nan)


_PARTS: Mapping[str, Mapping[str, Measure]] = {
    "f1_macro": MEASURES,
    "f1_micro": MEASURES,
    "f1_weighted": MEASURES,
    "precision_macro": {"precision": precision},
    "recall_macro": {"recall": recall},
    "balanced_accuracy": {"recall": recall_of_present},
}


class ClassAverage(_PerClass):
    """F1, precision and recall averaged over the declared labels; their parts are each label's own.

    - `f1_macro`, `precision_macro`, `recall_macro`: the mean over all labels, present or not. A label absent from
      references and predictions counts 0, so that a resample or a subgroup is measured against the same label set.
    - `f1_micro`: F1 of the pooled counts. `f1_weighted`: the mean weighted by gold counts.
    - `balanced_accuracy`: the mean recall of the labels that occur among the references (the others are left out).

    Each equals scikit-learn's with `labels=all, zero_division=0`.
    """

    names = ("f1_macro", "f1_micro", "f1_weighted", "precision_macro", "recall_macro", "balanced_accuracy")

    def score(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., 3C + 1]` → the average on 0–100 `[...]`."""
        return np.where(totals[..., -1] > 0, 100.0 * _AVERAGES[self.name](*self._counts(totals)), np.nan)


_AVERAGES: Mapping[str, Measure] = {
    "f1_macro": lambda hits, predicted, gold: f1(hits, predicted, gold).mean(-1),
    "f1_micro": lambda hits, predicted, gold: f1(hits.sum(-1), predicted.sum(-1), gold.sum(-1)),
    "f1_weighted": lambda hits, predicted, gold: ratio((f1(hits, predicted, gold) * gold).sum(-1), gold.sum(-1)),
    "precision_macro": lambda hits, predicted, gold: precision(hits, predicted, gold).mean(-1),
    "recall_macro": lambda hits, predicted, gold: recall(hits, predicted, gold).mean(-1),
    "balanced_accuracy": lambda hits, predicted, gold: ratio(recall(hits, predicted, gold).sum(-1), (gold > 0).sum(-1)),
}
"""(hits, predicted, gold), each `[..., C]` → averages `[...]` in [0, 1]."""


class Matthews(_PerClass):
    """Multi-class Matthews correlation R_K (Gorodkin 2004), as scikit-learn's `matthews_corrcoef`.

    (n·Σtp − Σp·t) / √((n² − Σp²)(n² − Σt²)); 0 where predictions or references are all of one class.
    """

    names = ("mcc",)
    bounds = (-100.0, 100.0)

    def score(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., 3C + 1]` → R_K on −100–100 `[...]`."""
        hits, predicted, gold = self._counts(totals)
        n = gold.sum(-1)
        invalid = n - predicted.sum(-1)
        covariance = n * hits.sum(-1) - (predicted * gold).sum(-1)
        spread = (n**2 - (predicted**2).sum(-1) - invalid**2) * (n**2 - (gold**2).sum(-1))
        value = np.divide(covariance, np.sqrt(spread), out=np.zeros(np.shape(spread)), where=spread > 0)
        return np.where(n > 0, 100.0 * value, np.nan)
