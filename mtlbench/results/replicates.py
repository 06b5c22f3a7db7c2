"""Bootstrap replicates of every headline score, small enough to travel with a page: other weights can be tried on them.

Models that saw the same rows share their draws: replicates of two models may be subtracted, whichever their runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtlbench.results.folder import read_table, write_table

FloatArray = NDArray[np.float64]

KEPT = 400
"""Replicates that are kept of a score: the ends of a 95% interval are then known to about a tenth of its width."""
FINEST = 32_000
"""Steps from a score to its farthest replicate."""
UNDEFINED = -32_768
"""Stands for a replicate that is not defined."""


@dataclass(frozen=True, slots=True)
class Replicates:
    """Scores on the scale of the overall, NaN where there is none, and their replicates, `score + scale · steps`."""

    models: list[str]
    tasks: list[str]
    scores: FloatArray
    """`[S, T]`"""
    scales: FloatArray
    """`[S, T]`"""
    steps: NDArray[np.int16]
    """`[S, T, B]`"""

    @property
    def drawn(self) -> FloatArray:
        """The replicates `[S, T, B]`; NaN where not defined."""
        values = self.scores[..., None] + self.scales[..., None] * self.steps
        return np.where(self.steps == UNDEFINED, np.nan, values)


def replicates_of(
    models: Sequence[str], tasks: Sequence[str], cells: Mapping[tuple[str, str], tuple[float, FloatArray]]
) -> Replicates:
    """From (model, task) → score and replicates, of which the first 400 are kept, in whole steps."""
    most = min([KEPT, *(len(drawn) for _, drawn in cells.values())])
    scores, scales = np.full((len(models), len(tasks)), np.nan), np.ones((len(models), len(tasks)))
    steps = np.full((len(models), len(tasks), most), UNDEFINED, dtype=np.int16)
    for (model, task), (score, drawn) in cells.items():
        at = models.index(model), tasks.index(task)
        away = drawn[:most] - score
        scores[at] = score
        scales[at] = float(np.nanmax(np.abs(away), initial=0.0)) / FINEST or 1.0
        steps[at] = np.where(np.isnan(away), UNDEFINED, np.rint(away / scales[at])).astype(np.int16)
    return Replicates(list(models), list(tasks), scores, scales, steps)


def write_replicates(path: Path, replicates: Replicates) -> None:
    """A row for each model and task that has a score."""
    import pyarrow as pa

    there = np.argwhere(~np.isnan(replicates.scores))
    columns = {
        "model": [replicates.models[model] for model, _ in there],
        "task": [replicates.tasks[task] for _, task in there],
        "score": [float(replicates.scores[model, task]) for model, task in there],
        "scale": [float(replicates.scales[model, task]) for model, task in there],
        "steps": pa.array([replicates.steps[model, task] for model, task in there], pa.list_(pa.int16())),
    }
    write_table(path, pa.table(columns))


def read_replicates(path: Path, models: Sequence[str], tasks: Sequence[str]) -> Replicates | None:
    """Those of the models and tasks; None where there is no such file, as in runs of earlier versions."""
    if not path.is_file():
        return None
    rows = [row for row in read_table(path).to_pylist() if row["model"] in models and row["task"] in tasks]
    shape = len(models), len(tasks)
    scores, scales = np.full(shape, np.nan), np.ones(shape)
    steps = np.full((*shape, len(rows[0]["steps"]) if rows else 0), UNDEFINED, dtype=np.int16)
    for row in rows:
        at = models.index(row["model"]), tasks.index(row["task"])
        scores[at], scales[at], steps[at] = row["score"], row["scale"], row["steps"]
    return Replicates(list(models), list(tasks), scores, scales, steps)


def joined(parts: Sequence[Replicates], models: Sequence[str]) -> Replicates:
    """Replicates of several runs of the same tasks, rows and seed as those of one; each model is of one run."""
    order = [[name for part in parts for name in part.models].index(model) for model in models]
    kept = min(part.steps.shape[2] for part in parts)
    scores = np.concatenate([part.scores for part in parts])[order]
    scales = np.concatenate([part.scales for part in parts])[order]
    steps = np.concatenate([part.steps[..., :kept] for part in parts])[order]
    return Replicates(list(models), parts[0].tasks, scores, scales, steps)
