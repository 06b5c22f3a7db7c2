"""Corrections for asking many questions: Holm or max-T for claims, Benjamini and Hochberg (or Yekutieli) to explore."""

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


def benjamini_yekutieli(p_values: Sequence[float | None]) -> list[float | None]:
    """Benjamini and Yekutieli's (2001) adjusted p-values: as Benjamini and Hochberg's, under any dependence."""
    from scipy.stats import false_discovery_control

    return _where_given(p_values, lambda given: np.asarray(false_discovery_control(given, method="by")))


def max_t(observed: Sequence[float | None], exchanged: FloatArray) -> list[float | None]:
    """Westfall and Young's (1993) step-down max-T p-values of m differences, from one sign matrix.

    `exchanged` `[N, m]` are the differences under the same exchanges of examples (`family_test`). Each is divided by its
    root mean square over the exchanges, as scores of different spread must not drown each other. From the largest |t|
    down, p'₍ᵢ₎ = max over j ≤ i of (1 + #{max over the hypotheses from j on of |t*| ≥ |t₍ⱼ₎|}) / (N + 1). Holds the chance
    of any false rejection as Holm's does, and rejects more where the tests go together. A None stays None; a difference
    that no exchange moves has p = 1, and an undefined exchange counts as extreme.
    """
    p_values: list[float | None] = [None] * len(observed)
    given = [place for place, value in enumerate(observed) if value is not None]
    if not given:
        return p_values
    drawn = np.abs(exchanged[:, given])
    spread = np.sqrt(np.nan_to_num(drawn**2, nan=0.0).mean(axis=0))
    moved = spread > 1e-12 * np.maximum(1.0, spread.max(initial=0.0))
    scale = np.where(moved, spread, 1.0)
    size = np.where(moved, np.abs([observed[place] or 0.0 for place in given]) / scale, 0.0)
    drawn = np.where(np.isnan(drawn), np.inf, drawn) / scale
    drawn[:, ~moved] = 0.0
    order = np.argsort(-size, kind="stable")
    highest = np.zeros(len(drawn))
    steps = np.empty(len(given))
    for place in order[::-1]:
        np.maximum(highest, drawn[:, place], out=highest)
        steps[place] = (1 + np.count_nonzero(highest >= size[place] * (1 - 1e-12))) / (len(drawn) + 1)
    steps[order] = np.maximum.accumulate(steps[order])
    for place, p_value in zip(given, steps, strict=True):
        p_values[place] = float(p_value)
    return p_values


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
