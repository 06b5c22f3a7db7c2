"""Counterfactuals and robustness: what rewriting inputs does to answers, the largest effect first, with examples."""

from __future__ import annotations

from collections.abc import Sequence

from mtlbench.report import wording
from mtlbench.report.cells import Cell, missing
from mtlbench.report.notes import Notes
from mtlbench.report.section import Block, Column, Line, Section, Table, Told, names
from mtlbench.results.schema import ChangeExample, ChangeRow, Results

MOST_TOLD = 8
FEW_PAIRS = 30
"""Below so many pairs a row is grey."""
MOST_SHOWN = 12
"""Examples on the page."""

SHARES = {"flip_rate": "answers that change", "placebo_flip_rate": "answers that the placebo changes"}
EXCESS = "excess_flip_rate"
WORST_CASE = "worst_case"


def view(results: Results, notes: Notes) -> Section | None:
    if not (results.counterfactual or results.robustness):
        return None
    blocks: list[Block] = [
        *_told(results.counterfactual, results.suite.confidence),
        *_table("Swaps and pairs", results.counterfactual, results, notes),
        *_table("Disturbances", results.robustness, results, notes),
        *_examples(results.changes),
    ]
    return Section(
        "counterfactual",
        "Counterfactuals and robustness",
        "Inputs are rewritten so that the answer should stay the same. Excess is the share of answers that a swap flips "
        "beyond those that a placebo flips, an edit which leaves the group as it is. Differences are variant − original.",
        blocks,
    )


def _told(rows: Sequence[ChangeRow], confidence: float) -> list[Told]:
    """Findings in words, the largest first: excess flips, and scores that move in one direction."""
    asked = [row for row in rows if row.value is not None and row.significant is not None]
    found = sorted((row for row in asked if row.significant), key=_size)
    told = [Told(_sentence(row), brief=number == 0) for number, row in enumerate(found[:MOST_TOLD])]
    if asked and not found:
        largest = max(
            (abs(end) for row in asked if row.metric == EXCESS for end in (row.ci_low, row.ci_high) if end),
            default=None,
        )
        bound = (
            ""
            if largest is None
            else f"; excess flips beyond {largest:.0f} points are not compatible with the intervals"
        )
        text = f"No swap is shown to change answers or scores at {wording.share(confidence)} confidence{bound}."
        told.append(Told(text, brief=True))
    return told


def _sentence(row: ChangeRow) -> str:
    span = wording.delta_interval(row.value, row.ci_low, row.ci_high)
    where = f"{row.model} on {row.task}"
    if row.metric == EXCESS:
        more = "more" if (row.value or 0) > 0 else "fewer"
        size = wording.score(abs(row.value or 0))
        return f"{where}: swapping {row.name} flips {size} points {more} of the answers than its placebo does {span}."
    turned = f"{row.direction} ({row.name})" if row.direction else row.name
    return f"{where}: {row.metric} moves by {wording.delta(row.value)} {span} from {turned}, on {row.changed} rows."


def _size(row: ChangeRow) -> tuple[bool, float]:
    """Worst first: significant before others, then by size."""
    return (not row.significant, -abs(row.value or 0.0))


def _table(caption: str, rows: Sequence[ChangeRow], results: Results, notes: Notes) -> list[Table]:
    if not rows:
        return []
    columns = [
        *names("Model", "Task", "Rewritten", "Measured", "Direction"),
        Column("Value"),
        Column(f"{wording.share(results.suite.confidence)} interval", sortable=False),
        Column("p, adjusted", ascending=True),
        Column("Rows"),
    ]
    lines = [
        Line(
            [row.model, row.task, row.name, SHARES.get(row.metric, row.metric), row.direction],
            _cells(row, notes),
            quiet=row.changed < FEW_PAIRS,
        )
        for row in sorted(rows, key=_size)
    ]
    return [Table(caption, columns, lines)]


def _cells(row: ChangeRow, notes: Notes) -> list[Cell]:
    rows = Cell(f"{wording.count(row.changed)} of {wording.count(row.n)}", sort=row.changed)
    if row.value is None:
        return [missing(row.reason, notes), Cell(), Cell(), rows]
    absolute = row.metric in SHARES or row.metric == WORST_CASE
    value = wording.score(row.value) if absolute else wording.delta(row.value)
    span = (
        wording.interval(row.ci_low, row.ci_high)
        if absolute
        else wording.delta_interval(row.value, row.ci_low, row.ci_high)
    )
    interval = Cell(span) if span else missing(row.reason, notes)
    return [Cell(value, sort=row.value), interval, Cell(wording.p_value(row.p_adjusted), sort=row.p_adjusted), rows]


def _examples(examples: Sequence[ChangeExample]) -> list[Table]:
    """Original and variant side by side; flipped ones first."""
    if not examples:
        return []
    columns = [
        *names("Model", "Task", "Rewritten"),
        *(Column(label, sortable=False) for label in ("Original", "Variant", "Answer", "Answer to the variant")),
    ]
    shown = sorted(examples, key=lambda each: not each.flipped)[:MOST_SHOWN]
    lines = [
        Line(
            [each.model, each.task, each.name],
            [Cell(text) for text in (each.input, each.variant, each.output, each.variant_output)],
            quiet=not each.flipped,
        )
        for each in shown
    ]
    return [Table("Originals and variants", columns, lines, fold="Examples")]
