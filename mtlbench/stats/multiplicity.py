"""Corrections for asking many questions: Holm for claims, Benjamini and Hochberg for exploration."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from mtlbench.stats.resampling import FloatArray


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's (1979) adjusted p-values, which bound the chance of any false rejection under any dependence.

    Sorted, p'₍ᵢ₎ = max over j ≤ i of min(1, (m − j + 1)·p₍ⱼ₎). A None stays None and is no test.
    """
    return _where_given(p_values, _holm)


def benjamini_hochberg(p_values: Sequence[float | None]) -> list[float | None]:
    """Benjamini and Hochberg's (1995) adjusted p-values, which bound the share of false ones among the rejections.

    A None stays None and is no test.
    """
    from scipy.stats import false_discovery_control

    return _where_given(p_values, lambda given: np.asarray(false_discovery_control(given)))


def _holm(given: FloatArray) -> FloatArray:
    order = np.argsort(given, kind="stable")
    factors = np.arange(len(given), 0, -1)
    adjusted = np.empty(len(given))
    adjusted[order] = np.minimum(np.maximum.accumulate(factors * given[order]), 1.0)
    return adjusted


def _where_given(p_values: Sequence[float | None], adjust: Callable[[FloatArray], FloatArray]) -> list[float | None]:
    """Adjusts those that are not None; raises ValueError for a number outside [0, 1]."""
    given = np.array([p for p in p_values if p is not None], dtype=np.float64)
    if not ((given >= 0) & (given <= 1)).all():
        raise ValueError("a p-value must lie between 0 and 1")
    adjusted = iter(adjust(given).tolist() if len(given) else [])
    return [None if p is None else next(adjusted) for p in p_values]
