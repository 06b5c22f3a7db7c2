"""How hard a task is: what its best single-task baseline leaves to the ceiling, and weights in proportion to that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mtlbench.analysis.evidence import Design, TaskEvidence
from mtlbench.analysis.lineage import Lineage
from mtlbench.analysis.overall import (
    everywhere,
    missing_scores,
    overall_replicates,
    overall_value,
    reweighted,
    score_range,
    weight_shares,
)
from mtlbench.metrics.base import Metric
from mtlbench.results.schema import AggregateRow
from mtlbench.stats.intervals import Interval, percentile_interval

DIFFICULTY_WEIGHTED = "difficulty_weighted"

Headroom = tuple[float | None, str | None]
"""Between 0 and 1; or None, and the reason."""


def specialists(lineage: Lineage, task: str) -> list[str]:
    """The single-task models of a task, of whatever family: weights must be the same for all models."""
    return [name for name in lineage.single_task if lineage.models[name].tasks[0] == task]


def headroom(baselines: Sequence[float], metric: Metric, floor: float | None, ceiling: float | None) -> Headroom:
    """(ceiling − s) / (ceiling − floor) with s the best of the baselines' scores; 0 where that is beyond the ceiling."""
    known = [score for score in baselines if not np.isnan(score)]
    if not known:
        return None, "no score of a single-task baseline"
    worst, best = score_range(metric, floor, ceiling)
    if not np.isfinite(best - worst):
        return None, f"no {'ceiling' if np.isfinite(worst) else 'floor'}"
    reached = max(known) if metric.higher_is_better else min(known)
    return max(0.0, (best - reached) / (best - worst)), None


def difficulty_shares(rooms: Mapping[str, Headroom]) -> tuple[dict[str, float], str | None]:
    """Task → its share of all headroom; empty, and the reason, where a task's is not known or none is left."""
    missing = [f"{reason} on {task}" for task, (_, reason) in rooms.items() if reason is not None]
    if missing:
        return {}, "; ".join(missing)
    weights = {task: room or 0.0 for task, (room, _) in rooms.items()}
    if not sum(weights.values()):
        return {}, "the single-task baselines reach the ceiling of every task"
    return weight_shares(weights), None


def difficulty_rows(
    models: Sequence[str], tasks: Sequence[TaskEvidence], lineage: Lineage, normalize: str, design: Design
) -> list[AggregateRow]:
    """The overall of each model if tasks weighed their headroom; its interval takes these weights to be known."""
    counted = [task for task in tasks if task.share]
    shares, unknown = difficulty_shares({task.name: _headroom(task, lineage) for task in counted})
    harder = reweighted(counted, shares)
    return [_row(model, harder, missing_scores(model, counted) or unknown, normalize, design) for model in models]


def _headroom(task: TaskEvidence, lineage: Lineage) -> Headroom:
    baselines = [task.value(model) for model in specialists(lineage, task.name)]
    return headroom(baselines, task.headline, task.floor, task.ceiling)


def _row(
    model: str, harder: Sequence[TaskEvidence], reason: str | None, normalize: str, design: Design
) -> AggregateRow:
    value, interval = None, Interval(None, None, "percentile", reason)
    if reason is None:
        mine = everywhere(model, harder)
        value = overall_value(mine, harder, normalize)
        interval = percentile_interval(overall_replicates(mine, harder, normalize), design.confidence)
    return AggregateRow(
        model=model,
        name=DIFFICULTY_WEIGHTED,
        value=value,
        ci_low=interval.low,
        ci_high=interval.high,
        reason=interval.reason,
    )
