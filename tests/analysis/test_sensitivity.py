"""Which weightings a model wins, and how far the nearest of them is, from boards checked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mtlbench.analysis.sensitivity import DRAWS, nearest_win, sensitivity_rows, simplex_wins
from mtlbench.results.schema import SensitivityRow
from tests.analysis.evidence import DESIGN, accuracy_task, hits


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        # x leads where 80a + 20(1−a) > 60a + 60(1−a): a > 2/3.
        ([[80, 20], [60, 60]], [1 / 3, 2 / 3]),
        ([[80, 20], [60, 20]], [1, 0]),
        ([[80, 20], [80, 20]], [1 / 2, 1 / 2]),
        # Each is best on one of three tasks, and all are alike.
        ([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [1 / 3, 1 / 3, 1 / 3]),
        # x leads where a > 1/2, the corner of the triangle with a quarter of it.
        ([[1, 0, 0], [0.5, 0.5, 0.5]], [1 / 4, 3 / 4]),
    ],
)
def test_wins(table: list[list[float]], expected: list[float]) -> None:
    assert simplex_wins(np.array(table, dtype=float), 1) == pytest.approx(expected, abs=4 * 0.5 / DRAWS**0.5)


@pytest.mark.parametrize(
    ("table", "shares", "model", "distance", "weights"),
    [
        # Level where 80a + 20(1−a) = 60: a = 2/3.
        ([[80, 20], [60, 60]], [0.5, 0.5], 0, 1 / 6, [2 / 3, 1 / 3]),
        ([[80, 20], [60, 60]], [0.9, 0.1], 1, 0.9 - 2 / 3, [2 / 3, 1 / 3]),
        ([[80, 20], [60, 60]], [0.9, 0.1], 0, 0, [0.9, 0.1]),
        ([[80, 20], [60, 10]], [0.5, 0.5], 1, None, None),
        # From the cheapest task to the dearest: 10 per unit from a to c make up 2 behind.
        ([[10, 6, 0], [4, 4, 4]], [0.6, 0.2, 0.2], 1, 0.32, [0.28, 0.2, 0.52]),
        # All three must be level with x, who leads y by 2 on a and z by 2 on b.
        ([[2, 2, 0], [0, 3, 0], [3, 0, 0]], [0.5, 0.5, 0], 1, 1 / 6, [1 / 3, 2 / 3, 0]),
    ],
)
def test_nearest(
    table: list[list[float]], shares: list[float], model: int, distance: float | None, weights: list[float] | None
) -> None:
    move = nearest_win(np.array(table, dtype=float), np.array(shares), model)
    if distance is None:
        assert move is None
        return
    assert move is not None
    assert move.distance == pytest.approx(distance, abs=1e-9)
    assert move.weights == pytest.approx(weights, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(arrays(float, (3, 4), elements=st.integers(0, 100).map(float)), st.integers(0, 2), st.integers(0, 2**32))
def test_no_weights_are_nearer(table: np.ndarray, model: int, seed: int) -> None:
    """The weights found are weights, the model is first under them, and no tried ones nearer by make it so."""
    draw = np.random.default_rng(seed)
    shares = draw.dirichlet(np.ones(4))
    tried = draw.dirichlet(np.full(4, 0.5), size=2000)
    first = (tried @ table.T).argmax(1) == model
    move = nearest_win(table, shares, model)
    if move is None:
        assert not first.any()
        return
    assert move.weights.sum() == pytest.approx(1)
    assert move.weights.min() >= 0
    assert (table @ move.weights).max() <= table[model] @ move.weights + 1e-6
    if first.any():
        assert move.distance <= (np.abs(tried[first] - shares).sum(1) / 2).min() + 1e-6


def rows_of(board: dict[str, list[int]], shares: list[float]) -> dict[str, SensitivityRow]:
    """A board of models' scores task by task."""
    tasks = [
        accuracy_task(
            name, {model: hits(scores[place], 100) for model, scores in board.items() if place < len(scores)}, w
        )
        for place, (name, w) in enumerate(zip("abc", shares, strict=False))
    ]
    return {row.model: row for row in sensitivity_rows(list(board), tasks, "none", DESIGN)}


def test_the_first_and_its_rivals() -> None:
    rows = rows_of({"x": [80, 20], "y": [60, 60], "z": [50, 50], "partial": [99]}, [0.5, 0.5])
    assert list(rows) == ["x", "y", "z"]
    first, rival, dominated = rows["y"], rows["x"], rows["z"]
    assert (first.rival, rival.rival) == ("x", "y")
    assert first.distance == rival.distance == pytest.approx(1 / 6)
    assert first.weights == rival.weights == pytest.approx({"a": 2 / 3, "b": 1 / 3})
    assert first.wins == pytest.approx(2 / 3, abs=4 * (first.wins_error or 0))
    assert first.wins_error == pytest.approx((2 / 9 / DRAWS) ** 0.5, rel=0.02)
    assert (dominated.wins, dominated.distance, dominated.reason) == (0, None, "first under no weights")


@pytest.mark.parametrize(
    ("board", "shares", "reason"),
    [
        ({"x": [80, 70], "y": [60, 60]}, [0.5, 0.5], "first under all weights"),
        ({"x": [80, 70]}, [0.5, 0.5], "no other model is ranked"),
        ({"x": [80, 70], "y": [60, 90]}, [1.0, 0.0], "one task has all the weight"),
    ],
)
def test_no_move(board: dict[str, list[int]], shares: list[float], reason: str) -> None:
    row = rows_of(board, shares)["x"]
    assert (row.rival, row.distance, row.weights, row.reason) == (None, None, None, reason)
