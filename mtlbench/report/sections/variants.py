"""Variants: what each costs in quality and wins in speed and memory, overall and on each task."""

from __future__ import annotations

from collections.abc import Sequence

from mtlbench.report import reading, wording
from mtlbench.report.cells import BLANK, Cell, interval_cell, missing, verdict_cell
from mtlbench.report.notes import Notes
from mtlbench.report.section import Column, Line, Section, Table, names
from mtlbench.results.schema import Number, Results, VariantRow


def view(results: Results, notes: Notes) -> Section | None:
    if not results.variants:
        return None
    leading = reading.leading_variants(results)
    others = [row for row in results.variants if row not in leading and row.task != reading.OVERALL]
    return Section(
        "variants",
        "Variants",
        "Variant minus the checkpoint as it is, on the same examples. Speed, memory and size on disk are the "
        "variant’s ÷ the base’s.",
        [
            _table(results, leading, "Variant − the checkpoint as it is", notes),
            *([_table(results, others, "Variants on each task", notes, fold="By task")] if others else []),
        ],
    )


def _table(results: Results, rows: Sequence[VariantRow], caption: str, notes: Notes, fold: str = "") -> Table:
    columns = [
        *names("Model", "What was done"),
        Column("Base", ascending=True, name=True, page=True),
        *names("Task"),
        Column("Δ"),
        Column(f"{wording.share(results.suite.confidence)} interval", sortable=False),
        Column("p, adjusted", ascending=True),
        Column("Speed"),
        Column("Weights", ascending=True),
        Column("On disk", ascending=True, page=True),
    ]
    lines = [Line([row.model, row.what, row.base, row.task], _cells(results, row, notes)) for row in rows]
    return Table(caption, columns, lines, fold, brief=not fold)


def _cells(results: Results, row: VariantRow, notes: Notes) -> list[Cell]:
    verdict = reading.variant_verdict(results, row)
    ratios = [_times(ratio, row, notes) for ratio in (row.speed_ratio, row.memory_ratio, row.bytes_ratio)]
    if verdict is None:
        return [missing(row.reason, notes), BLANK, BLANK, *ratios]
    return [
        verdict_cell(verdict, wording.delta(row.delta), row.delta),
        interval_cell(row, notes),
        Cell(wording.p_value(row.p_adjusted), sort=row.p_adjusted),
        *ratios,
    ]


def _times(ratio: Number, row: VariantRow, notes: Notes) -> Cell:
    return missing(row.reason, notes) if ratio is None else Cell(wording.times(ratio), sort=ratio)
