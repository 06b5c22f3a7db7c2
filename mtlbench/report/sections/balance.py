"""Balance: how evenly each model's scores lie over the tasks, how firm its rank is, and whether tasks rank alike."""

from __future__ import annotations

from mtlbench.report import reading, wording
from mtlbench.report.cells import Cell, missing
from mtlbench.report.notes import Notes
from mtlbench.report.section import Column, Line, Section, Table, names
from mtlbench.results.schema import BalanceRow, ConsistencyRow, Results


def view(results: Results, notes: Notes) -> Section | None:
    if all(row.value is None for row in results.balance):
        return None
    agree = [_agreement(row, notes) for row in results.consistency]
    return Section(
        "balance",
        "Balance and consistency",
        "Scores between floor and ceiling (0–100), each task counting alike: a model can win on average and fail on one "
        "task. CV is the standard deviation ÷ the mean; Gini is 0 where all scores are equal. Small ranges are "
        f"{wording.share(results.suite.confidence)} intervals.",
        [
            _table(results, notes),
            Table(
                "Tasks that rank the models alike (Kendall’s τ)", _AGREEMENT, agree, fold="Do tasks rank models alike?"
            ),
        ],
    )


_AGREEMENT = [*names("Task"), Column("τ", "1 where all agree")]


def _table(results: Results, notes: Notes) -> Table:
    columns = [
        *names("Model"),
        Column("Mean"),
        Column("Worst task"),
        Column("SD", ascending=True),
        Column("CV", ascending=True),
        Column("Gini", ascending=True),
        Column("Rank kept", "of resamples"),
        Column("Rank without a task", "best to worst", ascending=True),
    ]
    rows = {(row.model, row.name): row for row in results.balance}
    models = [row.model for row in reading.standings(results) if (row.model, "mean") in rows]
    return Table("Scores over the tasks, and rank", columns, [_line(model, rows, notes) for model in models])


def _line(model: str, rows: dict[tuple[str, str], BalanceRow], notes: Notes) -> Line:
    cells = [_cell(rows[model, name], notes) for name in ("mean", "worst_task", "sd", "cv", "gini")]
    kept, best, worst = (rows[model, name] for name in ("rank_kept", "best_rank", "worst_rank"))
    cells.append(
        missing(kept.reason, notes) if kept.value is None else Cell(wording.share(kept.value), sort=kept.value)
    )
    return Line([model], [*cells, _ranks(best, worst, notes)])


def _cell(row: BalanceRow, notes: Notes) -> Cell:
    """Points with one decimal, ratios with two; the interval and the task in small."""
    if row.value is None:
        return missing(row.reason, notes)
    if row.name in ("cv", "gini"):
        return Cell(wording.coefficient(row.value), wording.coefficients(row.ci_low, row.ci_high), row.value)
    about = [row.task or "", wording.span(row.ci_low, row.ci_high)]
    return Cell(wording.score(row.value), " ".join(filter(None, about)), row.value)


def _ranks(best: BalanceRow, worst: BalanceRow, notes: Notes) -> Cell:
    if best.value is None or worst.value is None:
        return missing(best.reason, notes)
    moved = " / ".join(f"without {task}" for task in dict.fromkeys((best.task, worst.task)) if task)
    return Cell(wording.rank(int(best.value), int(worst.value)), moved, worst.value)


def _agreement(row: ConsistencyRow, notes: Notes) -> Line:
    cell = missing(row.reason, notes) if row.tau is None else Cell(wording.coefficient(row.tau), sort=row.tau)
    return Line([row.task or "all pairs of tasks"], [cell])
