"""Sections of a report in the terminal: their brief tables and sentences, as wide as the console allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mtlbench.report.cells import Cell
from mtlbench.report.console import told
from mtlbench.report.notes import Notes
from mtlbench.report.section import Block, Column, Line, Section, Table, Told
from mtlbench.report.tables import bare_table, note

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

MOST_LINES = 40
"""Beyond this, a table's quiet lines are counted and not shown, and then the last of the others."""

_STYLES = {"good": "green", "bad": "red", "quiet": "dim"}


def print_section(section: Section, reasons: Sequence[str], console: Console, notes: Notes) -> None:
    """Print the section's brief blocks under its title, if it has any.

    `reasons` are those that the section's cells number; they are numbered anew, as they are shown.
    """
    blocks = [block for block in section.blocks if isinstance(block, Table | Told) and block.brief]
    if not blocks:
        return
    console.print()
    console.print(told(section.title, "bold"))
    for block in blocks:
        print_block(block, reasons, console, notes)


def print_block(block: Block, reasons: Sequence[str], console: Console, notes: Notes) -> None:
    """Print a table or a sentence."""
    if isinstance(block, Told):
        console.print(told(block.text))
    if not isinstance(block, Table):
        return
    if block.caption:
        console.print(told(block.caption, "dim"))
    lines = block.lines
    if len(lines) > MOST_LINES:
        lines = [line for line in lines if not line.quiet][:MOST_LINES]
    columns = [column for column in block.columns if not column.page]
    rows = [_row(block.columns, line, reasons, notes) for line in lines]
    table = _wide(columns, rows)
    if console.measure(table, options=console.options.update(width=10_000)).maximum > console.width:
        table = _narrow(columns, rows)
    console.print(table)
    if len(lines) < len(block.lines):
        console.print(told(f"{len(block.lines) - len(lines)} more are in results.json and on the page.", "dim"))


@dataclass(frozen=True, slots=True)
class _Row:
    names: list[str]
    cells: list[Text]


def _row(columns: Sequence[Column], line: Line, reasons: Sequence[str], notes: Notes) -> _Row:
    """What the terminal shows of a line."""
    count = len(line.names)
    return _Row(
        [name for column, name in zip(columns[:count], line.names, strict=True) if not column.page],
        [
            _cell(cell, reasons, notes)
            for column, cell in zip(columns[count:], line.cells, strict=True)
            if not column.page
        ],
    )


def _wide(columns: Sequence[Column], rows: Sequence[_Row]) -> RichTable:
    """A first name is told once for all the lines that begin with it."""
    table = bare_table()
    for column in columns:
        _add(table, column)
    before = ""
    for row in rows:
        first, *others = row.names
        table.add_row("" if others and first == before else told(first), *map(told, others), *row.cells)
        before = first
    return table


def _narrow(columns: Sequence[Column], rows: Sequence[_Row]) -> RichTable:
    """All names but the last stand on lines of their own above their cells, and once for all the lines they lead."""
    table = bare_table()
    count = len(rows[0].names) if rows else 1
    _add(table, Column(", ".join(column.label for column in columns[:count]), name=True))
    for column in columns[count:]:
        _add(table, column)
    before: list[str] = []
    for row in rows:
        *above, last = row.names
        for name in above if above != before else ():
            table.add_row(told(name, "bold"))
        table.add_row(told(last), *row.cells)
        before = above
    return table


def _add(table: RichTable, column: Column) -> None:
    header = told(column.label)
    if column.detail:
        header.append("\n").append_text(told(column.detail, "dim not bold"))
    table.add_column(
        header, justify="left" if column.name else "right", overflow="fold", max_width=32 if column.name else None
    )


def _cell(cell: Cell, reasons: Sequence[str], notes: Notes) -> Text:
    text = told(" ".join(part for part in (cell.text, cell.detail) if part), _STYLES.get(cell.css, ""))
    return text if cell.note is None else text.append_text(note(reasons[cell.note - 1], notes))
