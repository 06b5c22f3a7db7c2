"""Are tasks evaluated as they were trained? Training shares beside the weights of the overall, and the overall by both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mtlbench.analysis.aggregates import ranks
from mtlbench.analysis.evidence import Design, TaskEvidence
from mtlbench.analysis.lineage import Lineage
from mtlbench.analysis.overall import (
    everywhere,
    lower_is_better,
    missing_scores,
    overall_replicates,
    overall_value,
    reweighted,
    weight_shares,
)
from mtlbench.metrics.base import FloatArray
from mtlbench.results.schema import AlignmentRow
from mtlbench.stats.intervals import Interval, percentile_interval

FAR_TIMES = 2.0
FAR_POINTS = 0.05
"""A task is evaluated far above its training: so many times its share of it, and so much more of the whole."""
FEWEST_RANKED = 3
"""Tasks that a rank correlation takes."""

Weighed = tuple[float | None, FloatArray, str | None]
"""An overall score and its replicates `[B]`; or None, none, and the reason."""


def alignment_rows(
    lineage: Lineage, tasks: Sequence[TaskEvidence], normalize: str, design: Design
) -> list[AlignmentRow]:
    """Each multi-task model, its training shares being over all that it was trained on, in the suite or not."""
    return [
        _row(model, {task: shares[task] for task in lineage.models[model].tasks}, tasks, normalize, design)
        for model in lineage.multi_task
        if (shares := lineage.models[model].shares) is not None
    ]


def total_variation(first: FloatArray, second: FloatArray) -> float:
    """½Σ|first − second| of two distributions `[T]`: the share that would have to move."""
    return float(np.abs(first - second).sum() / 2)


def rank_correlation(first: FloatArray, second: FloatArray) -> tuple[float | None, str | None]:
    """Spearman's ρ of two arrays `[T]`; None, and the reason, of fewer than 3 or where one is constant."""
    if len(first) < FEWEST_RANKED:
        return None, f"a rank correlation takes {FEWEST_RANKED} tasks"
    placed = ranks(np.stack([first, second], 1), [True, True])
    for column, name in zip(placed.T, ("training shares", "weights"), strict=True):
        if np.ptp(column) == 0:
            return None, f"all {name} are equal, so they have no order to compare"
    return float(np.asarray(np.corrcoef(placed.T))[0, 1]), None


def _row(
    model: str, trained_on: Mapping[str, float], tasks: Sequence[TaskEvidence], normalize: str, design: Design
) -> AlignmentRow:
    trained = weight_shares(trained_on)
    weights = {task.name: task.share for task in tasks if task.share}
    names = list(dict.fromkeys([*weights, *trained]))
    by_training = np.array([trained.get(name, 0.0) for name in names])
    by_weight = np.array([weights.get(name, 0.0) for name in names])
    correlation, no_order = rank_correlation(by_training, by_weight)
    evaluated = _weighed(model, tasks, normalize)
    as_trained = _weighed(model, _by_training(tasks, trained), normalize)
    scores = {"evaluated": evaluated, "trained": as_trained, "difference": _minus(as_trained, evaluated)}
    intervals = {name: _interval(weighed, design) for name, weighed in scores.items()}
    reasons = [no_order, *(interval.reason for interval in intervals.values())]
    far = (by_weight >= FAR_TIMES * by_training) & (by_weight >= by_training + FAR_POINTS)
    present = {task.name for task in tasks}
    return AlignmentRow(
        model=model,
        total_variation=total_variation(by_training, by_weight),
        rank_correlation=correlation,
        under_trained=[name for name, is_far in zip(names, far, strict=True) if is_far],
        unevaluated=[name for name in trained if name not in present],
        **{name: weighed[0] for name, weighed in scores.items()},
        **{f"{name}_low": interval.low for name, interval in intervals.items()},
        **{f"{name}_high": interval.high for name, interval in intervals.items()},
        reason="; ".join(dict.fromkeys(reason for reason in reasons if reason)) or None,
    )


def _by_training(tasks: Sequence[TaskEvidence], trained: Mapping[str, float]) -> list[TaskEvidence]:
    """The tasks of the run as they weighed in training; none counts where it was on others alone."""
    shares = {task.name: trained[task.name] for task in tasks if task.name in trained}
    return reweighted(tasks, weight_shares(shares) if shares else {})


def _weighed(model: str, tasks: Sequence[TaskEvidence], normalize: str) -> Weighed:
    counted = [task for task in tasks if task.share]
    reason = missing_scores(model, counted) if counted else "trained on no task of the suite"
    if normalize == "none":
        reason = reason or lower_is_better(counted)
    if reason is not None:
        return None, np.empty(0), reason
    mine = everywhere(model, counted)
    return overall_value(mine, counted, normalize), overall_replicates(mine, counted, normalize), None


def _minus(first: Weighed, second: Weighed) -> Weighed:
    if first[0] is None or second[0] is None:
        return None, np.empty(0), first[2] or second[2]
    return first[0] - second[0], first[1] - second[1], None


def _interval(weighed: Weighed, design: Design) -> Interval:
    if weighed[0] is None:
        return Interval(None, None, "none", weighed[2])
    return percentile_interval(weighed[1], design.confidence)
