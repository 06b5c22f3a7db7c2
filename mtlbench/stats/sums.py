"""`weights @ statistics`, which all resampling comes down to, kept to one thread."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PIECE = 3 * 2**16
"""Multiplications at a time. OpenBLAS shares out products of more than 2^18 among threads, which gains at most a factor
of two here, and where the processors are busy waits some 10 ms for each product of 0.1 ms."""


def weighted_sums(weights: NDArray[np.float64], statistics: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights `[B, n]` and statistics `[n, k]` → sums `[B, k]`."""
    sums = np.empty((len(weights), statistics.shape[1]))
    step = max(1, PIECE // max(1, statistics.size))
    for start in range(0, len(weights), step):
        np.matmul(weights[start : start + step], statistics, out=sums[start : start + step])
    return sums
