"""Each metric of each model on each task, with its interval; then the parts that the metric is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mtlbench.analysis.evidence import Design, TaskEvidence, known
from mtlbench.analysis.methods import score_interval
from mtlbench.metrics.base import FloatArray, Metric
from mtlbench.results.schema import ScoreRow
from mtlbench.stats.intervals import Interval, jackknife_t_interval


def score_rows(tasks: Sequence[TaskEvidence], models: dict[str, tuple[str, ...]], design: Design) -> list[ScoreRow]:
    """Rows for each model's tasks (`models` maps names to them), a task's metrics in their declared order."""
    by_name = {task.name: task for task in tasks}
    return [
        row
        for model, names in models.items()
        for name in names
        for metric in by_name[name].metrics
        for row in _rows(model, by_name[name], metric, design)
    ]


def _rows(model: str, task: TaskEvidence, metric: Metric, design: Design) -> Iterator[ScoreRow]:
    cell = (model, metric.name)
    value = known(task.values.get(cell, float("nan")))
    if value is None:
        nothing = Interval(None, None, "none", task.reason(model, metric))
        yield _row(model, task, metric, metric.name, None, nothing)
        return
    yield _row(model, task, metric, metric.name, value, score_interval(task, model, metric, design))
    if metric.parts and metric.additive:
        yield from _parts(model, task, metric, task.statistics[cell], design)


def _parts(model: str, task: TaskEvidence, metric: Metric, rows: FloatArray, design: Design) -> Iterator[ScoreRow]:
    """`<metric>.<part>`, each with the jackknife's interval."""
    totals = rows.sum(0)
    values, without = metric.part_scores(totals), metric.part_scores(totals - rows)
    for place, part in enumerate(metric.parts):
        value = known(values[place])
        interval = Interval(None, None, "none", "not defined on these examples")
        if value is not None:
            interval = jackknife_t_interval(value, without[:, place], design.confidence)
            if interval.low is not None and interval.low == interval.high:
                interval = Interval(None, None, "none", "no example by itself changes it, so its error is not known")
        yield _row(model, task, metric, f"{metric.name}.{part}", value, interval)


def _row(
    model: str, task: TaskEvidence, metric: Metric, name: str, value: float | None, interval: Interval
) -> ScoreRow:
    return ScoreRow(
        model=model,
        task=task.name,
        metric=name,
        value=value,
        ci_low=interval.low,
        ci_high=interval.high,
        method=None if interval.low is None else interval.method,
        n=task.n,
        headline=name == task.headline.name,
        reason=interval.reason,
        signature=metric.signature,
    )
