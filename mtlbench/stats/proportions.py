"""Two proportions on the same examples: McNemar's test, Tango's interval, the odds ratio. Counts in, numbers out.

All stand on the discordant pairs alone: `won`, the examples that the first system alone got right, and `lost`, those that
the second alone did.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from statistics import NormalDist

from mtlbench.stats.intervals import Interval

FEW_DISCORDANT = 30
"""Below so many discordant pairs the difference is far from normal, and Tango's interval takes the t interval's place."""


def mcnemar(won: int, lost: int) -> float:
    """The exact two-sided p-value (McNemar 1947): `won` of `won + lost` tosses of a fair coin.

    min(1, 2·P(X ≤ min(won, lost))), X ~ Binomial(won + lost, ½): what exchanging all discordant pairs in all ways gives.
    """
    from scipy.special import bdtr

    return min(1.0, 2.0 * float(bdtr(min(won, lost), won + lost, 0.5))) if won + lost else 1.0


def odds_ratio(won: int, lost: int) -> float | None:
    """won / lost, the conditional estimate of the odds ratio; None where the second system wins nowhere alone."""
    return won / lost if lost else None


def tango_interval(won: int, lost: int, n: int, confidence: float = 0.95) -> Interval:
    """Tango's (1998) score interval of the difference of two paired proportions, in points.

    All Δ with |won − lost − nΔ| ≤ z·√(n(2q + Δ(1 − Δ))), where q = (√(B² − 4AC) − B) / 2A estimates the chance of
    “second alone” under Δ: A = 2n, B = −won − lost + (2n − won + lost)Δ, C = −lost·Δ(1 − Δ).
    """
    if n < 1:
        return Interval(None, None, "tango", "no examples")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    observed = (won - lost) / n

    def distance(delta: float) -> float:
        b = -won - lost + (2 * n - won + lost) * delta
        root = b * b + 8 * n * lost * delta * (1 - delta)
        q = (sqrt(max(0.0, root)) - b) / (4 * n)
        variance = n * (2 * q + delta * (1 - delta))
        gap = won - lost - n * delta
        return gap / sqrt(variance) if variance > 0 else float("inf") * gap if gap else 0.0

    return Interval(100 * _crossing(distance, z, -1.0, observed), 100 * _crossing(distance, -z, observed, 1.0), "tango")


def _crossing(distance: Callable[[float], float], level: float, low: float, high: float) -> float:
    """Where the falling function crosses the level, by bisection; the end it stays on the inside of, if nowhere."""
    for _ in range(60):
        middle = (low + high) / 2
        if distance(middle) > level:
            low = middle
        else:
            high = middle
    return (low + high) / 2
