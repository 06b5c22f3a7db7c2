"""Gaps between domains and splits, and scores over templates, from cases checked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mtlbench.analysis.evidence import TaskEvidence, gather
from mtlbench.analysis.generalisation import gap_rows, template_rows
from mtlbench.metrics import METRICS, MetricContext
from mtlbench.suite.declarations import Task
from tests.analysis.evidence import DESIGN, accuracy_task, hits


def declared(**keys: str) -> Task:
    return Task(kind="classification", data={"path": "x.jsonl"}, input="{x}", reference="y", labels=["a", "b"], **keys)


def error_task(name: str, errors: list[float]) -> TaskEvidence:
    """A task of the mean absolute error, of which less is better."""
    metric = METRICS.get("mae")("mae", MetricContext())
    rows = {("m", "mae"): metric.statistics(errors, [0.0] * len(errors))}
    return gather(name, f"data of {name}", len(errors), 0.5, (None, None), (metric,), rows, DESIGN)


HOME = accuracy_task("home", {"m": hits(80, 100), "zero": hits(0, 100)}, 0.5)
AWAY = accuracy_task("away", {"m": hits(60, 100), "zero": hits(10, 100)}, 0.5)
FAR = accuracy_task("far", {"m": hits(40, 100)}, 0.5)
BOTH_IN = {"home": declared(domain="in"), "away": declared(domain="out", counterpart="home")}


@pytest.mark.parametrize(
    ("tasks", "keys", "kind", "there", "gap", "relative"),
    [
        ([HOME, AWAY], BOTH_IN, "domain", ["away"], -20, -25),
        # The counterpart may be named on either side: the gap is that of the task out of domain.
        ([HOME, AWAY], {"home": declared(domain="in", counterpart="away"), "away": declared(domain="out")}, "domain",
         ["away"], -20, -25),
        ([HOME, AWAY], {"home": declared(), "away": declared(counterpart="home")}, "split", ["away"], -20, -25),
        ([HOME, AWAY, FAR], {"home": declared(domain="in"), "away": declared(domain="out"),
                             "far": declared(domain="out")}, "domain", ["away", "far"], -30, -37.5),
    ],
)  # fmt: skip
def test_gaps(
    tasks: list[TaskEvidence], keys: dict[str, Task], kind: str, there: list[str], gap: float, relative: float
) -> None:
    (row,) = gap_rows(["m"], tasks, keys, DESIGN)
    assert (row.kind, row.tasks, row.counterparts, row.worse, row.reason) == (kind, there, ["home"], True, None)
    assert row.gap == pytest.approx(gap)
    assert row.relative == pytest.approx(relative)
    assert row.ci_low is not None
    assert row.ci_low < gap < (row.ci_high or 0) < 0


def test_no_gap_is_declared() -> None:
    assert gap_rows(["m"], [HOME, AWAY], {"home": declared(domain="in"), "away": declared()}, DESIGN) == []


def test_a_baseline_of_zero_has_no_relative_gap() -> None:
    (row,) = gap_rows(["zero"], [HOME, AWAY], BOTH_IN, DESIGN)
    assert (row.gap, row.relative, row.worse) == (10, None, False)
    assert row.reason == "no relative gap: the reference is not above 0"


def test_a_missing_score_is_told() -> None:
    (row,) = gap_rows(["m"], [HOME, replace(AWAY, values={}, statistics={}, replicates={})], BOTH_IN, DESIGN)
    assert (row.gap, row.value, row.reason) == (None, None, "m has no predictions for away")
    assert gap_rows(["other"], [HOME, AWAY], BOTH_IN, DESIGN) == []


def test_other_headlines_are_no_gap() -> None:
    keys = {"home": declared(domain="in"), "errors": declared(domain="out")}
    (row,) = gap_rows(["m"], [HOME, error_task("errors", [1.0] * 50)], keys, DESIGN)
    assert (row.gap, row.reason) == (None, "the tasks have no headline in common: mae, accuracy")


def test_of_errors_more_is_worse() -> None:
    tasks = [error_task("home", [1.0, 1.2] * 30), error_task("away", [3.0, 3.2] * 30)]
    (row,) = gap_rows(["m"], tasks, BOTH_IN, DESIGN)
    assert row.gap == pytest.approx(2)
    assert row.worse


def test_the_same_rows_are_drawn_together() -> None:
    """A task over the same data as its counterpart has a gap that does not vary where the answers do not."""
    same = replace(HOME, name="away")
    (row,) = gap_rows(["m"], [HOME, same], BOTH_IN, DESIGN)
    assert (row.gap, row.ci_low, row.ci_high, row.worse) == (0, 0, 0, False)


def worded(right: dict[str, int]) -> dict[str, TaskEvidence]:
    made = {key: accuracy_task("home", {"m": hits(n, 100)}, 0) for key, n in right.items()}
    return {key: replace(task, name=f"home@{key}", answered={"m"}) for key, task in made.items()}


def test_templates() -> None:
    (row,) = template_rows(["m"], [HOME], {"home": worded({"polite": 70, "terse": 60})}, DESIGN)
    assert row.scores == {"input": 80, "polite": 70, "terse": 60}
    assert (row.mean, row.sd, row.spread) == (70, 10, 20)
    assert (row.worst, row.worst_value, row.best, row.best_value) == ("terse", 60, "input", 80)
    assert row.mean_low is not None
    assert row.mean_low < 70 < (row.mean_high or 0)
    # The three share their draws, and each is right wherever the next is: the spread is a share of 20 in 100.
    low, high = np.quantile(np.random.default_rng(0).binomial(100, 0.2, 100_000), [0.025, 0.975])
    assert row.spread_low == pytest.approx(low, abs=1.5)
    assert row.spread_high == pytest.approx(high, abs=1.5)


def test_templates_where_less_is_better() -> None:
    tasks = {key: error_task("home", [size] * 40) for key, size in (("input", 1.0), ("other", 2.0))}
    (row,) = template_rows(["m"], [tasks["input"]], {"home": {"other": tasks["other"]}}, DESIGN)
    assert (row.worst, row.worst_value, row.worst_low, row.best) == ("other", 2, 2, "input")


def test_models_that_were_not_asked() -> None:
    lacking = {key: replace(task, answered=()) for key, task in worded({"polite": 70}).items()}
    (row,) = template_rows(["zero"], [HOME], {"home": lacking}, DESIGN)
    assert (row.mean, row.sd, row.scores) == (None, None, {"input": 0, "polite": None})
    assert row.reason == "zero has no answers to home in other words: it failed, or does not read the input as text"
    assert template_rows(["m"], [HOME], {"home": {}}, DESIGN) == []
