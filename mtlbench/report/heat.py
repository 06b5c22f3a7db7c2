"""Differences between training together and alone: as a heat map of what they say, and in full."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mtlbench.report import reading, wording
from mtlbench.report.cells import BLANK, Cell, diverging, interval_cell, missing, verdict_cell
from mtlbench.report.notes import Notes
from mtlbench.report.section import Column
from mtlbench.results.schema import ContributionRow, MatrixRow, TransferRow

LEAST_LARGEST = 2.0
"""Points at which the colours are strongest, at least: small differences must not look large."""

Difference = TransferRow | MatrixRow | ContributionRow


def strongest(rows: Iterable[Difference]) -> float:
    """The difference, in points, that has the deepest colour."""
    return max([LEAST_LARGEST, *(abs(row.delta) for row in rows if row.delta is not None)])


def heat_cell(row: Difference, largest: float, notes: Notes) -> Cell:
    """A difference with its sign and colour; its interval is the tooltip."""
    verdict = reading.transfer_verdict(row)
    if verdict is None:
        return missing(row.reason, notes)
    return Cell(
        f"{verdict.sign} {wording.delta(row.delta)}",
        sort=row.delta,
        css=diverging(row.delta, verdict, largest),
        title=f"{wording.delta_interval(row.delta, row.ci_low, row.ci_high)} {verdict.value}".strip(),
    )


def full_columns(confidence: float) -> list[Column]:
    """The headers of `full_cells`."""
    return [
        Column("Δ"),
        Column(f"{wording.share(confidence)} interval", sortable=False),
        Column("Relative", page=True),
        Column("p, adjusted", ascending=True),
        Column("Verdict", name=True, sortable=False),
    ]


def full_cells(row: Difference, notes: Notes) -> Sequence[Cell]:
    """Every number of a difference, and what it says."""
    verdict = reading.transfer_verdict(row)
    if verdict is None:
        return [missing(row.reason, notes), *[BLANK] * 4]
    if row.relative is None:
        relative = missing(row.reason, notes)
    else:
        relative = Cell(f"{wording.delta(row.relative)}%", sort=row.relative)
    return [
        Cell(wording.delta(row.delta), sort=row.delta),
        interval_cell(row, notes),
        relative,
        Cell(wording.p_value(row.p_adjusted), sort=row.p_adjusted),
        verdict_cell(verdict, verdict.value),
    ]
