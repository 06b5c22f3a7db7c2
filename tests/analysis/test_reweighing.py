"""Rankings under other weights, from replicates alone: by hand, and what the bootstrap's ranks promise."""

from __future__ import annotations

import numpy as np
import pytest

from mtlbench.analysis.reweighing import reweighed, superior

NAN = float("nan")


def drawn(scores: list[list[float]], spread: float = 1.0, replicates: int = 400) -> np.ndarray:
    """Replicates `[S, T, B]` whose noise is each cell's own."""
    noise = np.random.default_rng(3).normal(scale=spread, size=(*np.shape(scores), replicates))
    return np.array(scores)[..., None] + noise


def test_values_and_places() -> None:
    scores = [[90.0, 50.0], [60.0, 60.0], [20.0, NAN]]
    first, second, third = reweighed(np.array([1.0, 3.0]), np.array(scores), drawn(scores), 0.95)
    assert (first.value, second.value, third.value) == (60.0, 60.0, None)
    assert (first.rank, second.rank, third.rank) == (1, 1, None)
    assert (first.rank_low, first.rank_high, second.rank_low, second.rank_high) == (1, 2, 1, 2)
    assert (first.group, second.group) == (1, 1)
    assert (first.coverage, third.coverage) == (1.0, 0.25)
    assert first.low is not None
    assert first.high is not None
    assert first.high - first.low == pytest.approx(2 * 1.96 * np.sqrt(0.25**2 + 0.75**2), rel=0.1)


def test_a_task_of_no_weight_does_not_count() -> None:
    scores = [[90.0, 50.0], [60.0, 60.0], [20.0, NAN]]
    standings = reweighed(np.array([1.0, 0.0]), np.array(scores), drawn(scores), 0.95)
    assert [each.value for each in standings] == [90.0, 60.0, 20.0]
    assert [(each.rank_low, each.rank_high, each.group) for each in standings] == [(1, 1, 1), (2, 2, 2), (3, 3, 3)]


@pytest.mark.parametrize(
    ("totals", "better"),
    [
        ([[5.0, 5.0, 5.0], [1.0, 1.0, 1.0]], False),  # no resample changes the difference
        ([[5.0, 5.1, 4.9], [1.0, 1.0, 1.0]], True),
        ([[5.0, NAN, 4.9], [1.0, 1.0, 1.0]], False),  # a third of the replicates is not defined
        ([[5.0, 9.0, 1.0], [4.9, 1.0, 9.0]], False),
    ],
)
def test_superiority(totals: list[list[float]], better: bool) -> None:
    values = np.array([totals[0][0], totals[1][0]])
    found = superior(values, np.array(totals), 0.95)
    assert found.tolist() == [[False, better], [False, False]]


def test_equal_models_are_seldom_told_apart() -> None:
    """Six equally good models of 300 examples: any pair is told apart in at most 5% of the runs, and a bit."""
    draw, runs, wrong = np.random.default_rng(8), 300, 0
    for _ in range(runs):
        right = (draw.random((6, 300)) < 0.4 + 0.4 * (draw.random(300) < 0.5)) * 100.0
        weights = draw.multinomial(300, np.full(300, 1 / 300), size=400) / 300
        wrong += bool(superior(right.mean(1), right @ weights.T, 0.95).any())
    assert wrong / runs <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / runs)
