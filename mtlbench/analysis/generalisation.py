"""How scores hold beyond the task as it stands: on another domain or split, and under other wordings of the input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from mtlbench.analysis.evidence import Design, TaskEvidence, known
from mtlbench.metrics.base import FloatArray
from mtlbench.results.schema import GapRow, TemplateRow
from mtlbench.stats.intervals import percentile_interval
from mtlbench.suite.declarations import Task

OWN = "input"
"""How the task's own template is called beside its `templates`."""

Kind = Literal["domain", "split"]
Sides = tuple[Sequence[TaskEvidence], Sequence[TaskEvidence]]
"""The tasks of another domain or split, and those that they are held against."""


def gap_rows(
    models: Sequence[str], tasks: Sequence[TaskEvidence], declared: Mapping[str, Task], design: Design
) -> list[GapRow]:
    """Each declared gap for each model that was run on one of its tasks.

    The gap is score there − score at home in points, its interval the percentiles of the replicates' differences: tasks of
    other rows are drawn independently, tasks over the same rows together.
    """
    return [
        _gap(model, kind, sides, design)
        for kind, sides in _gaps(tasks, declared)
        for model in models
        if any((model, task.headline.name) in task.statistics for side in sides for task in side)
    ]


def _gaps(tasks: Sequence[TaskEvidence], declared: Mapping[str, Task]) -> list[tuple[Kind, Sides]]:
    """A gap for each counterpart; without counterparts between domains, all tasks out of domain against all in it."""
    by_name = {task.name: task for task in tasks}
    found: list[tuple[Kind, Sides]] = []
    for task in tasks:
        there, home = task, by_name.get(declared[task.name].counterpart or "")
        if home is None:
            continue
        domains = declared[there.name].domain, declared[home.name].domain
        if domains == ("in", "out"):
            there, home = home, there
        found.append(("domain" if "out" in domains else "split", ([there], [home])))
    outside, inside = ([task for task in tasks if declared[task.name].domain == side] for side in ("out", "in"))
    if outside and inside and all(kind == "split" for kind, _ in found):
        found.append(("domain", (outside, inside)))
    return found


def _gap(model: str, kind: Kind, sides: Sides, design: Design) -> GapRow:
    names = [[task.name for task in side] for side in sides]
    headlines = list(dict.fromkeys(task.headline.name for side in sides for task in side))
    about: dict[str, Any] = {
        "model": model,
        "kind": kind,
        "tasks": names[0],
        "counterparts": names[1],
        "metric": ", ".join(headlines),
    }
    if len(headlines) > 1:
        return GapRow(**about, reason=f"the tasks have no headline in common: {', '.join(headlines)}")
    missing = next((task for side in sides for task in side if np.isnan(task.value(model))), None)
    if missing is not None:
        return GapRow(**about, reason=missing.reason(model, missing.headline))
    there, home = (float(np.mean([task.value(model) for task in side])) for side in sides)
    interval = percentile_interval(_drawn(model, sides[0]) - _drawn(model, sides[1]), design.confidence)
    ends = [end for end in (interval.low, interval.high) if end is not None]
    sign = 1 if sides[0][0].headline.higher_is_better else -1
    return GapRow(
        **about,
        value=there,
        reference=home,
        gap=there - home,
        ci_low=interval.low,
        ci_high=interval.high,
        relative=100 * (there - home) / home if home > 0 else None,
        worse=all(sign * end < 0 for end in ends) if ends else None,
        reason=interval.reason or (None if home > 0 else "no relative gap: the reference is not above 0"),
    )


def _drawn(model: str, tasks: Sequence[TaskEvidence]) -> FloatArray:
    """Replicates `[B]` of the mean of the headline scores."""
    drawn: FloatArray = np.mean([task.replicates[model, task.headline.name] for task in tasks], axis=0)
    return drawn


def template_rows(
    models: Sequence[str],
    tasks: Sequence[TaskEvidence],
    wordings: Mapping[str, Mapping[str, TaskEvidence]],
    design: Design,
) -> list[TemplateRow]:
    """A row for each model and each task that has templates; `wordings` are a task's rewordings, by template.

    All templates ask of the same rows, so replicates are shared: intervals are the percentiles of the mean, the standard
    deviation (n − 1), the worst score and the spread of each resample.
    """
    return [
        _template_row(model, task, {OWN: task, **wordings[task.name]}, design)
        for task in tasks
        if wordings.get(task.name)
        for model in models
        if (model, task.headline.name) in task.statistics
    ]


def _template_row(model: str, task: TaskEvidence, asked: Mapping[str, TaskEvidence], design: Design) -> TemplateRow:
    metric, keys = task.headline, list(asked)
    scores = np.array([each.value(model) for each in asked.values()])
    by_template = {key: known(score) for key, score in zip(keys, scores, strict=True)}
    about: dict[str, Any] = {"model": model, "task": task.name, "metric": metric.name, "scores": by_template}
    if np.isnan(scores).any():
        return TemplateRow(**about, reason=_unknown(model, task, asked))
    drawn = np.array([each.replicates[model, metric.name] for each in asked.values()])  # [templates, B]
    ascending = [keys[place] for place in np.argsort(scores, kind="stable")]
    worst, best = (ascending[0], ascending[-1]) if metric.higher_is_better else (ascending[-1], ascending[0])
    resamples = {
        "mean": drawn.mean(0),
        "sd": drawn.std(0, ddof=1),
        "worst": drawn.min(0) if metric.higher_is_better else drawn.max(0),
        "spread": np.ptp(drawn, axis=0),
    }
    intervals = {name: percentile_interval(values, design.confidence) for name, values in resamples.items()}
    return TemplateRow(
        **about,
        mean=float(scores.mean()),
        sd=float(scores.std(ddof=1)),
        worst=worst,
        worst_value=by_template[worst],
        best=best,
        best_value=by_template[best],
        spread=float(np.ptp(scores)),
        **{f"{name}_low": interval.low for name, interval in intervals.items()},
        **{f"{name}_high": interval.high for name, interval in intervals.items()},
        reason=next((interval.reason for interval in intervals.values() if interval.reason), None),
    )


def _unknown(model: str, task: TaskEvidence, asked: Mapping[str, TaskEvidence]) -> str:
    """Why a score under one of the templates is missing."""
    others = [each for key, each in asked.items() if key != OWN]
    if not any(model in each.answered for each in others) and not np.isnan(task.value(model)):
        return f"{model} has no answers to {task.name} in other words: it failed, or does not read the input as text"
    missing = next(each for each in asked.values() if np.isnan(each.value(model)))
    return missing.reason(model, missing.headline)
