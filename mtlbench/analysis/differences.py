"""Differences to explore: estimated one by one, adjusted together by Benjamini and Hochberg, each told in a word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mtlbench.analysis.claims import task_claim
from mtlbench.analysis.evidence import Design, TaskEvidence
from mtlbench.analysis.methods import methods
from mtlbench.metrics.base import FloatArray
from mtlbench.results.schema import Direction, ScoreRow
from mtlbench.stats.intervals import Interval, bootstrap_error, normal_p_value
from mtlbench.stats.multiplicity import benjamini_hochberg

FLOOR = "floor"
"""What stands for a baseline where a score is compared with the task's floor."""

NO_RELATIVE = "the baseline's score is not above 0, so there is no relative change"
NO_ERROR = "the difference does not vary over resamples, so there is no test"

_NO_INTERVAL = Interval(None, None, "none")


@dataclass(frozen=True, slots=True)
class Contrast:
    """A difference before it is adjusted for the others; `base` is the score that was subtracted."""

    delta: float | None = None
    base: float = float("nan")
    interval: Interval = _NO_INTERVAL
    p_value: float | None = None
    test: str = "none"
    higher: bool = True
    """Whether more is better."""
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference as a row of results holds it."""

    delta: float | None
    relative: float | None
    ci_low: float | None
    ci_high: float | None
    p_value: float | None
    p_adjusted: float | None
    test: str
    verdict: Direction | None
    reason: str | None


def paired(task: TaskEvidence, model: str, baseline: str, design: Design) -> Contrast:
    """The difference of two models' headline scores on a task; tested exactly where that draws nothing."""
    claim = task_claim(task, model, baseline, design)
    if claim.delta is None:
        return Contrast(reason=claim.reason)
    name = task.headline.name
    drawn = task.replicates[model, name] - task.replicates[baseline, name]
    exact = claim.p_value is not None
    return Contrast(
        claim.delta,
        task.value(baseline),
        claim.interval,
        claim.p_value if exact else normal_p(claim.delta, drawn),
        "McNemar, exact" if exact else "normal, bootstrap error",
        task.headline.higher_is_better,
        claim.interval.reason,
    )


def above_floor(task: TaskEvidence, row: ScoreRow) -> Contrast:
    """How far a model's headline score, as its row tells it, lies above what the task declares as its floor."""
    metric, floor = task.headline, task.floor
    if row.value is None:
        return Contrast(reason=row.reason)
    if floor is None:
        return Contrast(reason=f"{task.name} declares no `floor` to compare an untrained task with")
    low, high = (None if end is None else end - floor for end in (row.ci_low, row.ci_high))
    delta = row.value - floor
    exact = methods(task, metric).test is not None
    drawn = task.replicates[row.model, metric.name]
    return Contrast(
        delta,
        floor,
        Interval(low, high, row.method or "none"),
        _binomial_p(task, row.model, floor) if exact else normal_p(delta, drawn),
        "binomial, exact" if exact else "normal, bootstrap error",
        metric.higher_is_better,
        row.reason,
    )


def differences(contrasts: Sequence[Contrast], design: Design) -> list[Difference]:
    """The contrasts as one family, whose share of false discoveries is held."""
    adjusted = benjamini_hochberg([each.p_value for each in contrasts])
    return [_difference(each, p_adjusted, design) for each, p_adjusted in zip(contrasts, adjusted, strict=True)]


def verdict(
    delta: float | None,
    ends: tuple[float | None, float | None],
    p_adjusted: float | None,
    higher: bool,
    design: Design,
) -> Direction | None:
    """Positive is better, whichever way the metric runs; separable from 0 by the adjusted p-value and by the interval."""
    low, high = ends
    if delta is None:
        return None
    if p_adjusted is None or p_adjusted > design.alpha or low is None or high is None or low <= 0 <= high:
        return "not separable"
    return "positive" if (delta > 0) == higher else "negative"


def relative_change(delta: float | None, base: float) -> float | None:
    """100 · delta ÷ base, only above 0: at 0 it is not defined, and below it its sign would lie."""
    return 100.0 * delta / base if delta is not None and base > 0 else None


def normal_p(delta: float, drawn: FloatArray) -> float | None:
    """By the bootstrap's standard error; where replicates do not vary there is no error to go by."""
    error = bootstrap_error(drawn)
    if error == 0:
        return 1.0 if delta == 0 else None
    return normal_p_value(delta, error)


def _binomial_p(task: TaskEvidence, model: str, floor: float) -> float:
    """Of a share of hits: the exact test that each is a hit with the floor's chance."""
    from scipy.stats import binomtest

    hits = task.statistics[model, task.headline.name][:, -2].sum()
    return float(binomtest(round(hits), task.n, floor / 100).pvalue)


def _difference(each: Contrast, p_adjusted: float | None, design: Design) -> Difference:
    relative = relative_change(each.delta, each.base)
    ends = each.interval.low, each.interval.high
    reason = each.reason
    if each.delta is not None and not reason:
        reason = NO_ERROR if each.p_value is None else NO_RELATIVE if relative is None else None
    return Difference(
        each.delta,
        relative,
        *ends,
        each.p_value,
        p_adjusted,
        each.test,
        verdict(each.delta, ends, p_adjusted, each.higher, design),
        reason,
    )
