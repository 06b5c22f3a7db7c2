"""A horizontal axis shared by the whiskers of a table, and the scales of plots, linear or logarithmic."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

MARGIN = 0.06
"""Share of the width kept free at either end, for the points and the labels."""
MOST_TICKS = 6
"""Of a logarithmic scale: with more it has powers of ten alone."""


@dataclass(frozen=True, slots=True)
class Axis:
    low: float
    high: float
    ticks: tuple[float, ...]
    log: bool = False

    def share(self, value: float) -> float:
        """Where a value lies between the ends: 0 is the low one, 1 the high one."""
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def percent(self, value: float) -> str:
        """The place of a value, as an SVG length: positions in percent stretch with the column."""
        return f"{100 * (MARGIN + (1 - 2 * MARGIN) * self.share(value)):.2f}%"


def axis_over(values: Iterable[float]) -> Axis:
    """The smallest axis with round ticks that holds the values."""
    known = list(values) or [0.0, 100.0]
    low, high = min(known), max(known)
    step = _round_step(max(high - low, 0.5) / 4)
    first, last = math.floor(low / step), math.ceil(high / step)
    last = max(last, first + 1)
    return Axis(first * step, last * step, tuple(round(number * step, 6) for number in range(first, last + 1)))


def log_axis_over(values: Iterable[float]) -> Axis:
    """A logarithmic axis that holds the values, all above 0, with ticks at 1, 2 or 5 times a power of ten, or its ends."""
    known = list(values)
    low, high = min(known), max(known)
    low, high = (low, high) if high > low else (low / 2, high * 2)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [factor * 10.0**power for power in powers for factor in (1, 2, 5)]
    shown = [tick for tick in ticks if low <= tick <= high]
    if len(shown) > MOST_TICKS:
        shown = [10.0**power for power in powers if low <= 10.0**power <= high]
    return Axis(low, high, tuple(shown) if len(shown) > 1 else (low, high), log=True)


def _round_step(rough: float) -> float:
    """1, 2 or 5 times a power of ten, at or above `rough`."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
