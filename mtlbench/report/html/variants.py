"""Variants: what each costs in quality and wins in speed and memory, overall and on each task."""

from __future__ import annotations

from dataclasses import dataclass

from mtlbench.report import reading, wording
from mtlbench.report.html.cells import BLANK, Cell, interval_cell, missing
from mtlbench.report.notes import Notes
from mtlbench.report.reading import Verdict
from mtlbench.results.schema import Number, Results, VariantRow

_CSS = {Verdict.HELPS: "good", Verdict.HURTS: "bad", Verdict.UNCLEAR: "quiet"}


@dataclass(frozen=True, slots=True)
class Line:
    row: VariantRow
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Variants:
    confidence: str
    leading: list[Line]
    others: list[Line]


def view(results: Results, notes: Notes) -> Variants | None:
    if not results.variants:
        return None
    leading = reading.leading_variants(results)
    others = [row for row in results.variants if row not in leading and row.task != reading.OVERALL]
    return Variants(
        wording.share(results.suite.confidence),
        *([Line(row, _cells(results, row, notes)) for row in rows] for rows in (leading, others)),
    )


def _cells(results: Results, row: VariantRow, notes: Notes) -> list[Cell]:
    verdict = reading.variant_verdict(results, row)
    ratios = [_times(ratio, row, notes) for ratio in (row.speed_ratio, row.memory_ratio, row.bytes_ratio)]
    if verdict is None:
        return [missing(row.reason, notes), BLANK, BLANK, *ratios]
    return [
        Cell(f"{verdict.sign} {wording.delta(row.delta)}", sort=row.delta, css=_CSS[verdict]),
        interval_cell(row, notes),
        Cell(wording.p_value(row.p_adjusted), sort=row.p_adjusted),
        *ratios,
    ]


def _times(ratio: Number, row: VariantRow, notes: Notes) -> Cell:
    return missing(row.reason, notes) if ratio is None else Cell(wording.times(ratio), sort=ratio)
