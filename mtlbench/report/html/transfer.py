"""Transfer: what training together did to each task, as a matrix of source × target and in full."""

from __future__ import annotations

from dataclasses import dataclass

from mtlbench.report import reading, wording
from mtlbench.report.cells import BLANK, NOT_RUN, Cell, diverging, interval_cell, missing
from mtlbench.report.notes import Notes
from mtlbench.report.reading import Verdict
from mtlbench.results.schema import Results, TransferRow

LEAST_LARGEST = 2.0
"""Points at which the colours are strongest, at least: small differences must not look large."""

_TOLD = {Verdict.HELPS: "helped", Verdict.HURTS: "hurt", Verdict.UNCLEAR: "not separable"}


@dataclass(frozen=True, slots=True)
class Difference:
    """A row of the full table."""

    target: str
    source: str
    baseline: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Transfer:
    confidence: str
    counts: list[tuple[str, int, str]]
    """Sign, number of differences, and what they say."""
    targets: list[tuple[str, str]]
    """Task and baseline: a task has a column for each of its baselines."""
    lines: list[tuple[str, list[Cell]]]
    differences: list[Difference]


def view(results: Results, notes: Notes) -> Transfer | None:
    rows = [(row, reading.transfer_verdict(results, row)) for row in reading.transfers(results)]
    if not rows:
        return None
    largest = max([LEAST_LARGEST, *(abs(row.delta) for row, _ in rows if row.delta is not None)])
    targets = list(dict.fromkeys((row.target, row.baseline) for row, _ in rows))
    cells = {
        (row.source, row.target, row.baseline): _matrix_cell(row, verdict, largest, notes) for row, verdict in rows
    }
    sources = [row.model for row in reading.standings(results) if any(row.model == each.source for each, _ in rows)]
    return Transfer(
        confidence=wording.share(results.suite.confidence),
        counts=[(each.sign, sum(verdict is each for _, verdict in rows), _TOLD[each]) for each in Verdict],
        targets=targets,
        lines=[(source, [cells.get((source, *target), NOT_RUN) for target in targets]) for source in sources],
        differences=[_difference(row, verdict, notes) for row, verdict in rows],
    )


def verdict_cell(verdict: Verdict) -> Cell:
    css = {Verdict.HELPS: "good", Verdict.HURTS: "bad", Verdict.UNCLEAR: "quiet"}[verdict]
    return Cell(f"{verdict.sign} {verdict.value}", css=css)


def _matrix_cell(row: TransferRow, verdict: Verdict | None, largest: float, notes: Notes) -> Cell:
    if verdict is None:
        return missing(row.reason, notes)
    return Cell(
        f"{verdict.sign} {wording.delta(row.delta)}",
        sort=row.delta,
        css=diverging(row.delta, verdict, largest),
        title=f"{wording.delta_interval(row.delta, row.ci_low, row.ci_high)} {verdict.value}".strip(),
    )


def _difference(row: TransferRow, verdict: Verdict | None, notes: Notes) -> Difference:
    if verdict is None:
        return Difference(row.target, row.source, row.baseline, [missing(row.reason, notes), *[BLANK] * 4])
    if row.relative is None:
        relative = missing(row.reason, notes)
    else:
        relative = Cell(f"{wording.delta(row.relative)}%", sort=row.relative)
    return Difference(
        row.target,
        row.source,
        row.baseline,
        [
            Cell(wording.delta(row.delta), sort=row.delta),
            interval_cell(row, notes),
            relative,
            Cell(wording.p_value(row.p_adjusted), sort=row.p_adjusted),
            verdict_cell(verdict),
        ],
    )
