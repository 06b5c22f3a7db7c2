"""The bootstrap: weights `[B, n]` that say how often each example is drawn, and the scores of the resamples.

The weights are drawn once, block by block, and every model and metric of a task is scored with the same block; so
scores of the same resample can be subtracted, and the matrix `[B, n]` never exists as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from mtlbench.stats.seeds import BOOTSTRAP, blocks, generator
from mtlbench.stats.sums import countable, weighted_sums

FloatArray: TypeAlias = NDArray[np.float64]
Key = TypeVar("Key", bound=Hashable)

Resample: TypeAlias = Callable[[FloatArray, FloatArray], FloatArray]
"""(weights `[B, n]`, statistics `[n, k]`) → scores `[B]`."""

Score: TypeAlias = Callable[[FloatArray], FloatArray]
"""Totals `[..., k]` → scores `[...]`, where `resample(weights, statistics)` is `score(weights @ statistics)`."""


def bootstrap_weights(n: int, resamples: int, *, seed: int, fingerprint: str) -> Iterator[FloatArray]:
    """Blocks `[b, n]` of multiplicities, `resamples` rows in all; each row sums to n."""
    for block, rows in blocks(resamples, n):
        height = rows.stop - rows.start
        drawn = generator(seed, fingerprint, BOOTSTRAP, block).integers(n, size=(height, n), dtype=np.int32)
        drawn += np.arange(0, height * n, n, dtype=np.int32)[:, None] if n else 0
        yield np.bincount(drawn.ravel(), minlength=height * n).reshape(height, n).astype(np.float64)


def replicates(
    statistics: Mapping[Key, tuple[Resample, FloatArray]],
    *,
    resamples: int,
    seed: int,
    fingerprint: str,
    units: int | None = None,
    scores: Mapping[Key, Score] | None = None,
) -> dict[Key, FloatArray]:
    """Bootstrap scores `[B]` of each entry (resample, statistics `[n, k]`), all over the same resamples of n examples.

    `units` says how many are drawn where rows are not drawn one by one (`clustered`). `scores` are those of entries that
    are functions of sums: where these are of counts, one product serves all of them. Raises ValueError where the entries
    differ in n.
    """
    sizes = {len(rows) if units is None else units for _, rows in statistics.values()}
    if len(sizes) > 1:
        raise ValueError(f"the statistics are of different numbers of examples: {sorted(sizes)}")
    drawn = {key: np.full(resamples, np.nan) for key in statistics}
    if sizes == {0} or not sizes:
        return drawn
    summed = {key: score for key, score in (scores or {}).items() if countable(statistics[key][1])}
    others = {key: entry for key, entry in statistics.items() if key not in summed}
    together = np.concatenate([statistics[key][1] for key in summed], axis=1, dtype=np.float32) if summed else None
    ends = np.cumsum([statistics[key][1].shape[1] for key in summed])[:-1]
    start = 0
    for weights in bootstrap_weights(sizes.pop(), resamples, seed=seed, fingerprint=fingerprint):
        stop = start + len(weights)
        for key, (resample, rows) in others.items():
            drawn[key][start:stop] = resample(weights, rows)
        if together is not None:
            sums = np.split(weighted_sums(weights, together), ends, axis=1)
            for (key, score), totals in zip(summed.items(), sums, strict=True):
                drawn[key][start:stop] = score(totals)
        start = stop
    return drawn


def clustered(resample: Resample, codes: NDArray[np.intp]) -> Resample:
    """`resample` with weights `[B, C]` of clusters, which each of their rows takes over; `codes` `[n]` number them."""
    return lambda weights, statistics: resample(weights[:, codes], statistics)


def cluster_sums(statistics: FloatArray, codes: NDArray[np.intp]) -> FloatArray:
    """Rows `[n, k]` summed within clusters, `[C, k]`; `codes` `[n]` number the clusters from 0."""
    sums = np.zeros((int(codes.max(initial=-1)) + 1, statistics.shape[1]))
    np.add.at(sums, codes, statistics)
    return sums


def jackknife(
    resample: Resample, statistics: FloatArray, *, score: Score | None = None, units: int | None = None
) -> FloatArray:
    """Scores `[n]` of the sample without each example in turn; at once from sums where `score` is given."""
    if score is not None:
        return score(statistics.sum(0) - statistics)
    n = len(statistics) if units is None else units
    scores = np.empty(n)
    for _, rows in blocks(n, n):
        weights = np.ones((rows.stop - rows.start, n))
        weights[np.arange(len(weights)), np.arange(rows.start, rows.stop)] = 0.0
        scores[rows] = resample(weights, statistics)
    return scores
