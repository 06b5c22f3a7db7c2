"""The weighted score over all tasks, its interval, and ranks that say how far they can be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mtlbench.analysis.evidence import Design, TaskEvidence, known
from mtlbench.metrics.base import FloatArray, Metric
from mtlbench.results.schema import ComparisonRow, OverallRow
from mtlbench.stats.intervals import percentile_interval


def scaled(scores: FloatArray, task: TaskEvidence, normalize: str) -> FloatArray:
    """Scores on the scale of the overall: as they are, or 0 at the floor and 100 at the ceiling.

    100 · max(0, (s − floor) / (ceiling − floor)), per task before averaging, as Hugging Face's Open LLM Leaderboard v2
    does; with a metric of which less is better the floor lies above the ceiling.
    """
    if normalize == "none":
        return scores
    floor, ceiling = task_range(task)
    return np.maximum(0.0, 100.0 * (scores - floor) / (ceiling - floor))


def slope(task: TaskEvidence, normalize: str) -> float:
    """Points of the overall's scale per point of the task's score, by which a weighted test weighs the task."""
    if normalize == "none":
        return 1.0
    floor, ceiling = task_range(task)
    return 100.0 / (ceiling - floor)


def task_range(task: TaskEvidence) -> tuple[float, float]:
    """Floor and ceiling: declared, else the metric's worst and best value (0 is the worst a correlation can mean)."""
    return score_range(task.headline, task.floor, task.ceiling)


def score_range(metric: Metric, floor: float | None, ceiling: float | None) -> tuple[float, float]:
    """The declared floor and ceiling of a task, and those of its headline metric where there is none."""
    low, high = max(0.0, metric.bounds[0]), metric.bounds[1]
    worst, best = (low, high) if metric.higher_is_better else (high, low)
    return worst if floor is None else floor, best if ceiling is None else ceiling


def reweighted(tasks: Sequence[TaskEvidence], shares: Mapping[str, float]) -> list[TaskEvidence]:
    """The tasks with other shares of the overall; one that is not named has none."""
    return [replace(task, share=shares.get(task.name, 0.0)) for task in tasks]


def everywhere(model: str, tasks: Sequence[TaskEvidence]) -> dict[str, str]:
    """The same model for every task that counts."""
    return {task.name: model for task in tasks if task.share}


def overall_value(models: Mapping[str, str], tasks: Sequence[TaskEvidence], normalize: str) -> float:
    """Σ share · score over the tasks that count, each with its model of `models`; NaN where a score is missing.

    Weights are never renormalised.
    """
    scores = [(t.share, scaled(np.array(t.value(models[t.name])), t, normalize)) for t in tasks if t.share]
    return float(sum(share * score for share, score in scores))


def overall_replicates(models: Mapping[str, str], tasks: Sequence[TaskEvidence], normalize: str) -> FloatArray:
    """Bootstrap replicates `[B]` of `overall_value`, examples being drawn within each task."""
    drawn = [(t.share, t.replicates[models[t.name], t.headline.name], t) for t in tasks if t.share]
    total: FloatArray = np.sum([share * scaled(scores, t, normalize) for share, scores, t in drawn], axis=0)
    return total


def coverage(model: str, tasks: Sequence[TaskEvidence]) -> float:
    """Share of the tasks' weight on which the model has a score."""
    return float(sum(task.share for task in tasks if not np.isnan(task.value(model))))


def overall_rows(
    models: Sequence[str],
    tasks: Sequence[TaskEvidence],
    normalize: str,
    comparisons: Sequence[ComparisonRow],
    design: Design,
) -> list[OverallRow]:
    """Ranked models first, best first; then those that lack a task, in the suite's order.

    `comparisons` are the paired tests between ranked models, adjusted as one family.
    """
    values = {model: overall_value(everywhere(model, tasks), tasks, normalize) for model in models}
    ranked = sorted((model for model in models if not np.isnan(values[model])), key=lambda model: -values[model])
    better = superiority(ranked, comparisons)
    lows, highs = rank_ranges(better)
    groups = rank_groups(better)
    rows = []
    for place, model in enumerate(ranked):
        interval = percentile_interval(
            overall_replicates(everywhere(model, tasks), tasks, normalize), design.confidence
        )
        rows.append(
            OverallRow(
                model=model,
                value=values[model],
                ci_low=interval.low,
                ci_high=interval.high,
                rank=1 + sum(values[other] > values[model] for other in ranked),
                rank_low=lows[place],
                rank_high=highs[place],
                group=groups[place],
                coverage=1.0,
                reason=interval.reason,
            )
        )
    return rows + [_unranked(model, tasks) for model in models if np.isnan(values[model])]


def superiority(ranked: Sequence[str], comparisons: Sequence[ComparisonRow]) -> NDArray[np.bool_]:
    """`[S, S]`: whether the row's model is significantly better than the column's."""
    place = {model: index for index, model in enumerate(ranked)}
    better = np.zeros((len(ranked), len(ranked)), dtype=bool)
    for row in comparisons:
        if row.significant and row.delta is not None and row.model in place and row.baseline in place:
            pair = place[row.model], place[row.baseline]
            better[pair if row.delta > 0 else pair[::-1]] = True
    return better


def rank_ranges(better: NDArray[np.bool_]) -> tuple[list[int], list[int]]:
    """Lowest and highest rank of each model: 1 + those significantly better, S − those significantly worse.

    Where the tests hold the family-wise error, the ranges hold all true ranks at once with the same confidence (Mogstad,
    Romano, Shaikh and Wilhelm 2024).
    """
    return [int(1 + n) for n in better.sum(0)], [int(len(better) - n) for n in better.sum(1)]


def rank_groups(better: NDArray[np.bool_]) -> list[int]:
    """Groups of models in order of rank, as WMT displays them: a new one begins with the first model to which some model
    of the open group is significantly superior. For display: not being separable is not transitive.
    """
    groups: list[int] = []
    start = number = 0
    for place in range(len(better)):
        if place == 0 or better[start:place, place].any():
            start, number = place, number + 1
        groups.append(number)
    return groups


def _unranked(model: str, tasks: Sequence[TaskEvidence]) -> OverallRow:
    return OverallRow(
        model=model,
        value=None,
        ci_low=None,
        ci_high=None,
        rank=None,
        rank_low=None,
        rank_high=None,
        group=None,
        coverage=known(coverage(model, tasks)) or 0.0,
        reason=missing_scores(model, tasks),
    )


def missing_scores(model: str, tasks: Sequence[TaskEvidence]) -> str | None:
    """Which of the tasks that count the model has no score on; None where it has all."""
    missing = [task.name for task in tasks if task.share and np.isnan(task.value(model))]
    shown = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
    return f"no score on {shown}" if missing else None


def weight_shares(weights: Mapping[str, float]) -> dict[str, float]:
    """Weights as shares that sum to 1."""
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def lower_is_better(tasks: Sequence[TaskEvidence]) -> str | None:
    """Why scores cannot be put together as they are, if some run the other way."""
    lower = [task.name for task in tasks if not task.headline.higher_is_better]
    return f"less is better on {', '.join(lower)}" if lower else None
