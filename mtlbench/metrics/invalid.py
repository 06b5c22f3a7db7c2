"""Invalid rate: the share of outputs that are no label, or no number. Lower is better."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mtlbench.metrics.base import FloatArray, MetricContext, check_lengths, sign
from mtlbench.metrics.classification import label_arrays
from mtlbench.metrics.mean import MeanMetric, counted


class InvalidRate(MeanMetric):
    """100 × invalid outputs / outputs: −1 in a task that declares labels, None in a task of numbers."""

    names = ("invalid_rate",)
    accepts = frozenset({"label", "number"})
    sees_invalid = True
    law = "proportion"
    higher_is_better = False
    columns = ("invalid", "count")

    def __init__(self, name: str, context: MetricContext) -> None:
        self.name, self.signature = name, sign(name, "1")
        self._labels = len(context.labels)

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (invalid, 1). Predictions are as the task read them, before a fallback takes an invalid one's place."""
        if self._labels:
            predicted, _ = label_arrays(predictions, references, self._labels)
            return counted((predicted < 0).astype(np.float64))
        check_lengths(predictions, references)
        return counted(np.array([prediction is None for prediction in predictions], dtype=np.float64))
