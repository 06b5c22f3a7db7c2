"""The ranking and every task's headline scores in one table, for prints on paper and in text: best in bold if separable."""

from __future__ import annotations

from mtlbench.report import reading, wording
from mtlbench.report.cells import NOT_RUN, Cell, missing
from mtlbench.report.notes import Notes
from mtlbench.report.reading import OVERALL, Verdict
from mtlbench.report.section import Column, Line, Table, names
from mtlbench.results.schema import OverallRow, Results

BEST, AMONG_BEST = "best", "among-best"
"""`css` of cells of a column's leaders: of the one, or of several that the tests do not separate."""

MARKS = (
    "Bold: the best, separable from the others that it was compared with, the second among them. Underlined: the best, and "
    "those that are not separable from it. Neither: the best and the second were not compared."
)


def leaders(results: Results, column: str) -> frozenset[str]:
    """The best model of a task, or overall, with those that are not separable from it; alone where it is separable.

    Empty where one model alone has a score, or the best and the second were not compared with one another.
    """
    if column == OVERALL:
        scores = {row.model: row.value for row in results.overall if row.rank is not None and row.value is not None}
    else:
        rows = reading.headline_scores(results).values()
        scores = {row.model: row.value for row in rows if row.task == column and row.value is not None}
    order = sorted(scores, key=scores.__getitem__, reverse=reading.higher_is_better(results, column))
    if len(order) < 2:
        return frozenset()
    best, second = order[:2]
    verdicts = _verdicts(results, column, best)
    if second not in verdicts:
        return frozenset()
    return frozenset({best} | {model for model, verdict in verdicts.items() if verdict is Verdict.UNCLEAR})


def standing_table(results: Results, notes: Notes) -> Table:
    """A line for each model, best first and the unranked last; a column for the overall and each task.

    Behind a name stand the critical tasks of which the model breaks a limit.
    """
    columns = [
        *names("Model"),
        Column("Rank"),
        Column("Overall", f"{wording.share(results.suite.confidence)} interval"),
        *(
            Column(task.name, task.headline + ("" if reading.higher_is_better(results, task.name) else " ↓"))
            for task in results.tasks
        ),
    ]
    leading = {name: leaders(results, name) for name in (OVERALL, *(task.name for task in results.tasks))}
    scores = reading.headline_scores(results)
    lines = []
    for row in reading.standings(results):
        cells = [
            Cell(wording.rank(row.rank_low, row.rank_high)),
            _overall(row, _css(leading[OVERALL], row.model), notes),
        ]
        for task in results.tasks:
            score = scores.get((row.model, task.name))
            if score is None:
                cells.append(NOT_RUN)
            elif score.value is None:
                cells.append(missing(score.reason, notes))
            else:
                cells.append(Cell(wording.score(score.value), css=_css(leading[task.name], row.model)))
        lines.append(Line([f"{row.model} {wording.broken(row.breaks)}".rstrip()], cells))
    return Table("", columns, lines)


def _verdicts(results: Results, column: str, best: str) -> dict[str, Verdict]:
    """What the headline's comparisons say of `best` and each model that it was compared with."""
    headline = {task.name: task.headline for task in results.tasks}.get(column, OVERALL)
    verdicts = {}
    for row in results.comparisons:
        if (row.task, row.metric) == (column, headline) and best in (row.model, row.baseline):
            verdict = reading.comparison_verdict(results, row)
            if verdict is not None:
                verdicts[row.baseline if row.model == best else row.model] = verdict
    return verdicts


def _overall(row: OverallRow, css: str, notes: Notes) -> Cell:
    if row.value is not None:
        return Cell(wording.score(row.value), wording.interval(row.ci_low, row.ci_high), css=css)
    return Cell(f"{wording.share(row.coverage)} covered") if row.coverage < 1 else missing(row.reason, notes)


def _css(leading: frozenset[str], model: str) -> str:
    if model not in leading:
        return ""
    return BEST if len(leading) == 1 else AMONG_BEST
