"""Changes of level in a short series of scores with standard errors: steps at once, and drifts by small steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, inf
from typing import Literal

STEP = 2.0
"""Standard errors from the level beyond which a single value is a step."""
SLACK, ALARM = 0.5, 4.0
"""Of the cumulative sum: what each value may stray for nothing, and the sum that tells of a drift, in standard errors."""


@dataclass(frozen=True, slots=True)
class Step:
    """`place`: the first value of the new level; `change`: that value − the level before it."""

    place: int
    change: float
    kind: Literal["step", "drift"]


def steps(values: Sequence[float], errors: Sequence[float]) -> list[Step]:
    """Where the level changes, each value being held against the level that the last change began.

    The level is the mean of the values since then, each weighing 1/se². A value strays by w = (value − level) /
    √(se² + se²_level), the recursive residual of Brown, Durbin and Evans (1975). It is a step where |w| > `STEP`, and a
    drift where one of Page's (1954) cumulative sums S ← max(0, S ± w − `SLACK`) passes `ALARM`. Either begins a new level.

    Errors are taken as independent. Scores on the same examples err alike, so real changes must be larger than they need
    be: with errors that correlate by 0.6, ten values of one level look like a change in 1% of all series, with independent
    errors in 35%.
    """
    found: list[Step] = []
    level = _Level()
    for place, (value, error) in enumerate(zip(values, errors, strict=True)):
        kind = level.kind_of(value, error) if place else None
        if kind is not None:
            found.append(Step(place, value - level.mean, kind))
            level = _Level()
        level.add(value, error)
    return found


class _Level:
    """The values since the last change. A standard error of 0 is an exact score: any other is a step from it."""

    def __init__(self) -> None:
        self.mean = 0.0
        self._error = inf
        self._up = self._down = 0.0

    def kind_of(self, value: float, error: float) -> Literal["step", "drift"] | None:
        away, unit = value - self.mean, hypot(error, self._error)
        if abs(away) > STEP * unit:
            return "step"
        strays = away / unit if unit else 0.0
        self._up = max(0.0, self._up + strays - SLACK)
        self._down = max(0.0, self._down - strays - SLACK)
        return "drift" if max(self._up, self._down) > ALARM else None

    def add(self, value: float, error: float) -> None:
        if self._error == 0 or error == 0:
            self.mean, self._error = value if error == 0 else self.mean, 0.0
            return
        mine, its = self._error**-2, error**-2
        self.mean = (mine * self.mean + its * value) / (mine + its)
        self._error = (mine + its) ** -0.5
