"""Spread over tasks, firmness of ranks and agreement of tasks, from scores checked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import kendalltau

from mtlbench.analysis.balance import balance_rows, gini, variation
from mtlbench.analysis.consistency import consistency_rows, kendall
from mtlbench.analysis.evidence import TaskEvidence
from mtlbench.results.schema import BalanceRow
from tests.analysis.evidence import DESIGN, accuracy_task, hits

# Overall, alike: x 50, y 48, z 40. Without a: x 35, y 42, z 45; without b: x 65, y 52, z 40; without c: x 50, y 50, z 35.
BOARD = {"a": {"x": 80, "y": 60, "z": 30}, "b": {"x": 20, "y": 40, "z": 40}, "c": {"x": 50, "y": 44, "z": 50}}
SHARES = {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}


def tasks_of(board: dict[str, dict[str, int]], **bounds: tuple[float | None, float | None]) -> list[TaskEvidence]:
    made = {task: {model: hits(right, 100) for model, right in column.items()} for task, column in board.items()}
    return [accuracy_task(task, each, 1 / len(made), bounds.get(task, (None, None))) for task, each in made.items()]


def rows_of(models: str, tasks: list[TaskEvidence]) -> dict[tuple[str, str], BalanceRow]:
    return {(row.model, row.name): row for row in balance_rows(list(models), tasks, "none", DESIGN)}


@pytest.mark.parametrize(
    ("scores", "cv", "coefficient"),
    [
        ([50, 50, 50], 0, 0),
        ([20, 50, 80], 24.494897 / 50, 4 / 15),  # Σ|xᵢ − xⱼ| = 240 over 9 pairs, ÷ 2·50
        ([0, 0, 90], 42.426407 / 30, 2 / 3),  # all in one of three
        ([0, 100], 1, 1 / 2),
        ([0, 0], np.nan, np.nan),
    ],
)
def test_spread(scores: list[float], cv: float, coefficient: float) -> None:
    assert variation(np.array(scores, dtype=float)) == pytest.approx(cv, nan_ok=True)
    assert gini(np.array(scores, dtype=float)) == pytest.approx(coefficient, nan_ok=True)


@given(arrays(float, st.integers(2, 8), elements=st.floats(1, 100)), st.floats(0.1, 10))
def test_ratios_know_no_unit_and_stay_within_bounds(scores: np.ndarray, factor: float) -> None:
    for measure in (variation, gini):
        assert measure(scores * factor) == pytest.approx(measure(scores), abs=1e-9)
        assert measure(np.roll(scores, 1)) == pytest.approx(measure(scores), abs=1e-9)
    assert -1e-12 <= gini(scores) <= 1 - 1 / len(scores)
    assert variation(scores) <= np.sqrt(len(scores) - 1) + 1e-12


def test_balance() -> None:
    rows = rows_of("xyz", tasks_of(BOARD))
    found = {name: row.value for (model, name), row in rows.items() if model == "x"}
    kept = found.pop("rank_kept")
    assert kept is not None
    assert 0.5 < kept < 0.9  # x leads y by 2 points, with a standard error of about 3.3
    expected = {"mean": 50, "worst_task": 20, "sd": 24.494897, "cv": 0.489898, "gini": 4 / 15}
    assert found == pytest.approx(expected | {"best_rank": 1, "worst_rank": 3})
    assert (rows["x", "worst_task"].task, rows["x", "worst_rank"].task, rows["x", "best_rank"].task) == ("b", "a", None)
    assert (rows["z", "best_rank"].value, rows["z", "best_rank"].task) == (1, "a")
    low, high = rows["x", "worst_task"].ci_low, rows["x", "worst_task"].ci_high
    assert low is not None
    assert high is not None
    assert (low, high) == pytest.approx((20 - 1.96 * 4, 20 + 1.96 * 4), abs=1.2)


def test_scores_lie_between_floor_and_ceiling() -> None:
    """With a floor of 50, 80 is 60; below the floor nothing is left."""
    rows = rows_of("x", tasks_of({"a": {"x": 80}, "b": {"x": 40}}, a=(50, None), b=(50, 90)))
    assert (rows["x", "mean"].value, rows["x", "worst_task"].value) == pytest.approx((30, 0))


@pytest.mark.parametrize(
    ("board", "model", "names", "reason"),
    [
        ({"a": {"x": 80, "y": 1}}, "x", ("sd", "cv", "gini", "best_rank", "worst_rank"), "fewer than 2 tasks"),
        (
            {"a": {"x": 1, "y": 2}, "b": {"x": 2, "y": 1}},
            "x",
            ("cv", "gini"),
            "the mean is below 5 points, too near 0 to divide by",
        ),
        ({"a": {"x": 80}, "b": {"x": 2}}, "x", ("rank_kept", "best_rank", "worst_rank"), "no other model is ranked"),
    ],
)
def test_what_is_null(board: dict[str, dict[str, int]], model: str, names: tuple[str, ...], reason: str) -> None:
    rows = rows_of("xy", tasks_of(board))
    assert {name: row.reason for (of, name), row in rows.items() if of == model and row.value is None} == dict.fromkeys(
        names, reason
    )


def test_no_floor_or_ceiling() -> None:
    """As of a perplexity, whose worst value is infinite."""
    first, second = tasks_of({"a": {"x": 80}, "b": {"x": 80}})
    rows = rows_of("x", [replace(first, floor=float("inf")), second])
    reasons = {rows["x", name].reason for name in ("mean", "worst_task", "sd", "cv", "gini")}
    assert reasons == {"no floor or ceiling on a"}


def test_a_model_that_lacks_a_task_has_no_row_and_changes_none() -> None:
    partial = {task: column | ({"p": 99} if task == "a" else {}) for task, column in BOARD.items()}
    assert balance_rows(list("xyzp"), tasks_of(partial), "none", DESIGN) == balance_rows(
        list("xyz"), tasks_of(BOARD), "none", DESIGN
    )


def test_agreement() -> None:
    """a: x > y > z; b: y = z > x; c: x = z > y. τ-b(a, b) = −2/√6, τ-b(a, c) = 0/√6, τ-b(b, c) = −1/2."""
    rows = {row.task: row.tau for row in consistency_rows(list("xyz"), tasks_of(BOARD))}
    ab, ac, bc = -2 / 6**0.5, 0.0, -0.5
    assert rows == pytest.approx({"a": (ab + ac) / 2, "b": (ab + bc) / 2, "c": (ac + bc) / 2, None: (ab + ac + bc) / 3})


@pytest.mark.parametrize(
    ("board", "taus", "reason"),
    [
        ({"a": {"x": 8, "y": 6}, "b": {"x": 2, "y": 4}}, [None] * 3, "fewer than 3 models have all tasks"),
        ({"a": {"x": 8, "y": 6, "z": 7}}, [None] * 2, "fewer than 2 tasks tell the models apart"),
        (
            {"a": {"x": 8, "y": 6, "z": 7}, "b": {"x": 8, "y": 6, "z": 7}, "c": {"x": 5, "y": 5, "z": 5}},
            [1, 1, None, 1],
            "left out, as all models score the same there: c",
        ),
    ],
)
def test_agreement_that_is_not_known(board: dict[str, dict[str, int]], taus: list[float | None], reason: str) -> None:
    rows = consistency_rows(list("xyz")[: len(board["a"])], tasks_of(board))
    assert [row.tau for row in rows] == taus
    assert {row.reason for row in rows} == {reason}


@given(arrays(float, (2, 6), elements=st.integers(0, 4).map(float)))
def test_kendall_is_that_of_scipy(scores: np.ndarray) -> None:
    assert kendall(scores)[0, 1] == pytest.approx(kendalltau(*scores).statistic, nan_ok=True)
