"""Each metric of each model on each task, with its interval."""

from __future__ import annotations

from collections.abc import Sequence

from mtlbench.analysis.evidence import Design, TaskEvidence, known
from mtlbench.results.schema import ScoreRow
from mtlbench.stats.intervals import percentile_interval


def score_rows(tasks: Sequence[TaskEvidence], models: dict[str, tuple[str, ...]], design: Design) -> list[ScoreRow]:
    """Rows for each model's tasks (`models` maps names to them), a task's metrics in their declared order."""
    by_name = {task.name: task for task in tasks}
    return [
        row
        for model, names in models.items()
        for name in names
        for row in _rows(model, by_name[name], design.confidence)
    ]


def _rows(model: str, task: TaskEvidence, confidence: float) -> list[ScoreRow]:
    rows = []
    for metric in task.metrics:
        cell = (model, metric.name)
        value = known(task.values.get(cell, float("nan")))
        reason = task.reason(model, metric) if value is None else None
        low = high = None
        if value is not None:
            interval = percentile_interval(task.replicates[cell], confidence)
            low, high, reason = interval.low, interval.high, interval.reason
        rows.append(
            ScoreRow(
                model=model,
                task=task.name,
                metric=metric.name,
                value=value,
                ci_low=low,
                ci_high=high,
                n=task.n,
                headline=metric is task.headline,
                reason=reason,
                signature=metric.signature,
            )
        )
    return rows
