"""Errors of predicted numbers: mean absolute and root mean square, in the references' own unit. Lower is better."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mtlbench.metrics.base import FloatArray, Metric, MetricContext, sign
from mtlbench.metrics.correlation import number_arrays
from mtlbench.metrics.mean import counted


class NumberError(Metric):
    """`mae` = Σ|x − y| / n and `rmse` = √(Σ(x − y)² / n), as scikit-learn's; not on 0–100 and without an upper bound."""

    names = ("mae", "rmse")
    accepts = frozenset({"number"})
    higher_is_better = False
    bounds = (0.0, float("inf"))

    def __init__(self, name: str, context: MetricContext) -> None:
        self.name, self.signature = name, sign(name, "1")
        self.columns = ("absolute" if name == "mae" else "squared", "count")

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (|x − y| or (x − y)², 1): x the prediction, y the reference."""
        x, y = number_arrays(predictions, references)
        return counted(np.abs(x - y) if self.name == "mae" else (x - y) ** 2)

    def score(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., 2]` → the error `[...]`; NaN where there is no example."""
        value, count = totals[..., 0], totals[..., 1]
        mean = np.full(np.shape(count), np.nan)
        np.divide(value, count, out=mean, where=count > 0)
        return mean if self.name == "mae" else np.sqrt(mean)
