"""Groups of tasks: which go together by their mutual transfer, and which would best be trained together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mtlbench.analysis.evidence import Design, TaskEvidence
from mtlbench.analysis.lineage import Lineage
from mtlbench.metrics.base import FloatArray
from mtlbench.results.schema import GroupingRow
from mtlbench.stats.intervals import percentile_interval

MOST_EXHAUSTIVE = 12
"""Up to so many tasks all partitions are gone through (4 million of 12)."""

FEWEST_TASKS = 3
MOST_SHOWN = 3
"""Missing pairs that a reason names."""

CAVEAT = (
    "A prediction, not a measurement: a task's gain in a group is taken as the mean of its gains in pairs with the other "
    "members, and the groups were chosen by the same scores that tell their gain, so it is told too high. Points of "
    "different metrics are added as they are. Train the groups to know."
)

Groups = list[list[int]]
Method = Literal["average linkage", "exhaustive", "greedy"]


@dataclass(frozen=True, slots=True)
class _Gains:
    """What training with the row's task does to the column's, better being positive: `[T, T]`, and replicates `[B, T, T]`.

    NaN where it is not known; the diagonal is 0.
    """

    tasks: list[str]
    values: FloatArray
    drawn: FloatArray
    missing: list[str]


def grouping_rows(lineage: Lineage, tasks: Sequence[TaskEvidence], design: Design) -> list[GroupingRow]:
    """Of each family with models of two tasks: clusters by mutual transfer, and the groups of the highest predicted gain.

    The gain in a group is predicted from pairs (Standley et al. 2020, their higher-order approximation); `gain` is its
    mean over the tasks, in points, and its interval that of the examples, the groups being taken as given.
    """
    families: dict[str | None, dict[frozenset[str], list[str]]] = {}
    for model in lineage.together:
        training = lineage.models[model]
        if len(training.tasks) == 2:
            families.setdefault(training.family, {}).setdefault(frozenset(training.tasks), []).append(model)
    return [
        row
        for family, pairs in families.items()
        for row in _rows(family, _gains(pairs, lineage, tasks, design.resamples), design)
    ]


def clusters(gains: FloatArray) -> Groups:
    """Tasks clustered by average linkage on −(g_st + g_ts)/2, cut where the mean mutual transfer of two clusters is not
    above 0."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    mutual = (gains + gains.T) / 2
    highest = max(0.0, float(mutual.max()))
    distances = squareform(highest - mutual, checks=False)
    numbers = fcluster(linkage(distances, "average"), highest - 1e-9, "distance")
    return _listed(numbers)


def best_partition(gains: FloatArray) -> Groups:
    """The partition of T tasks of the highest summed group gain: exhaustive, by the best partition of every subset.

    best(S) = max over groups g ⊆ S that hold S's first task of gain(g) + best(S ∖ g).
    """
    size = len(gains)
    members = (np.arange(2**size)[:, None] >> np.arange(size) & 1).astype(np.float64)
    alone = np.maximum(members.sum(1) - 1, 1)
    worth = (np.einsum("gs,st,gt->g", members, gains, members, optimize=True) / alone).tolist()
    best, chosen = [0.0] * 2**size, [0] * 2**size
    for subset in range(1, 2**size):
        first = subset & -subset
        rest = other = subset ^ first
        best[subset], chosen[subset] = best[rest], first
        while other:
            value = worth[first | other] + best[rest ^ other]
            if value > best[subset] + 1e-12:
                best[subset], chosen[subset] = value, first | other
            other = (other - 1) & rest
    groups, subset = [], 2**size - 1
    while subset:
        groups.append([task for task in range(size) if chosen[subset] >> task & 1])
        subset ^= chosen[subset]
    return groups


def greedy_partition(gains: FloatArray) -> Groups:
    """Groups merged two at a time, the merge of the highest gain first, while any gains."""
    groups: Groups = [[task] for task in range(len(gains))]
    while len(groups) > 1:
        worth = [group_gain(gains, group) for group in groups]
        pairs = list(combinations(range(len(groups)), 2))
        merged = [group_gain(gains, groups[one] + groups[two]) - worth[one] - worth[two] for one, two in pairs]
        place = int(np.argmax(merged))
        if merged[place] <= 0:
            break
        one, two = pairs[place]
        groups[one] = sorted(groups[one] + groups.pop(two))
    return groups


def group_gain(gains: FloatArray, group: Sequence[int]) -> float:
    """Σ over the group's tasks of the mean gain from the other members; 0 of a task alone. `gains` `[T, T]`."""
    return float(_summed(gains, [list(group)]))


def _rows(family: str | None, gains: _Gains, design: Design) -> list[GroupingRow]:
    if gains.missing or len(gains.tasks) < FEWEST_TASKS:
        few = f"groups need the pairs of {FEWEST_TASKS} tasks or more"
        more = f" and {len(gains.missing) - MOST_SHOWN} pairs more" if len(gains.missing) > MOST_SHOWN else ""
        lacking = f"no transfer is known between {', '.join(gains.missing[:MOST_SHOWN])}{more}"
        reason = lacking if gains.missing else few
        return [_row(family, "exhaustive", gains, None, design, reason)]
    exhaustive = len(gains.tasks) <= MOST_EXHAUSTIVE
    partition = best_partition(gains.values) if exhaustive else greedy_partition(gains.values)
    return [
        _row(family, "average linkage", gains, clusters(gains.values), design),
        _row(family, "exhaustive" if exhaustive else "greedy", gains, partition, design),
    ]


def _row(
    family: str | None, method: Method, gains: _Gains, groups: Groups | None, design: Design, reason: str | None = None
) -> GroupingRow:
    interval = None if groups is None else percentile_interval(_mean(gains.drawn, groups), design.confidence)
    return GroupingRow(
        family=family,
        method=method,
        tasks=gains.tasks,
        groups=None if groups is None else [[gains.tasks[task] for task in group] for group in groups],
        gain=None if groups is None else float(_mean(gains.values, groups)),
        ci_low=interval.low if interval else None,
        ci_high=interval.high if interval else None,
        caveat=CAVEAT,
        reason=interval.reason if interval else reason,
    )


def _mean(gains: FloatArray, groups: Groups) -> FloatArray:
    return np.asarray(_summed(gains, groups) / gains.shape[-1])


def _summed(gains: FloatArray, groups: Groups) -> FloatArray:
    """Σ of the groups' gains, of `gains` `[..., T, T]`."""
    total = np.zeros(gains.shape[:-2])
    for group in groups:
        if len(group) > 1:
            total = total + gains[..., np.array(group)[:, None], np.array(group)].sum((-2, -1)) / (len(group) - 1)
    return total


def _gains(
    pairs: Mapping[frozenset[str], Sequence[str]], lineage: Lineage, tasks: Sequence[TaskEvidence], resamples: int
) -> _Gains:
    """Over all pairs of the tasks that any of the models was trained on; several models or baselines are averaged."""
    chosen = [task for task in tasks if any(task.name in pair for pair in pairs)]
    size = len(chosen)
    values, drawn = np.zeros((size, size)), np.zeros((resamples, size, size))
    missing = []
    for source, target in combinations(range(size), 2):
        both = frozenset((chosen[source].name, chosen[target].name))
        for one, two in ((source, target), (target, source)):
            values[one, two], drawn[:, one, two] = _gain(chosen[two], pairs.get(both, ()), lineage, resamples)
        if np.isnan(values[source, target] + values[target, source]):
            missing.append(f"{chosen[source].name} and {chosen[target].name}")
    return _Gains([task.name for task in chosen], values, drawn, missing)


def _gain(task: TaskEvidence, models: Sequence[str], lineage: Lineage, resamples: int) -> tuple[float, FloatArray]:
    """Mean gain on the task of the models over their single-task baselines, and its replicates `[B]`."""
    couples = [(model, base) for model in models for base in lineage.baselines(model).get(task.name, ())]
    known = [couple for couple in couples if not any(np.isnan(task.value(name)) for name in couple)]
    if not known:
        return float("nan"), np.full(resamples, np.nan)
    sign = 1.0 if task.headline.higher_is_better else -1.0
    metric = task.headline.name
    value = np.mean([task.value(model) - task.value(base) for model, base in known])
    drawn = np.mean([task.replicates[model, metric] - task.replicates[base, metric] for model, base in known], axis=0)
    return float(sign * value), sign * drawn


def _listed(numbers: NDArray[np.int32]) -> Groups:
    """Cluster numbers `[T]` → groups, in the order of their first tasks."""
    found: dict[int, list[int]] = {}
    for task, number in enumerate(numbers.tolist()):
        found.setdefault(number, []).append(task)
    return list(found.values())
