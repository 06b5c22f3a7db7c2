"""The bootstrap over cells: examples with equal statistics are one cell, and a resample is how often each cell is drawn.

Drawing n of n examples and counting the cells is multinomial(n, counts / n): the same law, at a cost that depends on the
number of cells (9 for the confusion of three labels) and not on n. The draws belong to one system's cells, so two systems
share nothing: this is for the interval of a single score, never for a difference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mtlbench.stats.resampling import FloatArray, Score
from mtlbench.stats.seeds import CELLS, generator
from mtlbench.stats.sums import weighted_sums

WORTH = 5
"""A draw of a cell costs about as much as five draws of an example."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The distinct rows `[c, k]` of a matrix, and how many of its n rows are equal to each `[c]`."""

    rows: FloatArray
    counts: FloatArray

    @property
    def n(self) -> int:
        return int(self.counts.sum())


def collapse(statistics: FloatArray) -> Cells | None:
    """The cells of the rows `[n, k]`; None where they are too many for a draw to be the cheaper."""
    n = len(statistics)
    if not n or not statistics.size:
        return None
    # Rows are told apart by one random projection, which sorts faster than rows do; equal keys are then checked.
    key = statistics @ np.random.default_rng(0).random(statistics.shape[1])
    _, first, inverse, counts = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    if len(first) * WORTH > n or not np.array_equal(statistics[first][inverse], statistics):
        return None
    return Cells(statistics[first], counts.astype(np.float64))


def cell_replicates(cells: Cells, score: Score, *, resamples: int, seed: int, fingerprint: str) -> FloatArray:
    """Bootstrap scores `[B]` of one system."""
    drawn = generator(seed, fingerprint, CELLS, 0).multinomial(cells.n, cells.counts / cells.n, size=resamples)
    return score(weighted_sums(drawn.astype(np.float64), cells.rows))


def cell_jackknife(cells: Cells, score: Score) -> FloatArray:
    """Scores `[n]` without each example in turn, the examples of a cell side by side."""
    return np.repeat(score(cells.counts @ cells.rows - cells.rows), cells.counts.astype(np.intp))
