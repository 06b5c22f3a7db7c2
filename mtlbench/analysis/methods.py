"""Which interval and which test a metric gets: one table, by the law that the metric declares.

| law | interval of a score | test of a difference | interval of a difference |
| --- | --- | --- | --- |
| proportion | Wilson | exact McNemar | jackknife t; Tango below 30 discordant pairs |
| mean | t | paired permutation | t of the paired differences |
| ratio | percentile bootstrap | paired permutation | jackknife t |
| cells | BCa bootstrap, over cells | paired permutation | BCa bootstrap |
| rank | percentile bootstrap, ranked anew | paired permutation of standardised outputs | percentile bootstrap |
| pearson | Fisher's z | paired permutation of standardised outputs | percentile bootstrap |

Fisher's z takes outputs and references to be jointly normal. It holds for those and for scores on a bounded scale (a 95%
interval of 300 ratings from 0 to 5 covers 95.1%), but is too narrow where a few far-off examples carry the correlation,
at any n: 80.0% for pairs of Student's t with 5 degrees of freedom, 78.5% for exponential ones.

Of clustered examples, shares and means have the cluster-robust t with C − 1 degrees of freedom and the permutation test;
below 40 clusters, where bootstrap intervals are too narrow, all functions of sums have the jackknife's t over clusters.
Correlations keep the bootstrap, over clusters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from mtlbench.analysis.evidence import Cell, Design, TaskEvidence, score_of
from mtlbench.metrics.base import FloatArray, Metric
from mtlbench.stats.cells import cell_jackknife, cell_replicates, collapse
from mtlbench.stats.intervals import (
    Interval,
    bca_interval,
    fisher_interval,
    jackknife_t_interval,
    percentile_interval,
    ratio_t_interval,
    t_interval,
    wilson_interval,
)
from mtlbench.stats.proportions import FEW_DISCORDANT, mcnemar, tango_interval
from mtlbench.stats.resampling import jackknife, replicates

FEW_CLUSTERS = 40
"""Below so many clusters bootstrap intervals are too narrow (measured: 92.8% of 95 at 40, 87.0% at 8)."""

Interval1 = Callable[[TaskEvidence, str, Metric, Design], Interval]
"""(task, model, metric, design) → the interval of the score."""

Interval2 = Callable[[TaskEvidence, str, str, Design], Interval]
"""(task, model, baseline, design) → the interval of the difference of their headline scores."""

Test = Callable[[TaskEvidence, str, str], float]
"""(task, model, baseline) → the p-value of a test that draws nothing."""


@dataclass(frozen=True, slots=True)
class Methods:
    """`test` is None where the test is the paired permutation."""

    interval: Interval1
    difference: Interval2
    test: Test | None = None


def methods(task: TaskEvidence, metric: Metric) -> Methods:
    """The row of the table for a metric of the task."""
    law = metric.law if metric.additive or metric.law == "pearson" else "rank"
    if task.clusters is None:
        return _BY_LAW[law]
    return _OF_FEW_CLUSTERS[law] if task.units < FEW_CLUSTERS else _OF_CLUSTERS[law]


def score_interval(task: TaskEvidence, model: str, metric: Metric, design: Design) -> Interval:
    """The interval of a score that is defined, cut to the metric's bounds."""
    unsampled = metric.unsampled(task.statistics[model, metric.name])
    if unsampled is not None:
        return Interval(None, None, "none", unsampled)
    interval = methods(task, metric).interval(task, model, metric, design)
    if interval.low is None or interval.high is None:
        return interval
    low, high = metric.bounds
    return replace(interval, low=max(low, interval.low), high=min(high, interval.high))


def drawn_scores(task: TaskEvidence, wanted: Iterable[tuple[str, Metric]], design: Design) -> Mapping[Cell, FloatArray]:
    """Replicates `[B]` of the scores (model, metric): the task's own, and the others by the same draws, in one pass."""
    missing = {
        (model, metric.name): (metric, task.statistics[model, metric.name])
        for model, metric in wanted
        if (model, metric.name) not in task.replicates
    }
    drawn = replicates(
        {cell: (task.resample(metric), rows) for cell, (metric, rows) in missing.items()},
        resamples=design.resamples,
        seed=design.seed,
        fingerprint=task.fingerprint,
        units=task.units,
        scores={cell: metric.score for cell, (metric, _) in missing.items() if metric.additive},
    )
    return {**task.replicates, **drawn}


def leave_one_out(task: TaskEvidence, model: str, metric: Metric) -> FloatArray:
    """Scores `[units]` without each unit."""
    rows = task.statistics[model, metric.name]
    return jackknife(task.resample(metric), rows, score=score_of(metric), units=task.units)


def discordant(task: TaskEvidence, first: str, second: str) -> tuple[int, int]:
    """Of a share of hits: the examples that the first model alone hits, and those that the second alone does."""
    one, other = (task.statistics[model, task.headline.name][:, -2] for model in (first, second))
    return int((one > other).sum()), int((one < other).sum())


def _wilson(task: TaskEvidence, model: str, metric: Metric, design: Design) -> Interval:
    return wilson_interval(float(task.statistics[model, metric.name][:, -2].sum()), task.n, design.confidence)


def _t(task: TaskEvidence, model: str, metric: Metric, design: Design) -> Interval:
    return t_interval(100.0 * task.statistics[model, metric.name][:, -2], design.confidence)


def _clustered_t(task: TaskEvidence, model: str, metric: Metric, design: Design) -> Interval:
    rows = task.statistics[model, metric.name]
    return ratio_t_interval(rows[:, -2], rows[:, -1], design.confidence)


def _fisher(task: TaskEvidence, model: str, metric: Metric, design: Design) -> Interval:
    interval = fisher_interval(task.values[model, metric.name] / 100.0, task.n, design.confidence)
    if interval.low is None or interval.high is None:
        return interval
    return replace(interval, low=100.0 * interval.low, high=100.0 * interval.high)


def _percentile(task: TaskEvidence, model: str, metric: Metric, design: Design) -> Interval:
    return percentile_interval(_replicates(task, model, metric, design), design.confidence)


def _bca(task: TaskEvidence, model: str, metric: Metric, design: Design) -> Interval:
    """Over cells where that is cheaper, with twice the resamples, since BCa looks further into the tails."""
    cells = collapse(task.statistics[model, metric.name])
    if cells is None:
        drawn = _replicates(task, model, metric, design)
        without = leave_one_out(task, model, metric)
    else:
        resamples = 2 * design.resamples - 1
        drawn = cell_replicates(
            cells, metric.score, resamples=resamples, seed=design.seed, fingerprint=task.fingerprint
        )
        without = cell_jackknife(cells, metric.score)
    return _bca_or_percentile(drawn, task.values[model, metric.name], without, design.confidence)


def _jackknife_t(task: TaskEvidence, model: str, metric: Metric, design: Design) -> Interval:
    without = leave_one_out(task, model, metric)
    interval = jackknife_t_interval(task.values[model, metric.name], without, design.confidence)
    return _percentile(task, model, metric, design) if interval.low is None else interval


def _replicates(task: TaskEvidence, model: str, metric: Metric, design: Design) -> FloatArray:
    return drawn_scores(task, [(model, metric)], design)[model, metric.name]


def _bca_or_percentile(drawn: FloatArray, observed: float, without: FloatArray, confidence: float) -> Interval:
    interval = bca_interval(drawn, observed, without, confidence)
    return percentile_interval(drawn, confidence) if interval.low is None else interval


def _percentile_difference(task: TaskEvidence, first: str, second: str, design: Design) -> Interval:
    return percentile_interval(_drawn_difference(task, first, second), design.confidence)


def _bca_difference(task: TaskEvidence, first: str, second: str, design: Design) -> Interval:
    observed = task.value(first) - task.value(second)
    drawn, without = _drawn_difference(task, first, second), _difference_without(task, first, second)
    return _bca_or_percentile(drawn, observed, without, design.confidence)


def _jackknife_difference(task: TaskEvidence, first: str, second: str, design: Design) -> Interval:
    observed = task.value(first) - task.value(second)
    interval = jackknife_t_interval(observed, _difference_without(task, first, second), design.confidence)
    return _percentile_difference(task, first, second, design) if interval.low is None else interval


def _paired_t(task: TaskEvidence, first: str, second: str, design: Design) -> Interval:
    """Student's interval of the paired differences, which the jackknife's is for a mean."""
    interval = _jackknife_difference(task, first, second, design)
    return replace(interval, method="paired t") if interval.method == "jackknife t" else interval


def _proportions(task: TaskEvidence, first: str, second: str, design: Design) -> Interval:
    won, lost = discordant(task, first, second)
    if won + lost < FEW_DISCORDANT:
        return tango_interval(won, lost, task.n, design.confidence)
    return _jackknife_difference(task, first, second, design)


def _drawn_difference(task: TaskEvidence, first: str, second: str) -> FloatArray:
    metric = task.headline.name
    return task.replicates[first, metric] - task.replicates[second, metric]


def _difference_without(task: TaskEvidence, first: str, second: str) -> FloatArray:
    return leave_one_out(task, first, task.headline) - leave_one_out(task, second, task.headline)


def _mcnemar(task: TaskEvidence, first: str, second: str) -> float:
    return mcnemar(*discordant(task, first, second))


_BY_LAW: Mapping[str, Methods] = {
    "proportion": Methods(_wilson, _proportions, _mcnemar),
    "mean": Methods(_t, _paired_t),
    "ratio": Methods(_percentile, _jackknife_difference),
    "cells": Methods(_bca, _bca_difference),
    "rank": Methods(_percentile, _percentile_difference),
    "pearson": Methods(_fisher, _percentile_difference),
}
_CLUSTERED_MEAN = Methods(_clustered_t, _jackknife_difference)
_OF_CLUSTERS: Mapping[str, Methods] = {
    **_BY_LAW,
    "proportion": _CLUSTERED_MEAN,
    "mean": _CLUSTERED_MEAN,
    "pearson": _BY_LAW["rank"],
}
_BY_JACKKNIFE = Methods(_jackknife_t, _jackknife_difference)
_OF_FEW_CLUSTERS: Mapping[str, Methods] = {**_OF_CLUSTERS, "ratio": _BY_JACKKNIFE, "cells": _BY_JACKKNIFE}
