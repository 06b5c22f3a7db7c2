"""Invalid rate: the share of outputs that are no label, no choice or no number. Lower is better."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mtlbench.metrics.base import FloatArray, MetricContext, check_lengths, listed, sign
from mtlbench.metrics.classification import INVALID, label_arrays
from mtlbench.metrics.mean import MeanMetric, counted
from mtlbench.metrics.multilabel import memberships


class InvalidRate(MeanMetric):
    """100 × invalid outputs / outputs: −1 for a label or a choice, or among several labels; None for a number."""

    names = ("invalid_rate",)
    accepts = frozenset({"label", "labels", "number"})
    sees_invalid = True
    law = "proportion"
    higher_is_better = False
    columns = ("invalid", "count")

    def __init__(self, name: str, context: MetricContext) -> None:
        self.name, self.signature = name, sign(name, "1")
        self._labels = len(context.labels)

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (invalid, 1). Predictions are as the task read them, before a fallback takes an invalid one's place."""
        check_lengths(predictions, references)
        if any(map(listed, predictions)):
            invalid = memberships(predictions, references, self._labels)[1]
        elif self._labels:
            invalid = label_arrays(predictions, references, self._labels)[0] == INVALID
        else:
            invalid = np.array([value is None or (type(value) is int and value == INVALID) for value in predictions])
        return counted(invalid.astype(np.float64))
