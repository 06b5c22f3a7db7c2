"""Other ways to make one number: HELM's published tables, means by hand, and what a missing task does."""

from __future__ import annotations

import numpy as np
import pytest

from mtlbench.analysis.aggregates import NAMES, aggregate_rows, geometric_mean, harmonic_mean, ranks, win_rates
from mtlbench.results.schema import AggregateRow
from tests.analysis.evidence import DESIGN, accuracy_task, hits

N = float("nan")
UP = [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("columns", "higher", "expected"),
    [
        ([UP], [True], [0, 25, 50, 75, 100]),
        ([UP, [3, 1, 2, 5, 4]], [True, True], [25, 12.5, 37.5, 87.5, 87.5]),
        ([UP, [3, 1, N, N, N]], [True, True], [50, 12.5, 50, 75, 100]),
        ([UP, [N] * 5, [N, 1, N, N, N]], [True] * 3, [0, 25, 50, 75, 100]),
        ([[N] * 5], [True], [N] * 5),
        ([[1, 1, 1, 4, 5]], [True], [25, 25, 25, 75, 100]),
        ([UP], [False], [100, 75, 50, 25, 0]),
    ],
)
def test_win_rates_of_helm(columns: list[list[float]], higher: list[bool], expected: list[float]) -> None:
    """The cases of HELM's own test_summarize.py; columns without a direction are no case here."""
    table = np.array(columns, dtype=float).T
    np.testing.assert_allclose(win_rates(table, higher), expected)


def test_ranks_share_ties() -> None:
    table = np.array([[10, 5], [30, 5], [30, 7]], dtype=float)
    assert ranks(table, [True, False]).tolist() == [[3, 1.5], [1.5, 1.5], [1.5, 3]]


def test_means_by_hand() -> None:
    scores, shares = np.array([20.0, 80.0]), np.array([0.5, 0.5])
    assert geometric_mean(scores, shares) == (pytest.approx(40), None)
    assert harmonic_mean(scores, shares) == (pytest.approx(32), None)
    for mean in (geometric_mean, harmonic_mean):
        assert mean(np.array([0.0, 80.0]), shares) == (None, "a score is not above 0")


def by_name(rows: list[AggregateRow], model: str) -> dict[str, AggregateRow]:
    return {row.name: row for row in rows if row.model == model}


def test_aggregates() -> None:
    tasks = [
        accuracy_task("a", {"x": hits(80, 100), "y": hits(60, 100)}, 0.5),
        accuracy_task("b", {"x": hits(20, 100), "y": hits(40, 100)}, 0.5),
        accuracy_task("c", {"x": hits(90, 100), "y": hits(1, 100)}, 0.0),
    ]
    found = by_name(aggregate_rows(["x", "y"], tasks, "none", DESIGN), "x")
    assert tuple(found) == NAMES
    values = {"geometric_mean": 40, "harmonic_mean": 32, "worst_task": 20, "metric_mean": 50, "mean_rank": 1.5}
    values |= {"win_rate": 50, "borda": 1, "task_bootstrap": 50}
    assert {name: row.value for name, row in found.items()} == pytest.approx(values)
    assert (found["task_bootstrap"].ci_low, found["task_bootstrap"].reason) == (None, "fewer than 5 tasks")


def test_a_missing_task_gives_nothing_and_takes_nothing() -> None:
    tasks = [
        accuracy_task("a", {"x": hits(80, 100), "y": hits(60, 100), "partial": hits(99, 100)}, 0.5),
        accuracy_task("b", {"x": hits(20, 100), "y": hits(40, 100)}, 0.5),
    ]
    rows = aggregate_rows(["x", "y", "partial"], tasks, "none", DESIGN)
    assert {(row.value, row.reason) for row in by_name(rows, "partial").values()} == {(None, "no score on b")}
    assert by_name(rows, "x") == by_name(aggregate_rows(["x", "y"], tasks, "none", DESIGN), "x")


def test_other_tasks() -> None:
    """Drawn among six equal tasks nothing moves; among six different ones much does."""
    same = [accuracy_task(f"t{i}", {"x": hits(50, 100)}, 1 / 6) for i in range(6)]
    row = by_name(aggregate_rows(["x"], same, "none", DESIGN), "x")["task_bootstrap"]
    assert [row.ci_low, row.ci_high] == pytest.approx([50, 50])
    apart = [accuracy_task(f"t{i}", {"x": hits(20 * i, 100)}, 1 / 6) for i in range(6)]
    row = by_name(aggregate_rows(["x"], apart, "none", DESIGN), "x")["task_bootstrap"]
    assert row.ci_high is not None
    assert row.ci_low is not None
    assert row.ci_high - row.ci_low == pytest.approx(2 * 1.96 * np.std([0, 20, 40, 60, 80, 100]) / 6**0.5, rel=0.12)
    assert by_name(aggregate_rows(["x"], apart, "none", DESIGN), "x")["win_rate"].reason is not None
