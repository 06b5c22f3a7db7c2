"""Data efficiency: learning curves, the area under them, and the rows that multi-task and single-task training take."""

from __future__ import annotations

from collections.abc import Sequence

from mtlbench.report import wording
from mtlbench.report.cells import Cell, missing, score_cell, verdict_cell
from mtlbench.report.notes import Notes
from mtlbench.report.plot import Line as PlotLine
from mtlbench.report.plot import Mark, Plot, plot
from mtlbench.report.reading import Verdict
from mtlbench.report.section import Block, Column, Figure, Line, Section, Table, names
from mtlbench.results.schema import CurveRow, DataEfficiencyRow, ReachRow, Results


def view(results: Results, notes: Notes) -> Section | None:
    if not results.curves:
        return None
    blocks: list[Block] = []
    at_full = [row for row in results.examples_to_reach if row.at_full]
    if at_full:
        caption = "Rows of the task to reach what its single-task baseline reaches with all its rows"
        blocks.append(_reaches(results, at_full, caption, notes))
    plots = _plots(results)
    if plots:
        caption = "Headline score over rows of training, on a logarithmic axis. Points without a score are left out."
        blocks.append(Figure(caption, "plots.html", plots))
    blocks.append(_areas(results, notes))
    others = [row for row in results.examples_to_reach if not row.at_full]
    if others:
        caption = "Rows of the task to reach what its baseline reaches with fewer rows"
        blocks.append(_reaches(results, others, caption, notes, fold="Rows to reach lower scores"))
    return Section(
        "data-efficiency",
        "Data efficiency",
        "Scores of one training on more and more rows. A ratio above 1 says that training together needs fewer rows for "
        f"the same score. Small ranges are {wording.share(results.suite.confidence)} intervals; nothing is said beyond "
        "the rows that were tried.",
        [*blocks, _points(results, notes)],
    )


def _plots(results: Results) -> list[Plot]:
    """One for each task, with a line for each curve."""
    headlines = {task.name: task.headline for task in results.tasks}
    lines: dict[str, dict[str, list[Mark]]] = {}
    for row in results.curves:
        if row.rows and row.value is not None:
            mark = Mark(row.rows, row.value, y_interval=(row.ci_low, row.ci_high))
            lines.setdefault(row.task, {}).setdefault(row.curve, []).append(mark)
    return [
        plot(task, "Rows of training", headlines[task], [PlotLine(*each) for each in curves.items()], log=True)
        for task, curves in lines.items()
    ]


def _reaches(results: Results, rows: Sequence[ReachRow], caption: str, notes: Notes, fold: str = "") -> Table:
    columns = [
        *names("Task", "Multi-task", "Single-task"),
        Column("Score"),
        Column("Rows, single-task", ascending=True),
        Column("Rows, multi-task", ascending=True),
        Column("Single ÷ multi", name=True),
        Column(f"{wording.share(results.suite.confidence)} interval", sortable=False),
    ]
    lines = [Line([row.task, row.curve, row.baseline], _reach(row, notes)) for row in rows]
    return Table(caption, columns, lines, fold, brief=not fold)


def _reach(row: ReachRow, notes: Notes) -> list[Cell]:
    numbers = [
        Cell(wording.score(row.score), sort=row.score),
        Cell(wording.count(row.baseline_rows), sort=row.baseline_rows),
        Cell(wording.count(row.rows), sort=row.rows),
    ]
    if row.ratio is None:
        return [*numbers, missing(row.reason, notes), Cell(wording.DASH)]
    ratio = verdict_cell(_verdict(row), wording.times(row.ratio), row.ratio)
    if row.ci_low is None or row.ci_high is None:
        return [*numbers, ratio, missing(row.reason, notes)]
    return [*numbers, ratio, Cell(f"[{wording.times(row.ci_low)}, {wording.times(row.ci_high)}]")]


def _verdict(row: ReachRow) -> Verdict:
    """By the interval alone."""
    if row.ci_low is None or row.ci_high is None or row.ci_low <= 1 <= row.ci_high:
        return Verdict.UNCLEAR
    return Verdict.HELPS if row.ci_low > 1 else Verdict.HURTS


def _areas(results: Results, notes: Notes) -> Table:
    columns = [
        *names("Task", "Curve"),
        Column("Mean over log rows", "area ÷ width"),
        Column("Sizes"),
        Column("Rows", sortable=False),
        Column("Made of", name=True, sortable=False),
    ]
    tasks = {task.name: place for place, task in enumerate(results.tasks)}
    rows = sorted(results.data_efficiency, key=lambda row: tasks.get(row.task, len(tasks)))
    lines = [Line([row.task, row.curve], _area(row, notes)) for row in rows]
    return Table("Area under each curve", columns, lines)


def _area(row: DataEfficiencyRow, notes: Notes) -> list[Cell]:
    across = "" if row.least is None else f"{wording.count(row.least)}{wording.DASH}{wording.count(row.most)}"
    return [
        score_cell(row, notes),
        Cell(wording.count(row.sizes), sort=row.sizes),
        Cell(across or wording.DASH),
        Cell(row.method or wording.DASH, css="quiet"),
    ]


def _points(results: Results, notes: Notes) -> Table:
    columns = [*names("Task", "Curve", "Model"), Column("Rows", ascending=True), Column("Score")]
    lines = [Line([row.task, row.curve, row.model], _point(row, notes)) for row in results.curves]
    return Table("Every point of the curves", columns, lines, fold="All points")


def _point(row: CurveRow, notes: Notes) -> list[Cell]:
    rows = missing(row.reason, notes) if row.rows is None else Cell(wording.count(row.rows), sort=row.rows)
    return [rows, score_cell(row, notes)]
