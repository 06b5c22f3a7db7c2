"""What is known of a task: every model's statistics, scores and bootstrap replicates, over the same examples."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from mtlbench.metrics.base import FloatArray, Metric, corpus_score
from mtlbench.stats.exchange import Pair
from mtlbench.stats.ranked import Ranked, RankedPair
from mtlbench.stats.resampling import Resample, Score, cluster_sums, clustered, replicates
from mtlbench.tasks.base import CALLED

Cell = tuple[str, str]
"""A model's name and a metric's."""


@dataclass(frozen=True, slots=True)
class Design:
    """How much is drawn, and how sure an interval shall be."""

    seed: int
    confidence: float
    resamples: int
    permutations: int
    correction: str = "holm"
    """How p-values are adjusted for the number of tests of one family: holm, max_t or none."""

    @property
    def alpha(self) -> float:
        return 1 - self.confidence


@dataclass(frozen=True, slots=True)
class TaskEvidence:
    """Scores are NaN where not defined, and so are replicates; all are missing for a model that has no predictions, or none
    that the metric takes.

    Where examples come in clusters, the statistics of an additive metric are the clusters' sums and those of any other
    the examples' rows; weights, exchanges and the jackknife count clusters for both.
    """

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
    """Of the headline, and of metrics whose interval is the replicates' own."""
    exchangeable: Mapping[str, FloatArray]
    """Model → its headline statistics as permutations exchange them."""
    ranked: Mapping[str, Ranked]
    """Model → the same as ranks, where the headline is a score of such."""
    clusters: NDArray[np.intp] | None = None
    """The number of each example's cluster `[n]`; None where examples are drawn one by one."""
    answered: Collection[str] = ()
    """The models that have predictions, though they may lack what a metric takes."""

    @property
    def units(self) -> int:
        """How many units are drawn: clusters, else examples."""
        return _units(self.n, self.clusters)

    @property
    def headline(self) -> Metric:
        return self.metrics[0]

    def value(self, model: str) -> float:
        """The model's headline score; NaN where there is none."""
        return self.values.get((model, self.headline.name), float("nan"))

    def reason(self, model: str, metric: Metric) -> str:
        """Why the model has no score by the metric."""
        rows = self.statistics.get((model, metric.name))
        if rows is not None:
            return metric.undefined(rows.sum(0))
        lacks = "has no predictions"
        if model in self.answered:
            lacks = f"gives no {' or '.join(CALLED[what] for what in sorted(metric.accepts))}"
        return f"{model} {lacks} for {self.name}"

    def resample(self, metric: Metric) -> Resample:
        """Weights of units and the metric's statistics → scores."""
        return _resample(metric, self.clusters)

    def pair(self, first: str, second: str, weight: float = 1.0) -> Pair:
        """Both models' headline statistics, for a paired test."""
        metric = self.headline
        rows = self.exchangeable[first], self.exchangeable[second]
        units = None if _summable(metric) else self.clusters
        ranks = (self.ranked[first], self.ranked[second]) if self.ranked else None
        score = metric.score if _summable(metric) else None
        return RankedPair(*rows, metric.resample, self.fingerprint, score, weight, units, self.name, ranks)


def score_of(metric: Metric) -> Score | None:
    """The score as a function of sums, where it is one."""
    return metric.score if metric.additive else None


def gather(
    name: str,
    fingerprint: str,
    n: int,
    share: float,
    bounds: tuple[float | None, float | None],
    metrics: tuple[Metric, ...],
    statistics: Mapping[Cell, FloatArray],
    design: Design,
    clusters: NDArray[np.intp] | None = None,
    answered: Collection[str] = (),
) -> TaskEvidence:
    """Score a task's statistics `[n, k]` and resample them: one draw of weights for all models and metrics."""
    by_name = {metric.name: metric for metric in metrics}
    if clusters is not None:
        fingerprint += f" clustered as {sha256(clusters.tobytes()).hexdigest()[:16]}"
        statistics = {
            cell: cluster_sums(rows, clusters) if by_name[cell[1]].additive else rows
            for cell, rows in statistics.items()
        }
    values = {cell: corpus_score(by_name[cell[1]], rows) if len(rows) else np.nan for cell, rows in statistics.items()}
    kept = [cell for cell in statistics if cell[1] == metrics[0].name or by_name[cell[1]].law in ("ratio", "rank")]
    drawn = replicates(
        {cell: (_resample(by_name[cell[1]], clusters), statistics[cell]) for cell in kept},
        resamples=design.resamples,
        seed=design.seed,
        fingerprint=fingerprint,
        units=_units(n, clusters),
        scores={cell: by_name[cell[1]].score for cell in kept if by_name[cell[1]].additive},
    )
    headline = metrics[0]
    rows = {
        model: _exchangeable(headline, rows, clusters)
        for (model, metric), rows in statistics.items()
        if metric == headline.name
    }
    ranks = {model: ranked for model, each in rows.items() if (ranked := headline.ranked(each)) is not None}
    return TaskEvidence(
        name,
        fingerprint,
        n,
        share,
        *bounds,
        metrics,
        statistics,
        values,
        drawn,
        rows,
        ranks,
        clusters,
        answered,
    )


def _summable(metric: Metric) -> bool:
    """Whether sums of exchangeable rows make the score; Pearson's do, being of centred numbers."""
    return metric.additive or metric.law == "pearson"


def _exchangeable(metric: Metric, statistics: FloatArray, clusters: NDArray[np.intp] | None) -> FloatArray:
    """The rows that a permutation exchanges, of clusters where they can be summed."""
    rows = metric.exchangeable(statistics)
    if clusters is None or metric.additive or not _summable(metric):
        return rows
    return cluster_sums(rows, clusters)


def _units(n: int, clusters: NDArray[np.intp] | None) -> int:
    return n if clusters is None else int(clusters.max(initial=-1)) + 1


def _resample(metric: Metric, clusters: NDArray[np.intp] | None) -> Resample:
    if clusters is None or metric.additive:
        return metric.resample
    return clustered(metric.resample, clusters)


def known(value: float) -> float | None:
    """A number as a result holds it: None for NaN."""
    return None if np.isnan(value) else float(value)
