"""Forgetting by hand, by Lopez-Paz and Ranzato's and Chaudhry's definitions, and how often its interval holds the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from mtlbench.analysis.evidence import Design, TaskEvidence, gather
from mtlbench.analysis.forgetting import MEASURES, forgetting_comparisons, forgetting_rows, retention_rows
from mtlbench.analysis.lineage import Course, Lineage, Training
from mtlbench.analysis.scores import score_rows
from mtlbench.metrics import METRICS, MetricContext
from mtlbench.results.schema import ForgettingRow
from tests.analysis.evidence import DESIGN, accuracy_task, hits

STAGES = ("after-a", "after-b", "after-c")
COURSE = Course("course", [(model, [task]) for model, task in zip(STAGES, "abc", strict=True)], start="start")
TAUGHT = {"start": "", "after-a": "a", "after-b": "ab", "after-c": "abc", "joint": "abc"}
LINEAGE = Lineage({model: Training(dict.fromkeys(tasks, 1.0)) for model, tasks in TAUGHT.items()}, [COURSE])
#        start, after-a, after-b, after-c, joint
SCORES = {"a": (10, 80, 60, 50, 82), "b": (12, 20, 90, 70, 88), "c": (10, 10, 15, 85, 87)}


def evidence(scores: Mapping[str, Sequence[int]] = SCORES, lost: Sequence[tuple[str, str]] = ()) -> list[TaskEvidence]:
    """Tasks of accuracy over 100 rows, on which the models are right on so many of the first; `lost` are not there."""
    tables = {task: dict(zip(TAUGHT, row, strict=False)) for task, row in scores.items()}
    return [
        accuracy_task(
            task, {model: hits(count, 100) for model, count in row.items() if (task, model) not in lost}, 1 / 3
        )
        for task, row in tables.items()
    ]


def rows_of(tasks: Sequence[TaskEvidence], lineage: Lineage = LINEAGE) -> dict[tuple[str | None, str], ForgettingRow]:
    return {(row.task, row.measure): row for row in forgetting_rows(lineage, tasks, DESIGN)}


def errors_task(name: str, errors: Mapping[str, float]) -> TaskEvidence:
    """A task of the mean absolute error, of which less is better."""
    metric = METRICS.get("mae")("mae", MetricContext(()))
    rows = {(model, "mae"): metric.statistics([error] * 50, [0.0] * 50) for model, error in errors.items()}
    return gather(name, f"data of {name}", 50, 1 / 3, (None, None), (metric,), rows, DESIGN)


def test_measures_by_hand() -> None:
    """Divided by the T − 1 tasks that each is defined for: GEM's code, which divides by T, would say BWT −16.7."""
    table = {key: row.value for key, row in rows_of(evidence()).items()}
    expected = {
        "learned": (80, 90, 85, 85),
        "best": (80, 90, None, 85),
        "final": (50, 70, 85, 205 / 3),
        "forgetting": (30, 20, None, 25),
        "backward": (-30, -20, None, -25),
        "forward": (None, 20 - 12, 15 - 10, 6.5),
        "intransigence": (2, -2, 2, 2 / 3),
    }
    assert list(expected) == list(MEASURES)
    for measure, values in expected.items():
        for task, value in zip(("a", "b", "c", None), values, strict=True):
            assert table[task, measure] == (None if value is None else pytest.approx(value)), (task, measure)


def test_forgetting_is_from_the_best_stage_but_the_last_and_may_be_negative() -> None:
    """Clamped at 0, as where the last stage counts among the best, gains would vanish."""
    rows = rows_of(evidence({"a": (0, 50, 70, 60), "b": (0, 0, 60, 65), "c": (0, 99, 0, 50)}))
    assert [rows[task, "forgetting"].value for task in ("a", "b", None)] == pytest.approx([10, -5, 2.5])
    assert [rows[task, "backward"].value for task in ("a", "b", None)] == pytest.approx([10, 5, 7.5])
    assert rows["a", "best"].value == pytest.approx(70)


def test_intervals_are_of_paired_resamples() -> None:
    row = rows_of(evidence())[None, "backward"]
    task_a, task_b, _ = evidence()
    change = [
        t.replicates["after-c", "accuracy"] - t.replicates[m, "accuracy"]
        for t, m in ((task_a, "after-a"), (task_b, "after-b"))
    ]
    assert (row.ci_low, row.ci_high) == pytest.approx(tuple(np.quantile(np.mean(change, axis=0), [0.025, 0.975])))


def test_less_is_better_is_turned() -> None:
    errors = errors_task("a", {"start": 9, "after-a": 2, "after-b": 3, "after-c": 5, "joint": 1})
    rows = rows_of([errors, *evidence()[1:]])
    values = [rows["a", measure].value for measure in ("learned", "best", "final", "forgetting", "backward")]
    assert values == pytest.approx([2, 2, 5, 3, -3])
    assert rows["a", "intransigence"].value == pytest.approx(1)
    assert (rows[None, "learned"].value, rows[None, "learned"].reason) == (None, "less is better on a")
    assert rows[None, "backward"].value == pytest.approx((-3 - 20) / 2)


def test_several_tasks_in_a_stage_and_tasks_that_recur() -> None:
    course = Course("course", [(STAGES[0], ["a", "b"]), (STAGES[1], ["c"]), (STAGES[2], ["a"])])
    rows = rows_of(evidence(), replace(LINEAGE, courses=[course]))
    assert {task: rows[task, "learned"].learned_at for task in "abc"} == {"a": 1, "b": 1, "c": 2}
    assert rows[None, "backward"].value == pytest.approx(((50 - 80) + (70 - 20) + (85 - 15)) / 3)


@pytest.mark.parametrize(
    ("course", "missing", "measure", "task", "reason"),
    [
        (replace(COURSE, start=None), (), "forward", "b", "the sequence names no `start`"),
        (replace(COURSE, start=None), (), "forward", None, "the sequence names no `start`"),
        (COURSE, (), "forward", "a", "learned in the first stage"),
        (COURSE, (), "forgetting", "c", "learned in the last stage"),
        (replace(COURSE, stages=COURSE.stages[:1]), (), "forgetting", None, "no task is left"),
        (replace(COURSE, stages=COURSE.stages[:1]), (), "backward", None, "no task is left"),
        (replace(COURSE, stages=COURSE.stages[:2]), (), "intransigence", "a", "no model was trained on exactly"),
        (COURSE, (("b", "after-b"),), "forgetting", "b", "after-b has no predictions for b"),
        (COURSE, (("b", "after-b"),), "forgetting", None, "after-b has no predictions for b"),
        (COURSE, (("b", ""),), "backward", "b", "b was not run"),
        (COURSE, (("b", ""),), "backward", None, "b was not run"),
    ],
)
def test_what_is_not_known_is_null_and_says_why(
    course: Course, missing: Sequence[tuple[str, str]], measure: str, task: str | None, reason: str
) -> None:
    there = {name: row for name, row in SCORES.items() if (name, "") not in missing}
    tasks = evidence(there, missing)
    row = rows_of(tasks, replace(LINEAGE, courses=[course]))[task, measure]
    assert (row.value, row.ci_low, row.ci_high) == (None, None, None)
    assert str(row.reason).startswith(reason)


def test_a_missing_score_leaves_the_other_tasks_alone() -> None:
    whole, part = rows_of(evidence()), rows_of(evidence()[:1] + evidence()[2:])
    changed = {key for key, row in whole.items() if part[key] != row}
    assert {task for task, _ in changed} == {"b", None}


@pytest.mark.parametrize(("joint", "against"), [(None, "joint"), ("start", "start")])
def test_the_joint_model_is_named_or_the_familys(joint: str | None, against: str) -> None:
    rows = rows_of(evidence(), replace(LINEAGE, courses=[replace(COURSE, joint=joint)]))
    assert {row.against for row in rows.values() if row.measure == "intransigence"} == {against}


def test_retention_is_the_r_matrix() -> None:
    tasks = evidence()
    scores = score_rows(
        tasks, {model: ("a", "b") if model == "after-b" else ("a", "b", "c") for model in TAUGHT}, DESIGN
    )
    rows = {(row.stage, row.task): row for row in retention_rows(LINEAGE, scores)}
    assert [[rows[stage, task].value for task in "ab"] for stage in range(4)] == [
        [10, 12],
        [80, 20],
        [60, 90],
        [50, 70],
    ]
    assert (rows[2, "c"].value, rows[2, "c"].reason) == (None, "after-b was not run on c")
    assert rows[1, "a"].ci_low == next(row.ci_low for row in scores if (row.model, row.task) == ("after-a", "a"))


def test_two_courses_of_one_syllabus_are_compared() -> None:
    kept = {"a": (10, 80, 78, 76), "b": (12, 20, 90, 88), "c": (10, 10, 15, 85)}
    tasks = [
        accuracy_task(
            name,
            {model: hits(count, 100) for model, count in zip(TAUGHT, SCORES[name], strict=True)}
            | {f"kept-{model}": hits(count, 100) for model, count in zip(TAUGHT, row, strict=False)},
            1 / 3,
        )
        for name, row in kept.items()
    ]
    ewc = Course("ewc", [(f"kept-{model}", [task]) for model, task in zip(STAGES, "abc", strict=True)])
    other = Course("other", [(STAGES[0], ["b"]), (STAGES[1], ["a"]), (STAGES[2], ["c"])])
    (row,) = forgetting_comparisons(replace(LINEAGE, courses=[COURSE, ewc, other]), tasks, DESIGN)
    assert (row.sequence, row.baseline, row.significant) == ("course", "ewc", True)
    assert row.delta == pytest.approx(25 - 3)
    assert row.ci_low is not None and 0 < row.ci_low < 22  # noqa: PT018
    (null,) = forgetting_comparisons(replace(LINEAGE, courses=[COURSE, ewc]), tasks[1:], DESIGN)
    assert (null.delta, null.p_value, null.significant, null.reason) == (None, None, None, "a was not run")


@pytest.mark.parametrize(
    ("chances", "truth", "least"),
    [
        ({"a": (0.80, 0.74, 0.70), "b": (0.3, 0.85, 0.80), "c": (0.2, 0.3, 0.75)}, 7.5, 0.92),
        # The maximum of scores that are equal in truth lies too high.
        ({"a": (0.80, 0.80, 0.80), "b": (0.3, 0.85, 0.85), "c": (0.2, 0.3, 0.75)}, 0.0, 0.90),
    ],
)
def test_the_interval_of_average_forgetting_holds_the_truth(
    chances: dict[str, tuple[float, ...]], truth: float, least: float
) -> None:
    """`chances` are those of each stage's model to be right; it is right on much the same examples after each."""
    rng, n, count, held = np.random.default_rng(5), 150, 400, 0
    for sample in range(count):
        design = Design(seed=sample, confidence=0.95, resamples=300, permutations=99)
        tasks = []
        for name, row in chances.items():
            hardness = rng.random(n)
            made = [np.where(rng.random(n) < 0.7, hardness, rng.random(n)) >= chance for chance in row]
            tasks.append(
                accuracy_task(name, dict(zip(STAGES, np.array(made, int).tolist(), strict=True)), 1 / 3, design=design)
            )
        found = average_forgetting(tasks, design)
        held += found.ci_low is not None and found.ci_high is not None and found.ci_low <= truth <= found.ci_high
    assert least <= held / count <= 0.98


def average_forgetting(tasks: Sequence[TaskEvidence], design: Design) -> ForgettingRow:
    rows = forgetting_rows(LINEAGE, tasks, design)
    return next(row for row in rows if (row.task, row.measure) == (None, "forgetting"))
