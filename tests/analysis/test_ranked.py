"""Tests of rank scores, all pairs of systems at once: to the last bit what mixing each pair and ranking anew gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from mtlbench.analysis.evidence import Design, TaskEvidence, gather
from mtlbench.metrics import METRICS, MetricContext
from mtlbench.stats import ranked
from mtlbench.stats.exchange import Pair
from mtlbench.stats.permutation import family_test
from mtlbench.stats.ranked import RankedPair, RankExchange

LITTLE = Design(seed=1, confidence=0.95, resamples=100, permutations=299)
MODELS = ("a", "b", "c", "d")


def statistics(name: str, labels: tuple[str, ...], n: int, decimals: int) -> dict[tuple[str, str], np.ndarray]:
    """Four systems' rows; with few decimals there are ties within systems, and between them."""
    metric = METRICS.get(name)(name, MetricContext(labels))
    rng = np.random.default_rng(n)
    made = {}
    gold = rng.integers(len(labels), size=n) if labels else rng.normal(size=n).round(decimals)
    for model in MODELS:
        if labels:
            scores = (np.eye(len(labels))[gold] + rng.normal(size=(n, len(labels)))).round(decimals)
        else:
            scores = (gold + rng.normal(size=n)).round(decimals)
        made[model, name] = metric.statistics(scores.tolist(), gold.tolist())
    return made


def evidence(
    name: str, labels: tuple[str, ...] = (), *, n: int = 90, decimals: int = 9, clusters: np.ndarray | None = None
) -> TaskEvidence:
    metric = METRICS.get(name)(name, MetricContext(labels))
    rows = statistics(name, labels, n, decimals)
    return gather(f"{name} {n}", f"data {n}", n, 1.0, (None, None), (metric,), rows, LITTLE, clusters)


def agree(contrasts: Sequence[Sequence[Pair]]) -> None:
    slow = [[replace(pair, ranked=None) for pair in pairs] for pairs in contrasts]
    at_once = family_test(contrasts, seed=5, rounds=299, exchanging=RankExchange)
    one_by_one = family_test(slow, seed=5, rounds=299)
    assert at_once.tests == one_by_one.tests
    assert np.array_equal(at_once.exchanged, one_by_one.exchanged, equal_nan=True)


def all_pairs(task: TaskEvidence) -> list[list[Pair]]:
    return [[task.pair(*names)] for names in combinations(MODELS, 2)]


@pytest.mark.parametrize("decimals", [9, 1, 0])
@pytest.mark.parametrize(
    ("name", "labels"), [("spearman", ()), ("auroc", ("no", "yes")), ("auroc", ("no", "yes", "perhaps"))]
)
def test_all_pairs(name: str, labels: tuple[str, ...], decimals: int) -> None:
    task = evidence(name, labels, decimals=decimals)
    assert isinstance(task.pair("a", "b"), RankedPair)
    assert set(task.ranked) == set(MODELS)
    agree(all_pairs(task))


def test_whole_clusters_are_exchanged() -> None:
    agree(all_pairs(evidence("spearman", decimals=1, clusters=np.arange(90) // 2)))


def test_tasks_are_weighed_together() -> None:
    """Ranks and other scores, over the same examples and over others, in one contrast."""
    tasks = [evidence("spearman"), evidence("kendall"), evidence("auroc", ("no", "yes"), n=60), evidence("mae")]
    agree([[task.pair(*names, weight) for task, weight in zip(tasks, (0.5, 1, 2, -0.1), strict=True)]
           for names in combinations(MODELS, 2)])  # fmt: skip


def test_pieces_and_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranked, "PIECE", 100)
    monkeypatch.setattr(ranked, "_BLOCK", 1000)
    agree(all_pairs(evidence("spearman", decimals=1)))


def test_systems_that_hardly_differ() -> None:
    """None, one and three examples apart: exact."""
    rows = statistics("spearman", (), 90, 9)
    for place, apart in ((1, 0), (2, 1), (3, 3)):
        rows[MODELS[place], "spearman"] = rows["a", "spearman"].copy()
        rows[MODELS[place], "spearman"][:apart, 0] += 9
    task = gather(
        "t", "d", 90, 1.0, (None, None), (METRICS.get("spearman")("spearman", MetricContext()),), rows, LITTLE
    )
    agree(all_pairs(task))


def test_a_system_that_says_the_same_everywhere() -> None:
    rows = statistics("spearman", (), 90, 9)
    rows["d", "spearman"][:, 0] = 3
    task = gather(
        "t", "d", 90, 1.0, (None, None), (METRICS.get("spearman")("spearman", MetricContext()),), rows, LITTLE
    )
    agree(all_pairs(task))
    last = family_test(all_pairs(task), seed=1, rounds=99).tests[-1]
    assert last.p_value is None
    assert last.reason is not None


@pytest.mark.parametrize("clusters", [None, np.arange(90) // 3])
def test_pearson_is_exchanged_by_sums(clusters: np.ndarray | None) -> None:
    """Of standardised rows, summed by cluster: as mixing the rows and correlating them anew."""
    task = evidence("pearson", clusters=clusters)
    metric = task.headline
    rows = [metric.exchangeable(task.statistics[model, "pearson"]) for model in MODELS]
    slow = [
        [Pair(one, other, metric.resample, task.fingerprint, units=clusters)] for one, other in combinations(rows, 2)
    ]
    by_sums, anew = (family_test(each, seed=5, rounds=299) for each in (all_pairs(task), slow))
    assert by_sums.exchanged == pytest.approx(anew.exchanged, abs=1e-10)
    assert [test.p_value for test in by_sums.tests] == [test.p_value for test in anew.tests]
