"""Changes of level: found where they are, and seldom where there are none."""

from __future__ import annotations

import numpy as np
import pytest

from mtlbench.stats.steps import steps


@pytest.mark.parametrize(
    ("values", "errors", "found"),
    [
        ([], [], []),
        ([50], [1], []),
        ([50, 50, 50], [0, 0, 0], []),
        # One is a step beyond 2·√(1² + 1²) = 2.83 of the first.
        ([50, 52.8], [1, 1], []),
        ([50, 52.9], [1, 1], [(1, "step", 2.9)]),
        # Of the mean of two, 51 ± √½, beyond 2·√(1 + ½) = 2.45.
        ([50, 52, 53.4], [1, 1, 1], []),
        ([50, 52, 53.5], [1, 1, 1], [(2, "step", 2.5)]),
        # They stray 1.34, 1.43, 1.62 and 1.97 from levels of 50, 50.95, 51.53 and 52, and the sums are 0.84, 1.77, 2.89, 4.36.
        ([50, 51.9, 52.7, 53.4, 54.2], [1] * 5, [(4, "drift", 2.2)]),
        ([50, 48.1, 47.3, 46.6, 45.8], [1] * 5, [(4, "drift", -2.2)]),
        # A level begins anew: back again is another step.
        ([50, 60, 60, 50], [1] * 4, [(1, "step", 10), (3, "step", -10)]),
        # Exact scores: any change is one.
        ([50, 50.1], [0, 0], [(1, "step", 0.1)]),
    ],
)
def test_steps_by_hand(values: list[float], errors: list[float], found: list[tuple[int, str, float]]) -> None:
    told = [(step.place, step.kind, pytest.approx(step.change)) for step in steps(values, errors)]
    assert told == found


@pytest.mark.parametrize(("correlation", "most"), [(0.0, 0.40), (0.6, 0.03)])
def test_a_level_that_stays_seldom_seems_to_change(correlation: float, most: float) -> None:
    """Ten revisions on the same examples, whose errors have a part in common."""
    draws = np.random.default_rng(0)
    common, own = draws.normal(0, 1, (1000, 1)), draws.normal(0, 1, (1000, 10))
    values = 80 + np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own
    assert np.mean([bool(steps(list(row), [1.0] * 10)) for row in values]) < most


def test_a_change_of_four_errors_is_found_where_it_is() -> None:
    values = np.random.default_rng(0).normal(80, 1, (500, 6)) + np.array([0, 0, 0, 4, 4, 4])
    assert np.mean([any(step.place == 3 for step in steps(list(row), [1.0] * 6)) for row in values]) > 0.85
