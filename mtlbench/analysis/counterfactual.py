"""Counterfactuals and robustness: what rewriting an input does to the answer, pair by pair of original and variant.

A flip is an answer that changes. Any edit flips some answers, so a swap's flips are set against those of its placebo, an
edit that leaves the group as it is, on the rows that both change: the excess is what the group makes. Scores are
compared by direction, since a bias that helps one group and harms the other has no effect on the mean of both.

Flip rates have Wilson's interval, differences that of their metric's law (`methods`), all over clusters where rows come
in such. p-values of one model and one question (excess flips; scores; other measures) are a family over swaps × tasks,
corrected as comparisons are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from mtlbench.analysis.claims import Claim, task_claim, tested
from mtlbench.analysis.evidence import Design, TaskEvidence, gather, known
from mtlbench.analysis.methods import score_interval
from mtlbench.metrics.base import FloatArray, Metric
from mtlbench.metrics.mean import MeanMetric, counted
from mtlbench.results.schema import ChangeRow, ComparisonRow
from mtlbench.stats.intervals import Interval
from mtlbench.stats.proportions import mcnemar

FLIPS, PLACEBO_FLIPS, EXCESS = "flip_rate", "placebo_flip_rate", "excess_flip_rate"
WORST_CASE = "worst_case"
ALL = "all"
"""The name of a worst case over all swaps, or all disturbances, of a task."""

MOST_RESAMPLES, MOST_PERMUTATIONS = 1000, 1999
"""There are many intervals and tests here; a large family is given more permutations anyway (`claims`)."""

SMOOTH = ("proportion", "mean", "ratio")
"""Laws whose intervals here are analytic or the jackknife's, so that nothing is resampled."""

BEFORE, AFTER = "before", "after"


@dataclass(frozen=True, slots=True)
class Change:
    """A model's answers before and after one rewrite, in m pairs of original and variant.

    `flipped` `[m]` is 1 where the answer changed, NaN where it should have; `placebo` `[m]` the same of the placebo, NaN
    where that changes nothing. `before` and `after` `[m, k]` are the metric's statistics, `measures` a name and its
    values before and after `[m]`, NaN where there is none.
    """

    model: str
    task: str
    name: str
    role: str
    fingerprint: str
    n: int
    metric: Metric
    originals: NDArray[np.intp]
    directions: Sequence[str]
    flipped: FloatArray
    before: FloatArray
    after: FloatArray
    placebo: FloatArray
    measures: Mapping[str, tuple[FloatArray, FloatArray]]
    clusters: NDArray[np.intp] | None = None

    def toward(self, direction: str) -> NDArray[np.bool_]:
        """Which pairs `[m]` go in a direction."""
        return np.array([each == direction for each in self.directions], dtype=np.bool_)


class _Share(MeanMetric):
    """A share of pairs, on 0–100; lower is better."""

    names: ClassVar[tuple[str, ...]] = ()
    accepts = frozenset()
    higher_is_better = False
    law: Literal["proportion", "mean", "ratio"] = "proportion"

    def __init__(self, name: str) -> None:
        self.name = self.signature = name

    def statistics(self, predictions: Sequence[float], references: Sequence[object]) -> FloatArray:
        """Rows (value, 1)."""
        return counted(np.asarray(predictions, dtype=np.float64))


class _Measure(_Share):
    """A mean in its own units, of rows (value, 1)."""

    law = "ratio"
    bounds = (-np.inf, np.inf)

    def score(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., 2]` → means `[...]`."""
        return super().score(totals) / 100.0


@dataclass(frozen=True, slots=True)
class _Asked:
    """A claim about a change, and what its row is called."""

    change: Change
    metric: str
    direction: str
    n: int
    claim: Claim


def change_rows(changes: Sequence[Change], design: Design) -> list[ChangeRow]:
    """Flips, their excess over the placebo's, changes of score and of other measures, and worst cases."""
    resamples, permutations = min(design.resamples, MOST_RESAMPLES), min(design.permutations, MOST_PERMUTATIONS)
    design = replace(design, resamples=resamples, permutations=permutations)
    rows = [row for change in changes for row in _flip_rates(change, design)]
    for ask in (_excess, _scores, _measured):
        for _, mine in groupby(changes, key=lambda change: (change.model, change.role)):
            asked = [each for change in mine for each in ask(change, design)]
            found = tested([each.claim for each in asked], design)
            rows += [_row_of(each, row) for each, row in zip(asked, found, strict=True)]
    for _, mine in groupby(changes, key=lambda change: (change.model, change.role, change.task)):
        rows += _worst_cases(list(mine), design)
    return rows


def preference_rows(tasks: Sequence[TaskEvidence], models: Mapping[str, Sequence[str]]) -> list[ChangeRow]:
    """Metrics that have a value without bias (½ of the pairs preferred), tested against it by the exact binomial."""
    by_name = {task.name: task for task in tasks}
    return [
        _preference(model, by_name[name], metric)
        for model, names in models.items()
        for name in names
        for metric in by_name[name].metrics
        if metric.unbiased is not None and (model, metric.name) in by_name[name].statistics
    ]


def _preference(model: str, task: TaskEvidence, metric: Metric) -> ChangeRow:
    hits, n = (int(total) for total in task.statistics[model, metric.name].sum(0)[-2:])
    p_value = mcnemar(hits, n - hits) if n and task.clusters is None else None
    return ChangeRow(
        model=model,
        task=task.name,
        name=metric.name,
        metric=metric.name,
        direction="",
        n=task.n,
        changed=n,
        value=known(task.values[model, metric.name]),
        ci_low=None,
        ci_high=None,
        p_value=p_value,
        p_adjusted=p_value,
        significant=None,
        reason=None
        if p_value is not None
        else "no pair is preferred"
        if not n
        else "rows of one cluster are no coin tosses",
    )


def _flip_rates(change: Change, design: Design) -> Iterator[ChangeRow]:
    """Of all pairs and, where there are several, of each direction; then the placebo's."""
    everything = np.ones(len(change.directions), dtype=np.bool_)
    directions = list(dict.fromkeys(change.directions))
    chosen = {"": everything, **{each: change.toward(each) for each in directions}}
    for direction, kept in chosen.items():
        yield _rate(change, FLIPS, direction, change.flipped, kept, design)
    if not np.isnan(change.placebo).all():
        yield _rate(change, PLACEBO_FLIPS, "", change.placebo, everything, design)


def _rate(
    change: Change, metric: str, direction: str, flips: FloatArray, kept: NDArray[np.bool_], design: Design
) -> ChangeRow:
    kept = kept & ~np.isnan(flips)
    reason = "the two answers of every pair should differ, as their references do"
    if not kept.any():
        return _row(change, metric, direction, 0, None, Interval(None, None, "none", reason))
    task = _evidence(change, _Share(metric), {AFTER: counted(flips[kept])}, kept, direction, design)
    interval = score_interval(task, AFTER, task.headline, design)
    return _row(change, metric, direction, int(kept.sum()), task.value(AFTER), interval)


def _excess(change: Change, design: Design) -> Iterator[_Asked]:
    """Flips less the placebo's flips, on the rows that both change."""
    kept = ~np.isnan(change.flipped) & ~np.isnan(change.placebo)
    if kept.any():
        rows = {AFTER: counted(change.flipped[kept]), BEFORE: counted(change.placebo[kept])}
        yield _ask(change, _Share(EXCESS), rows, kept, "", design)


def _scores(change: Change, design: Design) -> Iterator[_Asked]:
    """The score after − before, by direction."""
    for direction in dict.fromkeys(change.directions):
        kept = change.toward(direction)
        rows = {AFTER: change.after[kept], BEFORE: change.before[kept]}
        yield _ask(change, change.metric, rows, kept, direction, design)


def _measured(change: Change, design: Design) -> Iterator[_Asked]:
    """Means of what else is measured, after − before, by direction."""
    for direction in dict.fromkeys(change.directions):
        for name, (before, after) in change.measures.items():
            kept = change.toward(direction) & ~np.isnan(before) & ~np.isnan(after)
            if kept.any():
                rows = {AFTER: counted(after[kept]), BEFORE: counted(before[kept])}
                yield _ask(change, _Measure(name), rows, kept, direction, design)


def _ask(
    change: Change,
    metric: Metric,
    rows: Mapping[str, FloatArray],
    kept: NDArray[np.bool_],
    direction: str,
    design: Design,
) -> _Asked:
    task = _evidence(change, metric, rows, kept, direction, design)
    return _Asked(change, metric.name, direction, int(kept.sum()), task_claim(task, AFTER, BEFORE, design))


def _evidence(
    change: Change,
    metric: Metric,
    rows: Mapping[str, FloatArray],
    kept: NDArray[np.bool_],
    direction: str,
    design: Design,
) -> TaskEvidence:
    """The kept pairs as examples of a task, with `before` and `after` for models."""
    clusters = None if change.clusters is None else np.unique(change.clusters[kept], return_inverse=True)[1]
    statistics = {(side, metric.name): values for side, values in rows.items()}
    fingerprint = f"{change.fingerprint} {change.name} {direction} {metric.name}"
    n = int(kept.sum())
    if metric.law in SMOOTH:
        design = replace(design, resamples=0)
    return gather(change.task, fingerprint, n, 1.0, (None, None), (metric,), statistics, design, clusters)


def _worst_cases(changes: Sequence[Change], design: Design) -> Iterator[ChangeRow]:
    """The mean over originals of the worst score among an original and its variants (Liang et al. 2023, HELM)."""
    yield from (_worst_case([change], change.name, design) for change in changes)
    if len(changes) > 1:
        yield _worst_case(changes, ALL, design)


def _worst_case(changes: Sequence[Change], name: str, design: Design) -> ChangeRow:
    change, metric = replace(changes[0], name=name), changes[0].metric
    if metric.law not in ("proportion", "mean"):
        reason = f"{metric.name} is a score of all rows together: no single row has a worst case"
        return _row(change, WORST_CASE, "", 0, None, Interval(None, None, "none", reason))
    worst: dict[int, FloatArray] = {}
    cluster: dict[int, int] = {}
    pick = min if metric.higher_is_better else max
    for each in changes:
        for place, original in enumerate(each.originals.tolist()):
            seen = [each.before[place], each.after[place], *([worst[original]] if original in worst else [])]
            worst[original] = pick(seen, key=lambda row: float(row[-2]))
            cluster[original] = place if each.clusters is None else int(each.clusters[place])
    codes = None if change.clusters is None else np.array(list(cluster.values()), dtype=np.intp)
    rows, kept = np.array(list(worst.values())), np.ones(len(worst), dtype=np.bool_)
    task = _evidence(replace(change, clusters=codes), metric, {AFTER: rows}, kept, "", design)
    return _row(
        change, WORST_CASE, "", len(rows), known(task.value(AFTER)), score_interval(task, AFTER, metric, design)
    )


def _row_of(asked: _Asked, found: ComparisonRow) -> ChangeRow:
    interval = Interval(found.ci_low, found.ci_high, found.method or "none", found.reason)
    row = _row(asked.change, asked.metric, asked.direction, asked.n, found.delta, interval)
    return row.model_copy(
        update={"p_value": found.p_value, "p_adjusted": found.p_adjusted, "significant": found.significant}
    )


def _row(change: Change, metric: str, direction: str, pairs: int, value: float | None, interval: Interval) -> ChangeRow:
    return ChangeRow(
        model=change.model,
        task=change.task,
        name=change.name,
        metric=metric,
        direction=direction,
        n=change.n,
        changed=pairs,
        value=value,
        ci_low=interval.low,
        ci_high=interval.high,
        method=None if interval.low is None else interval.method,
        reason=interval.reason,
    )
