"""Least squares, by hand and against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import linregress
from scipy.stats import t as student

from mtlbench.stats.lines import fit_line, slope_interval, slopes


def test_a_line_by_hand() -> None:
    """x̄ = 7, ȳ = 11; Σ(x − x̄)(y − ȳ) = 9, Σ(x − x̄)² = 2; residuals 0.5, −1, 0.5."""
    x, y = np.array([6.0, 7.0, 8.0]), np.array([7.0, 10.0, 16.0])
    line = fit_line(x, y)
    assert line == pytest.approx((4.5, -20.5, 1 - 1.5 / 42))
    interval = slope_interval(x, y)
    half = 12.7062 * np.sqrt(1.5 / 1 / 2)  # Student's t with one degree of freedom
    assert (interval.low, interval.high) == pytest.approx((4.5 - half, 4.5 + half), rel=1e-5)


@given(
    st.lists(
        st.tuples(st.floats(0, 10), st.floats(-100, 100)), min_size=4, max_size=9, unique_by=lambda p: round(p[0], 2)
    )
)
def test_scipy_agrees(points: list[tuple[float, float]]) -> None:
    x, y = np.array(points).T
    line, interval, theirs = fit_line(x, y), slope_interval(x, y), linregress(x, y)
    half = theirs.stderr * student.ppf(0.975, len(x) - 2)
    assert line[:2] == pytest.approx((theirs.slope, theirs.intercept), rel=1e-6, abs=1e-6)
    assert (interval.low, interval.high) == pytest.approx(
        (theirs.slope - half, theirs.slope + half), rel=1e-5, abs=1e-5
    )


def test_equal_scores_have_no_variance_to_explain() -> None:
    assert fit_line(np.array([1.0, 2.0, 3.0]), np.full(3, 0.1)).r2 is None


def test_slopes_by_columns() -> None:
    x = np.array([0.0, 1.0, 2.0])
    assert slopes(x, np.array([[0, 5], [2, 5], [4, 5]])) == pytest.approx([2, 0])
