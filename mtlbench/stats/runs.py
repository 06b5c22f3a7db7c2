"""Several training runs of one recipe: which of them a resample draws, and the mean of the middle half of their scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mtlbench.stats.resampling import FloatArray
from mtlbench.stats.seeds import RUNS, generator

FEWEST_RUNS = 3
"""Below so many runs nothing is said about other seeds: results hold for these checkpoints."""


def run_draws(runs: int, resamples: int, *, seed: int, fingerprint: str) -> NDArray[np.intp]:
    """Which runs each resample draws, `[B, S]`, with replacement.

    Together with replicates over shared resamples of examples this is the bootstrap of seeds × items: one checkpoint is
    drawn with all its tasks, since it was trained on them together.
    """
    return generator(seed, fingerprint, RUNS, 0).integers(runs, size=(resamples, runs)).astype(np.intp)


def interquartile_mean(scores: FloatArray) -> FloatArray:
    """The mean of the middle half over the last axis, `[..., N]` → `[...]` (Agarwal et al. 2021, `rliable`).

    A quarter, rounded down, is cut at either end. NaN where a score is missing.
    """
    count = scores.shape[-1]
    cut = count // 4
    middle = np.sort(scores, axis=-1)[..., cut : count - cut]
    return np.where(np.isnan(scores).any(axis=-1), np.nan, middle.mean(axis=-1))
