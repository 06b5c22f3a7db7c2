"""Two systems' outputs exchanged example by example, and how far apart their scores then are.

A pattern of exchanges swaps the rows of the two statistics matrices, and both systems are scored anew: the mechanism of
the bootstrap, with weights of 0 and 1 over both matrices' rows. Examples on which the rows are equal cannot matter and are
left out.

Many comparisons are made of one sign matrix: where the score is a function of sums, `swaps @ statistics` is formed once
for each system, and what an exchange moves between two systems is the difference of their two products. So the tests of
all pairs of 16 systems cost 16 products, and their joint distribution is at hand for a max-T correction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mtlbench.stats.resampling import FloatArray, Resample, Score
from mtlbench.stats.seeds import SIGNS, blocks, generator
from mtlbench.stats.sums import Floats, narrowed, weighted_sums

MOST_ENUMERATED = 14
"""Up to so many differing examples all 2^m patterns are gone through, and the p-value is exact."""

Patterns: TypeAlias = Mapping[str, Floats]
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
class Exchange:
    """The units that are exchanged, per fingerprint: those on which any two systems differ in any task.

    Where they are most of many, all are: that changes nothing, and picking them costs more than it saves.
    """

    differ: dict[str, NDArray[np.intp]]
    count: int
    """How many differ, over all fingerprints."""
    sizes: dict[str, int]
    shared: bool
    """Whether there are more pairs than systems, so that products are better formed for each system."""
    totals: dict[int, FloatArray] = field(default_factory=dict)
    """The sums of each system, by the identity of its matrix."""
    rows: dict[tuple[int, ...], Floats] = field(default_factory=dict)
    """The exchanged rows of a system, or how far apart two systems' are, by theirs."""
    stacks: dict[tuple[int, int], tuple[NDArray[np.bool_], FloatArray]] = field(default_factory=dict)
    """Of two systems, by theirs: where they differ, and one matrix of the rows they share and those they do not."""

    @classmethod
    def of(cls, pairs: Sequence[Pair]) -> Self:
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
        count = sum(map(len, found.values()))
        if count > MOST_ENUMERATED:
            found = {
                name: rows if 2 * len(rows) < len(differ[name]) else np.arange(len(differ[name]))
                for name, rows in found.items()
            }
        couples = {(id(pair.first), id(pair.second)) for pair in pairs}
        systems = {each for couple in couples for each in couple}
        return cls(found, count, {pair.fingerprint: pair.size for pair in pairs}, len(couples) > len(systems))

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

    def _difference(self, pair: Pair, swapped: Floats, sums: dict[int, FloatArray]) -> FloatArray:
        if pair.score is None:
            return self.from_rows(pair, swapped)
        rows = self.differ[pair.fingerprint]
        for statistics in (pair.first, pair.second):
            if id(statistics) not in self.totals:
                self.totals[id(statistics)] = statistics.sum(0)
            if self.shared and id(statistics) not in sums:
                sums[id(statistics)] = self._sums(swapped, rows, statistics)
        first, second = id(pair.first), id(pair.second)
        moved = sums[first] - sums[second] if self.shared else self._sums(swapped, rows, pair.first, pair.second)
        forth, back = pair.score(np.stack([self.totals[first] - moved, self.totals[second] + moved]))
        return np.asarray(forth - back)

    def _sums(self, swapped: Floats, rows: NDArray[np.intp], *systems: FloatArray) -> FloatArray:
        """Of one system's exchanged rows, or of how far apart two systems' are."""
        key = tuple(map(id, systems))
        if key not in self.rows:
            first, *others = (statistics[rows] for statistics in systems)
            self.rows[key] = narrowed(first - others[0] if others else first)
        return weighted_sums(swapped, self.rows[key])

    def from_rows(self, pair: Pair, swapped: Floats) -> FloatArray:
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
                chosen = bits if len(self.differ[name]) == n else bits[:, self.differ[name]]
                patterns[name] = chosen[:, :n].astype(np.float32)
            yield patterns
