"""Weights: how far first place hangs on them, and whether tasks are evaluated as they were trained."""

from __future__ import annotations

from collections.abc import Mapping

from mtlbench.report import reading, wording
from mtlbench.report.cells import Cell, missing
from mtlbench.report.notes import Notes
from mtlbench.report.section import Block, Column, Line, Section, Table, Told, names
from mtlbench.results.schema import AlignmentRow, Number, Results, SensitivityRow

MOST_LISTED = 3
LEAST_MOVE = 0.0005
"""Share of the weight that is told as moved: less would show as 0%."""


def view(results: Results, notes: Notes) -> Section | None:
    blocks: list[Block] = []
    if any(row.wins is not None for row in results.sensitivity):
        blocks += [Told(_finding(results), brief=True), _sensitivity(results, notes)]
    if results.alignment:
        blocks += [*_undertrained(results), _alignment(results, notes)]
    if not blocks:
        return None
    return Section(
        "weights",
        "Weights",
        "How far the ranking hangs on what tasks weigh, scores taken as they are; and the weights beside the shares that "
        "tasks had in training.",
        blocks,
    )


def moved(before: Mapping[str, float], after: Mapping[str, float]) -> str:
    """`from mood to headline`: tasks that lose and that gain weight, those with the most first."""
    gains = {task: after.get(task, 0.0) - before.get(task, 0.0) for task in before}
    losing = sorted((task for task in gains if gains[task] < -LEAST_MOVE), key=lambda task: gains[task])
    gaining = sorted((task for task in gains if gains[task] > LEAST_MOVE), key=lambda task: -gains[task])
    return f"from {_listed(losing)} to {_listed(gaining)}" if losing and gaining else ""


def _finding(results: Results) -> str:
    first = reading.standings(results)[0].model
    row = next(row for row in results.sensitivity if row.model == first)
    if row.distance is None:
        return f"{first} is first under all weights: no other model can take its place."
    if row.distance < LEAST_MOVE:
        return f"{first} and {row.rival} share first place as the weights stand."
    part, path = wording.share(row.distance), moved(_shares(results), row.weights or {})
    return f"First place changes if {part} of the weight moves {path}: {row.rival} is then level with {first}."


def _sensitivity(results: Results, notes: Notes) -> Table:
    columns = [
        *names("Model", "Which weight moves"),
        Column("Wins", "share of all weightings"),
        Column("Weight to move", "until it is first", ascending=True),
    ]
    rows = {row.model: row for row in results.sensitivity}
    ranked = [rows[row.model] for row in reading.standings(results) if row.model in rows]
    return Table("First place under other weights", columns, [_line(results, row, notes) for row in ranked])


def _line(results: Results, row: SensitivityRow, notes: Notes) -> Line:
    wins = distance = missing(row.reason, notes)
    if row.wins is not None:
        wins = Cell(wording.share(row.wins), f"± {wording.share(row.wins_error or 0.0)}", row.wins)
    if row.distance is not None:
        leads = row.model == reading.standings(results)[0].model
        distance = Cell(wording.share(row.distance), f"until {row.rival} is" if leads else "", row.distance)
    return Line([row.model, moved(_shares(results), row.weights or {})], [wins, distance])


def _undertrained(results: Results) -> list[Block]:
    """Tasks that weigh far more than they did in training, each with the models of which that is so."""
    models: dict[str, list[str]] = {}
    for row in results.alignment:
        for task in row.under_trained:
            models.setdefault(task, []).append(row.model)
    told = [f"{task} ({_listed(those)})" for task, those in models.items()]
    return [Told(f"Evaluated far above the share in training: {'; '.join(told)}.", brief=True)] if told else []


def _alignment(results: Results, notes: Notes) -> Table:
    columns = [
        *names("Model", "Far above training", "Not evaluated"),
        Column("Apart", "of the weight", ascending=True),
        Column("Order", "Spearman’s ρ"),
        Column("Overall"),
        Column("As trained"),
        Column("Difference"),
    ]
    lines = [
        Line([row.model, ", ".join(row.under_trained), ", ".join(row.unevaluated)], _aligned(row, notes))
        for row in results.alignment
    ]
    return Table("Training shares and weights", columns, lines)


def _aligned(row: AlignmentRow, notes: Notes) -> list[Cell]:
    def score(value: Number, low: Number, high: Number) -> Cell:
        text = wording.score(value)
        return missing(row.reason, notes) if value is None else Cell(text, wording.span(low, high), value)

    order, delta = row.rank_correlation, row.difference
    interval = wording.delta_interval(delta, row.difference_low, row.difference_high)
    return [
        Cell(wording.share(row.total_variation), sort=row.total_variation),
        missing(row.reason, notes) if order is None else Cell(wording.coefficient(order), sort=order),
        score(row.evaluated, row.evaluated_low, row.evaluated_high),
        score(row.trained, row.trained_low, row.trained_high),
        missing(row.reason, notes) if delta is None else Cell(wording.delta(delta), interval, delta),
    ]


def _shares(results: Results) -> dict[str, float]:
    return {task.name: task.weight for task in results.tasks}


def _listed(names: list[str]) -> str:
    """`a`, `a and b`, `a, b and 3 more`"""
    shown = names if len(names) <= MOST_LISTED else [*names[: MOST_LISTED - 1], f"{len(names) - MOST_LISTED + 1} more"]
    return ", ".join(shown[:-1]) + f" and {shown[-1]}" if len(shown) > 1 else "".join(shown)
