"""How small a difference a comparison can find, and how many examples it takes to find one."""

from __future__ import annotations

from math import ceil, sqrt
from statistics import NormalDist

POWER = 0.8
"""The chance to find the difference, if it is there, that is asked for unless said otherwise."""


def minimum_detectable(se: float, *, alpha: float = 0.05, power: float = POWER, sides: int = 2) -> float:
    """The smallest difference that a test at level `alpha` finds with chance `power`: (z₁₋α + z₁₋β)·se.

    `se` is the standard error of the paired difference; the result is in its units. A test of two sides has z₁₋α/₂.
    """
    return _reach(alpha, power, sides) * se


def standard_error(minimum: float, *, alpha: float = 0.05, power: float = POWER, sides: int = 2) -> float:
    """The standard error of which `minimum` is the minimum detectable difference."""
    return minimum / _reach(alpha, power, sides)


def required_n(se: float, n: int, effect: float, *, alpha: float = 0.05, power: float = POWER, sides: int = 2) -> int:
    """How many examples find a difference of `effect`, if n of them have the standard error `se`: n·(MDE / effect)²."""
    exact = n * (minimum_detectable(se, alpha=alpha, power=power, sides=sides) / effect) ** 2
    return ceil(exact - 1e-9)


def disagreement_error(disagreement: float, n: int) -> float:
    """Standard error, in points, of a difference of accuracies of two equally good systems.

    100·√(q/n), q the share of examples that exactly one of them gets right.
    """
    return 100.0 * sqrt(disagreement / n)


def _reach(alpha: float, power: float, sides: int) -> float:
    normal = NormalDist()
    return normal.inv_cdf(1 - alpha / sides) + normal.inv_cdf(power)
