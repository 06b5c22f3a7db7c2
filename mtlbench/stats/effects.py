"""Sizes of effects that do not depend on a score's units: d_z and the win rate of paired values."""

from __future__ import annotations

import numpy as np

from mtlbench.stats.resampling import FloatArray


def standardised(delta: float, se: float, n: int) -> float | None:
    """d_z = Δ / sd(d) (Cohen 1988), with sd(d) = se·√n: of a mean exactly, of any other score by its standard error.

    None where the difference does not vary.
    """
    return delta / (se * np.sqrt(n)) if se > 0 and n else None


def win_rate(first: FloatArray, second: FloatArray) -> float | None:
    """The share of examples `[n]` on which the first value is higher, ties counting half, on 0–100."""
    if not len(first):
        return None
    return float(100.0 * ((first > second).mean() + (first == second).mean() / 2))
