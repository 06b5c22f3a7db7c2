"""The source × target matrix and leave-one-out contributions, by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mtlbench.analysis.contributions import contribution_rows
from mtlbench.analysis.evidence import TaskEvidence
from mtlbench.analysis.lineage import Course, Lineage, Training
from mtlbench.analysis.matrix import matrix_rows
from mtlbench.analysis.scores import score_rows
from mtlbench.results.schema import MatrixRow
from tests.analysis.evidence import DESIGN, accuracy_task, errors_task, hits

A, B, AB = Training({"a": 1.0}), Training({"b": 1.0}), Training({"a": 1.0, "b": 1.0})
ON_A = {"single-a": hits(60, 100), "pair": hits(90, 100), "second": hits(60, 100)}
ON_B = {"single-b": hits(80, 100), "pair": hits(50, 100), "second": hits(95, 100), "single-a": hits(50, 100)}
TASKS = [accuracy_task("a", ON_A, 0.5), accuracy_task("b", ON_B, 0.5, (50.0, None))]
MODELS = {"single-a": A, "single-b": B, "pair": AB}


def matrix(lineage: Lineage, tasks: list[TaskEvidence]) -> list[MatrixRow]:
    run = {model: tuple(t.name for t in tasks if (model, t.headline.name) in t.values) for model in lineage.models}
    return matrix_rows(lineage, tasks, score_rows(tasks, run, DESIGN), DESIGN)


def test_a_pair_fills_two_cells() -> None:
    rows = [row for row in matrix(Lineage(MODELS), TASKS) if row.via == "pair"]
    assert [(row.source, row.target, row.model, row.baseline) for row in rows] == [
        ("a", "b", "pair", "single-b"),
        ("b", "a", "pair", "single-a"),
    ]
    assert [(row.delta, row.relative) for row in rows] == [
        (pytest.approx(-30), pytest.approx(-37.5)),
        (pytest.approx(30), pytest.approx(50)),
    ]
    assert [(row.verdict, row.test) for row in rows] == [("negative", "McNemar, exact"), ("positive", "McNemar, exact")]
    assert rows[0].p_value == pytest.approx(2**-29)
    assert rows[0].p_adjusted == pytest.approx(2**-29 * 3 / 2), "with the zero-shot cell three tests"


def test_a_model_asked_what_it_never_learned_is_held_against_the_floor() -> None:
    (row,) = [row for row in matrix(Lineage(MODELS), TASKS) if row.via == "zero-shot"]
    assert (row.source, row.target, row.model, row.baseline) == ("a", "b", "single-a", "floor")
    assert (row.delta, row.p_value, row.test, row.verdict) == (0, 1, "binomial, exact", "not separable")
    assert row.ci_low == pytest.approx(-9.6, abs=0.05)
    assert row.ci_high == pytest.approx(9.6, abs=0.05)


def test_above_the_floor_by_a_score_that_is_no_share() -> None:
    task = replace(errors_task("b", {"single-a": [1.0, 2.0] * 50}), floor=2.5)
    (row,) = matrix(Lineage({"single-a": A}), [task])
    assert (row.delta, row.verdict, row.test) == (pytest.approx(-1), "positive", "normal, bootstrap error")


def test_without_a_floor_zero_shot_is_null() -> None:
    (row,) = matrix(Lineage({"single-a": A}), [replace(TASKS[1], floor=None)])
    assert (row.delta, row.verdict) == (None, None)
    assert row.reason is not None
    assert "b declares no `floor`" in row.reason


def test_an_intermediate_task() -> None:
    models = {**MODELS, "first": A, "second": AB, "start": Training({})}
    tasks = [TASKS[0], accuracy_task("b", ON_B | {"first": hits(70, 100), "start": hits(40, 100)}, 0.5)]
    course = Course("course", [("first", ["a"]), ("second", ["b"])], start="start")
    rows = matrix(Lineage(models, [course]), tasks)
    (after,) = [row for row in rows if row.via == "sequence"]
    assert (after.source, after.target, after.model, after.baseline) == ("a", "b", "second", "single-b")
    assert (after.delta, after.verdict) == (pytest.approx(15), "positive")
    assert {row.model for row in rows if row.via == "pair"} == {"pair"}, "the course is no pair trained together"
    zero = {row.model: (row.baseline, row.delta) for row in rows if row.via == "zero-shot"}
    assert zero["first"] == ("start", pytest.approx(30)), "against the model before training"


def test_a_missing_baseline_is_listed() -> None:
    rows = matrix(Lineage({"single-a": A, "pair": AB}), TASKS)
    cell = next(row for row in rows if row.via == "pair" and row.target == "b")
    assert (cell.baseline, cell.delta, cell.verdict, cell.reason) == (None, None, None, "no single-task baseline for b")
    assert next(row for row in rows if row.target == "a").delta == pytest.approx(30), "the other cell stands"


def test_a_missing_score_is_listed() -> None:
    tasks = [TASKS[0], accuracy_task("b", {"single-b": hits(80, 100)}, 0.5)]
    (cell,) = [row for row in matrix(Lineage(MODELS), tasks) if row.target == "b"]
    assert (cell.delta, cell.reason) == (None, "pair has no predictions for b")


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(B, family="other"), id="another family"),
        pytest.param(replace(B, altered=True), id="quantised"),
        pytest.param(replace(B, fraction_of="single-b"), id="fewer rows"),
    ],
)
def test_what_is_no_baseline(other: Training) -> None:
    rows = matrix(Lineage({"single-a": A, "pair": AB, "single-b": other}), TASKS)
    assert next(row for row in rows if row.via == "pair" and row.target == "b").baseline is None


ABC = Training({"a": 1.0, "b": 1.0, "c": 1.0})


def test_what_leaving_a_task_out_takes_from_the_others() -> None:
    on_a = {"joint": hits(90, 100), "no-c": hits(60, 100), "no-b": hits(90, 100)}
    on_b = {"joint": hits(50, 100), "no-c": hits(80, 100)}
    tasks = [accuracy_task("a", on_a, 0.5), accuracy_task("b", on_b, 0.5)]
    models = {"joint": ABC, "no-c": AB, "no-b": Training({"a": 1, "c": 1}), "only-a": A}
    rows = contribution_rows(Lineage(models), tasks, DESIGN)
    assert [(row.left_out, row.target, row.model, row.joint, row.delta, row.verdict) for row in rows] == [
        ("c", "a", "no-c", "joint", pytest.approx(30), "positive"),
        ("c", "b", "no-c", "joint", pytest.approx(-30), "negative"),
        ("b", "a", "no-b", "joint", 0, "not separable"),
    ]
    assert rows[0].p_adjusted == pytest.approx(2**-29 * 3 / 2)


def test_two_tasks_have_no_contributions_but_transfer() -> None:
    assert contribution_rows(Lineage({"joint": AB, "only-a": A}), TASKS, DESIGN) == []


def test_a_contribution_without_a_score_is_null() -> None:
    (row,) = contribution_rows(
        Lineage({"joint": ABC, "no-c": AB}), [accuracy_task("a", {"joint": hits(9, 10)}, 1.0)], DESIGN
    )
    assert (row.delta, row.verdict, row.reason) == (None, None, "no-c has no predictions for a")


def test_a_joint_model_of_another_family_is_not_compared() -> None:
    lineage = Lineage({"joint": replace(ABC, family="large"), "no-c": AB})
    assert contribution_rows(lineage, TASKS, DESIGN) == []
