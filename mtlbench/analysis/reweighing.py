"""The ranking under other weights, from replicates alone: values, intervals, and ranks with how far they can be trusted.

Where no permutation tests were made (other weights, or models of different runs), models are told apart by the bootstrap:
`better` holds the family-wise error over all pairs. The page's weights.js computes the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtlbench.analysis.evidence import known
from mtlbench.analysis.overall import rank_groups, rank_ranges
from mtlbench.metrics.base import FloatArray
from mtlbench.stats.intervals import MOST_UNDEFINED, percentile_interval

NO_SPREAD = 1e-9
"""Points of standard error below which a bootstrap says nothing of a difference."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Of one model; all but the coverage is None where it lacks a task that counts."""

    coverage: float
    value: float | None = None
    low: float | None = None
    high: float | None = None
    rank: int | None = None
    rank_low: int | None = None
    rank_high: int | None = None
    group: int | None = None


def reweighed(weights: FloatArray, scores: FloatArray, drawn: FloatArray, confidence: float) -> list[Standing]:
    """The standing of each model `[S]` under the weights `[T]`, from scores `[S, T]` and replicates `[S, T, B]`.

    Weights are shares of their sum; a task of weight 0 does not count, and a model may lack it.
    """
    counted = weights > 0
    shares = weights[counted] / weights.sum()
    values = scores[:, counted] @ shares
    ranked = sorted(np.flatnonzero(~np.isnan(values)).tolist(), key=lambda model: -values[model])
    totals = np.einsum("t,stb->sb", shares, drawn[ranked][:, counted])
    better = superior(values[ranked], totals, confidence)
    lows, highs = rank_ranges(better)
    groups = rank_groups(better)
    coverage = (~np.isnan(scores[:, counted])) @ shares
    standings = [Standing(float(share)) for share in coverage]
    for place, model in enumerate(ranked):
        interval = percentile_interval(totals[place], confidence)
        standings[model] = Standing(
            float(coverage[model]),
            known(values[model]),
            interval.low,
            interval.high,
            1 + int((values > values[model]).sum()),
            lows[place],
            highs[place],
            groups[place],
        )
    return standings


def superior(values: FloatArray, totals: FloatArray, confidence: float) -> NDArray[np.bool_]:
    """`[R, R]`: whether the row's model is better than the column's, from values `[R]` and replicates `[R, B]`.

    Studentised max-T over all pairs (Romano and Wolf 2005; Mogstad, Romano, Shaikh and Wilhelm 2024): better where
    (v_i − v_j)/se_ij lies above the quantile of max over pairs of |D_ij − mean D_ij|/se_ij, D being the replicates'
    differences. A difference that no resample changes is not separable: a bootstrap cannot judge it.
    """
    first, second = np.triu_indices(len(values), 1)
    better = np.zeros((len(values), len(values)), dtype=bool)
    defined = ~np.isnan(totals).any(0)
    if not len(first) or defined.mean() < 1 - MOST_UNDEFINED:
        return better
    away = (totals[first] - totals[second])[:, defined]
    away -= away.mean(1, keepdims=True)
    errors = np.sqrt((away**2).mean(1))
    seen = errors > NO_SPREAD
    first, second, errors = first[seen], second[seen], errors[seen]
    if not len(first):
        return better
    largest = (np.abs(away[seen]) / errors[:, None]).max(0)
    ratio = (values[first] - values[second]) / errors
    clear = np.abs(ratio) > np.quantile(largest, confidence)
    better[first, second] = clear & (ratio > 0)
    better[second, first] = clear & (ratio < 0)
    return better
