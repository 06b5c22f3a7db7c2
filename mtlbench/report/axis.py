"""A horizontal axis shared by the whiskers of a table: positions in percent, so the drawings stretch with the column."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

MARGIN = 0.06
"""Share of the width kept free at either end, for the points and the labels."""


@dataclass(frozen=True, slots=True)
class Axis:
    low: float
    high: float
    ticks: tuple[float, ...]

    def percent(self, value: float) -> str:
        """The place of a value, as an SVG length."""
        place = MARGIN + (1 - 2 * MARGIN) * (value - self.low) / (self.high - self.low)
        return f"{100 * place:.2f}%"


def axis_over(values: Iterable[float]) -> Axis:
    """The smallest axis with round ticks that holds the values."""
    known = list(values) or [0.0, 100.0]
    low, high = min(known), max(known)
    step = _round_step(max(high - low, 0.5) / 4)
    first, last = math.floor(low / step), math.ceil(high / step)
    last = max(last, first + 1)
    return Axis(first * step, last * step, tuple(round(number * step, 6) for number in range(first, last + 1)))


def _round_step(rough: float) -> float:
    """1, 2 or 5 times a power of ten, at or above `rough`."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
