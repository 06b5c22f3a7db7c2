"""A straight line through points, by least squares."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mtlbench.stats.intervals import Interval, t_quantile
from mtlbench.stats.resampling import FloatArray


class Line(NamedTuple):
    """y = intercept + slope · x; `r2` is the share of the variance of y that it explains, None where y has none."""

    slope: float
    intercept: float
    r2: float | None


def fit_line(x: FloatArray, y: FloatArray) -> Line:
    """Of points `[n]` with two different x at least."""
    slope = float(slopes(x, y[:, None])[0])
    intercept = float(y.mean() - slope * x.mean())
    spread = float(((y - y.mean()) ** 2).sum())
    left = float(((y - intercept - slope * x) ** 2).sum())
    return Line(slope, intercept, None if np.ptp(y) == 0 else 1 - left / spread)


def slopes(x: FloatArray, y: FloatArray) -> FloatArray:
    """Of the lines through each column of `[n, B]`: Σ(x − x̄)·y ÷ Σ(x − x̄)²."""
    centred = x - x.mean()
    found: FloatArray = centred @ y / (centred @ centred)
    return found


def slope_interval(x: FloatArray, y: FloatArray, confidence: float = 0.95) -> Interval:
    """Student's t with n − 2 degrees of freedom, for three points or more whose residuals are alike normal."""
    line, freedom = fit_line(x, y), len(x) - 2
    left = float(((y - line.intercept - line.slope * x) ** 2).sum())
    error = np.sqrt(left / freedom / ((x - x.mean()) ** 2).sum())
    half = float(t_quantile(freedom, confidence) * error)
    return Interval(line.slope - half, line.slope + half, "t")
