"""Who is whose baseline."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mtlbench.analysis.lineage import Course, Lineage, Training

MULTI, A, B = Training({"a": 1.0, "b": 2.0}), Training({"a": 1.0}), Training({"b": 1.0, "a": 0.0})
MODELS = {"multi": MULTI, "only-a": A, "only-b": B, "unknown": Training()}


def test_baselines_by_task() -> None:
    lineage = Lineage(MODELS)
    assert (lineage.multi_task, lineage.single_task) == (["multi"], ["only-a", "only-b"])
    assert lineage.baselines("multi") == {"a": ["only-a"], "b": ["only-b"]}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(A, family="other"), id="another family"),
        pytest.param(replace(A, fraction_of="only-a"), id="fewer rows"),
        pytest.param(replace(A, altered=True), id="quantised"),
    ],
)
def test_what_is_no_baseline(other: Training) -> None:
    assert Lineage({**MODELS, "other": other}).baselines("multi")["a"] == ["only-a"]


def test_another_seed_is_a_baseline_too() -> None:
    assert Lineage({**MODELS, "again": replace(A, seed_of="only-a")}).baselines("multi")["a"] == ["only-a", "again"]


def test_of_a_course_the_last_model_counts_alone() -> None:
    models = {**MODELS, "course-1": A, "course-2": MULTI, "course": Training({"a": 1, "b": 1, "c": 1})}
    course = Course("course", [("course-1", ["a"]), ("course-2", ["b"]), ("course", ["c"])])
    lineage = Lineage(models, [course])
    assert lineage.multi_task == ["multi", "course"]
    assert lineage.single_task == ["only-a", "only-b"]
