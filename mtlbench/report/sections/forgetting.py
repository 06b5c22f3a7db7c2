"""Forgetting: averages of each sequence, what it forgets against what it learns, and the score after every stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mtlbench.report import reading, wording
from mtlbench.report.cells import BLANK, Cell, missing, score_cell, sequential, verdict_cell
from mtlbench.report.notes import Notes
from mtlbench.report.plot import Line as PlotLine
from mtlbench.report.plot import Mark, plot
from mtlbench.report.reading import Verdict
from mtlbench.report.section import Block, Column, Figure, Line, Section, Table, names
from mtlbench.results.schema import ForgettingComparisonRow, ForgettingRow, Number, Results, RetentionRow

LEVELS = {"learned": Column("Learned"), "best": Column("Best"), "final": Column("Final")}
DIFFERENCES = {
    "forgetting": Column("Forgetting", ascending=True, name=True),
    "backward": Column("Transfer back", name=True),
    "forward": Column("Transfer forward", name=True),
    "intransigence": Column("Intransigence", ascending=True, name=True),
}
LESS_IS_BETTER = ("forgetting", "intransigence")


def view(results: Results, notes: Notes) -> Section | None:
    if not results.forgetting:
        return None
    by_measure = {(row.sequence, row.task, row.measure): row for row in results.forgetting}
    blocks: list[Block] = [_table(results, by_measure, notes, averages=True)]
    marks = _marks(by_measure)
    if marks:
        drawn = [plot("Plasticity and stability", "Mean score when learned", "− average forgetting", marks)]
        blocks.append(
            Figure(
                "Each sequence with its intervals: to the right it learns more, further up it keeps more.",
                "plots.html",
                drawn,
            )
        )
    if results.forgetting_comparisons:
        blocks.append(_comparisons(results, notes))
    blocks.append(_table(results, by_measure, notes, averages=False))
    sequences = dict.fromkeys(row.sequence for row in results.retention)
    return Section(
        "forgetting",
        "Forgetting",
        "What later stages of a sequence of trainings did to the tasks of earlier ones, in points. Forgetting: the best "
        "score before the last stage − the final one. Transfer back: final − when learned. Transfer forward: before it "
        "was learned − before the sequence. Intransigence: trained on all tasks together − when learned.",
        [*blocks, *(_retention(results, sequence, notes) for sequence in sequences)],
    )


_Rows = dict[tuple[str, str | None, str], ForgettingRow]


def _table(results: Results, rows: _Rows, notes: Notes, averages: bool) -> Table:
    """The sequences' averages, or, folded, each of their tasks."""
    levels = {"learned": LEVELS["learned"]} if averages else LEVELS
    columns = [*names("Sequence"), *levels.values(), *DIFFERENCES.values()]
    if averages:
        lines = [
            Line([sequence], _cells(sequence, None, levels, rows, notes))
            for sequence in dict.fromkeys(row.sequence for row in rows.values())
        ]
        interval = f"{wording.share(results.suite.confidence)} intervals"
        return Table(
            f"Means over the tasks that each is defined for, with {interval}; ▲ gained, ▼ lost, ≈ not separable",
            columns,
            lines,
            brief=True,
        )
    columns[1:1] = [*names("Task"), Column("Learned at stage", ascending=True)]
    places = {(row.sequence, row.task): row.learned_at for row in rows.values() if row.task is not None}
    lines = [
        Line([sequence, task or ""], [_stage(stage), *_cells(sequence, task, levels, rows, notes)])
        for (sequence, task), stage in places.items()
    ]
    return Table("Points lost and gained on each task", columns, lines, fold="By task")


def _stage(number: int | None) -> Cell:
    return BLANK if number is None else Cell(wording.count(number), sort=number)


def _cells(sequence: str, task: str | None, levels: dict[str, Column], rows: _Rows, notes: Notes) -> list[Cell]:
    scores = [score_cell(rows[sequence, task, measure], notes) for measure in levels]
    return [*scores, *(_difference(rows[sequence, task, measure], notes) for measure in DIFFERENCES)]


def _difference(row: ForgettingRow, notes: Notes) -> Cell:
    if row.value is None:
        return missing(row.reason, notes)
    verdict = _verdict(row.value, row.ci_low, row.ci_high, row.measure in LESS_IS_BETTER)
    cell = verdict_cell(verdict, wording.delta(row.value), row.value)
    interval = wording.delta_interval(row.value, row.ci_low, row.ci_high)
    if not interval and row.reason:
        return replace(cell, title=row.reason, note=notes.number(row.reason))
    return replace(cell, detail=interval)


def _verdict(value: float, low: Number, high: Number, less_is_better: bool) -> Verdict:
    """By the interval alone."""
    if low is None or high is None or low <= 0 <= high:
        return Verdict.UNCLEAR
    return Verdict.HURTS if (value > 0) == less_is_better else Verdict.HELPS


def _marks(rows: _Rows) -> list[PlotLine]:
    """A point for each sequence of which both are known."""
    lines = []
    for sequence in dict.fromkeys(row.sequence for row in rows.values()):
        learned, lost = (rows[sequence, None, measure] for measure in ("learned", "forgetting"))
        if learned.value is not None and lost.value is not None:
            ends = (learned.ci_low, learned.ci_high), (_minus(lost.ci_high), _minus(lost.ci_low))
            lines.append(PlotLine(sequence, [Mark(learned.value, -lost.value, *ends)]))
    return lines


def _minus(value: Number) -> Number:
    return None if value is None else -value


def _comparisons(results: Results, notes: Notes) -> Table:
    columns = [
        *names("Sequence", "Other"),
        Column("Δ average forgetting", ascending=True, name=True),
        Column(f"{wording.share(results.suite.confidence)} interval", sortable=False),
        Column("p, adjusted", ascending=True),
    ]
    lines = [Line([row.sequence, row.baseline], _compared(row, notes)) for row in results.forgetting_comparisons]
    return Table("Sequences of the same tasks, on the same examples; below 0 the first forgets less", columns, lines)


def _compared(row: ForgettingComparisonRow, notes: Notes) -> Sequence[Cell]:
    if row.delta is None:
        return [missing(row.reason, notes), BLANK, BLANK]
    verdict = _verdict(row.delta, row.ci_low, row.ci_high, less_is_better=True) if row.significant else Verdict.UNCLEAR
    interval = wording.delta_interval(row.delta, row.ci_low, row.ci_high)
    return [
        verdict_cell(verdict, wording.delta(row.delta), row.delta),
        Cell(interval) if interval else missing(row.reason, notes),
        Cell(wording.p_value(row.p_adjusted), sort=row.p_adjusted),
    ]


def _retention(results: Results, sequence: str, notes: Notes) -> Table:
    rows = [row for row in results.retention if row.sequence == sequence]
    stages = dict.fromkeys((row.stage, row.model) for row in rows)
    learned = {row.task: row.learned_at for row in rows}
    scores = {(row.stage, row.task): row for row in rows}
    lines = [
        Line([f"{stage} · {model}"], [_shaded(results, scores[stage, task], rows, notes) for task in learned])
        for stage, model in stages
    ]
    columns = [*names("Stage"), *(Column(task, f"learned at {stage}") for task, stage in learned.items())]
    caption = "Headline score after each stage; stage 0 is before the first. Deeper colour is closer to the task’s best"
    return Table(caption, columns, lines, fold=f"Scores after each stage of {sequence}", css="heat")


def _shaded(results: Results, row: RetentionRow, rows: Sequence[RetentionRow], notes: Notes) -> Cell:
    if row.value is None:
        return missing(row.reason, notes)
    column = [each.value for each in rows if each.task == row.task and each.value is not None]
    return score_cell(row, notes, sequential(row.value, column, reading.higher_is_better(results, row.task)))
