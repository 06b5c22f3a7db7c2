"""Metrics that are the mean of a value per example: the second-last statistic over the last, which counts examples."""

from __future__ import annotations

from typing import Literal

import numpy as np

from mtlbench.metrics.base import FloatArray, Metric


class MeanMetric(Metric):
    """100 × Σ value / Σ count, where the last two of the k statistics are the value in [0, 1] and the count, 1."""

    higher_is_better = True
    bounds = (0.0, 100.0)
    law: Literal["proportion", "mean", "ratio"] = "mean"
    columns: tuple[str, ...] = ("value", "count")

    def score(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., k]` → means on 0–100 `[...]`; NaN where there is no example."""
        value, count = totals[..., -2], totals[..., -1]
        mean = np.full(np.shape(count), np.nan)
        np.divide(100.0 * value, count, out=mean, where=count > 0)
        return mean


def counted(values: FloatArray) -> FloatArray:
    """Values `[n]` or `[n, k]` with the column of ones that counts the examples, `[n, k + 1]`."""
    return np.column_stack([values, np.ones(len(values))])
