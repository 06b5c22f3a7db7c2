"""Comparisons: paired differences between two models on the same examples, overall first, then task by task."""

from __future__ import annotations

from dataclasses import dataclass

from mtlbench.report import reading, wording
from mtlbench.report.cells import BLANK, Cell, interval_cell, missing
from mtlbench.report.notes import Notes
from mtlbench.report.reading import OVERALL, Verdict
from mtlbench.results.schema import ComparisonRow, Results

_WORDS = {Verdict.HELPS: "▲ better", Verdict.HURTS: "▼ worse", Verdict.UNCLEAR: "≈ not separable"}
_CSS = {Verdict.HELPS: "good", Verdict.HURTS: "bad", Verdict.UNCLEAR: "quiet"}


@dataclass(frozen=True, slots=True)
class Pair:
    model: str
    baseline: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Group:
    """All pairs on one task with one metric."""

    task: str
    metric: str
    summary: str
    pairs: list[Pair]


@dataclass(frozen=True, slots=True)
class Comparisons:
    confidence: str
    tests: str
    overall: Group | None
    groups: list[Group]


def view(results: Results, notes: Notes) -> Comparisons | None:
    if not results.comparisons:
        return None
    grouped: dict[tuple[str, str], list[ComparisonRow]] = {}
    for row in results.comparisons:
        grouped.setdefault((row.task, row.metric), []).append(row)
    order = {OVERALL: -1} | {task.name: number for number, task in enumerate(results.tasks)}
    groups = [
        _group(results, task, metric, grouped[task, metric], notes)
        for task, metric in sorted(grouped, key=lambda key: order.get(key[0], len(order)))
    ]
    return Comparisons(
        confidence=wording.share(results.suite.confidence),
        # A test's settings follow its name after a comma, and differ from row to row.
        tests=", ".join(dict.fromkeys(row.test.split(",")[0] for row in results.comparisons if row.delta is not None)),
        overall=next((group for group in groups if group.task == OVERALL), None),
        groups=[group for group in groups if group.task != OVERALL],
    )


def _group(results: Results, task: str, metric: str, rows: list[ComparisonRow], notes: Notes) -> Group:
    verdicts = [reading.comparison_verdict(results, row) for row in rows]
    clear = sum(verdict in (Verdict.HELPS, Verdict.HURTS) for verdict in verdicts)
    return Group(
        task=task,
        metric=metric,
        summary=f"{clear} of {wording.plural(len(rows), 'difference')} separable",
        pairs=[_pair(row, verdict, notes) for row, verdict in zip(rows, verdicts, strict=True)],
    )


def _pair(row: ComparisonRow, verdict: Verdict | None, notes: Notes) -> Pair:
    if verdict is None:
        return Pair(row.model, row.baseline, [missing(row.reason, notes), *[BLANK] * 4])
    return Pair(
        row.model,
        row.baseline,
        [
            Cell(wording.delta(row.delta), sort=row.delta),
            interval_cell(row, notes),
            Cell(wording.p_value(row.p_value), sort=row.p_value),
            Cell(wording.p_value(row.p_adjusted), sort=row.p_adjusted),
            Cell(_WORDS[verdict], css=_CSS[verdict]),
        ],
    )
