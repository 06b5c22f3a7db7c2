"""Other ways to make one number of a model's scores, beside the weighted mean: what each hides, another shows.

A model that lacks a task has none of them, and votes in none: leaving it out of a column would favour it or the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from mtlbench.analysis.evidence import Design, TaskEvidence, known
from mtlbench.analysis.overall import everywhere, lower_is_better, missing_scores, overall_value, scaled
from mtlbench.metrics.base import FloatArray
from mtlbench.results.schema import AggregateRow
from mtlbench.stats.intervals import Interval, percentile_interval
from mtlbench.stats.seeds import TASKS, generator

FEWEST_TASKS = 5
"""Below so many tasks, drawing among them says nothing of other tasks."""

NAMES = (
    "geometric_mean",
    "harmonic_mean",
    "worst_task",
    "metric_mean",
    "mean_rank",
    "win_rate",
    "borda",
    "task_bootstrap",
)

Number = tuple[float | None, str | None]
"""A value, or None and the reason."""


def aggregate_rows(
    models: Sequence[str], tasks: Sequence[TaskEvidence], normalize: str, design: Design
) -> list[AggregateRow]:
    """Every aggregate of every model, over the tasks that count."""
    counted = [task for task in tasks if task.share]
    missing = {model: missing_scores(model, counted) for model in models}
    complete = [model for model in models if missing[model] is None]
    votes = _votes(complete, counted)
    return [row for model in models for row in _rows(model, missing[model], votes, counted, normalize, design)]


def _rows(
    model: str,
    missing: str | None,
    votes: Mapping[str, Mapping[str, float]],
    tasks: Sequence[TaskEvidence],
    normalize: str,
    design: Design,
) -> Iterator[AggregateRow]:
    if missing is not None:
        for name in NAMES:
            yield AggregateRow(model=model, name=name, value=None, ci_low=None, ci_high=None, reason=missing)
        return
    scores = np.array([float(scaled(np.array(task.value(model)), task, normalize)) for task in tasks])
    shares = np.array([task.share for task in tasks])
    mixed = None if normalize != "none" else lower_is_better(tasks)
    found: dict[str, Number] = {
        "geometric_mean": (None, mixed) if mixed else geometric_mean(scores, shares),
        "harmonic_mean": (None, mixed) if mixed else harmonic_mean(scores, shares),
        "worst_task": (None, mixed) if mixed else (float(scores.min()), None),
        "metric_mean": _metric_mean(model, tasks),
    }
    for name, by_model in votes.items():
        value = known(by_model[model])
        found[name] = (value, None if value is not None else "no other model has every task")
    for name, (value, reason) in found.items():
        yield AggregateRow(model=model, name=name, value=value, ci_low=None, ci_high=None, reason=reason)
    interval = task_bootstrap(scores, shares, design)
    yield AggregateRow(
        model=model,
        name="task_bootstrap",
        value=overall_value(everywhere(model, tasks), tasks, normalize),
        ci_low=interval.low,
        ci_high=interval.high,
        reason=interval.reason,
    )


def geometric_mean(scores: FloatArray, shares: FloatArray) -> Number:
    """exp(Σ share·ln s) of the scores `[T]`, defined where all are above 0."""
    if scores.min() <= 0:
        return None, "a score is not above 0"
    return float(np.exp(shares @ np.log(scores))), None


def harmonic_mean(scores: FloatArray, shares: FloatArray) -> Number:
    """1 / Σ(share / s) of the scores `[T]`, defined where all are above 0."""
    if scores.min() <= 0:
        return None, "a score is not above 0"
    return float(1.0 / (shares / scores).sum()), None


def ranks(scores: FloatArray, higher: Sequence[bool]) -> FloatArray:
    """Ranks `[S, T]` of the models of a table `[S, T]` in each task, 1 the best; equal scores share the mean of theirs."""
    oriented = np.where(higher, scores, -scores)
    above = (oriented[None] > oriented[:, None]).sum(1)
    level = (oriented[None] == oriented[:, None]).sum(1)
    return np.asarray(above + (level + 1) / 2, dtype=np.float64)


def win_rates(scores: FloatArray, higher: Sequence[bool]) -> FloatArray:
    """HELM's mean win rate on 0–100 `[S]` of a table `[S, T]`, in which NaN is a missing score.

    The mean over a model's columns of (wins + ties/2) / (models in the column − 1); a column of fewer than two models
    does not count, and a model without a column has NaN (`compute_aggregate_row_win_rates`).
    """
    there = ~np.isnan(scores)
    size = there.sum(0)
    oriented = np.where(higher, scores, -scores)
    others = there[None] & there[:, None]
    wins = ((oriented[:, None] > oriented[None]) & others).sum(1)
    ties = ((oriented[:, None] == oriented[None]) & others).sum(1) - there
    counts = there & (size > 1)
    rates = np.divide(wins + ties / 2, np.maximum(size - 1, 1), out=np.zeros(scores.shape), where=counts)
    mean = np.full(len(scores), np.nan)
    np.divide(100.0 * rates.sum(1), counts.sum(1), out=mean, where=counts.any(1))
    return mean


def task_bootstrap(scores: FloatArray, shares: FloatArray, design: Design) -> Interval:
    """Would it hold on other tasks? The percentile interval of the weighted mean of T tasks drawn from the T at hand.

    It asks of tasks like these, as if drawn from one pool, what the overall's own interval asks of examples; all models
    see the same draws.
    """
    if len(scores) < FEWEST_TASKS:
        return Interval(None, None, "percentile", f"fewer than {FEWEST_TASKS} tasks")
    drawn = generator(design.seed, "tasks", TASKS, 0).multinomial(
        len(scores), np.full(len(scores), 1 / len(scores)), size=design.resamples
    )
    return percentile_interval((drawn * shares) @ scores / ((drawn * shares).sum(1)), design.confidence)


def _votes(models: Sequence[str], tasks: Sequence[TaskEvidence]) -> dict[str, dict[str, float]]:
    """mean_rank, win_rate and borda of the models that have every task: name → model → value.

    Borda's count is Σ over tasks of (models − rank), as MTEB's.
    """
    table = np.array([[task.value(model) for task in tasks] for model in models]).reshape(len(models), len(tasks))
    higher = [task.headline.higher_is_better for task in tasks]
    placed = ranks(table, higher)
    found = {"mean_rank": placed.mean(1), "win_rate": win_rates(table, higher), "borda": (len(models) - placed).sum(1)}
    return {name: dict(zip(models, values.tolist(), strict=True)) for name, values in found.items()}


def _metric_mean(model: str, tasks: Sequence[TaskEvidence]) -> Number:
    """(1/T)·Σ over tasks of the mean of the task's metrics: GLUE's average. Rates of failure are left out."""
    if mixed := lower_is_better(tasks):
        return None, mixed
    means = []
    for task in tasks:
        metrics = [metric for metric in task.metrics if metric.higher_is_better]
        scores = [task.values.get((model, metric.name), np.nan) for metric in metrics]
        for metric, score in zip(metrics, scores, strict=True):
            if np.isnan(score):
                return None, f"no {metric.name} on {task.name}: {task.reason(model, metric)}"
        means.append(float(np.mean(scores)))
    return float(np.mean(means)), None
