"""Forgetting as a plain table, drawn where a run has it."""

from __future__ import annotations

from dataclasses import dataclass

from mtlbench.report import wording
from mtlbench.report.cells import BLANK, Cell, missing
from mtlbench.report.notes import Notes
from mtlbench.results.schema import ForgettingRow, Number, Results


@dataclass(frozen=True, slots=True)
class PlainRow:
    names: list[str]
    cells: list[Cell]


def forgetting(results: Results, notes: Notes) -> list[PlainRow]:
    """A row for each task learned, and each sequence's averages."""
    return [_forgetting_row(row, notes) for row in results.forgetting]


def _forgetting_row(row: ForgettingRow, notes: Notes) -> PlainRow:
    stage = BLANK if row.learned_at is None else Cell(wording.count(row.learned_at), sort=row.learned_at)
    values = (row.best, row.final, row.forgetting, row.bwt, row.fwt)
    cells = [_number(value, row.reason, notes) if value is not None or row.reason else BLANK for value in values]
    return PlainRow([row.sequence, row.task or "average"], [stage, *cells])


def _number(value: Number, reason: str | None, notes: Notes) -> Cell:
    return missing(reason, notes) if value is None else Cell(wording.score(value), sort=value)
