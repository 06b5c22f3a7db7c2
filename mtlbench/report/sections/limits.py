"""Limits that the suite sets on its tasks, and the models that break them."""

from __future__ import annotations

from collections.abc import Sequence

from mtlbench.report import wording
from mtlbench.report.cells import Cell, missing
from mtlbench.report.notes import Notes
from mtlbench.report.section import Block, Column, Line, Section, Table, Told, names
from mtlbench.results.schema import LimitRow, Results

_CALLED = {"minimum": "worst score", "max_regression": "regression"}


def view(results: Results, notes: Notes) -> Section | None:
    if not results.limits:
        return None
    broken = sorted((row for row in results.limits if row.broken), key=lambda row: row.priority != "critical")
    unknown = sum(row.broken is None for row in results.limits)
    blocks: list[Block] = [Told("No model breaks a limit.", brief=True)]
    if broken:
        blocks = [_table("Broken limits", broken, results, notes, brief=True)]
    if unknown:
        blocks.append(Told(f"{wording.plural(unknown, 'limit')} could not be checked.", brief=True))
    return Section(
        "limits",
        "Limits",
        "The worst acceptable score of a task, and by how many points a model may be worse than its single-task baseline. "
        "A model that breaks a limit of a critical task is marked in the ranking. “Surely” says that the whole interval "
        "lies on that side of the bound.",
        [*blocks, _table("All limits", results.limits, results, notes, fold="Where every model stands")],
    )


def _table(
    caption: str, rows: Sequence[LimitRow], results: Results, notes: Notes, fold: str = "", brief: bool = False
) -> Table:
    columns = [
        *names("Model", "Task", "Limit of", "Priority"),
        Column("Bound"),
        Column("Value", f"{wording.share(results.suite.confidence)} interval"),
        Column("Verdict", name=True, sortable=False),
    ]
    lines = [Line([row.model, row.task, _CALLED[row.limit], row.priority], _cells(row, notes)) for row in rows]
    return Table(caption, columns, lines, fold, brief)


def _cells(row: LimitRow, notes: Notes) -> list[Cell]:
    bound = Cell(wording.score(row.bound), sort=row.bound)
    if row.value is None:
        return [bound, missing(row.reason, notes), missing(row.reason, notes)]
    surely = "surely " if row.sure else ""
    verdict = Cell(f"✗ {surely}broken", css="bad") if row.broken else Cell(f"✓ {surely}kept", css="good")
    return [bound, Cell(wording.score(row.value), wording.span(row.ci_low, row.ci_high), row.value), verdict]
