"""Multi-label metrics: subset accuracy, Hamming loss and F1 of sets of labels.

A predicted label that is none of the set (−1) adds to no label's predicted count, as in the other label metrics; it
only makes the subset wrong. A label named twice counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtlbench.metrics.base import FloatArray, MetricContext, check_lengths, check_lists, sign
from mtlbench.metrics.classification import INVALID, label_array
from mtlbench.metrics.counts import MEASURES, Counts, f1, one_hot_counts
from mtlbench.metrics.mean import MeanMetric, counted


def membership(values: Sequence[Any], what: str, least: int, labels: int) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Which labels hold, `[n, C]` of 0 and 1, and the rows that name one that is none `[n]`; raises ValueError."""
    check_lists(values, what, "label indices")
    sizes = [len(row) for row in values]
    rows = np.repeat(np.arange(len(values)), sizes)
    try:
        indices = label_array([label for row in values for label in row], what, least, labels)
    except ValueError:
        _name_row(values, what, least, labels)
        raise
    members = np.zeros((len(values), labels + 1))
    members[rows, indices] = 1.0  # −1 is the last column
    return members[:, :labels], members[:, labels] > 0


def _name_row(values: Sequence[Any], what: str, least: int, labels: int) -> None:
    """Raises the ValueError of the first bad row, by its own number."""
    for row, found in enumerate(values):
        for label in found:
            try:
                label_array([label], what, least, labels)
            except ValueError as error:
                raise ValueError(str(error).replace("row 0", f"row {row}", 1)) from None


def memberships(
    predictions: Sequence[Any], references: Sequence[Any], labels: int
) -> tuple[FloatArray, NDArray[np.bool_], FloatArray]:
    """(predicted `[n, C]`, rows with an invalid label `[n]`, gold `[n, C]`)."""
    check_lengths(predictions, references)
    predicted, invalid = membership(predictions, "prediction", INVALID, labels)
    return predicted, invalid, membership(references, "reference", 0, labels)[0]


def _label_count(name: str, context: MetricContext) -> int:
    if not context.labels:
        raise ValueError(f"{name} needs the task's labels")
    return len(context.labels)


class LabelSets(MeanMetric):
    """Means over examples, as scikit-learn's `accuracy_score`, `hamming_loss` and `f1_score(average="samples")`.

    `subset_accuracy`: the predicted set is the gold set. `hamming_loss`: the share of the C labels that are in one set
    and not in the other; lower is better. `multilabel_f1_samples`: 2·|both| / (|predicted| + |gold|), 0 where both are
    empty (`zero_division=0`).
    """

    names = ("subset_accuracy", "hamming_loss", "multilabel_f1_samples")
    accepts = frozenset({"labels"})

    def __init__(self, name: str, context: MetricContext) -> None:
        self.name, self._labels = name, _label_count(name, context)
        self.higher_is_better = name != "hamming_loss"
        self.law = "proportion" if name == "subset_accuracy" else "mean"
        self.signature = sign(name, "1", labels=self._labels)

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (the example's value, 1)."""
        predicted, invalid, gold = memberships(predictions, references, self._labels)
        if self.name == "multilabel_f1_samples":
            return counted(f1((predicted * gold).sum(1), predicted.sum(1), gold.sum(1)))
        wrong = (predicted != gold).mean(axis=1)
        return counted(wrong if self.name == "hamming_loss" else ((wrong == 0) & ~invalid).astype(np.float64))


class MultilabelF1(Counts):
    """`multilabel_f1_micro`: F1 of the counts pooled over labels; `multilabel_f1_macro`: the mean of the labels' F1.

    2·hits / (predicted + gold), 0 where neither occurs: scikit-learn's `f1_score` with `zero_division=0`. The parts are
    F1, precision and recall of each label.
    """

    names = ("multilabel_f1_micro", "multilabel_f1_macro")
    accepts = frozenset({"labels"})

    def __init__(self, name: str, context: MetricContext) -> None:
        self.name = name
        self.signature = sign(name, "1", labels=_label_count(name, context))
        self._classes_are(context.labels, MEASURES)

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (hits of each label, predicted, gold, 1), `[n, 3C + 1]`."""
        predicted, _, gold = memberships(predictions, references, self._classes)
        return one_hot_counts(predicted, gold)

    def score(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., 3C + 1]` → F1 on 0–100 `[...]`."""
        counts = self._counts(totals)
        micro = self.name == "multilabel_f1_micro"
        value = f1(*(each.sum(-1) for each in counts)) if micro else f1(*counts).mean(-1)
        return np.where(totals[..., -1] > 0, 100.0 * value, np.nan)
