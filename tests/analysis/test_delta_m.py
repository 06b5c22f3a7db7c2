"""Δm in both conventions: published numbers, and when it is refused."""

from __future__ import annotations

import numpy as np
import pytest

from mtlbench.analysis.delta_m import delta_m_rows, metric_flat, relative_gain, task_first
from mtlbench.analysis.evidence import TaskEvidence, gather
from mtlbench.analysis.lineage import Lineage, Training
from mtlbench.metrics import METRICS, MetricContext
from mtlbench.results.schema import DeltaMRow
from tests.analysis.evidence import DESIGN, accuracy_task, errors_task, hits

LINEAGE = Lineage({"multi": Training({"a": 1, "b": 1}), "only-a": Training({"a": 1}), "only-b": Training({"b": 1})})

NYUV2 = {
    "segmentation": [(39.29, 38.30, True), (65.33, 63.76, True)],
    "depth": [(0.5493, 0.6754, False), (0.2263, 0.2780, False)],
    "normals": [
        (28.15, 25.01, False),
        (23.96, 19.21, False),
        (22.09, 30.14, True),
        (47.50, 57.20, True),
        (61.08, 69.15, True),
    ],
}
"""Linear scalarisation on NYUv2 (CAGrad, Nash-MTL, FAMO): multi-task, single-task, and whether more is better."""


def test_the_conventions_disagree_on_a_published_row() -> None:
    """Equal weights lose 5.59% over the nine metrics and win 0.88% over the three tasks."""
    gains = [
        np.array([relative_gain(np.array(new), np.array(base), higher) for new, base, higher in rows])
        for rows in NYUV2.values()
    ]
    assert metric_flat(gains) == pytest.approx(5.59, abs=0.005), "positive is worse"
    assert task_first(gains) == pytest.approx(0.88, abs=0.005), "positive is better"


def test_with_one_metric_a_task_they_differ_in_sign_alone() -> None:
    gains = [np.array([0.2]), np.array([-0.1]), np.array([0.05])]
    assert task_first(gains) == pytest.approx(5)
    assert metric_flat(gains) == pytest.approx(-5)


@pytest.mark.parametrize(
    ("new", "base", "higher", "gain"),
    [(55, 50, True, 0.1), (55, 50, False, -0.1), (5, 0, True, np.nan), (0.1, -0.2, True, np.nan), (-3, 2, True, -2.5)],
)
def test_relative_gain(new: float, base: float, higher: bool, gain: float) -> None:
    assert relative_gain(np.array(float(new)), np.array(float(base)), higher) == pytest.approx(gain, nan_ok=True)


def rows(tasks: list[TaskEvidence], lineage: Lineage = LINEAGE) -> dict[str, DeltaMRow]:
    return {row.convention: row for row in delta_m_rows(lineage, tasks, DESIGN)}


def test_both_conventions_of_a_model() -> None:
    """On a 75 right for 60: +25%. On b half the error by both metrics: +50%, and one point less."""
    errors = {"multi": [0.5, 1.5] * 50, "only-b": [1.0, 3.0] * 50}
    tasks = [
        accuracy_task("a", {"multi": hits(75, 100), "only-a": hits(60, 100)}, 0.5),
        errors_task("b", errors, ("mae", "rmse")),
    ]
    found = rows(tasks)
    first, flat = found["task_first"], found["metric_flat"]
    assert (first.value, first.better, first.source) == (pytest.approx(37.5), "higher", "Maninis et al. 2019")
    assert (flat.value, flat.better) == (pytest.approx(-100 * (0.25 + 0.5 + 0.5) / 3), "lower")
    assert (flat.tasks, flat.metrics) == (2, 3)
    assert first.delta_points == flat.delta_points == pytest.approx((15 + 1) / 2)
    for row in (first, flat):
        assert row.value is not None
        assert row.ci_low is not None
        assert row.ci_high is not None
        assert row.ci_low < row.value < row.ci_high
        assert row.reason is None


def test_the_interval_is_that_of_the_paired_replicates() -> None:
    task = accuracy_task("a", {"multi": hits(75, 100), "only-a": hits(60, 100)}, 1.0)
    row = rows([task])["task_first"]
    drawn = 100 * (task.replicates["multi", "accuracy"] / task.replicates["only-a", "accuracy"] - 1)
    assert [row.ci_low, row.ci_high] == pytest.approx(list(np.quantile(drawn, [0.025, 0.975])))


@pytest.mark.parametrize(
    ("single", "reason"),
    [
        (hits(0, 100), "only-a has 0 accuracy on a; Δm needs baselines above 0"),
        (None, "no accuracy of only-a on a: only-a has no predictions for a"),
    ],
)
def test_refused_with_its_reason(single: list[int] | None, reason: str) -> None:
    made = {"multi": hits(75, 100)} | ({} if single is None else {"only-a": single})
    tasks = [
        accuracy_task("a", made, 0.5),
        accuracy_task("b", {"multi": hits(75, 100), "only-b": hits(60, 100)}, 0.5),
    ]
    for row in rows(tasks).values():
        assert (row.value, row.ci_low, row.reason) == (None, None, reason)
        assert row.delta_points == (None if single is None else pytest.approx((75 + 15) / 2))


def test_without_a_baseline_it_is_not_taken_over_the_other_tasks() -> None:
    tasks = [accuracy_task(name, {"multi": hits(75, 100), f"only-{name}": hits(60, 100)}, 0.5) for name in "ab"]
    lineage = Lineage({name: training for name, training in LINEAGE.models.items() if name != "only-b"})
    for row in rows(tasks, lineage).values():
        assert (row.value, row.delta_points, row.reason) == (None, None, "no single-task baseline for b")
        assert row.tasks == 2


def test_a_task_that_the_model_was_not_trained_on_does_not_count() -> None:
    made = {"multi": hits(75, 100), "only-a": hits(60, 100)}
    tasks = [accuracy_task("a", made, 0.5), accuracy_task("other", made, 0.5)]
    assert rows(tasks)["task_first"].tasks == 1


def test_a_baseline_that_is_zero_in_many_resamples_has_no_interval() -> None:
    row = rows([accuracy_task("a", {"multi": hits(50, 100), "only-a": hits(1, 100)}, 1.0)])["task_first"]
    assert row.value == pytest.approx(4900)
    assert (row.ci_low, row.ci_high) == (None, None)
    assert row.reason is not None
    assert "resamples" in row.reason


def test_rates_of_failure_do_not_count() -> None:
    context = MetricContext(("no", "yes"))
    metrics = tuple(METRICS.get(name)(name, context) for name in ("accuracy", "invalid_rate"))
    made = {"multi": hits(75, 100), "only-a": hits(60, 100)}
    statistics = {
        (model, metric.name): metric.statistics(out, [0] * 100) for model, out in made.items() for metric in metrics
    }
    task = gather("a", "data of a", 100, 1.0, (None, None), metrics, statistics, DESIGN)
    row = rows([task])["metric_flat"]
    assert (row.value, row.metrics) == (pytest.approx(-25), 1)
