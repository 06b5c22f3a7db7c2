"""Balance: how evenly a model's scores lie over the tasks, and how firm its rank is.

Scores are put between floor and ceiling first, whatever the overall does, so that a hard task does not pass for a weak
spot, and tasks count alike. Ranks are those of the overall.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mtlbench.analysis.evidence import Design, TaskEvidence
from mtlbench.analysis.overall import everywhere, missing_scores, overall_replicates, scaled, task_range
from mtlbench.metrics.base import FloatArray
from mtlbench.results.schema import BalanceRow
from mtlbench.stats.intervals import Interval, percentile_interval

LEAST_MEAN = 5.0
"""Points: a spread is not told as a part of a mean below this, which chance can double or halve."""

_NO_INTERVAL = Interval(None, None, "none")


def gini(scores: FloatArray) -> FloatArray:
    """Gini's coefficient `[...]` of scores `[T, ...]`: Σᵢ(2i − T − 1)·s₍ᵢ₎ / (T·Σs), 0 where all are equal."""
    size = len(scores)
    order = 2.0 * np.arange(1, size + 1) - size - 1
    return _ratio(np.tensordot(order, np.sort(scores, axis=0), 1), size * scores.sum(0))


def variation(scores: FloatArray) -> FloatArray:
    """The coefficient of variation `[...]` of scores `[T, ...]`: sd (ddof 0) ÷ mean."""
    return _ratio(scores.std(0), scores.mean(0))


MEASURES: Mapping[str, Callable[[FloatArray], FloatArray]] = {
    "mean": lambda scores: scores.mean(0),
    "worst_task": lambda scores: scores.min(0),
    "sd": lambda scores: scores.std(0),
    "cv": variation,
    "gini": gini,
}
"""Functions of scores `[T, ...]`. The tasks are all there are, not a sample of others, so the sd has ddof 0."""
SPREADS = ("sd", "cv", "gini")
SHARES_OF_MEAN = ("cv", "gini")
PLACES = ("rank_kept", "best_rank", "worst_rank")


def balance_rows(
    models: Sequence[str], tasks: Sequence[TaskEvidence], normalize: str, design: Design
) -> list[BalanceRow]:
    """Every measure of each model that has all the tasks that count."""
    counted = [task for task in tasks if task.share]
    ranked = [model for model in models if missing_scores(model, counted) is None]
    places = list(_places(ranked, counted, normalize))
    return [row for model in ranked for row in (*_spread(model, counted, design), *places) if row.model == model]


def _spread(model: str, tasks: Sequence[TaskEvidence], design: Design) -> Iterator[BalanceRow]:
    boundless = [task.name for task in tasks if not np.isfinite(task_range(task)).all()]
    if boundless:
        reason = f"no floor or ceiling on {', '.join(boundless)}"
        yield from (_row(model, name, reason=reason) for name in MEASURES)
        return
    scores = np.array([scaled(np.array(task.value(model)), task, "floor_ceiling") for task in tasks])
    drawn = np.array([scaled(task.replicates[model, task.headline.name], task, "floor_ceiling") for task in tasks])
    for name, measure in MEASURES.items():
        if len(scores) < 2 and name in SPREADS:
            yield _row(model, name, reason="fewer than 2 tasks")
        elif scores.mean() < LEAST_MEAN and name in SHARES_OF_MEAN:
            yield _row(model, name, reason=f"the mean is below {LEAST_MEAN:g} points, too near 0 to divide by")
        else:
            worst = tasks[int(scores.argmin())].name if name == "worst_task" else None
            interval = percentile_interval(measure(drawn), design.confidence)
            yield _row(model, name, float(measure(scores)), worst, interval)


def _places(models: Sequence[str], tasks: Sequence[TaskEvidence], normalize: str) -> Iterator[BalanceRow]:
    """How firm each model's rank is: in resamples of the examples, and without each task in turn."""
    if len(models) < 2:
        yield from (_row(model, name, reason="no other model is ranked") for model in models for name in PLACES)
        return
    parts = np.array(
        [[task.share * scaled(np.array(task.value(model)), task, normalize) for task in tasks] for model in models]
    )
    ranks = _ranks(parts.sum(1))
    drawn = np.array([overall_replicates(everywhere(model, tasks), tasks, normalize) for model in models])
    drawn = drawn[:, ~np.isnan(drawn).any(0)]
    kept = (_ranks(drawn) == ranks[:, None]).sum(1)
    without = _ranks(parts.sum(1, keepdims=True) - parts)
    for model, rank, held, others in zip(models, ranks, kept, without, strict=True):
        if drawn.size:
            yield _row(model, "rank_kept", float(held / drawn.shape[1]))
        else:
            yield _row(model, "rank_kept", reason="no resample has all scores")
        for name, place in (("best_rank", int(others.argmin())), ("worst_rank", int(others.argmax()))):
            if len(tasks) < 2:
                yield _row(model, name, reason="fewer than 2 tasks")
            else:
                task = tasks[place].name if others[place] != rank else None
                yield _row(model, name, float(others[place]), task)


def _ranks(scores: FloatArray) -> NDArray[np.intp]:
    """Ranks `[S, ...]` of scores `[S, ...]`: 1 + the models above, as the overall's."""
    return np.asarray(1 + (scores[None] > scores[:, None]).sum(1))


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    """NaN where the divisor is 0."""
    ratio: FloatArray = np.divide(above, below, out=np.full(np.shape(above), np.nan), where=np.asarray(below) != 0)
    return ratio


def _row(
    model: str,
    name: str,
    value: float | None = None,
    task: str | None = None,
    interval: Interval = _NO_INTERVAL,
    reason: str | None = None,
) -> BalanceRow:
    return BalanceRow(
        model=model,
        name=name,
        value=value,
        ci_low=interval.low,
        ci_high=interval.high,
        task=task,
        reason=reason or interval.reason,
    )
