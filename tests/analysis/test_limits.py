"""Limits kept and broken, surely or not, in both directions of a metric."""

from __future__ import annotations

from typing import Any

import pytest

from mtlbench.analysis.evidence import TaskEvidence, gather
from mtlbench.analysis.limits import limit_rows, marked
from mtlbench.analysis.lineage import Lineage, Training
from mtlbench.analysis.scores import score_rows
from mtlbench.metrics import METRICS, MetricContext
from mtlbench.results.schema import LimitRow, OverallRow
from mtlbench.suite.declarations import Task
from tests.analysis.evidence import DESIGN, hits

LINEAGE = Lineage(
    {
        "x": Training({"t": 1, "u": 1}),
        "alone": Training({"t": 1}),
        "seed": Training({"t": 1}, seed_of="alone"),
        "stranger": Training({"t": 1, "u": 1}, family="other"),
    }
)


def task_of(metric: str, **right: int) -> TaskEvidence:
    """Of 100 rows each model has so many right, or valid."""
    headline = METRICS.get(metric)(metric, MetricContext(("no", "yes")))
    wrong = -1 if metric == "invalid_rate" else 1
    rows = {
        (model, metric): headline.statistics([wrong if made else 0 for made in hits(count, 100)], [0] * 100)
        for model, count in right.items()
    }
    return gather("t", "data", 100, 1.0, (None, None), (headline,), rows, DESIGN)


def row_of(task: TaskEvidence, model: str = "x", **keys: Any) -> LimitRow:
    declared = {"t": Task(kind="classification", data={"path": "t"}, input="{x}", reference="y", **keys)}
    scores = score_rows([task], dict.fromkeys(LINEAGE.models, ("t",)), DESIGN)
    rows = limit_rows(scores, [task], declared, LINEAGE, DESIGN)
    return {row.model: row for row in rows}[model]


@pytest.mark.parametrize(
    ("metric", "right", "bound", "broken", "sure"),
    [
        ("accuracy", 80, 70, False, True),  # Wilson: 71.1 to 86.7
        ("accuracy", 80, 75, False, False),
        ("accuracy", 80, 80, False, False),
        ("accuracy", 80, 85, True, False),
        ("accuracy", 80, 90, True, True),
        ("invalid_rate", 80, 30, False, True),
        ("invalid_rate", 80, 25, False, False),
        ("invalid_rate", 80, 20, False, False),
        ("invalid_rate", 80, 10, True, True),
    ],
)
def test_minimum(metric: str, right: int, bound: float, broken: bool, sure: bool) -> None:
    row = row_of(task_of(metric, x=right), minimum=bound)
    assert (row.limit, row.bound, row.baseline) == ("minimum", bound, None)
    assert row.value == pytest.approx(right if metric == "accuracy" else 100 - right)
    assert (row.broken, row.sure) == (broken, sure)


@pytest.mark.parametrize("metric", ["accuracy", "invalid_rate"])
@pytest.mark.parametrize(
    ("right", "bound", "value", "broken", "sure"),
    [
        (70, 0, 20, True, True),
        (70, 19, 20, True, False),
        (70, 20, 20, False, False),
        (70, 40, 20, False, True),
        (95, 0, -5, False, True),
        (90, 0, 0, False, False),
    ],
)
def test_regression(metric: str, right: int, bound: float, value: float, broken: bool, sure: bool) -> None:
    """The first baseline has 90 of 100; the second, which is a seed of it, is not asked."""
    row = row_of(task_of(metric, x=right, alone=90, seed=99), max_regression=bound)
    assert (row.limit, row.baseline, row.value, row.broken) == ("max_regression", "alone", pytest.approx(value), broken)
    assert row.sure == sure


@pytest.mark.parametrize(
    ("task", "model", "keys", "reason"),
    [
        (task_of("accuracy", alone=9), "x", {"minimum": 50}, "x has no predictions for t"),
        (task_of("accuracy", alone=9), "x", {"max_regression": 5}, "x has no predictions for t"),
        (task_of("accuracy", x=9), "x", {"max_regression": 5}, "alone has no predictions for t"),
        (task_of("accuracy", stranger=9), "stranger", {"max_regression": 5}, "no single-task baseline for t"),
    ],
)
def test_what_is_null(task: TaskEvidence, model: str, keys: dict[str, float], reason: str) -> None:
    row = row_of(task, model, **keys)
    assert (row.value, row.broken, row.sure, row.reason) == (None, None, None, reason)


def test_baselines_are_not_measured_by_themselves() -> None:
    with pytest.raises(KeyError):
        row_of(task_of("accuracy", x=9, alone=9, seed=9), "seed", max_regression=5)


def overall_row(model: str) -> OverallRow:
    return OverallRow(
        model=model, value=1, ci_low=1, ci_high=1, rank=1, rank_low=1, rank_high=1, group=1, coverage=1, reason=None
    )


def test_critical_tasks_mark_a_model_once() -> None:
    broken = row_of(task_of("accuracy", x=60, alone=90), minimum=99, priority="critical")
    normal = broken.model_copy(update={"task": "u", "priority": "normal"})
    kept = broken.model_copy(update={"task": "v", "broken": False})
    unknown = broken.model_copy(update={"task": "w", "broken": None})
    rows = marked([overall_row("x"), overall_row("y")], [broken, broken, normal, kept, unknown])
    assert [row.breaks for row in rows] == [["t"], []]
