"""Limits that a suite sets: a task's worst acceptable score, and how far it may fall behind its single-task baseline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mtlbench.analysis.evidence import Design, TaskEvidence
from mtlbench.analysis.lineage import Lineage
from mtlbench.analysis.methods import methods
from mtlbench.results.schema import LimitRow, OverallRow, ScoreRow
from mtlbench.stats.intervals import Interval
from mtlbench.suite.declarations import Task

TOLERANCE = 1e-9
"""Points that are none: what subtracting two scores may leave."""

_NO_INTERVAL = Interval(None, None, "none")


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound that a value may not pass: from above where `is_most`, else from below."""

    name: Literal["minimum", "max_regression"]
    bound: float
    is_most: bool
    task: TaskEvidence
    priority: Literal["normal", "critical"]

    def broken(self, value: float) -> bool:
        return value > self.bound + TOLERANCE if self.is_most else value < self.bound - TOLERANCE


def limit_rows(
    scores: Sequence[ScoreRow],
    tasks: Sequence[TaskEvidence],
    declared: Mapping[str, Task],
    lineage: Lineage,
    design: Design,
) -> list[LimitRow]:
    """Each limit of each task, for every model that was run on it."""
    rows: list[LimitRow] = []
    for task in tasks:
        keys = declared[task.name]
        run = [row for row in scores if row.task == task.name and row.headline]
        if keys.minimum is not None:
            limit = Limit("minimum", keys.minimum, not task.headline.higher_is_better, task, keys.priority)
            rows += [_score(limit, row) for row in run]
        if keys.max_regression is not None:
            limit = Limit("max_regression", keys.max_regression, True, task, keys.priority)
            rows += _regressions(limit, [row.model for row in run], lineage, design)
    return rows


def marked(rows: Sequence[OverallRow], limits: Sequence[LimitRow]) -> list[OverallRow]:
    """The overall scores, each with the critical tasks of which the model breaks a limit."""
    broken = [(row.model, row.task) for row in limits if row.broken and row.priority == "critical"]
    breaks = {row.model: list(dict.fromkeys(task for model, task in broken if model == row.model)) for row in rows}
    return [row.model_copy(update={"breaks": breaks[row.model]}) for row in rows]


def _score(limit: Limit, score: ScoreRow) -> LimitRow:
    interval = Interval(score.ci_low, score.ci_high, score.method or "none", score.reason)
    return _row(limit, score.model, score.value, interval)


def _regressions(limit: Limit, models: Sequence[str], lineage: Lineage, design: Design) -> Iterator[LimitRow]:
    """By how many points each model is worse than its family's first single-task model of the task, which is not asked."""
    task, metric = limit.task, limit.task.headline
    for model in models:
        baseline, *others = lineage.baselines(model).get(task.name, [None])
        if model in (baseline, *others):
            continue
        missing = [name for name in (model, baseline) if name is not None and np.isnan(task.value(name))]
        if baseline is None:
            yield _row(limit, model, reason=f"no single-task baseline for {task.name}")
        elif missing:
            yield _row(limit, model, baseline=baseline, reason=task.reason(missing[0], metric))
        else:
            better, worse = (baseline, model) if metric.higher_is_better else (model, baseline)
            interval = methods(task, metric).difference(task, better, worse, design)
            yield _row(limit, model, task.value(better) - task.value(worse), interval, baseline)


def _row(
    limit: Limit,
    model: str,
    value: float | None = None,
    interval: Interval = _NO_INTERVAL,
    baseline: str | None = None,
    reason: str | None = None,
) -> LimitRow:
    broken = None if value is None else limit.broken(value)
    ends = [end for end in (interval.low, interval.high) if end is not None]
    return LimitRow(
        model=model,
        task=limit.task.name,
        priority=limit.priority,
        limit=limit.name,
        bound=limit.bound,
        baseline=baseline,
        value=value,
        ci_low=interval.low,
        ci_high=interval.high,
        broken=broken,
        sure=all(limit.broken(end) == broken for end in ends) if ends else None,
        reason=reason or interval.reason,
    )
