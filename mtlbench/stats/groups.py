"""Gaps between groups: is there one, how wide may it be, and how wide would chance alone make it?

Scores come as `[G]`, one for each group, with bootstrap replicates `[B, G]`. The widest of many observed gaps is wide even
where no group is worse off: at a score of 80 with 50 rows each, eight equal groups differ by 16 points. So the interval is
simultaneous over all pairs, the test asks whether the groups differ at all, and the gap expected by chance is told too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from mtlbench.stats.cells import collapse
from mtlbench.stats.intervals import MOST_UNDEFINED
from mtlbench.stats.resampling import FloatArray, Resample, Score
from mtlbench.stats.seeds import CELLS, LABELS, blocks, generator

IndexArray = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Band:
    """All pairwise differences with simultaneous intervals, `[G, G]` each: of the row's group minus the column's."""

    differences: FloatArray
    half_widths: FloatArray

    @property
    def gap(self) -> tuple[float, float]:
        """The interval of the widest true difference: [max(0, max(|d| − c·se)), max(|d| + c·se)]."""
        wide = np.abs(self.differences)
        return float(max(0.0, (wide - self.half_widths).max())), float((wide + self.half_widths).max())

    def pair(self, first: int, second: int) -> tuple[float, float]:
        """The interval of one difference, which holds though the pair was chosen for it."""
        d, half = float(self.differences[first, second]), float(self.half_widths[first, second])
        return d - half, d + half


def defined(drawn: FloatArray) -> tuple[FloatArray, str | None]:
    """The replicates `[B, G]` in which all groups have a score, and why they are too few to go by, if they are."""
    known = drawn[~np.isnan(drawn).any(axis=1)]
    missing = len(drawn) - len(known)
    if missing > MOST_UNDEFINED * len(drawn):
        return known, f"a group has no score in {missing} of {len(drawn)} resamples"
    return known, None


def share_replicates(
    hits: float, n: int, groups: int, confidence: float, *, resamples: int, seed: int, fingerprint: str
) -> FloatArray:
    """Replicates `[B]` of one of G groups' share of hits, on 0–100, around the share itself.

    n rows are drawn as if there were z²/2 hits and misses more (Agresti and Coull 1998), z being the normal quantile of an
    interval that holds for all pairs: a group without a miss would not vary at all otherwise, and gaps of small groups
    would be covered 91% of the time instead of 95%.
    """
    extra = NormalDist().inv_cdf(1 - (1 - confidence) / (groups * (groups - 1))) ** 2 / 2
    share = (hits + extra) / (n + 2 * extra)
    drawn = generator(seed, fingerprint, CELLS, 0).binomial(n, share, resamples) / n
    return np.asarray(100.0 * (drawn - share + hits / n))


def simultaneous(scores: FloatArray, drawn: FloatArray, confidence: float = 0.95) -> Band:
    """Intervals d ± c·se of all pairwise differences, which hold all at once with the confidence (max-T).

    c is the quantile of max |d* − d| / se over the replicates; a difference that no resample moves has none of it.
    """
    first, second = np.triu_indices(len(scores), 1)
    moved = (drawn[:, first] - drawn[:, second]) - (scores[first] - scores[second])
    errors = moved.std(axis=0)
    scale = np.where(errors > 0, errors, np.inf)
    critical = np.quantile((np.abs(moved) / scale).max(axis=1), confidence)
    halves = np.zeros((len(scores), len(scores)))
    halves[first, second] = halves[second, first] = critical * errors
    return Band(scores[:, None] - scores[None, :], halves)


def expected_gap(around: FloatArray) -> float:
    """The mean of max − min over groups of scores `[B, G]` that differ by chance alone; NaN where none are defined."""
    known = around[~np.isnan(around).any(axis=1)]
    return float(np.ptp(known, axis=1).mean()) if len(known) else float("nan")


def homogeneity(scores: FloatArray, covariance: FloatArray) -> float:
    """p-value of equal scores: Q = (s − s̄)ᵀ Σ⁻¹ (s − s̄) ~ χ²(G − 1), s̄ the mean weighted by Σ⁻¹.

    Of independent groups Q = Σ(s_g − s̄)² / se_g² (Cochran 1954).
    """
    from scipy.special import chdtrc

    inverse = np.linalg.pinv(covariance)
    weights = inverse.sum(axis=0)
    away = scores - weights @ scores / weights.sum()
    return float(chdtrc(len(scores) - 1, max(0.0, away @ inverse @ away)))


def permutation_p(scores: FloatArray, permuted: FloatArray, sizes: FloatArray) -> float:
    """p-value of labels that say nothing: how often T = Σ n_g·(s_g − s̄)², s̄ = Σ n_g·s_g / n, is as large by chance.

    `permuted` `[N, G]` are scores under exchanged labels; p = (1 + #{T* ≥ T}) / (N + 1), where an undefined T* counts. Of
    shares of hits T is Pearson's χ² but for a constant.
    """
    shares = sizes / sizes.sum()

    def spread(values: FloatArray) -> FloatArray:
        away = values - (values @ shares)[..., None]
        return np.asarray((away**2) @ shares)

    observed = float(spread(scores))
    below = np.count_nonzero(spread(permuted) < observed - 1e-9 * max(1.0, observed))
    return (1 + len(permuted) - below) / (len(permuted) + 1)


def permuted_scores(
    rows: FloatArray,
    resample: Resample,
    codes: IndexArray,
    *,
    score: Score | None = None,
    units: IndexArray | None = None,
    within: IndexArray | None = None,
    rounds: int,
    seed: int,
    fingerprint: str,
) -> FloatArray:
    """Scores `[N, G]` of statistics `[n, k]` whose groups `[n]` are exchanged at random.

    `units` `[n]` numbers what keeps a label together (clusters of one group each), `within` `[n]` what labels are exchanged
    inside of (clusters that hold several groups). Where rows have few distinct values and `score` is given, random tables
    of groups × values with the same margins are drawn instead (Patefield 1981): the same law.
    """
    groups = int(codes.max()) + 1
    cells = collapse(rows) if score is not None and units is None and within is None else None
    if cells is not None and score is not None:
        return score(
            _tables(np.bincount(codes), cells.counts, rounds, generator(seed, fingerprint, LABELS, 0)) @ cells.rows
        )
    found = np.empty((rounds, groups))
    start = 0
    for labels in _exchanged(codes, units, within, rounds, seed, fingerprint):
        for group in range(groups):
            weights = (labels == group).astype(np.float64)
            found[start : start + len(labels), group] = resample(weights, rows)
        start += len(labels)
    return found


def _tables(sizes: IndexArray, counts: FloatArray, rounds: int, random: np.random.Generator) -> FloatArray:
    """Random tables `[N, G, c]` of groups × cells with these margins."""
    if len(counts) == 1:  # scipy's tables of one column are wrong (1.17)
        return np.broadcast_to(sizes[:, None].astype(np.float64), (rounds, len(sizes), 1))
    from scipy.stats import random_table

    drawn = random_table(sizes, counts.astype(np.int64)).rvs(rounds, random_state=random)
    return np.asarray(drawn, dtype=np.float64)


def _exchanged(
    codes: IndexArray, units: IndexArray | None, within: IndexArray | None, rounds: int, seed: int, fingerprint: str
) -> Iterator[IndexArray]:
    """Blocks of labels `[b, n]`."""
    _, first, rows = np.unique(
        np.arange(len(codes)) if units is None else units, return_index=True, return_inverse=True
    )
    labels = codes[first]
    inside = np.zeros(len(labels), dtype=np.intp) if within is None else within[first]
    order = np.argsort(inside, kind="stable")
    for block, span in blocks(rounds, len(codes)):
        draw = generator(seed, fingerprint, LABELS, block).random((span.stop - span.start, len(labels)))
        # A number in [0, 1) on top of the place of what it stays inside of: sorted, rows are shuffled there alone.
        shuffled = np.argsort(draw + inside, axis=1)
        exchanged = np.empty(shuffled.shape, dtype=np.intp)
        exchanged[:, order] = labels[shuffled]
        yield exchanged[:, rows]
