"""Numbers made of several scores: each is computed of the scores and of every resample of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from mtlbench.analysis.evidence import Design, TaskEvidence, known
from mtlbench.metrics.base import FloatArray
from mtlbench.stats.intervals import percentile_interval

Drawn: TypeAlias = FloatArray
"""A number, then its bootstrap replicates: `[1 + B]`."""

Found: TypeAlias = Drawn | str
"""A number with its replicates, or the reason why there is none."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval, as a row of the results holds it."""

    value: float | None
    low: float | None
    high: float | None
    reason: str | None


def direction(task: TaskEvidence) -> int:
    """1 where more is better, else −1."""
    return 1 if task.headline.higher_is_better else -1


def oriented(task: TaskEvidence, model: str) -> Found:
    """The model's headline score, turned so that more is better."""
    if np.isnan(task.value(model)):
        return task.reason(model, task.headline)
    return direction(task) * np.append(task.value(model), task.replicates[model, task.headline.name])


def stacked(found: Sequence[Found]) -> Found:
    """All of the numbers `[N, 1 + B]`; the first reason if one is missing."""
    missing = next((each for each in found if isinstance(each, str)), None)
    return missing or np.array(found)


def estimate(found: Found, design: Design) -> Estimate:
    """The number with the percentile interval of its replicates."""
    if isinstance(found, str):
        return Estimate(None, None, None, found)
    interval = percentile_interval(found[1:], design.confidence)
    return Estimate(known(found[0]), interval.low, interval.high, interval.reason)
