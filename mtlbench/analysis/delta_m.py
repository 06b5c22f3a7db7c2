"""Δm: the mean relative gain of a multi-task model over its single-task baselines, in both conventions in use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mtlbench.analysis.estimates import Drawn, estimate
from mtlbench.analysis.evidence import Cell, Design, TaskEvidence
from mtlbench.analysis.lineage import Lineage
from mtlbench.analysis.methods import drawn_scores
from mtlbench.metrics.base import FloatArray, Metric
from mtlbench.results.schema import DeltaMRow

_ByTask = Mapping[str, Mapping[Cell, Drawn]]
"""Task → each score, then its replicates."""

RATES_OF_FAILURE = frozenset({"invalid_rate"})
"""Not what a task is trained for, and 0 for a good baseline, from which no relative gain can be told."""


@dataclass(frozen=True, slots=True)
class _Convention:
    """`better` is the direction in which its values improve."""

    better: Literal["higher", "lower"]
    source: str
    value: Callable[[Sequence[FloatArray]], FloatArray]


def task_first(gains: Sequence[FloatArray]) -> FloatArray:
    """(100/T)·Σ_t (1/M_t)·Σ_m g_tm: positive is better. `gains` are relative ones, `[M_t, ...]` for each task."""
    return np.asarray(100.0 * np.mean([each.mean(axis=0) for each in gains], axis=0))


def metric_flat(gains: Sequence[FloatArray]) -> FloatArray:
    """−(100/M)·Σ g over all M metrics of all tasks: a drop, so positive is worse. `gains` as in `task_first`."""
    return np.asarray(-100.0 * np.concatenate(gains).mean(axis=0))


CONVENTIONS: Mapping[str, _Convention] = {
    "task_first": _Convention("higher", "Maninis et al. 2019", task_first),
    "metric_flat": _Convention("lower", "CAGrad (Liu et al. 2021), Nash-MTL, FAMO", metric_flat),
}


def relative_gain(new: FloatArray, base: FloatArray, higher: bool) -> FloatArray:
    """u(N − B)/B with u = 1 where higher is better, else −1; NaN where B ≤ 0, at which it is undefined or its sign lies."""
    gain = np.divide(new - base, base, out=np.full(np.shape(base), np.nan), where=np.asarray(base > 0))
    return np.asarray(gain if higher else -gain)


@dataclass(frozen=True, slots=True)
class _Rivals:
    """A task that a multi-task model was trained on, and the model trained on it alone (the first declared, if several)."""

    task: TaskEvidence
    model: str
    baseline: str

    @property
    def metrics(self) -> list[Metric]:
        """Those that either model gives outputs for, and always the headline."""
        return [
            metric
            for metric in self.task.metrics
            if metric is self.task.headline
            or (
                metric.name not in RATES_OF_FAILURE
                and any((name, metric.name) in self.task.statistics for name in (self.model, self.baseline))
            )
        ]

    @property
    def cells(self) -> list[tuple[str, Metric]]:
        """The scores that Δm needs."""
        return [(name, metric) for metric in self.metrics for name in (self.model, self.baseline)]

    def lacking(self, metrics: Sequence[Metric]) -> str | None:
        """Which of the metrics has no score, and why."""
        for metric in metrics:
            for name in (self.model, self.baseline):
                if np.isnan(self.task.values.get((name, metric.name), np.nan)):
                    return f"no {metric.name} of {name} on {self.task.name}: {self.task.reason(name, metric)}"
        return None

    def refused(self) -> str | None:
        """Why there is no relative gain on the task."""
        for metric in self.metrics:
            base = self.task.values.get((self.baseline, metric.name), np.nan)
            if base <= 0:
                return f"{self.baseline} has {base:.3g} {metric.name} on {self.task.name}; Δm needs baselines above 0"
        return self.lacking(self.metrics)

    def gains(self, scores: Mapping[Cell, Drawn]) -> FloatArray:
        """Relative gains `[M_t, 1 + B]`."""
        return np.stack(
            [
                relative_gain(scores[self.model, each.name], scores[self.baseline, each.name], each.higher_is_better)
                for each in self.metrics
            ]
        )

    def points(self, scores: Mapping[Cell, Drawn]) -> FloatArray:
        """The headline's difference, better being positive."""
        metric = self.task.headline
        delta = scores[self.model, metric.name] - scores[self.baseline, metric.name]
        return delta if metric.higher_is_better else -delta


def delta_m_rows(lineage: Lineage, tasks: Sequence[TaskEvidence], design: Design) -> list[DeltaMRow]:
    """Both conventions for each multi-task model, over the tasks of the run that it was trained on.

    Rates of failure are left out, and metrics that neither model gives outputs for. Never over fewer tasks than it was
    trained on: where one has no baseline or score, or a baseline is not above 0, Δm is null. Intervals are percentiles of
    the replicates, examples being drawn within each task.
    """
    rivals: dict[str, list[_Rivals]] = {}
    missing: dict[str, list[str]] = {}
    for model in lineage.multi_task:
        baselines = lineage.baselines(model)
        trained = [task for task in tasks if task.name in lineage.models[model].tasks]
        rivals[model] = [_Rivals(task, model, baselines[task.name][0]) for task in trained if task.name in baselines]
        missing[model] = [task.name for task in trained if task.name not in baselines]
    scores = {task.name: _drawn(task, [each for found in rivals.values() for each in found], design) for task in tasks}
    return [
        row
        for model, found in rivals.items()
        if found or missing[model]
        for row in _rows(model, found, missing[model], scores, design)
    ]


def _drawn(task: TaskEvidence, rivals: Sequence[_Rivals], design: Design) -> dict[Cell, Drawn]:
    """The scores that are needed of the task, with their replicates: one pass over its draws."""
    wanted = dict.fromkeys(
        (name, metric)
        for each in rivals
        if each.task is task
        for name, metric in each.cells
        if not np.isnan(task.values.get((name, metric.name), np.nan))
    )
    drawn = drawn_scores(task, wanted, design)
    cells = [(name, metric.name) for name, metric in wanted]
    return {cell: np.append(task.values[cell], drawn[cell]) for cell in cells}


def _rows(
    model: str, rivals: Sequence[_Rivals], missing: Sequence[str], scores: _ByTask, design: Design
) -> Iterator[DeltaMRow]:
    without = f"no single-task baseline for {', '.join(missing)}" if missing else None
    lacking = without or next(filter(None, (each.lacking([each.task.headline]) for each in rivals)), None)
    refused = without or next(filter(None, (each.refused() for each in rivals)), None)
    points = estimate(lacking or np.mean([each.points(scores[each.task.name]) for each in rivals], axis=0), design)
    gains = [] if refused else [each.gains(scores[each.task.name]) for each in rivals]
    for name, convention in CONVENTIONS.items():
        found = estimate(refused or convention.value(gains), design)
        yield DeltaMRow(
            model=model,
            convention=name,
            better=convention.better,
            source=convention.source,
            tasks=len(rivals) + len(missing),
            metrics=sum(len(each.metrics) for each in rivals),
            value=found.value,
            ci_low=found.low,
            ci_high=found.high,
            delta_points=points.value,
            points_low=points.low,
            points_high=points.high,
            reason=found.reason or points.reason,
        )
