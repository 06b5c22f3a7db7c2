"""Transfer: what training together did to each task, against a model trained on that task alone."""

from __future__ import annotations

from collections.abc import Sequence

from mtlbench.analysis.claims import OVERALL
from mtlbench.analysis.differences import NO_RELATIVE, relative_change, verdict
from mtlbench.analysis.evidence import Design, TaskEvidence
from mtlbench.analysis.lineage import Lineage
from mtlbench.results.schema import ComparisonRow, TransferRow, TransferSummaryRow
from mtlbench.stats.multiplicity import benjamini_hochberg


def transfer_rows(
    comparisons: Sequence[ComparisonRow], tasks: Sequence[TaskEvidence], lineage: Lineage, design: Design
) -> list[TransferRow]:
    """A row for each task that a multi-task model was trained on and has a single-task baseline for.

    The tests are those of `comparisons`; adjusted here by Benjamini and Hochberg for all rows of the run, as one explores
    them, while the comparisons of one model hold the chance of any false claim. `relative` is 100 · (multi − single) /
    single (Vu et al. 2020).
    """
    by_name = {task.name: task for task in tasks}
    rows = [row for row in comparisons if row.task != OVERALL and row.task in lineage.models[row.model].tasks]
    adjusted = benjamini_hochberg([row.p_value for row in rows])
    return [_row(row, p_adjusted, by_name[row.task], design) for row, p_adjusted in zip(rows, adjusted, strict=True)]


def transfer_summaries(
    transfer: Sequence[TransferRow], tasks: Sequence[TaskEvidence], lineage: Lineage
) -> list[TransferSummaryRow]:
    """Of each multi-task model: how many of the tasks that it was trained on training together helped and hurt.

    A task with several baselines counts once, by the first declared. Negative transfer is #{t: δ_t < −ε_t} / T with ε_t
    from the test and the interval of the difference, not 0.
    """
    first: dict[tuple[str, str], TransferRow] = {}
    for row in transfer:
        first.setdefault((row.source, row.target), row)
    return [_summary(model, first, [task.name for task in tasks], lineage) for model in lineage.multi_task]


def loss_gain(single: float, pair: float) -> float:
    """Standley et al.'s (2020) gain where less is better: L_single / L_pair − 1, not (L_single − L_pair) / L_single."""
    return single / pair - 1


def _row(row: ComparisonRow, p_adjusted: float | None, task: TaskEvidence, design: Design) -> TransferRow:
    base, model = task.value(row.baseline), task.value(row.model)
    relative = relative_change(row.delta, base)
    higher = task.headline.higher_is_better
    gains = not higher and row.delta is not None and base > 0 and model > 0
    return TransferRow(
        source=row.model,
        target=row.task,
        metric=row.metric,
        baseline=row.baseline,
        delta=row.delta,
        relative=relative,
        loss_gain=100.0 * loss_gain(base, model) if gains else None,
        ci_low=row.ci_low,
        ci_high=row.ci_high,
        p_value=row.p_value,
        p_adjusted=p_adjusted,
        significant=None if p_adjusted is None else p_adjusted <= design.alpha,
        verdict=verdict(row.delta, (row.ci_low, row.ci_high), p_adjusted, higher, design),
        reason=NO_RELATIVE if row.delta is not None and relative is None else row.reason,
    )


def _summary(
    model: str, rows: dict[tuple[str, str], TransferRow], tasks: Sequence[str], lineage: Lineage
) -> TransferSummaryRow:
    trained = [task for task in tasks if task in lineage.models[model].tasks]
    verdicts = {task: row.verdict for task in trained if (row := rows.get((model, task))) and row.verdict}
    missing = [task for task in trained if task not in verdicts]
    told = list(verdicts.values())
    return TransferSummaryRow(
        model=model,
        family=lineage.models[model].family,
        tasks=len(trained),
        positive=told.count("positive"),
        negative=told.count("negative"),
        unclear=told.count("not separable"),
        missing=missing,
        negative_share=told.count("negative") / len(told) if told else None,
        reason=f"no difference from a single-task baseline on {', '.join(missing)}" if missing else None,
    )
