"""What `mtlbench compare` prints: the runs, what differs between them, then each model minus its baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mtlbench.report import reading, wording
from mtlbench.report.blocks import print_block
from mtlbench.report.cells import Cell, missing
from mtlbench.report.notes import Notes
from mtlbench.report.reading import MOST_PLACES
from mtlbench.report.section import Block, Column, Line, Table, Told, names
from mtlbench.report.sections.comparisons import difference_cells, difference_columns
from mtlbench.report.terminal import print_notes
from mtlbench.results.comparison import ComparedRow, DifferenceRow, RunComparison
from mtlbench.results.schema import Number

if TYPE_CHECKING:
    from rich.console import Console


def print_comparison(found: RunComparison, console: Console) -> None:
    """Print the comparison; safe for any console, and for names that mean harm."""
    page, shown = Notes(), Notes()
    blocks = [_runs(found), *_setups(found), *_differences(found, page)]
    for block in blocks:
        console.print()
        print_block(block, page.reasons, console, shown)
    print_notes(shown, console)


def _runs(found: RunComparison) -> Block:
    lines = [Line([run.letter, run.suite, run.path], [Cell(run.created)]) for run in found.runs]
    return Table("Runs; A is what the others are compared with", [*names("", "Suite", "Folder"), Column("Made")], lines)


def _setups(found: RunComparison) -> list[Block]:
    blocks: list[Block] = []
    for run in found.runs[1:]:
        rows = [row for row in found.differences if row.letter == run.letter]
        if not rows:
            blocks.append(Told(f"Nothing but models differs between A and {run.letter}."))
            continue
        columns = [*names("In", "What", "Of", "A", run.letter)]
        lines = [
            Line([row.about, row.what, _places(row), row.baseline or wording.DASH, row.other or wording.DASH], [])
            for row in rows
        ]
        blocks.append(Table(f"What differs between A and {run.letter}", columns, lines))
    return blocks


def _places(row: DifferenceRow) -> str:
    more = f" and {len(row.where) - MOST_PLACES} more" if len(row.where) > MOST_PLACES else ""
    return ", ".join(row.where[:MOST_PLACES]) + more


def _differences(found: RunComparison, notes: Notes) -> list[Block]:
    """For each two models a table, and under it the tasks that have none of the rows."""
    blocks: list[Block] = []
    for model, baseline in dict.fromkeys((row.model, row.baseline) for row in found.rows):
        rows = [row for row in found.rows if (row.model, row.baseline) == (model, baseline)]
        blocks.append(_table(found.confidence, rows, notes))
        left = {row.task: row.left_out for row in rows if row.left_out}
        if left:
            counts = ", ".join(f"{number:,} of {task}" for task, number in left.items())
            blocks.append(Told(f"Left out, being in one run alone: {counts}."))
    for row in found.dropped:
        blocks.append(Told(f"{row.model} − {row.baseline}: not compared on {row.task}: {row.reason}."))
    return blocks


def _table(confidence: float, rows: Sequence[ComparedRow], notes: Notes) -> Table:
    model, baseline = rows[0].model, rows[0].baseline
    columns = [
        *names("Task", "Metric"),
        Column("Rows"),
        Column(baseline),
        Column(model),
        *difference_columns(confidence),
    ]
    return Table(f"{model} − {baseline}, on the same rows", columns, [_line(row, confidence, notes) for row in rows])


def _line(row: ComparedRow, confidence: float, notes: Notes) -> Line:
    verdict = reading.verdict(row, confidence, row.higher_is_better)
    scores = [_score(value, row, notes) for value in (row.baseline_value, row.value)]
    cells = [Cell(wording.count(row.n)) if row.n else Cell(), *scores, *difference_cells(row, verdict, notes)]
    return Line([row.task, row.metric + ("" if row.higher_is_better else " ↓")], cells)


def _score(value: Number, row: ComparedRow, notes: Notes) -> Cell:
    return missing(row.reason, notes) if value is None else Cell(wording.score(value))
