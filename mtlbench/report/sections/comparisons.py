"""Comparisons: paired differences between two models on the same examples, overall first, then task by task."""

from __future__ import annotations

from collections.abc import Sequence

from mtlbench.report import reading, wording
from mtlbench.report.cells import BLANK, Cell, interval_cell, missing
from mtlbench.report.notes import Notes
from mtlbench.report.reading import OVERALL, Verdict
from mtlbench.report.section import Column, Line, Section, Table, names
from mtlbench.results.schema import ComparisonRow, Results

_WORDS = {Verdict.HELPS: "▲ better", Verdict.HURTS: "▼ worse", Verdict.UNCLEAR: "≈ not separable"}
_CSS = {Verdict.HELPS: "good", Verdict.HURTS: "bad", Verdict.UNCLEAR: "quiet"}


def view(results: Results, notes: Notes) -> Section | None:
    if not results.comparisons:
        return None
    grouped: dict[tuple[str, str], list[ComparisonRow]] = {}
    for row in results.comparisons:
        grouped.setdefault((row.task, row.metric), []).append(row)
    order = {OVERALL: -1} | {task.name: number for number, task in enumerate(results.tasks)}
    keys = sorted(grouped, key=lambda key: order.get(key[0], len(order)))
    # A test's settings follow its name after a comma, and differ from row to row.
    kinds = dict.fromkeys(row.test.split(",")[0] for row in results.comparisons if row.delta is not None)
    tests = f", by {', '.join(kinds)}" if kinds else ""
    return Section(
        "comparisons",
        "Comparisons",
        f"Model minus baseline on the same examples{tests}.",
        [_table(results, task, metric, grouped[task, metric], notes) for task, metric in keys],
    )


def difference_columns(confidence: float) -> list[Column]:
    """The headers of `difference_cells`."""
    return [
        Column("Δ"),
        Column(f"{wording.share(confidence)} interval", sortable=False),
        Column("p", ascending=True),
        Column("p, adjusted", ascending=True),
        Column("The model is", name=True, sortable=False),
    ]


def difference_cells(row: ComparisonRow, verdict: Verdict | None, notes: Notes) -> list[Cell]:
    """A paired difference with its interval, p-values, and what they say."""
    if verdict is None:
        return [missing(row.reason, notes), *[BLANK] * 4]
    return [
        Cell(wording.delta(row.delta), sort=row.delta),
        interval_cell(row, notes),
        Cell(wording.p_value(row.p_value), sort=row.p_value),
        Cell(wording.p_value(row.p_adjusted), sort=row.p_adjusted),
        Cell(_WORDS[verdict], css=_CSS[verdict]),
    ]


def _table(results: Results, task: str, metric: str, rows: Sequence[ComparisonRow], notes: Notes) -> Table:
    verdicts = [reading.comparison_verdict(results, row) for row in rows]
    clear = sum(verdict in (Verdict.HELPS, Verdict.HURTS) for verdict in verdicts)
    separable = f"{clear} of {wording.plural(len(rows), 'difference')} separable"
    return Table(
        "Difference of the overall scores" if task == OVERALL else f"Difference on {task}, {metric}",
        [*names("Model", "Baseline"), *difference_columns(results.suite.confidence)],
        [
            Line([row.model, row.baseline], difference_cells(row, verdict, notes))
            for row, verdict in zip(rows, verdicts, strict=True)
        ],
        fold="" if task == OVERALL else f"{task}, {metric}: {separable}",
    )
