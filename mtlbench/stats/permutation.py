"""Paired permutation tests: were the two systems' outputs exchanged at random, how often would they differ as much?

Under the null hypothesis either system could have given either output, example by example. A pattern of exchanges swaps
the rows of the two statistics matrices, and both systems are scored anew: the mechanism of the bootstrap, with weights
of 0 and 1 over both matrices' rows. Examples on which the rows are equal cannot matter and are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mtlbench.stats.resampling import FloatArray, Resample, Score
from mtlbench.stats.seeds import SIGNS, blocks, generator
from mtlbench.stats.sums import weighted_sums

MOST_ENUMERATED = 14
"""Up to so many differing examples all 2^m patterns are gone through, and the p-value is exact."""

ROUNDS = 9_999

Swaps: TypeAlias = Callable[[FloatArray], FloatArray]
"""Patterns of exchanges `[b, m]`, 1 where an example is exchanged → differences between the systems `[b]`."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two systems' statistics `[n, k]` on one task, and how to score them.

    `score` is given where the score is a function of sums (a metric's `additive`), and makes the test faster. `weight` is
    the task's in a sum over tasks. Tasks with one `fingerprint` are over the same examples, which are exchanged together.
    """

    first: FloatArray
    second: FloatArray
    resample: Resample
    fingerprint: str
    score: Score | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Permutation:
    """`difference` (first − second), its two-sided `p_value`, and what that rests on.

    `rounds` counts the patterns tried, `differing` the examples on which the systems differ; `exact` says that all
    patterns were gone through. Where a score is not defined both numbers are None and `reason` says so.
    """

    difference: float | None
    p_value: float | None
    rounds: int
    differing: int
    exact: bool
    reason: str | None = None


def paired_test(pair: Pair, *, seed: int, rounds: int = ROUNDS) -> Permutation:
    """Tests score(first) = score(second) on one task."""
    return weighted_test([pair], seed=seed, rounds=rounds)


def weighted_test(pairs: Sequence[Pair], *, seed: int, rounds: int = ROUNDS) -> Permutation:
    """Tests Σ weight·(score(first) − score(second)) = 0 over tasks, exchanging within each task.

    p = share of patterns with |T*| ≥ |T|, of all 2^m of them where m ≤ 14 examples differ (over all tasks), else
    (1 + #{|T*| ≥ |T|}) / (rounds + 1). Ties count, up to rounding; so does a pattern that leaves a score undefined: both
    keep the test from rejecting too often. Systems that nowhere differ have p = 1.
    """
    if not pairs:
        raise ValueError("there are no tasks to compare on")
    differ = _differing(pairs)
    swaps = [(pair.fingerprint, pair.weight, _swapper(pair, differ[pair.fingerprint])) for pair in pairs]
    observed = np.array([swap(np.zeros((1, len(differ[name]))))[0] for name, _, swap in swaps])
    weights = np.array([pair.weight for pair in pairs])
    difference = float(weights @ observed)
    count = sum(map(len, differ.values()))
    exact = count <= MOST_ENUMERATED
    if np.isnan(difference):
        return Permutation(None, None, 0, count, exact, "the score of one of the systems is not defined")

    # Rounding of scores on 0–100, of which the differences are made.
    tie = 1e-12 * max(1.0, 100.0 * float(np.abs(weights).sum()))
    sizes = {pair.fingerprint: len(pair.first) for pair in pairs}
    patterns = _all_patterns(sizes, differ) if exact else _random_patterns(sizes, differ, seed, rounds)
    extreme = 0
    for pattern in patterns:
        total = sum(weight * swap(pattern[name]) for name, weight, swap in swaps)
        # Written so that NaN counts as extreme.
        extreme += int(np.size(total) - np.count_nonzero(np.abs(total) < abs(difference) - tie))
    if exact:
        return Permutation(difference, extreme / 2**count, 2**count, count, exact)
    return Permutation(difference, (1 + extreme) / (rounds + 1), rounds, count, exact)


def _differing(pairs: Sequence[Pair]) -> dict[str, NDArray[np.intp]]:
    """The examples, per fingerprint, on which the systems differ in any of its tasks."""
    differ: dict[str, NDArray[np.bool_]] = {}
    for pair in pairs:
        if pair.first.shape != pair.second.shape:
            raise ValueError(f"the systems' statistics differ in shape: {pair.first.shape} and {pair.second.shape}")
        rows = (pair.first != pair.second).any(axis=1)
        before = differ.setdefault(pair.fingerprint, np.zeros_like(rows))
        if len(before) != len(rows):
            raise ValueError(f"the fingerprint {pair.fingerprint} is of {len(before)} examples and of {len(rows)}")
        differ[pair.fingerprint] = before | rows
    return {name: np.flatnonzero(rows) for name, rows in differ.items()}


def _swapper(pair: Pair, rows: NDArray[np.intp]) -> Swaps:
    """The difference between the systems as a function of which of the examples `rows` are exchanged."""
    first, second = pair.first[rows], pair.second[rows]
    if pair.score is not None:
        score, total_first, total_second = pair.score, pair.first.sum(0), pair.second.sum(0)
        apart = first - second

        def from_sums(swapped: FloatArray) -> FloatArray:
            moved = weighted_sums(swapped, apart)
            return score(total_first - moved) - score(total_second + moved)

        return from_sums

    alike = np.delete(pair.first, rows, axis=0)
    both = np.concatenate([alike, first, second])

    def from_rows(swapped: FloatArray) -> FloatArray:
        always, kept = np.ones((len(swapped), len(alike))), 1.0 - swapped
        forth = pair.resample(np.concatenate([always, kept, swapped], axis=1), both)
        return forth - pair.resample(np.concatenate([always, swapped, kept], axis=1), both)

    return from_rows


def _all_patterns(sizes: dict[str, int], differ: dict[str, NDArray[np.intp]]) -> Iterator[dict[str, FloatArray]]:
    """Blocks of all patterns of exchanges, `[b, m_t]` for each fingerprint, 2^m rows in all."""
    counts = [len(rows) for rows in differ.values()]
    for _, rows in blocks(2 ** sum(counts), max(sizes.values())):
        bits = np.arange(rows.start, rows.stop)[:, None] >> np.arange(sum(counts)) & 1
        by_task = np.split(bits.astype(np.float64), np.cumsum(counts)[:-1], axis=1)
        yield dict(zip(differ, by_task, strict=True))


def _random_patterns(
    sizes: dict[str, int], differ: dict[str, NDArray[np.intp]], seed: int, rounds: int
) -> Iterator[dict[str, FloatArray]]:
    """Blocks of random patterns, `[b, m_t]` for each fingerprint, `rounds` rows in all.

    A sign is drawn for every example, differing or not: so it is the same whichever two systems are compared.
    """
    for block, rows in blocks(rounds, max(sizes.values())):
        height = rows.stop - rows.start
        pattern = {}
        for name, n in sizes.items():
            width = -(-n // 8)
            drawn = np.frombuffer(generator(seed, name, SIGNS, block).bytes(height * width), dtype=np.uint8)
            bits = np.unpackbits(drawn.reshape(height, width), axis=1)
            pattern[name] = bits[:, differ[name]].astype(np.float64)
        yield pattern
