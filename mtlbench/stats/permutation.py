"""Paired permutation tests: were the two systems' outputs exchanged at random, how often would they differ as much?

Under the null hypothesis either system could have given either output, example by example. A pattern of exchanges swaps
the rows of the two statistics matrices, and both systems are scored anew: the mechanism of the bootstrap, with weights
of 0 and 1 over both matrices' rows. Examples on which the rows are equal cannot matter and are left out.

Many comparisons are made of one sign matrix: where the score is a function of sums, `swaps @ statistics` is formed once
for each system, and what an exchange moves between two systems is the difference of their two products. So the tests of
all pairs of 16 systems cost 16 products, and their joint distribution is at hand for a max-T correction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mtlbench.stats.resampling import FloatArray, Resample, Score
from mtlbench.stats.seeds import SIGNS, blocks, generator
from mtlbench.stats.sums import weighted_sums

MOST_ENUMERATED = 14
"""Up to so many differing examples all 2^m patterns are gone through, and the p-value is exact."""

ROUNDS = 9_999

Patterns: TypeAlias = Mapping[str, FloatArray]
"""Fingerprint → patterns of exchanges `[b, m]`, 1 where an example is exchanged."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two systems' statistics `[n, k]` on one task, and how to score them.

    `score` is given where the score is a function of sums (a metric's `additive`), and makes the test faster. `weight` is
    the task's in a sum over tasks. Tasks with one `fingerprint` are over the same examples, which are exchanged together.
    `units` `[n]` numbers the cluster of each row, from 0 and none left out, where whole clusters are exchanged; rows that
    can be summed are better summed by cluster beforehand.
    """

    first: FloatArray
    second: FloatArray
    resample: Resample
    fingerprint: str
    score: Score | None = None
    weight: float = 1.0
    units: NDArray[np.intp] | None = None

    @property
    def size(self) -> int:
        """How many units can be exchanged."""
        return len(self.first) if self.units is None else int(self.units.max(initial=-1)) + 1


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
    exchange = _Exchange.of(pairs)
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


def family_test(contrasts: Sequence[Sequence[Pair]], *, seed: int, rounds: int = ROUNDS) -> Family:
    """`weighted_test` of each of m contrasts, all with the same random exchanges of examples.

    A contrast of at most 14 differing examples is tested exactly; its column of `exchanged` is random all the same.
    """
    if not all(contrasts):
        raise ValueError("there are no tasks to compare on")
    drawn = np.full((rounds, len(contrasts)), np.nan)
    if not contrasts:
        return Family([], drawn)
    exchange = _Exchange.of([pair for pairs in contrasts for pair in pairs])
    start = 0
    for patterns in exchange.random_patterns(seed, rounds):
        columns = exchange.differences(contrasts, patterns)
        stop = start + len(columns[0])
        drawn[start:stop] = np.column_stack(columns)
        start = stop
    tests = []
    for pairs, observed, column in zip(contrasts, exchange.observed(contrasts), drawn.T, strict=True):
        count = _Exchange.of(pairs).count
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


@dataclass(frozen=True, slots=True)
class _Exchange:
    """The units that are exchanged, per fingerprint: all on which any two systems differ in any task."""

    differ: dict[str, NDArray[np.intp]]
    sizes: dict[str, int]
    shared: bool
    """Whether there are more pairs than systems, so that products are better formed for each system."""
    totals: dict[int, FloatArray] = field(default_factory=dict)
    rows: dict[int, FloatArray] = field(default_factory=dict)
    """The sums and the differing rows of each system, by the identity of its matrix."""
    stacks: dict[tuple[int, int], tuple[NDArray[np.bool_], FloatArray]] = field(default_factory=dict)
    """Of two systems, by theirs: where they differ, and one matrix of the rows they share and those they do not."""

    @classmethod
    def of(cls, pairs: Sequence[Pair]) -> _Exchange:
        differ: dict[str, NDArray[np.bool_]] = {}
        for pair in pairs:
            if pair.first.shape != pair.second.shape:
                raise ValueError(f"the systems' statistics differ in shape: {pair.first.shape} and {pair.second.shape}")
            rows = (pair.first != pair.second).any(axis=1)
            if pair.units is not None:
                rows = np.bincount(pair.units, rows, pair.size) > 0
            before = differ.setdefault(pair.fingerprint, np.zeros_like(rows))
            if len(before) != len(rows):
                raise ValueError(f"the fingerprint {pair.fingerprint} is of {len(before)} examples and of {len(rows)}")
            differ[pair.fingerprint] = before | rows
        found = {name: np.flatnonzero(rows) for name, rows in differ.items()}
        couples = {(id(pair.first), id(pair.second)) for pair in pairs}
        systems = {each for couple in couples for each in couple}
        return cls(found, {pair.fingerprint: pair.size for pair in pairs}, len(couples) > len(systems))

    @property
    def count(self) -> int:
        return sum(map(len, self.differ.values()))

    def observed(self, contrasts: Sequence[Sequence[Pair]]) -> list[float]:
        """Each contrast's difference where nothing is exchanged."""
        nothing = {name: np.zeros((1, len(rows))) for name, rows in self.differ.items()}
        return [float(values[0]) for values in self.differences(contrasts, nothing)]

    def differences(self, contrasts: Sequence[Sequence[Pair]], patterns: Patterns) -> list[FloatArray]:
        """Σ weight·(score(first) − score(second)) of each contrast under each pattern, `[b]`."""
        sums: dict[int, FloatArray] = {}
        made: dict[tuple[int, int, str], FloatArray] = {}
        found = []
        for pairs in contrasts:
            total = np.zeros(len(next(iter(patterns.values()))))
            for pair in pairs:
                key = (id(pair.first), id(pair.second), pair.fingerprint)
                if key not in made:
                    made[key] = self._difference(pair, patterns[pair.fingerprint], sums)
                total = total + pair.weight * made[key]
            found.append(total)
        return found

    def _difference(self, pair: Pair, swapped: FloatArray, sums: dict[int, FloatArray]) -> FloatArray:
        if pair.score is None:
            return self._from_rows(pair, swapped)
        rows = self.differ[pair.fingerprint]
        for statistics in (pair.first, pair.second):
            if id(statistics) not in self.rows:
                self.rows[id(statistics)], self.totals[id(statistics)] = statistics[rows], statistics.sum(0)
            if self.shared and id(statistics) not in sums:
                sums[id(statistics)] = weighted_sums(swapped, self.rows[id(statistics)])
        first, second = id(pair.first), id(pair.second)
        apart = self.rows[first] - self.rows[second] if not self.shared else None
        moved = sums[first] - sums[second] if apart is None else weighted_sums(swapped, apart)
        return pair.score(self.totals[first] - moved) - pair.score(self.totals[second] + moved)

    def _from_rows(self, pair: Pair, swapped: FloatArray) -> FloatArray:
        """As both systems' rows, weighted by 0 and 1, are scored anew."""
        couple = id(pair.first), id(pair.second)
        if couple not in self.stacks:
            rows = (pair.first != pair.second).any(axis=1)
            self.stacks[couple] = rows, np.concatenate([pair.first[~rows], pair.first[rows], pair.second[rows]])
        rows, both = self.stacks[couple]
        whole = np.zeros((len(swapped), pair.size))
        whole[:, self.differ[pair.fingerprint]] = swapped
        if pair.units is not None:
            whole = whole[:, pair.units]
        always, exchanged = np.ones((len(whole), int((~rows).sum()))), whole[:, rows]
        forth = pair.resample(np.concatenate([always, 1.0 - exchanged, exchanged], axis=1), both)
        return forth - pair.resample(np.concatenate([always, exchanged, 1.0 - exchanged], axis=1), both)

    def all_patterns(self) -> Iterator[Patterns]:
        """Blocks of all patterns, 2^m rows in all."""
        counts = [len(rows) for rows in self.differ.values()]
        for _, rows in blocks(2 ** sum(counts), max(self.sizes.values())):
            bits = np.arange(rows.start, rows.stop)[:, None] >> np.arange(sum(counts)) & 1
            by_task = np.split(bits.astype(np.float64), np.cumsum(counts)[:-1], axis=1)
            yield dict(zip(self.differ, by_task, strict=True))

    def random_patterns(self, seed: int, rounds: int) -> Iterator[Patterns]:
        """Blocks of random patterns, `rounds` rows in all.

        A sign is drawn for every example, differing or not: so it is the same whichever two systems are compared.
        """
        for block, rows in blocks(rounds, max(self.sizes.values())):
            height = rows.stop - rows.start
            patterns = {}
            for name, n in self.sizes.items():
                width = -(-n // 8)
                drawn = np.frombuffer(generator(seed, name, SIGNS, block).bytes(height * width), dtype=np.uint8)
                bits = np.unpackbits(drawn.reshape(height, width), axis=1)
                patterns[name] = bits[:, self.differ[name]].astype(np.float64)
            yield patterns
