"""Isotonic regression: the nearest curve that never falls."""

from __future__ import annotations

import numpy as np

from mtlbench.stats.resampling import FloatArray


def isotonic(values: FloatArray) -> FloatArray:
    """The least-squares fit that never falls along the first axis, `[K, ...]` → `[K, ...]`; NaN spreads over its curve.

    What pooling adjacent violators gives, as fitᵢ = max over a ≤ i of min over b ≥ i of the mean of values a…b (Robertson,
    Wright and Dykstra 1988, 1.4), at once for all curves.
    """
    sums = np.concatenate([np.zeros_like(values[:1]), values.cumsum(0)])
    fits = np.full(values.shape, -np.inf)
    for a in range(len(values)):
        counts = np.arange(1, len(values) - a + 1).reshape(-1, *[1] * (values.ndim - 1))
        means = (sums[a + 1 :] - sums[a]) / counts  # of values a…b, for each b
        lowest = np.minimum.accumulate(means[::-1])[::-1]
        fits[a:] = np.maximum(fits[a:], lowest)
    return fits
