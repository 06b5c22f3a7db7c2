"""Slices: how examples are divided, what each slice's score says, and how often a slice is called worse that is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtlbench.analysis.answers import Answers, Labelled
from mtlbench.analysis.evidence import TaskEvidence, gather
from mtlbench.analysis.slices import FEWEST, contrast, find_slices, parts, slice_rows
from mtlbench.metrics import METRICS, MetricContext
from mtlbench.metrics.base import FloatArray
from mtlbench.stats.independent import fisher_exact
from tests.analysis.evidence import DESIGN


def of_rows(
    headline: str,
    rows: dict[str, FloatArray],
    columns: Mapping[str, Sequence[str | None]],
    labels: Labelled | None = None,
    clusters: list[int] | None = None,
) -> Answers:
    metric = METRICS.get(headline)(headline, MetricContext(("no", "yes")))
    statistics = {(model, headline): each for model, each in rows.items()}
    n = len(next(iter(rows.values())))
    codes = None if clusters is None else np.array(clusters)
    task = gather("one", "rows", n, 1.0, (None, None), (metric,), statistics, DESIGN, codes)
    return Answers(task, [str(n) for n in range(n)], columns, rows, labels)


def hits(*right: tuple[int, int]) -> FloatArray:
    """Rows of a share of hits: so many right of so many, one after the other."""
    values = [float(place < good) for good, n in right for place in range(n)]
    return np.column_stack([values, np.ones(len(values))])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["b", "a", "a"], {"a": 2, "b": 1}),
        (["a", None, None], {"(none)": 2, "a": 1}),
        (["1", "2", "1"], {"1": 2, "2": 1}),  # few numbers are categories
        ([str(n) for n in range(8)], {"0 to 1": 2, "2 to 3": 2, "4 to 5": 2, "6 to 7": 2}),
        ([*(str(n) for n in range(8)), None], {"(none)": 1, "0 to 1": 2, "2 to 3": 2, "4 to 5": 2, "6 to 7": 2}),
        (["3"] * 9 + ["1", "2", "4", "5"], {"1 to 3": 11, "4 to 5": 2}),  # equal numbers stay together
        ([str(n) for n in range(8)] + ["x"], dict.fromkeys([*map(str, range(8)), "x"], 1)),
        ([str(n) for n in range(8)] + ["nan"], dict.fromkeys([*map(str, range(8)), "nan"], 1)),
        ([f"v{n}" for n in range(25)] + ["v24"], {**dict.fromkeys((f"v{n}" for n in range(18)), 1), "v24": 2, "(other)": 6}),
        ([], {}),
    ],
)  # fmt: skip
def test_parts(values: list[str | None], expected: dict[str, int]) -> None:
    assert {name: int(mask.sum()) for name, mask in parts(values).items()} == expected


@given(st.lists(st.none() | st.sampled_from("abc") | st.floats().map(str) | st.integers(0, 50).map(str), max_size=60))
def test_parts_divide_the_examples(values: list[str | None]) -> None:
    masks = list(parts(values).values())
    assert sum(masks, np.zeros(len(values), dtype=int)).tolist() == [1] * len(values)
    assert all(mask.any() for mask in masks)
    assert len(masks) <= 20


def test_labels_are_slices_of_means_alone() -> None:
    labels = Labelled(("no", "yes"), np.array([0, 1]), {})
    by_hits = of_rows("accuracy", {"m": hits((1, 2))}, {"domain": ["a", "b"]}, labels)
    assert [(each.column, each.name) for each in find_slices(by_hits)] == [
        ("domain", "a"), ("domain", "b"), ("label", "no"), ("label", "yes"),
    ]  # fmt: skip
    metric = METRICS.get("mcc")("mcc", MetricContext(("no", "yes")))
    corpus = replace(by_hits, task=replace(by_hits.task, metrics=(metric,)))
    assert {each.column for each in find_slices(corpus)} == {"domain"}


def test_rows_of_hits() -> None:
    answers = of_rows("accuracy", {"m": hits((10, 40), (90, 100))}, {"domain": ["hard"] * 40 + ["easy"] * 100})
    easy, hard = slice_rows([answers], ["m", "absent"], DESIGN)
    assert (hard.slice, hard.n, hard.value, hard.rest, hard.delta) == ("hard", 40, 25, 90, -65)
    assert hard.test == "Fisher, exact"
    assert hard.p_value == pytest.approx(fisher_exact(10, 40, 90, 100))
    assert hard.p_adjusted == pytest.approx(hard.p_value)  # two tests of one thing
    assert (hard.worse, easy.worse) == (True, False)
    assert hard.delta_low is not None
    assert hard.delta_low < -65 < (hard.delta_high or 0) < 0


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        (FEWEST - 1, "fewer than 30 examples in it"),
        (100 - FEWEST + 1, "fewer than 30 examples outside it"),
        (100, "fewer than 30 examples outside it"),
    ],
)
def test_too_small_a_slice(inside: int, reason: str) -> None:
    answers = of_rows("accuracy", {"m": hits((50, 100))}, {"domain": ["a"] * inside + ["b"] * (100 - inside)})
    row = slice_rows([answers], ["m"], DESIGN)[0]
    assert (row.n, row.value, row.delta, row.p_value, row.worse, row.reason) == (inside, None, None, None, None, reason)


@pytest.mark.parametrize("headline", ["f1_macro", "mcc", "pearson", "spearman"])
def test_any_metric_is_scored_on_the_slices_rows(headline: str) -> None:
    chance = np.random.default_rng(3)
    metric = METRICS.get(headline)(headline, MetricContext(("no", "yes")))
    gold = chance.integers(2, size=300)
    noise = chance.random(300) < np.where(np.arange(300) < 100, 0.45, 0.05)
    made = np.where(noise, 1 - gold, gold)
    rows = metric.statistics(made.tolist(), gold.tolist())
    mask = np.arange(300) < 100
    answers = of_rows(headline, {"m": rows}, {"part": ["a" if each else "b" for each in mask]})
    row = slice_rows([answers], ["m"], DESIGN)[0]
    expected = [metric.resample(np.ones((1, int(side.sum()))), rows[side])[0] for side in (mask, ~mask)]
    assert [row.value, row.rest] == pytest.approx(expected)
    assert (row.test, row.worse) == ("jackknife t", True)


def test_of_errors_more_is_worse() -> None:
    metric = METRICS.get("mae")("mae", MetricContext())
    rows = metric.statistics([1.0, 2.0] * 30 + [5.0, 6.0] * 30, [0.0] * 120)
    small, large = slice_rows([of_rows("mae", {"m": rows}, {"part": ["a"] * 60 + ["b"] * 60})], ["m"], DESIGN)
    assert (small.delta, small.worse, large.worse) == (-4, False, True)


def test_scores_that_do_not_vary() -> None:
    metric = METRICS.get("mae")("mae", MetricContext())
    rows = metric.statistics([1.0] * 120, [0.0] * 120)
    row = slice_rows([of_rows("mae", {"m": rows}, {"part": ["a"] * 60 + ["b"] * 60})], ["m"], DESIGN)[0]
    assert (row.delta, row.p_value, row.test, row.worse, row.reason) == (0, None, None, None, "the scores do not vary")


def test_clusters_widen_the_interval() -> None:
    """40 passages of 10 rows that are right or wrong together: as if there were 40 rows."""
    whole = np.repeat(np.arange(40) % 5 > 0, 10).astype(float)
    rows = np.column_stack([whole, np.ones(400)])
    columns = {"part": ["a" if n // 10 < 20 else "b" for n in range(400)]}
    mask = np.arange(400) < 200
    free = contrast(of_rows("accuracy", {"m": rows}, columns).task, rows, mask, DESIGN)
    tied = of_rows("accuracy", {"m": rows}, columns, clusters=[n // 10 for n in range(400)]).task
    bound = contrast(tied, rows, mask, DESIGN)
    assert (bound.value, bound.test) == (free.value, "jackknife t")
    assert bound.difference.low is not None
    assert free.difference.low is not None
    assert bound.difference.low == pytest.approx(free.difference.low * 10**0.5, rel=0.2)


@pytest.mark.parametrize("headline", ["accuracy", "f1_macro", "spearman"])
def test_slices_that_are_not_worse_are_seldom_called_so(headline: str) -> None:
    """Under no difference, any slice of a model is called worse in at most some 5% of runs."""
    chance = np.random.default_rng(5)
    metric = METRICS.get(headline)(headline, MetricContext(("no", "yes")))
    task, wrong = task_of(headline), 0
    for _ in range(200):
        gold = chance.integers(2, size=200)
        made = np.where(chance.random(200) < 0.8, gold, 1 - gold)
        rows = metric.statistics(made.tolist(), gold.tolist())
        columns = {"a": chance.choice(list("xyz"), 200).tolist()}
        answers = Answers(task, [], columns, {"m": rows})
        wrong += any(row.worse for row in slice_rows([answers], ["m"], DESIGN))
    assert wrong / 200 < 0.09


def task_of(headline: str) -> TaskEvidence:
    """A task of 200 examples, whatever they are."""
    metric = METRICS.get(headline)(headline, MetricContext(("no", "yes")))
    rows = metric.statistics([0, 1] * 100, [0, 1] * 100)
    return of_rows(headline, {"m": rows}, {}).task
