"""Fronts and replacement, by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtlbench.analysis.comparisons import baseline_comparisons
from mtlbench.analysis.cost import front_rows, on_front, replacement_rows
from mtlbench.analysis.evidence import TaskEvidence
from mtlbench.analysis.lineage import Lineage, Training
from mtlbench.analysis.overall import overall_rows
from mtlbench.results.schema import EfficiencyRow, FrontRow, ReplacementRow
from tests.analysis.evidence import DESIGN, accuracy_task, hits

CACHED = "outputs came from the cache, so their time was not measured side by side"


def costs(
    model: str, task: str, seconds: float | None = 1.0, parameters: int | None = 100, **others: object
) -> EfficiencyRow:
    known = {"peak_memory": None, "examples_per_second": None, "tokens_per_second": None, "p50": None, "p95": None}
    fields = {
        "trainable": None,
        "bytes": 400,
        "weight_bytes": 4000,
        "device": "cpu",
        "dtype": "float32",
        "reason": None,
    }
    return EfficiencyRow.model_validate(
        {"model": model, "task": task, "seconds": seconds, "parameters": parameters, **known, **fields, **others}
    )


@pytest.mark.parametrize(
    ("values", "amounts", "expected"),
    [
        pytest.param([3, 2, 1], [3, 2, 1], [True, True, True], id="each worse one is cheaper"),
        pytest.param([3, 2, 1], [1, 2, 3], [True, False, False], id="one is best and cheapest"),
        pytest.param([2, 2], [1, 2], [True, False], id="as good, dearer"),
        pytest.param([2, 1], [1, 1], [True, False], id="as dear, worse"),
        pytest.param([2, 2, 1], [1, 1, 1], [True, True, False], id="equals stand together"),
        pytest.param([5], [9], [True], id="alone"),
        pytest.param([80, 70, 75, 60], [10, 5, 7, 6], [True, True, True, False], id="dominated by one in between"),
    ],
)
def test_dominance(values: Sequence[float], amounts: Sequence[float], expected: Sequence[bool]) -> None:
    assert on_front(np.array(values, float), np.array(amounts, float)).tolist() == expected


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 5)), min_size=1, max_size=8))
def test_a_front_is_what_no_model_dominates(models: list[tuple[int, int]]) -> None:
    values, amounts = np.array(models, float).T
    expected = [
        not any(v >= value and a <= amount and (v, a) != (value, amount) for v, a in models) for value, amount in models
    ]
    assert on_front(values, amounts).tolist() == expected
    assert on_front(np.array([values, values]).T, amounts)[:, 0].tolist() == expected


def a_task(name: str = "t", share: float = 1.0, n: int = 100) -> TaskEvidence:
    """Good is right 90 times of 100, fair 60, and poor the first 30 of fair's."""
    return accuracy_task(
        name, {"good": hits(n * 9 // 10, n), "fair": hits(n * 6 // 10, n), "poor": hits(n * 3 // 10, n)}, share
    )


def fronts(tasks: Sequence[TaskEvidence], efficiency: Sequence[EfficiencyRow], cost: str) -> dict[str, FrontRow]:
    overall = overall_rows(["good", "fair", "poor"], tasks, "none", [], DESIGN)
    return {row.model: row for row in front_rows(overall, efficiency, tasks, "none") if row.cost == cost}


def test_a_front_in_seconds() -> None:
    rows = [costs("good", "t", 50.0), costs("fair", "t", 10.0), costs("poor", "t", 20.0)]
    found = fronts([a_task()], rows, "seconds")
    assert {name: (row.amount, row.on_front, row.surely, row.device) for name, row in found.items()} == {
        "good": (0.5, True, 1.0, "cpu · float32"),
        "fair": (0.1, True, 1.0, "cpu · float32"),
        "poor": (0.2, False, 0.0, "cpu · float32"),
    }
    assert (found["good"].value, found["good"].ci_low is not None) == (90.0, True)


def test_how_surely_a_model_is_on_the_front() -> None:
    """Two models of which each wins on half of the rows that they differ on: the dearer is on the front where it wins."""
    right = [0] * 50 + [0] * 10 + [1] * 10, [0] * 50 + [1] * 10 + [0] * 10
    task = accuracy_task("t", {"good": right[0], "fair": right[1], "poor": [1] * 70}, 1.0)
    found = fronts([task], [costs("good", "t", 2.0), costs("fair", "t", 1.0), costs("poor", "t", 3.0)], "seconds")
    assert (found["good"].on_front, found["fair"].on_front, found["fair"].surely) == (False, True, 1.0)
    assert found["good"].surely == pytest.approx(0.42, abs=0.08)  # less the ties, which the cheaper wins


def test_costs_of_several_tasks() -> None:
    """Seconds and operations are means over all examples, sizes are counted once, and tasks of no weight not at all."""
    tasks = [a_task("a", 0.5, n=100), a_task("b", 0.5, n=50), a_task("c", 0.0)]
    rows = [
        costs(model, task, seconds, flops_per_example=flops)
        for model in ("good", "fair", "poor")
        for task, seconds, flops in (("a", 10.0, 7.0), ("b", 20.0, 1.0), ("c", 999.0, 999.0))
    ]
    assert fronts(tasks, rows, "seconds")["good"].amount == pytest.approx(30 / 150)
    assert fronts(tasks, rows, "flops")["good"].amount == pytest.approx((700 + 50) / 150)
    assert fronts(tasks, rows, "parameters")["good"].amount == 100
    assert fronts(tasks, rows, "memory")["good"].amount == 4000
    assert fronts(tasks, rows, "bytes")["good"].amount == 400


def test_times_of_different_devices_are_not_mixed() -> None:
    rows = [costs("good", "t", 50.0, device="cuda:0"), costs("fair", "t", 10.0), costs("poor", "t", 20.0)]
    found = fronts([a_task()], rows, "seconds")
    assert (found["good"].on_front, found["good"].device) == (True, "cuda:0 · float32")
    assert (found["fair"].on_front, found["poor"].on_front) == (True, False)
    assert {row.device for row in fronts([a_task()], rows, "parameters").values()} == {None}


@pytest.mark.parametrize(
    ("cost", "row", "reason"),
    [
        ("seconds", costs("fair", "t", cached=1), CACHED),
        ("seconds", costs("fair", "t", None), "the time of fair is not known"),
        ("flops", costs("fair", "t"), "the FLOPs of fair were not counted"),
        ("parameters", costs("fair", "t", parameters=None), "the number of parameters of fair is not known"),
        ("memory", costs("fair", "t", weight_bytes=None), "the memory of fair is not known"),
        ("bytes", costs("fair", "t", bytes=None), "the size on disk of fair is not known"),
    ],
)
def test_a_cost_that_is_not_known_is_null_with_its_reason(cost: str, row: EfficiencyRow, reason: str) -> None:
    others = [costs("good", "t", 9.0, flops_per_example=2.0), costs("poor", "t", 1.0, flops_per_example=1.0)]
    found = fronts([a_task()], [*others, row], cost)
    assert (found["fair"].amount, found["fair"].on_front, found["fair"].surely, found["fair"].reason) == (
        None,
        None,
        None,
        reason,
    )
    assert found["good"].on_front is True, "the others are held against each other"


def test_a_model_that_lacks_a_task_is_on_no_front() -> None:
    tasks = [accuracy_task("t", {"good": hits(9, 10), "fair": hits(6, 10)}, 1.0)]
    assert set(fronts(tasks, [costs("good", "t"), costs("fair", "t")], "seconds")) == {"good", "fair"}


SINGLE = {"one-a": Training({"a": 1.0}), "one-b": Training({"b": 1.0})}
LINEAGE = Lineage({"both": Training({"a": 1.0, "b": 1.0}), **SINGLE})


def replaced(lineage: Lineage, *changed: EfficiencyRow) -> dict[str, ReplacementRow]:
    tasks = [
        accuracy_task("a", {"both": hits(80, 100), "one-a": hits(70, 100)}, 0.5),
        accuracy_task("b", {"both": hits(50, 100), "one-b": hits(60, 100)}, 0.5),
    ]
    rows = [
        costs("both", "a", 3.0, 120),
        costs("both", "b", 4.0, 120),
        costs("one-a", "a", 2.0, 90),
        costs("one-b", "b", 8.0, 110),
    ]
    known = {(row.model, row.task): row for row in (*rows, *changed)}
    against = baseline_comparisons(lineage, tasks, "none", DESIGN)
    return {row.cost: row for row in replacement_rows(lineage, against, list(known.values()), tasks)}


def test_one_model_in_place_of_two() -> None:
    found = replaced(LINEAGE)
    assert {cost: (row.unified, row.separate, row.ratio) for cost, row in found.items()} == {
        "parameters": (120, 200, 0.6),
        "bytes": (400, 800, 0.5),
        "memory": (4000, 8000, 0.5),
        "seconds": (7, 10, 0.7),
    }
    row = found["seconds"]
    assert (row.model, row.baselines, row.delta, row.reason) == ("both", ["one-a", "one-b"], 0.0, None)
    assert row.ci_low is not None
    assert row.ci_low < 0


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (costs("one-b", "b", 8.0, cached=3), CACHED),
        (costs("both", "b", None), "the time of both is not known"),
        (costs("one-a", "a", 2.0, device="cuda:0"), "they ran on different devices or number types"),
        (costs("one-a", "a", 2.0, dtype="bfloat16"), "they ran on different devices or number types"),
    ],
)
def test_times_that_do_not_compare(changed: EfficiencyRow, reason: str) -> None:
    row = replaced(LINEAGE, changed)["seconds"]
    assert (row.ratio, row.reason) == (None, reason)
    assert replaced(LINEAGE, changed)["parameters"].reason is None


def test_a_missing_baseline_is_named() -> None:
    lineage = Lineage({**LINEAGE.models, "one-b": Training({"b": 1.0}, family="other")})
    for row in replaced(lineage).values():
        assert (row.baselines, row.separate, row.ratio, row.delta) == (["one-a"], None, None, None)
        assert row.reason == "no single-task baseline for b"
