"""Paired differences between models on the same examples: how large, how sure, and against which baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from mtlbench.analysis.evidence import Design, TaskEvidence
from mtlbench.analysis.overall import everywhere, overall_replicates, overall_value, slope
from mtlbench.metrics.base import FloatArray
from mtlbench.results.schema import ComparisonRow
from mtlbench.stats.intervals import percentile_interval
from mtlbench.stats.multiplicity import holm
from mtlbench.stats.permutation import Pair, weighted_test

OVERALL = "overall"
BASELINES = "single-task baselines"
"""What the overall of a multi-task model is compared with: on each task, the model trained on that task alone."""

TrainedOn = Mapping[str, Mapping[str, float] | None]


def single_task_baselines(trained_on: TrainedOn) -> dict[str, list[str]]:
    """Task → the models that were trained on it and on nothing else."""
    found: dict[str, list[str]] = {}
    for model, weights in trained_on.items():
        tasks = [task for task, weight in (weights or {}).items() if weight > 0]
        if len(tasks) == 1:
            found.setdefault(tasks[0], []).append(model)
    return found


def multi_task_models(trained_on: TrainedOn) -> list[str]:
    """The models that were trained on two tasks or more."""
    return [model for model, weights in trained_on.items() if sum(w > 0 for w in (weights or {}).values()) > 1]


def baseline_comparisons(
    trained_on: TrainedOn, tasks: Sequence[TaskEvidence], normalize: str, design: Design
) -> list[ComparisonRow]:
    """Each multi-task model against the single-task baselines, per task and overall; one model's tests are a family."""
    baselines = single_task_baselines(trained_on)
    rows: list[ComparisonRow] = []
    for model in multi_task_models(trained_on):
        mine = [
            _on_task(task, model, baseline, design)
            for task in tasks
            for baseline in baselines.get(task.name, ())
            if (model, task.headline.name) in task.statistics
        ]
        if mine:
            rows += adjusted([*mine, _with_baselines(model, baselines, tasks, normalize, design)], design)
    return rows


def ranking_comparisons(
    models: Sequence[str], tasks: Sequence[TaskEvidence], normalize: str, design: Design
) -> list[ComparisonRow]:
    """Every two models that have all tasks, by their overall scores; all tests are one family."""
    values = {model: overall_value(everywhere(model, tasks), tasks, normalize) for model in models}
    ranked = sorted((model for model in models if not np.isnan(values[model])), key=lambda model: -values[model])
    drawn = {model: overall_replicates(everywhere(model, tasks), tasks, normalize) for model in ranked}
    counted = [task for task in tasks if task.share]
    rows = [
        _row(
            OVERALL,
            OVERALL,
            (first, second),
            values[first] - values[second],
            drawn[first] - drawn[second],
            [task.pair(first, second, task.share * slope(task, normalize)) for task in counted],
            design,
        )
        for first, second in combinations(ranked, 2)
    ]
    return adjusted(rows, design)


def adjusted(rows: Sequence[ComparisonRow], design: Design) -> list[ComparisonRow]:
    """The rows as one family: p-values adjusted by Holm, and what is significant at 1 − confidence."""
    p_values = [row.p_value for row in rows]
    corrected = holm(p_values) if design.correct else p_values
    return [
        row.model_copy(update={"p_adjusted": p, "significant": None if p is None else p <= 1 - design.confidence})
        for row, p in zip(rows, corrected, strict=True)
    ]


def _on_task(task: TaskEvidence, model: str, baseline: str, design: Design) -> ComparisonRow:
    metric = task.headline.name
    missing = [name for name in (model, baseline) if np.isnan(task.value(name))]
    if missing:
        return _null(task.name, metric, (model, baseline), task.reason(missing[0], task.headline))
    return _row(
        task.name,
        metric,
        (model, baseline),
        task.value(model) - task.value(baseline),
        task.replicates[model, metric] - task.replicates[baseline, metric],
        [task.pair(model, baseline)],
        design,
    )


def _with_baselines(
    model: str, baselines: Mapping[str, Sequence[str]], tasks: Sequence[TaskEvidence], normalize: str, design: Design
) -> ComparisonRow:
    """The overall of the model, minus that of its baselines, each on its own task (the first declared, if several)."""
    counted = [task for task in tasks if task.share]
    rivals = {task.name: baselines[task.name][0] for task in counted if baselines.get(task.name)}
    without = [task.name for task in counted if task.name not in rivals]
    if without:
        return _null(OVERALL, OVERALL, (model, BASELINES), f"no single-task baseline for {', '.join(without)}")
    names = (model, BASELINES)
    for task in counted:
        for name in (model, rivals[task.name]):
            if np.isnan(task.value(name)):
                return _null(OVERALL, OVERALL, names, task.reason(name, task.headline))
    mine = everywhere(model, tasks)
    return _row(
        OVERALL,
        OVERALL,
        names,
        overall_value(mine, tasks, normalize) - overall_value(rivals, tasks, normalize),
        overall_replicates(mine, tasks, normalize) - overall_replicates(rivals, tasks, normalize),
        [task.pair(model, rivals[task.name], task.share * slope(task, normalize)) for task in counted],
        design,
    )


def _row(
    task: str,
    metric: str,
    names: tuple[str, str],
    delta: float,
    differences: FloatArray,
    pairs: Sequence[Pair],
    design: Design,
) -> ComparisonRow:
    interval = percentile_interval(differences, design.confidence)
    test = weighted_test(pairs, seed=design.seed, rounds=design.permutations)
    kind = "exact" if test.exact else f"{test.rounds} rounds"
    return ComparisonRow(
        task=task,
        metric=metric,
        model=names[0],
        baseline=names[1],
        delta=delta,
        ci_low=interval.low,
        ci_high=interval.high,
        p_value=test.p_value,
        p_adjusted=None,
        test=f"paired permutation, {kind}",
        significant=None,
        reason=interval.reason or test.reason,
    )


def _null(task: str, metric: str, names: tuple[str, str], reason: str) -> ComparisonRow:
    return ComparisonRow(
        task=task,
        metric=metric,
        model=names[0],
        baseline=names[1],
        delta=None,
        ci_low=None,
        ci_high=None,
        p_value=None,
        p_adjusted=None,
        test="none",
        significant=None,
        reason=reason,
    )
