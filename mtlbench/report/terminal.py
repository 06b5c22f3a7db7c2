"""The leaderboard in the terminal: ranking, what is brief of each section, caveats. Tasks too many for one width go on
below.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mtlbench.report import reading, wording
from mtlbench.report.blocks import print_section
from mtlbench.report.console import told
from mtlbench.report.notes import Notes, raised
from mtlbench.report.sections import sections
from mtlbench.report.tables import MOST_NOTES, bare_table, missing, note
from mtlbench.results.schema import OverallRow, Results

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

NOT_RUN = "·"
"""In place of a score that the suite did not ask for; a model's row of nothing else is left out."""
MOST_CAVEATS = 10


def leaderboard(results: Results, console: Console) -> None:
    """Print the results; safe for any console, with or without colour, wide or narrow."""
    notes = Notes()
    _title(results, console)
    _ranking(results, console, notes)
    page = Notes()
    for section in sections(results, page):
        print_section(section, page.reasons, console, notes)
    print_notes(notes, console)
    _caveats(results, console)


@dataclass(frozen=True, slots=True)
class _Column:
    """A header of one or two lines and a cell for every model."""

    header: Text
    cells: Sequence[Text]
    left: bool = False
    widest: int | None = None


def _title(results: Results, console: Console) -> None:
    suite, run = results.suite, results.run
    console.print()
    title = told(suite.name, "bold")
    title.append(
        f"  {wording.plural(len(results.models), 'model')} × {wording.plural(len(results.tasks), 'task')}", "not bold"
    )
    console.print(title)
    limit = f" · at most {wording.plural(run.limit, 'row')} a task" if run.limit else ""
    console.print(told(f"run {run.id} · {wording.share(suite.confidence)} intervals · seed {suite.seed}{limit}", "dim"))
    if results.status == "incomplete":
        console.print(told("Incomplete: some scores are missing.", "bold yellow"))


def _ranking(results: Results, console: Console, notes: Notes) -> None:
    rows = reading.standings(results)
    ranked = sum(row.rank is not None for row in rows)
    lead = [
        _Column(told("Rank"), [told(wording.rank(row.rank_low, row.rank_high)) for row in rows]),
        _Column(told("Model"), [_model(row) for row in rows], left=True, widest=32),
        _Column(told("Overall"), [_overall(row, notes) for row in rows]),
    ]
    tables = [lead]
    for column in _task_columns(results, rows, notes):
        if _fits([*tables[-1], column], ranked, console):
            tables[-1].append(column)
        else:
            tables.append([lead[1], column])
    for columns in tables:
        console.print()
        console.print(_table(columns, ranked))
    if any(row.breaks for row in rows):
        console.print(told("✗ breaks a limit of a critical task.", "dim"))
    if ranked < len(rows):
        console.print(
            told("Not ranked: a model needs a score on every task. “%” is the share of the weight it has.", "dim")
        )


def _model(row: OverallRow) -> Text:
    """The name, and below it the critical tasks of which the model breaks a limit."""
    name = told(row.model)
    return name.append("\n").append_text(told(wording.broken(row.breaks), "red")) if row.breaks else name


def _overall(row: OverallRow, notes: Notes) -> Text:
    if row.value is not None and row.ci_low is None and row.reason:
        return told(wording.score(row.value)).append_text(note(row.reason, notes))
    if row.value is not None:
        return told(wording.scored(row.value, row.ci_low, row.ci_high))
    if row.coverage < 1:
        return told(f"{wording.share(row.coverage)} covered", "dim")
    return missing(row.reason, notes)


def _task_columns(results: Results, rows: list[OverallRow], notes: Notes) -> list[_Column]:
    scores, best = reading.headline_scores(results), reading.best_models(results)

    def cell(model: str, task: str) -> Text:
        row = scores.get((model, task))
        if row is None:
            return told(NOT_RUN, "dim")
        if row.value is None:
            return missing(row.reason, notes)
        return told(wording.score(row.value), "bold" if (model, task) in best else "")

    columns = []
    for task in results.tasks:
        arrow = "" if reading.higher_is_better(results, task.name) else " ↓"
        header = told(task.name)
        header.append("\n").append_text(told(f"{task.headline}{arrow}", "dim not bold"))
        columns.append(_Column(header, [cell(row.model, task.name) for row in rows], widest=18))
    return columns


def _fits(columns: Sequence[_Column], ranked: int, console: Console) -> bool:
    return (
        console.measure(_table(columns, ranked), options=console.options.update(width=10_000)).maximum <= console.width
    )


def _table(columns: Sequence[_Column], ranked: int) -> Table:
    table = bare_table()
    for column in columns:
        table.add_column(
            column.header, justify="left" if column.left else "right", overflow="fold", max_width=column.widest
        )
    for number, cells in enumerate(zip(*(column.cells for column in columns), strict=True), start=1):
        if any(cell.plain != NOT_RUN for cell in cells[1:]):
            table.add_row(*cells, end_section=number == ranked)
    return table


def print_notes(notes: Notes, console: Console) -> None:
    """Print the reasons of missing numbers, under the numbers that stand for them."""
    lines = [f"{raised(number)} {reason}" for number, reason in enumerate(notes.reasons, start=1)]
    if lines:
        console.print()
        _listed(lines, MOST_NOTES, lambda line: console.print(told(line, "dim")), console)


def _caveats(results: Results, console: Console) -> None:
    found = reading.caveats(results)
    if not found:
        return
    console.print()
    console.print(told("Warnings", "bold yellow"))
    lines = [f"{caveat.places}: {caveat.message}" if caveat.where else caveat.message for caveat in found]
    _listed(lines, MOST_CAVEATS, lambda line: console.print(told(f"• {line}")), console)


def _listed(lines: Sequence[str], most: int, say: Callable[[str], None], console: Console) -> None:
    for line in lines[:most]:
        say(line)
    if len(lines) > most:
        console.print(told(f"and {len(lines) - most} more in results.json", "dim"))
