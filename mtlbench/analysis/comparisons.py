"""Paired differences between models on the same examples: how large, how sure, and against which baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from mtlbench.analysis.claims import Claim, no_claim, overall_claim, task_claim, tested
from mtlbench.analysis.evidence import Design, TaskEvidence
from mtlbench.analysis.lineage import Lineage
from mtlbench.analysis.overall import everywhere, overall_value
from mtlbench.results.schema import ComparisonRow

BASELINES = "single-task baselines"
"""What the overall of a multi-task model is compared with: on each task, the model trained on that task alone."""


def baseline_comparisons(
    lineage: Lineage, tasks: Sequence[TaskEvidence], normalize: str, design: Design
) -> list[ComparisonRow]:
    """Each multi-task model against the single-task baselines, per task and overall; one model's tests are a family."""
    rows: list[ComparisonRow] = []
    for model in lineage.multi_task:
        baselines = lineage.baselines(model)
        mine = [
            task_claim(task, model, baseline, design)
            for task in tasks
            for baseline in baselines.get(task.name, ())
            if (model, task.headline.name) in task.statistics
        ]
        if mine:
            rows += tested([*mine, _with_baselines(model, baselines, tasks, normalize, design)], design)
    return rows


def ranking_comparisons(
    models: Sequence[str], tasks: Sequence[TaskEvidence], normalize: str, design: Design
) -> list[ComparisonRow]:
    """Every two models that have all tasks, by their overall scores; all tests are one family."""
    values = {model: overall_value(everywhere(model, tasks), tasks, normalize) for model in models}
    ranked = sorted((model for model in models if not np.isnan(values[model])), key=lambda model: -values[model])
    choices = {model: everywhere(model, tasks) for model in ranked}
    return tested(
        [
            overall_claim((first, second), choices[first], choices[second], tasks, normalize, design)
            for first, second in combinations(ranked, 2)
        ],
        design,
    )


def _with_baselines(
    model: str, baselines: Mapping[str, Sequence[str]], tasks: Sequence[TaskEvidence], normalize: str, design: Design
) -> Claim:
    """The overall of the model, minus that of its baselines, each on its own task (the first declared, if several)."""
    counted = [task for task in tasks if task.share]
    rivals = {task.name: baselines[task.name][0] for task in counted if baselines.get(task.name)}
    without = [task.name for task in counted if task.name not in rivals]
    names = (model, BASELINES)
    if without:
        return no_claim(names, f"no single-task baseline for {', '.join(without)}")
    for task in counted:
        for name in (model, rivals[task.name]):
            if np.isnan(task.value(name)):
                return no_claim(names, task.reason(name, task.headline))
    return overall_claim(names, everywhere(model, tasks), rivals, tasks, normalize, design)
