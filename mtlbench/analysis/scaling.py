"""Score against size: a line through the scores of multi-task models by the logarithm of their parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mtlbench.analysis.claims import OVERALL
from mtlbench.analysis.evidence import Design, TaskEvidence
from mtlbench.analysis.lineage import Lineage
from mtlbench.analysis.overall import everywhere, overall_replicates, overall_value
from mtlbench.metrics.base import FloatArray
from mtlbench.results.schema import ScalingRow
from mtlbench.stats.intervals import percentile_interval
from mtlbench.stats.lines import fit_line, slope_interval, slopes

FEWEST_SIZES = 3
SAME_SIZE = 1.1
"""Sizes within this ratio are one: adapters on one base, or heads on one encoder, tell nothing of scale."""

Scores = dict[str, FloatArray]
"""Model → its score, then its replicates `[1 + B]`."""


def scaling_rows(
    lineage: Lineage,
    parameters: Mapping[str, int | None],
    tasks: Sequence[TaskEvidence],
    normalize: str,
    design: Design,
) -> list[ScalingRow]:
    """A row for every task, then the overall, where two multi-task models or more have a score and a known size."""
    sizes = {model: number for model in lineage.multi_task if (number := parameters[model])}
    found: list[tuple[str, str, Scores]] = [
        (task.name, task.headline.name, _on_task(list(sizes), task)) for task in tasks
    ]
    found.append((OVERALL, OVERALL, _over_all(list(sizes), tasks, normalize)))
    return [_row(task, metric, scores, sizes, design) for task, metric, scores in found if len(scores) > 1]


def count_sizes(parameters: Sequence[int]) -> int:
    """How many different sizes there are, from the smallest on."""
    last, count = 0.0, 0
    for number in sorted(parameters):
        if number > last * SAME_SIZE:
            last, count = number, count + 1
    return count


def _on_task(models: Sequence[str], task: TaskEvidence) -> Scores:
    return {
        model: np.append(task.value(model), task.replicates[model, task.headline.name])
        for model in models
        if not np.isnan(task.value(model))
    }


def _over_all(models: Sequence[str], tasks: Sequence[TaskEvidence], normalize: str) -> Scores:
    choices = {model: everywhere(model, tasks) for model in models}
    values = {model: overall_value(choice, tasks, normalize) for model, choice in choices.items()}
    return {
        model: np.append(value, overall_replicates(choices[model], tasks, normalize))
        for model, value in values.items()
        if not np.isnan(value)
    }


def _row(task: str, metric: str, scores: Scores, parameters: Mapping[str, int], design: Design) -> ScalingRow:
    numbers = [parameters[model] for model in scores]
    sizes = count_sizes(numbers)
    row = ScalingRow(
        task=task,
        metric=metric,
        models=list(scores),
        sizes=sizes,
        slope=None,
        ci_low=None,
        ci_high=None,
        resampled_low=None,
        resampled_high=None,
        intercept=None,
        r2=None,
        reason=f"a line takes {FEWEST_SIZES} sizes of multi-task models, and there are {sizes}",
    )
    if sizes < FEWEST_SIZES:
        return row
    across, drawn = np.log10(numbers), np.array(list(scores.values()))
    line = fit_line(across, drawn[:, 0])
    interval = slope_interval(across, drawn[:, 0], design.confidence)
    resampled = percentile_interval(slopes(across, drawn[:, 1:]), design.confidence)
    found = {
        "slope": line.slope,
        "ci_low": interval.low,
        "ci_high": interval.high,
        "resampled_low": resampled.low,
        "resampled_high": resampled.high,
        "intercept": line.intercept,
        "r2": line.r2,
        "reason": resampled.reason if line.r2 is not None else "all scores are equal: there is no variance to explain",
    }
    return row.model_copy(update=found)
