"""`weights @ statistics`, which all resampling comes down to, kept to one thread."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.floating[Any]]

PIECE = 3 * 2**16
"""Multiplications at a time. OpenBLAS shares out products of more than 2^18 among threads, which gains at most a factor
of two here, and where the processors are busy waits some 10 ms for each product of 0.1 ms."""


def weighted_sums(weights: Floats, statistics: Floats) -> NDArray[np.float64]:
    """Weights `[B, n]` and statistics `[n, k]` → sums `[B, k]`, formed in the precision of the statistics."""
    if statistics.dtype == np.float32:
        return _exact_sums(weights, statistics)
    sums = np.empty((len(weights), statistics.shape[1]))
    step = max(1, PIECE // max(1, statistics.size))
    for start in range(0, len(weights), step):
        np.matmul(weights[start : start + step], statistics, out=sums[start : start + step])
    return sums


def narrowed(statistics: NDArray[np.float64]) -> Floats:
    """Statistics `[n, k]` in float32 where sums of any of their rows are exact in it, being whole and below 2^24."""
    exact = (statistics == np.rint(statistics)).all() and np.abs(statistics).sum(0).max(initial=0) < 2**24
    return statistics.astype(np.float32) if exact else statistics


def countable(statistics: NDArray[np.float64]) -> bool:
    """Whether sums over bootstrap weights `[B, n]`, which sum to n, are exact in float32: whole, and n·|s| below 2^24."""
    return bool(
        (statistics == np.rint(statistics)).all() and len(statistics) * np.abs(statistics).max(initial=0) < 2**24
    )


def _exact_sums(weights: Floats, statistics: Floats) -> NDArray[np.float64]:
    """Of statistics and weights whose sums are exact: pieces may be added in any order, and wide ones are cheaper."""
    sums = np.zeros((len(weights), statistics.shape[1]))
    step = max(1, PIECE // max(1, sums.size))
    for start in range(0, len(statistics), step):
        piece = slice(start, start + step)
        sums += weights[:, piece].astype(np.float32, copy=False) @ statistics[piece]
    return sums
