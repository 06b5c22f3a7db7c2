"""Forgetting: what each stage of sequential training did to the tasks of the others.

Rᵢⱼ is the headline score on task j after stage i of T, turned so that more is better, and lⱼ the first stage that trains j.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from mtlbench.analysis.estimates import Estimate, Found, direction, estimate, oriented, stacked
from mtlbench.analysis.evidence import Design, TaskEvidence
from mtlbench.analysis.lineage import Course, Lineage
from mtlbench.analysis.overall import lower_is_better
from mtlbench.metrics.base import FloatArray
from mtlbench.results.schema import ForgettingComparisonRow, ForgettingRow, RetentionRow, ScoreRow
from mtlbench.stats.intervals import percentile_p_value
from mtlbench.stats.multiplicity import holm


@dataclass(frozen=True, slots=True)
class _Lesson:
    """A task of a course, the first stage that trains it (from 1), and the models after each stage."""

    task: str
    at: int
    stages: Sequence[str]
    start: str | None
    joint: str | None

    @property
    def learned(self) -> str:
        return self.stages[self.at - 1]

    @property
    def since(self) -> Sequence[str]:
        """The models from the stage that learned the task on; none where that is the last."""
        return self.stages[self.at - 1 :] if self.at < len(self.stages) else ()

    @property
    def before(self) -> Sequence[str]:
        return self.stages[self.at - 2 : self.at - 1] if self.at > 1 else ()


@dataclass(frozen=True, slots=True)
class _Measure:
    """`formula` makes the measure `[1 + B]` of the scores `[M, 1 + B]` of `models`, and of `against` as the last of them.

    It is not defined, for the reason `no_models`, where there are no models, and not known where `against` should be there
    and is not, for the reason `no_against`. A `level` is a score itself, not a difference of scores.
    """

    models: Callable[[_Lesson], Sequence[str]]
    formula: Callable[[FloatArray], FloatArray]
    level: bool = False
    against: Callable[[_Lesson], str | None] | None = None
    no_models: str = ""
    no_against: str = ""


_LAST = "learned in the last stage: nothing came after it"
_FIRST = "learned in the first stage: nothing came before it"
_NO_START = "the sequence names no `start`, the model before the first stage"
_NO_JOINT = "no model was trained on exactly the sequence's tasks together"

MEASURES: Mapping[str, _Measure] = {
    "learned": _Measure(lambda lesson: [lesson.learned], lambda scores: scores[0], level=True),
    "best": _Measure(lambda lesson: lesson.since, lambda scores: scores[:-1].max(0), level=True, no_models=_LAST),
    "final": _Measure(lambda lesson: lesson.stages[-1:], lambda scores: scores[0], level=True),
    "forgetting": _Measure(
        lambda lesson: lesson.since, lambda scores: scores[:-1].max(0) - scores[-1], no_models=_LAST
    ),
    "backward": _Measure(lambda lesson: lesson.since, lambda scores: scores[-1] - scores[0], no_models=_LAST),
    "forward": _Measure(
        lambda lesson: lesson.before,
        lambda scores: scores[0] - scores[1],
        against=lambda lesson: lesson.start,
        no_models=_FIRST,
        no_against=_NO_START,
    ),
    "intransigence": _Measure(
        lambda lesson: [lesson.learned],
        lambda scores: scores[1] - scores[0],
        against=lambda lesson: lesson.joint,
        no_against=_NO_JOINT,
    ),
}
"""Forgetting is Chaudhry et al.'s (2018), max over lⱼ ≤ l < T of R_lj, − R_Tj: below 0 where the last stage helped, as the
maximum leaves out the last. BWT and FWT are Lopez-Paz and Ranzato's (2017), R_Tj − R_jj and R_(j−1)j − bⱼ with the start's
scores b. Intransigence is Chaudhry et al.'s, the joint model's score − R_jj."""


def retention_rows(lineage: Lineage, scores: Sequence[ScoreRow]) -> list[RetentionRow]:
    """The R matrix of each course: every stage's headline score on every task that the course trains."""
    headlines = {(row.model, row.task): row for row in scores if row.headline}
    return [
        _retention(course, lesson, stage, model, headlines.get((model, lesson.task)))
        for course in lineage.courses
        for stage, model in enumerate((course.start, *_models(course)))
        if model is not None
        for lesson in _lessons(course)
    ]


def forgetting_rows(lineage: Lineage, tasks: Sequence[TaskEvidence], design: Design) -> list[ForgettingRow]:
    """Every measure of every task of a course, then the averages, each over the tasks that it is defined for.

    Of T stages that train a task each, these are T − 1 tasks for forgetting, backward and forward, as in the papers.
    """
    by_name = {task.name: task for task in tasks}
    return [row for course in lineage.courses for row in _course_rows(course, lineage, by_name, design)]


def forgetting_comparisons(
    lineage: Lineage, tasks: Sequence[TaskEvidence], design: Design
) -> list[ForgettingComparisonRow]:
    """Each two courses that train the same tasks in the same stages, by average forgetting on the same resamples."""
    by_name = {task.name: task for task in tasks}
    pairs = [(one, other) for one, other in combinations(lineage.courses, 2) if _syllabus(one) == _syllabus(other)]
    differences = []
    for pair in pairs:
        found = stacked([_average(MEASURES["forgetting"], _lessons(course), by_name) for course in pair])
        differences.append(found if isinstance(found, str) else found[0] - found[1])
    p_values = [None if isinstance(found, str) else percentile_p_value(found[1:]) for found in differences]
    return [
        _comparison(one, other, estimate(found, design), p_value, adjusted, design)
        for (one, other), found, p_value, adjusted in zip(pairs, differences, p_values, holm(p_values), strict=True)
    ]


def _models(course: Course) -> list[str]:
    return [model for model, _ in course.stages]


def _syllabus(course: Course) -> list[frozenset[str]]:
    return [frozenset(tasks) for _, tasks in course.stages]


def _lessons(course: Course, joint: str | None = None) -> list[_Lesson]:
    """The tasks in the order in which they are first trained."""
    first: dict[str, int] = {}
    for stage, (_, tasks) in enumerate(course.stages, start=1):
        for task in tasks:
            first.setdefault(task, stage)
    return [_Lesson(task, stage, _models(course), course.start, joint) for task, stage in first.items()]


def _joint(course: Course, lineage: Lineage) -> str | None:
    """The model named, else the family's first one trained on exactly the tasks of the course together."""
    if course.joint is not None:
        return course.joint
    family = lineage.models[course.stages[-1][0]].family
    taught = frozenset[str]().union(*_syllabus(course))
    alike = (model for model in lineage.together if frozenset(lineage.models[model].tasks) == taught)
    return next((model for model in alike if lineage.models[model].family == family), None)


def _course_rows(
    course: Course, lineage: Lineage, tasks: Mapping[str, TaskEvidence], design: Design
) -> Iterator[ForgettingRow]:
    lessons = _lessons(course, _joint(course, lineage))
    for lesson in lessons:
        for name, measure in MEASURES.items():
            found = _measured(measure, lesson, tasks)
            if measure.level and not isinstance(found, str):
                found = found * direction(tasks[lesson.task])
            yield _row(course, lesson, name, estimate(found, design))
    for name, measure in MEASURES.items():
        yield _row(course, lessons[0], name, estimate(_average(measure, lessons, tasks), design), average=True)


def _measured(measure: _Measure, lesson: _Lesson, tasks: Mapping[str, TaskEvidence]) -> Found:
    models = list(measure.models(lesson))
    if not models:
        return measure.no_models
    if measure.against is not None:
        against = measure.against(lesson)
        if against is None:
            return measure.no_against
        models.append(against)
    if lesson.task not in tasks:
        return f"{lesson.task} was not run"
    scores = stacked([oriented(tasks[lesson.task], model) for model in models])
    return scores if isinstance(scores, str) else measure.formula(scores)


def _average(measure: _Measure, lessons: Sequence[_Lesson], tasks: Mapping[str, TaskEvidence]) -> Found:
    """The mean over the tasks that the measure is defined for; none where one of them has no score."""
    defined = [lesson for lesson in lessons if measure.models(lesson)]
    if not defined:
        return f"no task is left: each was {measure.no_models}"
    found = stacked([_measured(measure, lesson, tasks) for lesson in defined])
    if isinstance(found, str):
        return found
    mixed = lower_is_better([tasks[lesson.task] for lesson in defined]) if measure.level else None
    return mixed or found.mean(0)


def _retention(course: Course, lesson: _Lesson, stage: int, model: str, score: ScoreRow | None) -> RetentionRow:
    return RetentionRow(
        sequence=course.name,
        stage=stage,
        model=model,
        task=lesson.task,
        learned_at=lesson.at,
        value=score and score.value,
        ci_low=score and score.ci_low,
        ci_high=score and score.ci_high,
        reason=score.reason if score else f"{model} was not run on {lesson.task}",
    )


def _row(course: Course, lesson: _Lesson, name: str, found: Estimate, average: bool = False) -> ForgettingRow:
    """Of the lesson, or of the average over lessons, all of which are measured against the same model."""
    against = MEASURES[name].against
    return ForgettingRow(
        sequence=course.name,
        task=None if average else lesson.task,
        learned_at=None if average else lesson.at,
        measure=name,
        against=against(lesson) if against else None,
        value=found.value,
        ci_low=found.low,
        ci_high=found.high,
        reason=found.reason,
    )


def _comparison(
    one: Course, other: Course, found: Estimate, p_value: float | None, adjusted: float | None, design: Design
) -> ForgettingComparisonRow:
    return ForgettingComparisonRow(
        sequence=one.name,
        baseline=other.name,
        delta=found.value,
        ci_low=found.low,
        ci_high=found.high,
        p_value=p_value,
        p_adjusted=adjusted,
        test="none" if p_value is None else "paired bootstrap, percentile",
        significant=None if adjusted is None else adjusted <= design.alpha,
        reason=found.reason,
    )
