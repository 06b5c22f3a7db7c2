"""Does joint training spread bias? The gap between groups of each multi-task model − that of its single-task baselines.

Both models answered the same rows and are resampled together, so what is compared is each group's difference of scores,
model − baseline: were it the same in all groups, training together would have changed no gap. The groups told of are those
with the widest gap of either model; the interval is simultaneous over all pairs, so that this choice costs it nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbench.analysis import fairness_words
from mtlbench.analysis.evidence import Design, score_of
from mtlbench.analysis.groups import Attribute, GroupedTask, Scored, compare, group_scores, lay_out
from mtlbench.analysis.lineage import Lineage
from mtlbench.metrics.base import FloatArray, Metric
from mtlbench.results.schema import BiasTransferRow
from mtlbench.stats.multiplicity import holm


def bias_transfer_rows(
    lineage: Lineage, tasks: Sequence[GroupedTask], design: Design, alpha: float
) -> list[BiasTransferRow]:
    """A row for each task, attribute and baseline of each multi-task model; all tests are one family."""
    rows = [
        _row(task, attribute, model, baseline, design, alpha)
        for model in lineage.multi_task
        for task in tasks
        for baseline in lineage.baselines(model).get(task.name, ())
        if {model, baseline} <= task.measures[0].rows.keys()
        for attribute in task.attributes
    ]
    adjusted = holm([row.p_value for row in rows])
    return [_judged(row, p_value, alpha) for row, p_value in zip(rows, adjusted, strict=True)]


def _row(
    task: GroupedTask, attribute: Attribute, model: str, baseline: str, design: Design, alpha: float
) -> BiasTransferRow:
    measure, row = task.measures[0], _unknown(task, attribute, model, baseline)
    layout = lay_out(task, attribute, measure)
    if isinstance(layout, str):
        return row.model_copy(update={"reason": layout})
    both = _change(measure.metric, measure.rows[model], measure.rows[baseline])
    found = compare(layout, both, design, test=True)[""]
    if isinstance(found, str):
        return row.model_copy(update={"reason": found})
    signed = 1.0 if measure.metric.higher_is_better else -1.0
    scores = [signed * group_scores(layout, measure.rows[name], measure.metric.resample) for name in (model, baseline)]
    worst, best = _widest(scores)
    gap, before = (float(each[best] - each[worst]) for each in scores)
    band = found.band(1 - alpha)
    ends = (None, None) if band is None else band.pair(best, worst) if signed > 0 else band.pair(worst, best)
    known = {"gap": gap, "baseline_gap": before, "value": gap - before, "ci_low": ends[0], "ci_high": ends[1]}
    named = {"group": layout.names[worst], "other": layout.names[best], "n": int(layout.sizes.sum())}
    return row.model_copy(update={**known, **named, "p_value": found.p_value, "reason": found.reason, "verdict": None})


def _unknown(task: GroupedTask, attribute: Attribute, model: str, baseline: str) -> BiasTransferRow:
    return BiasTransferRow(
        model=model,
        baseline=baseline,
        task=task.name,
        metric=task.headline.name,
        attribute=attribute.name,
        within=None if task.within is None else task.within.name,
        gap=None,
        baseline_gap=None,
        value=None,
        ci_low=None,
        ci_high=None,
        n=0,
        verdict="not compared",
        reason=None,
    )


def _change(metric: Metric, mine: FloatArray, theirs: FloatArray) -> Scored:
    """The difference of two models' scores as one score of their rows side by side."""
    width, score = mine.shape[1], score_of(metric)

    def of_rows(weights: FloatArray, rows: FloatArray) -> FloatArray:
        return metric.resample(weights, rows[:, :width]) - metric.resample(weights, rows[:, width:])

    def of_sums(totals: FloatArray) -> FloatArray:
        return metric.score(totals[..., :width]) - metric.score(totals[..., width:])

    return Scored({"": np.hstack([mine, theirs])}, of_rows, None if score is None else of_sums)


def _widest(scores: Sequence[FloatArray]) -> tuple[int, int]:
    """The groups between which the gap of either model is widest: the one worse off there, and the one better off."""
    widest = max(scores, key=np.ptp)
    return int(widest.argmin()), int(widest.argmax())


def _judged(row: BiasTransferRow, p_adjusted: float | None, alpha: float) -> BiasTransferRow:
    if p_adjusted is None or row.ci_low is None or row.ci_high is None:
        return row
    low, high = row.ci_low, row.ci_high
    if p_adjusted <= alpha and not low <= 0 <= high:
        verdict = "widened" if low > 0 else "narrowed"
        finding = fairness_words.changed(row.attribute, row.group or "", row.other or "", low, high, row.baseline)
    else:
        verdict, finding = "no evidence", fairness_words.unchanged(row.attribute, low, high, row.baseline)
    return row.model_copy(update={"p_adjusted": p_adjusted, "verdict": verdict, "finding": finding})
