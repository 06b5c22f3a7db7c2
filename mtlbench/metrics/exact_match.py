"""Exact match: the share of outputs that are, character by character, one of their references (or the gold label)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mtlbench.metrics.base import FloatArray, MetricContext, check_texts, sign
from mtlbench.metrics.classification import label_arrays
from mtlbench.metrics.mean import MeanMetric, counted


class ExactMatch(MeanMetric):
    """Equality with any reference; nothing is stripped, lower-cased or otherwise normalised."""

    names = ("exact_match",)
    accepts = frozenset({"label", "text"})
    law = "proportion"
    columns = ("hit", "count")

    def __init__(self, name: str, context: MetricContext) -> None:
        self.name, self.signature = name, sign(name, "1")
        self._labels = len(context.labels)

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (hit, 1). A task that declares labels is compared by label index, any other by text."""
        if self._labels:
            predicted, gold = label_arrays(predictions, references, self._labels)
            return counted((predicted == gold).astype(np.float64))
        check_texts(predictions, references)
        pairs = zip(predictions, references, strict=True)
        return counted(np.array([prediction in texts for prediction, texts in pairs], dtype=np.float64))
