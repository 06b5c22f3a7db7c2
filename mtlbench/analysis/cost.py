"""Quality against cost: Pareto fronts, and what one multi-task model costs beside the single-task models it replaces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mtlbench.analysis.claims import OVERALL
from mtlbench.analysis.comparisons import BASELINES
from mtlbench.analysis.evidence import TaskEvidence
from mtlbench.analysis.lineage import Lineage
from mtlbench.analysis.overall import everywhere, overall_replicates
from mtlbench.metrics.base import FloatArray
from mtlbench.results.schema import ComparisonRow, EfficiencyRow, FrontRow, OverallRow, ReplacementRow

Amount = tuple[float | None, str | None]
"""A cost, or None and the reason."""

Measure = Callable[[Sequence[EfficiencyRow], Sequence[int]], Amount]
"""(a model's rows, examples of each) → what it costs to answer them all."""

PER_EXAMPLE = ("seconds", "flops")
"""Costs that grow with the examples, which fronts tell for one."""
REPLACED = ("parameters", "bytes", "memory", "seconds")
"""Costs that are told of a model and those that it replaces."""


def front_rows(
    overall: Sequence[OverallRow], efficiency: Sequence[EfficiencyRow], tasks: Sequence[TaskEvidence], normalize: str
) -> list[FrontRow]:
    """Every ranked model by every cost, over the tasks that count; only on one device do seconds compare."""
    pairs = {(row.model, row.task): row for row in efficiency}
    counted = [task for task in tasks if task.share]
    ranked = [row for row in overall if row.rank is not None]
    drawn = {row.model: overall_replicates(everywhere(row.model, tasks), tasks, normalize) for row in ranked}
    rows: list[FrontRow] = []
    for cost in COSTS:
        groups: dict[str | None, list[FrontRow]] = {}
        for row in ranked:
            found = _front_row(cost, row, [pairs[row.model, task.name] for task in counted], counted)
            groups.setdefault(found.device, []).append(found)
        rows += [row for group in groups.values() for row in _judged(group, drawn)]
    return rows


def on_front(values: FloatArray, amounts: FloatArray) -> NDArray[np.bool_]:
    """Of scores `[S]` or `[S, B]` at costs `[S]`: those that no other dominates by being as good and as cheap, and in one
    of the two better. Equal models stand on the front together.
    """
    dominated = np.zeros(values.shape, dtype=bool)
    columns = (-1, *[1] * (values.ndim - 1))
    for value, amount in zip(values, amounts, strict=True):
        cheaper, as_cheap = ((amount < amounts).reshape(columns), (amount <= amounts).reshape(columns))
        dominated |= (cheaper & (value >= values)) | (as_cheap & (value > values))
    return ~dominated


def replacement_rows(
    lineage: Lineage,
    comparisons: Sequence[ComparisonRow],
    efficiency: Sequence[EfficiencyRow],
    tasks: Sequence[TaskEvidence],
) -> list[ReplacementRow]:
    """A row by each cost for every multi-task model whose overall score is compared with single-task baselines'; of
    several baselines for one task the first declared counts, as it does there.
    """
    pairs = {(row.model, row.task): row for row in efficiency}
    counted = [task for task in tasks if task.share]
    rows = []
    for claim in comparisons:
        if claim.baseline == BASELINES and claim.task == OVERALL:
            first = {task: models[0] for task, models in lineage.baselines(claim.model).items()}
            rivals = [first[task.name] for task in counted if task.name in first]
            lacking = claim.reason if claim.delta is None else None
            mine = [] if lacking else [pairs[claim.model, task.name] for task in counted]
            theirs = [] if lacking else [pairs[first[task.name], task.name] for task in counted]
            rows += [_replacement_row(claim, rivals, cost, mine, theirs, counted) for cost in REPLACED]
    return rows


def _front_row(cost: str, row: OverallRow, mine: Sequence[EfficiencyRow], tasks: Sequence[TaskEvidence]) -> FrontRow:
    """Not yet held against the others."""
    sizes = [task.n for task in tasks]
    amount, reason = COSTS[cost](mine, sizes)
    if amount is not None and cost in PER_EXAMPLE:
        amount /= sum(sizes)
    return FrontRow(
        cost=cost,
        device=(", ".join(_devices(mine)) or None) if cost == "seconds" else None,
        model=row.model,
        value=row.value,
        ci_low=row.ci_low,
        ci_high=row.ci_high,
        amount=amount,
        on_front=None,
        surely=None,
        reason=reason,
    )


def _judged(rows: Sequence[FrontRow], drawn: Mapping[str, FloatArray]) -> list[FrontRow]:
    """The rows of one plane: those with a cost held against each other, then the rest."""
    known = [row for row in rows if row.amount is not None]
    amounts, values = (np.array([getattr(row, key) for row in known], float) for key in ("amount", "value"))
    found = on_front(values, amounts).tolist()
    scores = np.array([drawn[row.model] for row in known])
    scores = scores[:, ~np.isnan(scores).any(0)] if known else scores
    shares: list[float | None] = on_front(scores, amounts).mean(1).tolist() if scores.size else [None] * len(known)
    lacking = None if scores.size else "no resample gives every model a score"
    judged = [
        row.model_copy(update={"on_front": on, "surely": share, "reason": lacking})
        for row, on, share in zip(known, found, shares, strict=True)
    ]
    return judged + [row for row in rows if row.amount is None]


def _replacement_row(
    claim: ComparisonRow,
    rivals: list[str],
    cost: str,
    mine: Sequence[EfficiencyRow],
    theirs: Sequence[EfficiencyRow],
    tasks: Sequence[TaskEvidence],
) -> ReplacementRow:
    unified, separate, reason = None, None, claim.reason
    if mine:
        unified, reason = COSTS[cost](mine, [task.n for task in tasks])
        each = [COSTS[cost]([row], [task.n]) for row, task in zip(theirs, tasks, strict=True)]
        known = [amount for amount, _ in each if amount is not None]
        reason = reason or next((lacking for _, lacking in each if lacking), None)
        separate = sum(known) if len(known) == len(each) else None
    if cost == "seconds" and len(_devices([*mine, *theirs])) > 1:
        unified, separate, reason = None, None, "they ran on different devices or number types"
    return ReplacementRow(
        model=claim.model,
        baselines=rivals,
        cost=cost,
        unified=unified,
        separate=separate,
        ratio=unified / separate if unified is not None and separate else None,
        delta=claim.delta,
        ci_low=claim.ci_low,
        ci_high=claim.ci_high,
        reason=reason,
    )


def _seconds(rows: Sequence[EfficiencyRow], sizes: Sequence[int]) -> Amount:
    if any(row.cached for row in rows):
        return None, "outputs came from the cache, so their time was not measured side by side"
    times = [row.seconds for row in rows if row.seconds is not None]
    return (sum(times), None) if len(times) == len(rows) else (None, f"the time of {rows[0].model} is not known")


def _flops(rows: Sequence[EfficiencyRow], sizes: Sequence[int]) -> Amount:
    each = [(row.flops_per_example, n) for row, n in zip(rows, sizes, strict=True)]
    known = [flops * n for flops, n in each if flops is not None]
    return (sum(known), None) if len(known) == len(rows) else (None, f"the FLOPs of {rows[0].model} were not counted")


def _size(key: str, noun: str) -> Measure:
    """The largest that any task tells: a model is the same for all of them."""

    def measure(rows: Sequence[EfficiencyRow], sizes: Sequence[int]) -> Amount:
        known = [getattr(row, key) for row in rows if getattr(row, key) is not None]
        return (max(known), None) if known else (None, f"{noun} of {rows[0].model} is not known")

    return measure


def _devices(rows: Sequence[EfficiencyRow]) -> list[str]:
    """Where they ran, and in which number type: `cuda:0 · bfloat16`."""
    labels = (" · ".join(part for part in (row.device, row.dtype) if part) for row in rows)
    return list(dict.fromkeys(label for label in labels if label))


COSTS: Mapping[str, Measure] = {
    "seconds": _seconds,
    "flops": _flops,
    "parameters": _size("parameters", "the number of parameters"),
    "memory": _size("weight_bytes", "the memory"),
    "bytes": _size("bytes", "the size on disk"),
}
