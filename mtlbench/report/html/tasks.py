"""Tasks: headline scores of all models as a heat map, then every metric of each task."""

from __future__ import annotations

from dataclasses import dataclass

from mtlbench.report import reading, wording
from mtlbench.report.cells import NOT_RUN, Cell, score_cell, sequential
from mtlbench.report.notes import Notes
from mtlbench.results.schema import OverallRow, Results, TaskInfo


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    metric: str
    ascending: bool
    share: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    model: str
    cells: list[Cell]
    overall: Cell = NOT_RUN
    number: int = 0
    """The model's place in the results."""


@dataclass(frozen=True, slots=True)
class TaskDetail:
    """All metrics of one task, for the models that have any."""

    name: str
    about: str
    description: str
    signatures: list[str]
    columns: list[Column]
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Tasks:
    columns: list[Column]
    lines: list[Line]
    details: list[TaskDetail]


def view(results: Results, notes: Notes) -> Tasks:
    standings = reading.standings(results)
    return Tasks(
        columns=[
            Column(
                task.name, task.headline, not reading.higher_is_better(results, task.name), wording.share(task.weight)
            )
            for task in results.tasks
        ],
        lines=_heat(results, standings, notes),
        details=[_detail(results, task, standings, notes) for task in results.tasks],
    )


def _heat(results: Results, standings: list[OverallRow], notes: Notes) -> list[Line]:
    scores, best = reading.headline_scores(results), reading.best_models(results)
    columns = {
        task.name: [row.value for row in scores.values() if row.task == task.name and row.value is not None]
        for task in results.tasks
    }

    def cell(model: str, task: TaskInfo) -> Cell:
        row = scores.get((model, task.name))
        if row is None or row.value is None:
            return score_cell(row, notes)
        shade = sequential(row.value, columns[task.name], reading.higher_is_better(results, task.name))
        return score_cell(row, notes, f"{shade} best" if (model, task.name) in best else shade)

    def overall(row: OverallRow) -> Cell:
        if row.value is None:
            return Cell(wording.DASH)
        return Cell(wording.score(row.value), wording.span(row.ci_low, row.ci_high), row.value)

    numbers = {model.name: number for number, model in enumerate(results.models)}
    return [
        Line(row.model, [cell(row.model, task) for task in results.tasks], overall(row), numbers[row.model])
        for row in standings
    ]


def _detail(results: Results, task: TaskInfo, standings: list[OverallRow], notes: Notes) -> TaskDetail:
    rows = {(row.model, row.metric): row for row in results.scores if row.task == task.name}
    present = {model for model, _ in rows}
    facts = [task.kind, wording.plural(task.n, "row"), f"{wording.share(task.weight)} of the overall score"]
    facts += [f"{word} {wording.score(at)}" for word, at in (("floor", task.floor), ("ceiling", task.ceiling)) if at]
    return TaskDetail(
        name=task.name,
        about=" · ".join(facts),
        description=task.description,
        signatures=[metric.signature for metric in task.metrics],
        columns=[Column(metric.name, "", not metric.higher_is_better) for metric in task.metrics],
        lines=[
            Line(row.model, [score_cell(rows.get((row.model, metric.name)), notes) for metric in task.metrics])
            for row in standings
            if row.model in present
        ],
    )
