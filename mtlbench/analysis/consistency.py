"""Do the tasks rank the models alike? Kendall's τ between the rankings of every two tasks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbench.analysis.evidence import TaskEvidence
from mtlbench.analysis.overall import missing_scores
from mtlbench.metrics.base import FloatArray
from mtlbench.results.schema import ConsistencyRow

FEWEST_RANKED = 3
"""Models that a correlation of rankings takes: of two, it is 1 or −1 and nothing between."""


def consistency_rows(models: Sequence[str], tasks: Sequence[TaskEvidence]) -> list[ConsistencyRow]:
    """The mean τ of each task with the others, then that of all pairs, among the models that have all tasks that count.

    There is no interval: resampling adds chance to both rankings, so that replicates agree less than the scores do.
    """
    counted = [task for task in tasks if task.share]
    ranked = [model for model in models if missing_scores(model, counted) is None]
    signs = [1.0 if task.headline.higher_is_better else -1.0 for task in counted]
    scores = np.array(
        [[sign * task.value(model) for model in ranked] for sign, task in zip(signs, counted, strict=True)]
    ).reshape(len(counted), len(ranked))
    tau = kendall(scores)
    np.fill_diagonal(tau, np.nan)
    level = [task.name for task, row in zip(counted, scores, strict=True) if len(set(row.tolist())) < 2]
    reason = f"left out, as all models score the same there: {', '.join(level)}" if level else None
    if len(ranked) < FEWEST_RANKED:
        reason = f"fewer than {FEWEST_RANKED} models have all tasks"
        tau[:] = np.nan
    elif len(counted) - len(level) < 2:
        reason = "fewer than 2 tasks tell the models apart"
    return [
        ConsistencyRow(task=name, tau=_mean(pairs), models=len(ranked), reason=reason)
        for name, pairs in [*zip([task.name for task in counted], tau, strict=True), (None, tau)]
    ]


def kendall(scores: FloatArray) -> FloatArray:
    """Kendall's τ-b `[T, T]` between the rows of a table `[T, S]`; NaN beside a row of equal scores.

    Σ sign·sign / √(n₁·n₂) over pairs of models, n being the pairs that a task does not tie.
    """
    first, second = np.triu_indices(scores.shape[1], 1)
    signs = np.sign(scores[:, first] - scores[:, second])
    products = signs @ signs.T
    untied = np.sqrt(np.outer(np.diag(products), np.diag(products)))
    tau: FloatArray = np.divide(products, untied, out=np.full(products.shape, np.nan), where=untied > 0)
    return tau


def _mean(tau: FloatArray) -> float | None:
    defined = tau[~np.isnan(tau)]
    return float(defined.mean()) if defined.size else None
