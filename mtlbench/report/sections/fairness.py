"""Fairness: scores within groups of examples, and the gaps between groups, as a plain table."""

from __future__ import annotations

from mtlbench.report import wording
from mtlbench.report.cells import Cell, missing
from mtlbench.report.notes import Notes
from mtlbench.report.section import Column, Line, Section, Table, names
from mtlbench.results.schema import FairnessRow, Results

FEW_ROWS = 30
"""Groups smaller than this are greyed: their scores say little."""


def view(results: Results, notes: Notes) -> Section | None:
    if not results.fairness:
        return None
    columns = [
        *names("Model", "Task", "Metric", "Attribute", "Group or gap"),
        Column("Value"),
        Column(f"{wording.share(results.suite.confidence)} interval", sortable=False),
        Column("Examples"),
    ]
    lines = [_line(row, notes) for row in results.fairness]
    return Section(
        "fairness",
        "Fairness",
        "The same metric within each group of examples, and the gaps between groups. Grey rows have fewer than "
        f"{FEW_ROWS} examples.",
        [Table("Scores by group, and disparities between groups", columns, lines)],
    )


def _line(row: FairnessRow, notes: Notes) -> Line:
    value = missing(row.reason, notes) if row.value is None else Cell(wording.score(row.value), sort=row.value)
    cells = [value, Cell(wording.interval(row.ci_low, row.ci_high)), Cell(wording.count(row.n), sort=row.n)]
    return Line([row.model, row.task, row.metric, row.attribute, row.group], cells, quiet=row.n < FEW_ROWS)
