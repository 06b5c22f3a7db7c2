"""Paired permutation tests: were the two systems' outputs exchanged at random, how often would they differ as much?

Under the null hypothesis either system could have given either output, example by example.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mtlbench.stats.exchange import MOST_ENUMERATED, Exchange, Pair
from mtlbench.stats.resampling import FloatArray

ROUNDS = 9_999


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


@dataclass(frozen=True, slots=True)
class Family:
    """Tests made of one sign matrix: each test's result, and the differences `[rounds, m]` under the same exchanges."""

    tests: list[Permutation]
    exchanged: FloatArray


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
    exchange = Exchange.of(pairs)
    observed = exchange.observed([pairs])[0]
    count = exchange.count
    if np.isnan(observed):
        return _undefined(count)
    exact = count <= MOST_ENUMERATED
    patterns = exchange.all_patterns() if exact else exchange.random_patterns(seed, rounds)
    extreme = sum(_extreme(exchange.differences([pairs], each)[0], observed, pairs) for each in patterns)
    if exact:
        return Permutation(observed, extreme / 2**count, 2**count, count, exact)
    return Permutation(observed, (1 + extreme) / (rounds + 1), rounds, count, exact)


def family_test(
    contrasts: Sequence[Sequence[Pair]], *, seed: int, rounds: int = ROUNDS, exchanging: type[Exchange] = Exchange
) -> Family:
    """`weighted_test` of each of m contrasts, all with the same random exchanges of examples.

    A contrast of at most 14 differing examples is tested exactly; its column of `exchanged` is random all the same.
    `exchanging` is how pairs are scored under an exchange.
    """
    if not all(contrasts):
        raise ValueError("there are no tasks to compare on")
    drawn = np.full((rounds, len(contrasts)), np.nan)
    if not contrasts:
        return Family([], drawn)
    exchange = exchanging.of([pair for pairs in contrasts for pair in pairs])
    start = 0
    for patterns in exchange.random_patterns(seed, rounds):
        columns = exchange.differences(contrasts, patterns)
        stop = start + len(columns[0])
        drawn[start:stop] = np.column_stack(columns)
        start = stop
    tests = []
    for pairs, observed, column in zip(contrasts, exchange.observed(contrasts), drawn.T, strict=True):
        count = Exchange.of(pairs).count
        if count <= MOST_ENUMERATED:
            tests.append(weighted_test(pairs, seed=seed, rounds=rounds))
        elif np.isnan(observed):
            tests.append(_undefined(count))
        else:
            p_value = (1 + _extreme(column, observed, pairs)) / (rounds + 1)
            tests.append(Permutation(observed, p_value, rounds, count, False))
    return Family(tests, drawn)


def _undefined(count: int) -> Permutation:
    return Permutation(None, None, 0, count, False, "the score of one of the systems is not defined")


def _extreme(differences: FloatArray, observed: float, pairs: Sequence[Pair]) -> int:
    """How many differences lie as far from 0 as the observed one; NaN counts, and so do ties up to rounding."""
    # Rounding of scores on 0–100, of which the differences are made.
    tie = 1e-12 * max(1.0, 100.0 * sum(abs(pair.weight) for pair in pairs))
    return int(differences.size - np.count_nonzero(np.abs(differences) < abs(observed) - tie))
