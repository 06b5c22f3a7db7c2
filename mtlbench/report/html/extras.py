"""Fairness and forgetting as plain tables, drawn where a run has them."""

from __future__ import annotations

from dataclasses import dataclass

from mtlbench.report import wording
from mtlbench.report.cells import BLANK, Cell, missing
from mtlbench.report.notes import Notes
from mtlbench.results.schema import FairnessRow, ForgettingRow, Number, Results

FEW_ROWS = 30
"""Groups smaller than this are greyed: their scores say little."""


@dataclass(frozen=True, slots=True)
class PlainRow:
    names: list[str]
    cells: list[Cell]
    quiet: bool = False


def fairness(results: Results, notes: Notes) -> list[PlainRow]:
    """A row for each group and each disparity, in the order of the results."""
    return [_fairness_row(row, notes) for row in results.fairness]


def forgetting(results: Results, notes: Notes) -> list[PlainRow]:
    """A row for each task learned, and each sequence's averages."""
    return [_forgetting_row(row, notes) for row in results.forgetting]


def _fairness_row(row: FairnessRow, notes: Notes) -> PlainRow:
    value = _number(row.value, row.reason, notes)
    cells = [value, Cell(wording.interval(row.ci_low, row.ci_high)), Cell(wording.count(row.n), sort=row.n)]
    return PlainRow([row.model, row.task, row.metric, row.attribute, row.group], cells, quiet=row.n < FEW_ROWS)


def _forgetting_row(row: ForgettingRow, notes: Notes) -> PlainRow:
    stage = BLANK if row.learned_at is None else Cell(wording.count(row.learned_at), sort=row.learned_at)
    values = (row.best, row.final, row.forgetting, row.bwt, row.fwt)
    cells = [_number(value, row.reason, notes) if value is not None or row.reason else BLANK for value in values]
    return PlainRow([row.sequence, row.task or "average"], [stage, *cells])


def _number(value: Number, reason: str | None, notes: Notes) -> Cell:
    return missing(reason, notes) if value is None else Cell(wording.score(value), sort=value)
