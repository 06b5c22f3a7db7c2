"""Sections that a board of many runs has beyond those of a single run: models apart, history, runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from mtlbench.analysis.claims import OVERALL
from mtlbench.board.entry import Entry
from mtlbench.board.history import Stretch, remeasured, stretches
from mtlbench.board.merge import Apart, Board
from mtlbench.report import reading, wording
from mtlbench.report.cells import Cell, missing, verdict_cell
from mtlbench.report.notes import Notes
from mtlbench.report.plot import COLOURS, Mark, Plot, plot
from mtlbench.report.plot import Line as PlotLine
from mtlbench.report.reading import Verdict
from mtlbench.report.section import Block, Column, Figure, Line, Section, Table, Told, names
from mtlbench.report.sections import View
from mtlbench.results.schema import Results
from mtlbench.stats.steps import ALARM, SLACK, STEP

SHORT_HASH = 10
DAY = len("2026-11-20")
MOST_TICKS = 3
"""Dates that stand side by side under a plot."""


def views(board: Board, pages: Mapping[str, str]) -> list[View]:
    """`pages`: run → where its own page lies, seen from the board's."""
    return [partial(_apart, board.apart), partial(_history, board), partial(_runs, board, pages)]


def _apart(apart: Sequence[Apart], results: Results, notes: Notes) -> Section | None:
    if not apart:
        return None
    columns = [*names("Model", "Made", "Not comparable: it has"), Column("Overall", "of its own run")]
    lines = [Line([each.entry.model, _day(each.entry), each.reason], [_overall(each.entry, notes)]) for each in apart]
    return Section(
        "apart",
        "Shown apart",
        "Models whose data, metrics or weights are not those of the ranking above. Their scores are not to be compared "
        "with it, nor with one another.",
        [Table("Models that are not ranked with the others", columns, lines)],
    )


def _overall(entry: Entry, notes: Notes) -> Cell:
    row = entry.record.overall
    if row.value is None:
        return missing(row.reason, notes)
    return Cell(wording.score(row.value), wording.span(row.ci_low, row.ci_high), row.value)


def _history(board: Board, results: Results, notes: Notes) -> Section | None:
    found = stretches(board.entries)
    if not found:
        return None
    places = {row.model: place for place, row in enumerate(reading.standings(results))}
    models = sorted(dict.fromkeys(each.model for each in found), key=lambda model: places.get(model, len(places)))
    drawn = models[:COLOURS]
    left = f" Drawn are the first {COLOURS} of {len(models)} models." if len(models) > COLOURS else ""
    blocks: list[Block] = [
        Figure(
            "Overall and headline scores of models with several revisions, oldest first, with their intervals. A line "
            f"breaks where data, metric or weights changed.{left}",
            "plots.html",
            _plots([each for each in found if each.model in drawn]),
        ),
        *_changes(found, board, results),
    ]
    return Section(
        "history",
        "History",
        f"Every revision of a model. A step is a score more than {STEP:g} standard errors from the level before it; a "
        f"drift is a sum beyond {ALARM:g} of what scores stray by more than {SLACK:g}. Errors are taken as independent, so "
        "on the same examples changes must be larger than they need be: “mtlbench compare” tests two runs in pairs.",
        blocks,
    )


def _plots(found: Sequence[Stretch]) -> list[Plot]:
    """One for the overall and each task, on a common axis of moments."""
    moments = sorted({point.entry.created for each in found for point in each.points})
    number = {moment: float(place) for place, moment in enumerate(moments, 1)}
    last = len(moments) - 1
    ticks = {round(last * share / (MOST_TICKS - 1)) for share in range(MOST_TICKS)}
    dates = {float(place + 1): moments[place][:DAY] for place in sorted(ticks)}
    by_task: dict[str, list[PlotLine]] = {}
    for each in found:
        marks = [Mark(number[p.entry.created], p.value, y_interval=(p.low, p.high)) for p in each.points]
        by_task.setdefault(each.task, []).append(PlotLine(each.model, marks))
    return [plot(task, "Made", "Score", lines, x_names=dates) for task, lines in by_task.items()]


def _changes(found: Sequence[Stretch], board: Board, results: Results) -> list[Block]:
    """What changed, in tables of what was measured and of how."""
    columns = [*names("Model", "On", "Made", "Commit", "Kind"), Column("Δ", "from the level before", name=True)]
    moved = [line for each in found for line in _steps(each, results)]
    anew = [Line([entry.model, _day(entry), _commit(entry), why], []) for entry, why in remeasured(board.entries)]
    blocks: list[Block] = [Table("Changes of level", columns, moved) if moved else Told("No score changed its level.")]
    if anew:
        heads = names("Model", "Made", "Commit", "Measured otherwise than the revision before: it has")
        blocks.append(Table("Changes of what is measured", heads, anew))
    return blocks


def _steps(stretch: Stretch, results: Results) -> list[Line]:
    higher = stretch.task == OVERALL or reading.higher_is_better(results, stretch.task)
    lines = []
    for step in stretch.steps:
        entry = stretch.points[step.place].entry
        verdict = Verdict.HELPS if (step.change > 0) == higher else Verdict.HURTS
        change = verdict_cell(verdict, wording.delta(step.change), step.change)
        lines.append(Line([stretch.model, stretch.task, _day(entry), _commit(entry), step.kind], [change]))
    return lines


def _runs(board: Board, pages: Mapping[str, str], results: Results, notes: Notes) -> Section:
    columns = names("Model", "Run", "Made", "Commit", "Revision", "mtlbench")
    lines = [
        Line([each.model, run.id, _day(each), _commit(each), each.record.revision, run.version], [])
        for each in reversed(board.entries)
        for run in [each.record.run]
    ]
    made = {each.record.run.id: _day(each) for each in board.entries}
    drawn = [(f"{run}, {made[run]}", place) for run, place in pages.items()]
    links = [Figure("Pages of single runs", "links.html", drawn)] if pages else []
    return Section(
        "runs",
        "Runs",
        "Of each model the newest revision with all tasks counts.",
        [*links, Table("Revisions, newest first", columns, lines, fold="All revisions")],
    )


def _day(entry: Entry) -> str:
    return entry.created[:DAY]


def _commit(entry: Entry) -> str:
    return (entry.record.commit or wording.DASH)[:SHORT_HASH]
