"""Several seeds of one training: the mean over checkpoints, with an interval over seeds × examples, and the IQM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mtlbench.analysis.claims import OVERALL
from mtlbench.analysis.evidence import Design, TaskEvidence, known
from mtlbench.analysis.overall import lower_is_better, scaled
from mtlbench.metrics.base import FloatArray
from mtlbench.results.schema import SeedRow
from mtlbench.stats.intervals import Interval, percentile_interval
from mtlbench.stats.runs import FEWEST_RUNS, interquartile_mean, run_draws

CONDITIONAL = f"conditional on these checkpoints: fewer than {FEWEST_RUNS} seeds"


def seed_rows(
    families: Mapping[str, str], tasks: Sequence[TaskEvidence], normalize: str, design: Design
) -> list[SeedRow]:
    """Rows for each family of two seeds or more; `families` maps each model to the one it is a seed of, or to itself."""
    members: dict[str, list[str]] = {}
    for model, family in families.items():
        members.setdefault(family, []).append(model)
    return [
        row
        for family, seeds in members.items()
        if len(seeds) > 1
        for row in _rows(family, seeds, tasks, normalize, design)
    ]


def _rows(
    family: str, seeds: Sequence[str], tasks: Sequence[TaskEvidence], normalize: str, design: Design
) -> Iterator[SeedRow]:
    for task in tasks:
        there = [seed for seed in seeds if not np.isnan(task.value(seed))]
        if there:
            values = np.array([task.value(seed) for seed in there])
            drawn = _drawn(there, task)
            yield _row(family, task.name, task.headline.name, values, drawn, design)
    counted = [task for task in tasks if task.share]
    complete = [seed for seed in seeds if not any(np.isnan(task.value(seed)) for task in counted)]
    if complete:
        yield _overall(family, complete, counted, normalize, design)


def _drawn(seeds: Sequence[str], task: TaskEvidence) -> FloatArray:
    """Replicates `[S, B]`, of the same resamples of examples."""
    return np.array([task.replicates[seed, task.headline.name] for seed in seeds])


def _overall(
    family: str, seeds: Sequence[str], tasks: Sequence[TaskEvidence], normalize: str, design: Design
) -> SeedRow:
    shares = np.array([task.share for task in tasks])
    scores = np.array([scaled(np.array([task.value(seed) for seed in seeds]), task, normalize) for task in tasks])
    drawn = np.array([scaled(_drawn(seeds, task), task, normalize) for task in tasks])
    row = _row(family, OVERALL, OVERALL, shares @ scores, np.tensordot(shares, drawn, 1), design)
    mixed = lower_is_better(tasks) if normalize == "none" else None
    if mixed:
        return row.model_copy(update={"reason": row.reason or f"no interquartile mean: {mixed}"})
    update = {"iqm": known(float(interquartile_mean(scores.ravel())))}
    if len(seeds) >= FEWEST_RUNS:
        chosen = _choices(family, len(seeds), design)
        resampled = drawn[:, chosen, np.arange(design.resamples)[:, None]]  # [T, B, S]
        middle = interquartile_mean(np.moveaxis(resampled, 1, 0).reshape(design.resamples, -1))
        interval = percentile_interval(middle, design.confidence)
        update |= {"iqm_low": interval.low, "iqm_high": interval.high}
    return row.model_copy(update=update)


def _row(family: str, task: str, metric: str, values: FloatArray, drawn: FloatArray, design: Design) -> SeedRow:
    """From the seeds' scores `[S]` and their replicates `[S, B]`."""
    interval = Interval(None, None, "percentile", CONDITIONAL)
    if len(values) >= FEWEST_RUNS:
        chosen = _choices(family, len(values), design)
        means = drawn[chosen, np.arange(design.resamples)[:, None]].mean(1)
        interval = percentile_interval(means, design.confidence)
    return SeedRow(
        model=family,
        task=task,
        metric=metric,
        seeds=len(values),
        value=float(values.mean()),
        sd=float(values.std(ddof=1)) if len(values) > 1 else None,
        ci_low=interval.low,
        ci_high=interval.high,
        iqm=None,
        iqm_low=None,
        iqm_high=None,
        reason=interval.reason,
    )


def _choices(family: str, seeds: int, design: Design) -> NDArray[np.intp]:
    return run_draws(seeds, design.resamples, seed=design.seed, fingerprint=f"seeds of {family}")
