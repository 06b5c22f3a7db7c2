"""Two independent samples: Newcombe's interval and Fisher's test of two proportions, a t interval of two jackknives."""

from __future__ import annotations

from math import sqrt

import numpy as np

from mtlbench.stats.intervals import Interval, wilson_interval
from mtlbench.stats.resampling import FloatArray


def newcombe_interval(hits: int, n: int, others: int, m: int, confidence: float = 0.95) -> Interval:
    """The interval of hits/n − others/m, in points: Newcombe's (1998) tenth method, from both Wilson intervals.

    δ − √((p₁ − l₁)² + (u₂ − p₂)²) … δ + √((u₁ − p₁)² + (p₂ − l₂)²); keeps its coverage near 0 and 100.
    """
    first, second = wilson_interval(hits, n, confidence), wilson_interval(others, m, confidence)
    if first.low is None or first.high is None or second.low is None or second.high is None:
        return Interval(None, None, "newcombe", "no examples")
    p, q = 100 * hits / n, 100 * others / m
    low = p - q - sqrt((p - first.low) ** 2 + (second.high - q) ** 2)
    return Interval(low, p - q + sqrt((first.high - p) ** 2 + (q - second.low) ** 2), "newcombe")


def fisher_exact(hits: int, n: int, others: int, m: int) -> float:
    """Fisher's exact two-sided p-value that hits of n and others of m have one chance: the sum of the hypergeometric
    probabilities that are no larger than the observed one's.
    """
    from scipy.special import gammaln

    total = hits + others
    drawn = np.arange(max(0, total - m), min(n, total) + 1)
    logs = -(gammaln(drawn + 1) + gammaln(n - drawn + 1) + gammaln(total - drawn + 1) + gammaln(m - total + drawn + 1))
    chances = np.exp(logs - logs.max())
    observed = chances[hits - drawn[0]]
    return min(1.0, float(chances[chances <= observed * (1 + 1e-9)].sum() / chances.sum()))


def jackknife_difference(
    difference: float, without: FloatArray, fewest: int, confidence: float = 0.95
) -> tuple[Interval, float | None]:
    """Interval and two-sided p-value of a difference between parts of one sample, from the differences `[n]` without each
    unit: Student's t with the jackknife's error and `fewest` − 1 degrees of freedom, `fewest` being the units of the
    smaller part (Welch's test of two means with its cautious choice of freedom). None where nothing varies.
    """
    from scipy.special import stdtr, stdtrit

    se = float(np.sqrt((len(without) - 1) * without.var())) if fewest > 1 else float("nan")
    if not se > 0:
        why = "the scores do not vary" if se == 0 else "not defined without one of the examples"
        return Interval(None, None, "jackknife t", why), None
    half = float(stdtrit(fewest - 1, (1 + confidence) / 2)) * se
    p_value = 2 * float(stdtr(fewest - 1, -abs(difference) / se))
    return Interval(difference - half, difference + half, "jackknife t"), p_value
