"""Transfer: what training together did to each task, and Δm, which makes one number of it."""

from __future__ import annotations

from collections.abc import Sequence

from mtlbench.report import reading, wording
from mtlbench.report.cells import NOT_RUN, Cell, missing
from mtlbench.report.heat import full_cells, full_columns, heat_cell, strongest
from mtlbench.report.notes import Notes
from mtlbench.report.reading import Verdict
from mtlbench.report.section import Block, Column, Counts, Line, Section, Table, names
from mtlbench.results.schema import DeltaMRow, Results, TransferRow, TransferSummaryRow

_TOLD = {Verdict.HELPS: "helped", Verdict.HURTS: "hurt", Verdict.UNCLEAR: "not separable"}


def view(results: Results, notes: Notes) -> Section | None:
    rows = reading.transfers(results)
    if not rows:
        return None
    verdicts = [reading.transfer_verdict(row) for row in rows]
    blocks: list[Block] = [
        Counts([(each.sign, verdicts.count(each), _TOLD[each]) for each in Verdict]),
        _matrix(results, rows, notes),
    ]
    if results.transfer_summary:
        blocks.append(_summary(results.transfer_summary, notes))
    if results.delta_m:
        blocks.append(_delta_m(results, notes))
    return Section(
        "transfer",
        "Transfer",
        "Score of the model trained on several tasks minus that of the model trained on one, in points, on the same "
        "examples.",
        [*blocks, _in_full(results, rows, notes)],
    )


def _matrix(results: Results, rows: Sequence[TransferRow], notes: Notes) -> Table:
    """A task has a column for each of its baselines."""
    largest = strongest(rows)
    targets = list(dict.fromkeys((row.target, row.baseline) for row in rows))
    cells = {(row.source, row.target, row.baseline): heat_cell(row, largest, notes) for row in rows}
    sources = [row.model for row in reading.standings(results) if any(row.model == each.source for each in rows)]
    return Table(
        "Rows: multi-task models. Columns: tasks. ▲ training together helps, ▼ it hurts, ≈ not separable from zero.",
        [*names("Model"), *(Column(target, f"− {baseline}") for target, baseline in targets)],
        [Line([source], [cells.get((source, *target), NOT_RUN) for target in targets]) for source in sources],
        css="heat matrix",
    )


def _summary(rows: Sequence[TransferSummaryRow], notes: Notes) -> Table:
    columns = [
        *names("Model"),
        *(Column(label) for label in ("Tasks", "Helped", "Hurt", "Not separable", "No baseline or score")),
        Column("Negative transfer", ascending=True),
    ]
    return Table(
        "Negative transfer: the share of a model’s tasks that training together hurt, counted only where the difference "
        "is separable from zero; tasks without a baseline or a score are left out.",
        columns,
        [Line([row.model], _summary_cells(row, notes)) for row in rows],
    )


def _summary_cells(row: TransferSummaryRow, notes: Notes) -> list[Cell]:
    counts = (row.tasks, row.positive, row.negative, row.unclear)
    lacking = Cell(str(len(row.missing)), sort=len(row.missing))
    if row.missing:
        lacking = Cell(lacking.text, sort=lacking.sort, title=row.reason or "", note=notes.number(row.reason))
    share = row.negative_share
    return [
        *(Cell(wording.count(number), sort=number) for number in counts),
        lacking,
        missing(row.reason, notes) if share is None else Cell(wording.share(share), sort=share),
    ]


def _delta_m(results: Results, notes: Notes) -> Table:
    """A line for each model: the mean difference in points, then Δm in each convention."""
    models: dict[str, list[DeltaMRow]] = {}
    for row in results.delta_m:
        models.setdefault(row.model, []).append(row)
    conventions = {row.convention: row for row in results.delta_m}
    return Table(
        "Δm: the mean relative gain over the single-task baselines. Task-first averages within tasks, then over them; "
        "metric-flat averages a drop over all metrics, so there less is better.",
        [
            *names("Model"),
            Column("Δ in points", "more is better"),
            *(
                Column(f"Δm, {name.replace('_', '-')}", _better(row), ascending=row.better == "lower")
                for name, row in conventions.items()
            ),
        ],
        [Line([model], _delta_m_cells(rows, notes)) for model, rows in models.items()],
        brief=True,
    )


def _better(row: DeltaMRow) -> str:
    return "more is better" if row.better == "higher" else "less is better"


def _delta_m_cells(rows: Sequence[DeltaMRow], notes: Notes) -> list[Cell]:
    first = rows[0]
    numbers = [(first.delta_points, first.points_low, first.points_high, "", first.reason)]
    numbers += [(row.value, row.ci_low, row.ci_high, "%", row.reason) for row in rows]
    return [
        missing(reason, notes)
        if value is None
        else Cell(wording.delta(value) + unit, wording.delta_interval(value, low, high), value)
        for value, low, high, unit, reason in numbers
    ]


def _in_full(results: Results, rows: Sequence[TransferRow], notes: Notes) -> Table:
    return Table(
        "Multi-task − single-task. p-values are adjusted for all these tests (Benjamini and Hochberg).",
        [
            *names("Target", "Multi-task"),
            Column("Single-task", ascending=True, name=True, page=True),
            *full_columns(results.suite.confidence),
        ],
        [
            Line(
                [row.target, row.source, row.baseline],
                full_cells(row, notes),
                quiet=reading.transfer_verdict(row) is Verdict.UNCLEAR,
            )
            for row in rows
        ],
        fold="Every difference with its interval and p-value",
        brief=True,
    )
