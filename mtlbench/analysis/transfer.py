"""Transfer: what training together did to each task, against a model trained on that task alone."""

from __future__ import annotations

from collections.abc import Sequence

from mtlbench.analysis.claims import OVERALL
from mtlbench.analysis.evidence import TaskEvidence
from mtlbench.results.schema import ComparisonRow, TransferRow


def transfer_rows(comparisons: Sequence[ComparisonRow], tasks: Sequence[TaskEvidence]) -> list[TransferRow]:
    """A row for each task of each multi-task model that has a single-task baseline, from their comparisons.

    `relative` is 100 · (multi − single) / single (Vu et al. 2020), null unless the single-task score is above 0: at 0 it
    is not defined, and below it its sign would lie.
    """
    by_name = {task.name: task for task in tasks}
    return [_row(row, by_name[row.task].value(row.baseline)) for row in comparisons if row.task != OVERALL]


def _row(row: ComparisonRow, baseline: float) -> TransferRow:
    defined = row.delta is not None and baseline > 0
    reason = row.reason
    if row.delta is not None and not defined:
        reason = "the baseline's score is not above 0, so there is no relative change"
    return TransferRow(
        source=row.model,
        target=row.task,
        metric=row.metric,
        baseline=row.baseline,
        delta=row.delta,
        relative=100.0 * row.delta / baseline if row.delta is not None and defined else None,
        ci_low=row.ci_low,
        ci_high=row.ci_high,
        p_value=row.p_value,
        p_adjusted=row.p_adjusted,
        significant=row.significant,
        reason=reason,
    )
