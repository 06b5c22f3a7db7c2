"""Data efficiency: learning curves over the rows of training, the area under them, and the rows that a score takes.

A curve is one training on more and more rows of a task; its scores are turned so that more is better, and fitted so that
they never fall, in each resample anew. Between two sizes it is a line over log rows; beyond its ends nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mtlbench.analysis.estimates import Drawn, Estimate, Found, direction, estimate, oriented, stacked
from mtlbench.analysis.evidence import Design, TaskEvidence
from mtlbench.analysis.lineage import Lineage
from mtlbench.metrics.base import FloatArray
from mtlbench.results.schema import CurveRow, DataEfficiencyRow, ReachRow, ScoreRow
from mtlbench.stats.isotonic import isotonic

RAW, FITTED = "trapezoid over log rows", "trapezoid over log rows, of the isotonic fit"


@dataclass(frozen=True, slots=True)
class Curve:
    """A training on a task: numbers of rows `[K]`, rising, and scores `[K, 1 + B]`, before and after the fit."""

    rows: FloatArray
    scores: FloatArray
    fit: FloatArray


def curve_rows(lineage: Lineage, scores: Sequence[ScoreRow]) -> list[CurveRow]:
    """The points of every training that was run on several shares of its rows, fewest rows first."""
    headlines = {(row.model, row.task): row for row in scores if row.headline}
    run = {task for _, task in headlines}
    return [
        _point(full, model, task, lineage, headlines.get((model, task)))
        for full, members in _trainings(lineage).items()
        for task in lineage.models[full].tasks
        if task in run
        for model in sorted(members, key=lambda model: _size(model, task, lineage) or 0)
    ]


def data_efficiency_rows(lineage: Lineage, tasks: Sequence[TaskEvidence], design: Design) -> list[DataEfficiencyRow]:
    """∫ s d(log n) / log(n_max / n_min) of each curve, by trapezoids over its isotonic fit."""
    return [
        _area_row(full, task, _curve(members, task, lineage), design)
        for full, members in _trainings(lineage).items()
        for task in _taught(full, lineage, tasks)
    ]


def reach_rows(lineage: Lineage, tasks: Sequence[TaskEvidence], design: Design) -> list[ReachRow]:
    """n_STL / n_MTL at each score that a single-task baseline reaches, for every multi-task curve of its family.

    The scores are drawn again with each resample, so that both curves are read off the same examples.
    """
    trainings = _trainings(lineage)
    return [
        row
        for full in trainings
        if full in lineage.multi_task
        for task in _taught(full, lineage, tasks)
        for baseline in lineage.baselines(full).get(task.name, ())
        for row in _reaches(full, baseline, trainings, task, lineage, design)
    ]


def _trainings(lineage: Lineage) -> dict[str, list[str]]:
    """The model trained on all rows → the models trained on a fraction, and itself as the last."""
    found: dict[str, list[str]] = {}
    for name, training in lineage.models.items():
        if training.fraction_of in lineage.models and not training.altered:
            found.setdefault(str(training.fraction_of), []).append(name)
    return {full: [*fractions, full] for full, fractions in found.items()}


def _taught(full: str, lineage: Lineage, tasks: Sequence[TaskEvidence]) -> list[TaskEvidence]:
    return [task for task in tasks if task.name in lineage.models[full].tasks]


def _size(model: str, task: str, lineage: Lineage) -> int | None:
    return (lineage.models[model].rows or {}).get(task)


def _unsized(model: str, task: str) -> str:
    return f"how many rows of {task} {model} was trained on is not known; `trained_rows` declares it"


def _curve(members: Sequence[str], task: TaskEvidence, lineage: Lineage) -> Curve | str:
    """The curve, or why there is none. Models of one size count as their mean."""
    by_size: dict[int, list[Found]] = {}
    for model in members:
        size = _size(model, task.name, lineage)
        if not size:
            return _unsized(model, task.name)
        by_size.setdefault(size, []).append(oriented(task, model))
    levels: list[FloatArray] = []
    for size in sorted(by_size):
        found = stacked(by_size[size])
        if isinstance(found, str):
            return found
        levels.append(found.mean(0))
    scores = np.array(levels)
    return Curve(np.array(sorted(by_size), dtype=np.float64), scores, isotonic(scores))


def area(rows: FloatArray, scores: FloatArray) -> FloatArray:
    """∫ s d(log n) / log(n_max / n_min) by trapezoids: rows `[K]`, scores `[K, ...]` → `[...]`."""
    steps = np.diff(np.log(rows))
    means = (scores[1:] + scores[:-1]) / 2
    return np.asarray(np.tensordot(steps, means, 1) / steps.sum())


def reached(rows: FloatArray, fit: FloatArray, score: FloatArray) -> FloatArray:
    """The log of the fewest rows with which a curve that never falls reaches a score: `[K]`, `[K, R]`, `[R]` → `[R]`.

    ∞ where it never does, −∞ where its smallest number of rows does better already: nothing is extrapolated.
    """
    logs, across = np.log(rows), np.arange(fit.shape[1])
    place = (fit < score).sum(0)
    inside = np.clip(place, 1, len(rows) - 1) if len(rows) > 1 else np.zeros_like(place)
    low, high = fit[inside - 1, across], fit[inside, across]
    rise = np.where(high > low, high - low, 1.0)
    between = logs[inside - 1] + (score - low) / rise * (logs[inside] - logs[inside - 1])
    ends = np.where(fit[0] == score, logs[0], -np.inf)
    log = np.where(place == 0, ends, np.where(place == len(rows), np.inf, between))
    return np.where(np.isnan(fit[0] + score), np.nan, log)


def _reaches(
    full: str,
    baseline: str,
    trainings: Mapping[str, Sequence[str]],
    task: TaskEvidence,
    lineage: Lineage,
    design: Design,
) -> Iterator[ReachRow]:
    """A row for each number of rows of the baseline, all of them last; one of nulls where a curve is not known."""
    multi = _curve(trainings[full], task, lineage)
    single = _curve(trainings.get(baseline, [baseline]), task, lineage)
    if isinstance(multi, str) or isinstance(single, str):
        reason = multi if isinstance(multi, str) else str(single)
        yield _reach_row((task.name, full, baseline), Estimate(None, None, None, reason))
        return
    for place, score in enumerate(single.fit):
        needs, takes = (reached(curve.rows, curve.fit, score) for curve in (single, multi))
        yield _reach_row(
            (task.name, full, baseline),
            _ratio(needs, takes, multi, design),
            at_full=place == len(single.rows) - 1,
            score=direction(task) * float(score[0]),
            needs=float(np.exp(needs[0])),
            takes=float(np.exp(takes[0])) if np.isfinite(takes[0]) else None,
        )


def _ratio(needs: Drawn, takes: Drawn, multi: Curve, design: Design) -> Estimate:
    """exp(needs − takes), of the logs of rows; without an interval where one of its ends lies beyond the curve."""
    least, most = multi.rows[0], multi.rows[-1]
    if takes[0] == np.inf:
        return Estimate(None, None, None, f"never reached within {most:,.0f} rows")
    if takes[0] == -np.inf:
        return Estimate(None, None, None, f"reached with fewer than {least:,.0f} rows, the fewest of the curve")
    found = estimate(np.exp(needs - np.clip(takes, np.log(least), np.log(most))), design)
    beyond = [int((takes[1:] == end).sum()) for end in (-np.inf, np.inf)]
    if max(beyond) <= design.alpha / 2 * len(takes[1:]):
        return found
    reason = f"in {sum(beyond)} of {len(takes[1:])} resamples the score lies beyond {least:,.0f}–{most:,.0f} rows"
    return replace(found, low=None, high=None, reason=reason)


def _point(full: str, model: str, task: str, lineage: Lineage, score: ScoreRow | None) -> CurveRow:
    size = _size(model, task, lineage)
    reason = score.reason if score else f"{model} was not run on {task}"
    return CurveRow(
        curve=full,
        model=model,
        task=task,
        rows=size,
        value=score and score.value,
        ci_low=score and score.ci_low,
        ci_high=score and score.ci_high,
        reason=reason or (None if size else _unsized(model, task)),
    )


def _area_row(full: str, task: TaskEvidence, curve: Curve | str, design: Design) -> DataEfficiencyRow:
    if isinstance(curve, str):
        found, sizes, monotone = estimate(curve, design), [], None
    elif len(curve.rows) == 1:
        found, sizes, monotone = estimate("one size of training is no curve", design), curve.rows.tolist(), None
    else:
        found = estimate(direction(task) * area(curve.rows, curve.fit), design)
        sizes, monotone = curve.rows.tolist(), bool((np.diff(curve.scores[:, 0]) >= 0).all())
    return DataEfficiencyRow(
        curve=full,
        task=task.name,
        sizes=len(sizes),
        least=int(sizes[0]) if sizes else None,
        most=int(sizes[-1]) if sizes else None,
        value=found.value,
        ci_low=found.low,
        ci_high=found.high,
        monotone=monotone,
        method=None if monotone is None else RAW if monotone else FITTED,
        reason=found.reason,
    )


def _reach_row(
    names: tuple[str, str, str],
    ratio: Estimate,
    at_full: bool = True,
    score: float | None = None,
    needs: float | None = None,
    takes: float | None = None,
) -> ReachRow:
    task, curve, baseline = names
    return ReachRow(
        task=task,
        curve=curve,
        baseline=baseline,
        score=score,
        at_full=at_full,
        baseline_rows=needs,
        rows=takes,
        ratio=ratio.value,
        ci_low=ratio.low,
        ci_high=ratio.high,
        reason=ratio.reason,
    )
