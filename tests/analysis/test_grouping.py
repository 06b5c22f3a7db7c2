"""Clusters and groups of tasks, by hand and against going through all partitions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtlbench.analysis.evidence import TaskEvidence
from mtlbench.analysis.grouping import best_partition, clusters, greedy_partition, group_gain, grouping_rows
from mtlbench.analysis.lineage import Lineage, Training
from mtlbench.metrics.base import FloatArray
from tests.analysis.evidence import DESIGN, accuracy_task, hits

GAINS = np.array([[0, 4, -3, -1], [2, 0, -1, -2], [-2, -4, 0, 1], [-1, -1, 3, 0]], dtype=float)
"""Tasks 0 and 1 help each other by 4 and 2, tasks 2 and 3 by 1 and 3; all else hurts."""


def partitions(tasks: list[int]) -> Iterator[list[list[int]]]:
    if not tasks:
        yield []
        return
    first, rest = tasks[0], tasks[1:]
    for size in range(len(rest) + 1):
        for others in combinations(rest, size):
            left = [task for task in rest if task not in others]
            yield from ([[first, *others], *more] for more in partitions(left))


def total(gains: FloatArray, groups: list[list[int]]) -> float:
    return sum(group_gain(gains, group) for group in groups)


@pytest.mark.parametrize(
    ("group", "gain"),
    [([0], 0), ([0, 1], 6), ([2, 3], 4), ([0, 1, 2], (2 - 2) / 2 + (4 - 4) / 2 + (-3 - 1) / 2)],
)
def test_the_gain_of_a_group_is_the_mean_of_its_pairs(group: list[int], gain: float) -> None:
    assert group_gain(GAINS, group) == pytest.approx(gain)


@pytest.mark.parametrize("method", [best_partition, greedy_partition, clusters])
def test_tasks_that_help_each_other_are_one_group(method: Callable[[FloatArray], list[list[int]]]) -> None:
    assert sorted(method(GAINS)) == [[0, 1], [2, 3]]
    assert sorted(method(np.where(np.eye(4), 0, -1.0))) == [[0], [1], [2], [3]]


def test_clusters_look_at_both_directions() -> None:
    one_way = np.array([[0, 5, -1], [-1, 0, -1], [-1, -1, 0]], dtype=float)
    assert clusters(one_way) == [[0, 1], [2]], "5 and −1 are 2 on the mean"


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 5), st.integers(0, 10**6))
def test_no_partition_is_better_than_the_best(size: int, seed: int) -> None:
    gains = np.random.default_rng(seed).normal(size=(size, size)) * (1 - np.eye(size))
    best = best_partition(gains)
    assert sorted(task for group in best for task in group) == list(range(size))
    assert total(gains, best) == pytest.approx(max(total(gains, each) for each in partitions(list(range(size)))))
    assert total(gains, greedy_partition(gains)) <= total(gains, best) + 1e-9


NAMES = ("a", "b", "c")
RIGHT = {("a", "b"): (80, 75), ("a", "c"): (50, 55), ("b", "c"): (60, 45)}
"""Of 100, by the model of two tasks on the first and on the second; single-task models get 60."""


def study(without: tuple[str, ...] = ()) -> tuple[Lineage, list[TaskEvidence]]:
    models = {f"only-{name}": Training({name: 1.0}) for name in NAMES}
    pairs = {pair: right for pair, right in RIGHT.items() if "-".join(pair) not in without}
    models |= {"-".join(pair): Training(dict.fromkeys(pair, 1.0)) for pair in pairs}
    tasks = []
    for name in NAMES:
        made = {f"only-{name}": hits(60, 100)}
        made |= {"-".join(pair): hits(right[pair.index(name)], 100) for pair, right in pairs.items() if name in pair}
        tasks.append(accuracy_task(name, made, 1 / 3))
    return Lineage(models), tasks


def test_groups_of_a_family() -> None:
    linked, suggested = grouping_rows(*study(), DESIGN)
    assert (linked.method, suggested.method) == ("average linkage", "exhaustive")
    assert linked.groups == suggested.groups == [["a", "b"], ["c"]]
    assert suggested.gain == pytest.approx((20 + 15) / 3)
    assert suggested.ci_low is not None
    assert suggested.ci_high is not None
    half = 1.96 * 100 * np.sqrt(0.2 * 0.8 / 100 + 0.15 * 0.85 / 100) / 3
    assert suggested.ci_high - suggested.ci_low == pytest.approx(2 * half, rel=0.15)
    assert "Train the groups to know" in suggested.caveat


def test_a_missing_pair_is_named_and_not_imputed() -> None:
    (row,) = grouping_rows(*study(without=("b-c",)), DESIGN)
    assert (row.groups, row.gain, row.ci_low) == (None, None, None)
    assert row.reason == "no transfer is known between b and c"


def test_a_missing_baseline_is_a_missing_pair() -> None:
    lineage, tasks = study()
    lineage = Lineage({name: training for name, training in lineage.models.items() if name != "only-c"})
    (row,) = grouping_rows(lineage, tasks, DESIGN)
    assert row.reason == "no transfer is known between a and c, b and c"


def test_two_tasks_are_no_groups() -> None:
    (row,) = grouping_rows(*study(without=("a-c", "b-c")), DESIGN)
    assert (row.groups, row.reason) == (None, "groups need the pairs of 3 tasks or more")


def test_a_run_without_pairs_has_no_groups() -> None:
    assert grouping_rows(*study(without=("a-b", "a-c", "b-c")), DESIGN) == []
