"""What is known of a task: every model's statistics, scores and bootstrap replicates, over the same examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mtlbench.metrics.base import FloatArray, Metric, corpus_score
from mtlbench.stats.permutation import Pair
from mtlbench.stats.resampling import replicates

Cell = tuple[str, str]
"""A model's name and a metric's."""


@dataclass(frozen=True, slots=True)
class Design:
    """How much is drawn, and how sure an interval shall be."""

    seed: int
    confidence: float
    resamples: int
    permutations: int
    correct: bool = True
    """Whether p-values are adjusted (Holm) for the number of tests of one claim."""


@dataclass(frozen=True, slots=True)
class TaskEvidence:
    """Scores are NaN where not defined, and so are replicates; all are missing for a model that has no predictions."""

    name: str
    fingerprint: str
    n: int
    share: float
    """Of the overall score; the shares of all tasks sum to 1."""
    floor: float | None
    ceiling: float | None
    metrics: tuple[Metric, ...]
    """The first is the headline."""
    statistics: Mapping[Cell, FloatArray]
    values: Mapping[Cell, float]
    replicates: Mapping[Cell, FloatArray]

    @property
    def headline(self) -> Metric:
        return self.metrics[0]

    def value(self, model: str) -> float:
        """The model's headline score; NaN where there is none."""
        return self.values.get((model, self.headline.name), float("nan"))

    def reason(self, model: str, metric: Metric) -> str:
        """Why the model has no score by the metric."""
        rows = self.statistics.get((model, metric.name))
        return f"{model} has no predictions for {self.name}" if rows is None else metric.undefined(rows.sum(0))

    def pair(self, first: str, second: str, weight: float = 1.0) -> Pair:
        """Both models' headline statistics, for a paired test."""
        metric = self.headline
        return Pair(
            self.statistics[first, metric.name],
            self.statistics[second, metric.name],
            metric.resample,
            self.fingerprint,
            metric.score if metric.additive else None,
            weight,
        )


def gather(
    name: str,
    fingerprint: str,
    n: int,
    share: float,
    bounds: tuple[float | None, float | None],
    metrics: tuple[Metric, ...],
    statistics: Mapping[Cell, FloatArray],
    design: Design,
) -> TaskEvidence:
    """Score a task's statistics and resample them: one draw of weights for all models and metrics."""
    by_name = {metric.name: metric for metric in metrics}
    values = {cell: corpus_score(by_name[cell[1]], rows) if len(rows) else np.nan for cell, rows in statistics.items()}
    drawn = replicates(
        {cell: (by_name[cell[1]].resample, rows) for cell, rows in statistics.items()},
        resamples=design.resamples,
        seed=design.seed,
        fingerprint=fingerprint,
    )
    return TaskEvidence(name, fingerprint, n, share, *bounds, metrics, statistics, values, drawn)


def known(value: float) -> float | None:
    """A number as a result holds it: None for NaN."""
    return None if np.isnan(value) else float(value)
