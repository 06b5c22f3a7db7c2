"""Paired permutation tests of rank scores: all pairs of systems at once, where the score is of Σ coefficient·rank.

An exchange mixes two systems' values, which must then be ranked anew. On the grid of all values that any system has, the
ranks of a mixture follow from counts: with m the examples at each value, A what system i keeps below each value and P
what system j brings (half of those at the value itself counted as below), and likewise B and Q the sums of coefficients
at each value,

    Σ coefficient·mid-rank of the mixture = Σ over values (A_i + P_j)(B_i + Q_j) = A_i·B_i + A_i·Q_j + B_i·P_j + P_j·Q_j.

So each system is sorted, and its counts formed, once for all pairs, and every pair's sum is an entry of a product of
matrices. The same holds of Σ (a_i + s_j)³, a and s the examples kept and brought at each value, from which the spread of
tied ranks follows. All of it is in halves of whole numbers, and so exact.

With n examples, S systems and b patterns that is O(b·n·S) to form and b products `[S, n] @ [n, S]`, where mixing each pair
takes O(b·n·S²) steps, of gathering and adding up, that no matrix product can take.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mtlbench.stats.exchange import Exchange, Pair
from mtlbench.stats.resampling import FloatArray
from mtlbench.stats.sums import PIECE, Floats

_BLOCK = 2**18
"""Numbers at a time in each of the matrices of counts."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Values `[n, c]` that are ranked column by column, and the coefficients `[n, c]` of their ranks.

    `score` makes scores `[...]` of Σ coefficient·mid-rank and Σ over distinct values of (examples that share it)³, each
    `[..., c]`; mid-ranks run from ½, and without `ties` the cubes are left out and are 0.
    """

    values: FloatArray
    coefficients: FloatArray
    score: Callable[[FloatArray, FloatArray], FloatArray]
    ties: bool = False


@dataclass(frozen=True, slots=True)
class RankedPair(Pair):
    """A pair whose systems may also be given as ranks; those of all pairs of one `task` are mixed together."""

    task: str = ""
    ranked: tuple[Ranked, Ranked] | None = None


@dataclass(frozen=True)
class RankExchange(Exchange):
    """Exchanges in which the ranked pairs of a task are scored together, once for each block of patterns."""

    mixtures: dict[str, Mixtures] = field(default_factory=dict)
    places: dict[str, dict[int, int]] = field(default_factory=dict)
    """Task → the place of each system among its mixtures, by the identity of its matrix."""
    scored: dict[str, tuple[Floats, FloatArray]] = field(default_factory=dict)
    """Task → the last block of patterns, and the scores `[b, S, S]` under it."""

    @classmethod
    def of(cls, pairs: Sequence[Pair]) -> Self:
        exchange = super().of(pairs)
        systems: dict[str, dict[int, Ranked]] = {}
        for pair in pairs:
            if isinstance(pair, RankedPair) and pair.ranked is not None:
                first, second = pair.ranked
                systems.setdefault(pair.task, {}).update({id(pair.first): first, id(pair.second): second})
        for task, by_id in systems.items():
            exchange.mixtures[task] = Mixtures(list(by_id.values()))
            exchange.places[task] = {system: place for place, system in enumerate(by_id)}
        return exchange

    def from_rows(self, pair: Pair, swapped: Floats) -> FloatArray:
        if not isinstance(pair, RankedPair) or pair.ranked is None:
            return super().from_rows(pair, swapped)
        before = self.scored.get(pair.task)
        if before is None or before[0] is not swapped:
            whole = np.zeros((len(swapped), pair.size))
            whole[:, self.differ[pair.fingerprint]] = swapped
            scores = self.mixtures[pair.task].scores(whole if pair.units is None else whole[:, pair.units])
            before = self.scored[pair.task] = swapped, scores
        first, second = (self.places[pair.task][id(rows)] for rows in (pair.first, pair.second))
        return before[1][:, first, second] - before[1][:, second, first]


class Mixtures:
    """The scores of all mixtures of two of S systems' outputs, over the same n examples."""

    def __init__(self, systems: Sequence[Ranked]) -> None:
        self._score, self._ties = systems[0].score, systems[0].ties
        self._columns = [
            _Column([each.values[:, c] for each in systems], [each.coefficients[:, c] for each in systems])
            for c in range(systems[0].values.shape[1])
        ]
        self._step = max(1, _BLOCK // max(column.size for column in self._columns))

    def scores(self, swapped: FloatArray) -> FloatArray:
        """Patterns `[b, n]`, 1 where an example is exchanged → scores `[b, S, S]`: the row's, the column's there."""
        return np.concatenate(
            [self._scores(swapped[at : at + self._step]) for at in range(0, len(swapped), self._step)]
        )

    def _scores(self, swapped: FloatArray) -> FloatArray:
        sums, cubes = zip(*(column.mixed(swapped, self._ties) for column in self._columns), strict=True)
        return self._score(np.stack(sums, axis=-1), np.stack(cubes, axis=-1))


class _Column:
    """One column of S systems' values, and the grid of G values that they have between them."""

    def __init__(self, values: Sequence[FloatArray], coefficients: Sequence[FloatArray]) -> None:
        grid, found = np.unique(np.concatenate(values), return_inverse=True)
        self._shape = len(values), len(grid)
        self._systems = [
            _placed(places, loads) for places, loads in zip(np.split(found, len(values)), coefficients, strict=True)
        ]
        counts, loads = self._on_grid(np.ones((1, len(values[0]))))
        self._counts, self._below, self._loads = counts, _below(counts), loads

    @property
    def size(self) -> int:
        return self._shape[0] * self._shape[1]

    def mixed(self, swapped: FloatArray, ties: bool) -> tuple[FloatArray, FloatArray]:
        """Σ coefficient·mid-rank and Σ ties³ of each mixture, `[b, S, S]` each; the second is 0 unless `ties`."""
        brought, load = self._on_grid(swapped)
        below = _below(brought)
        kept_below, kept_load = self._below - below, self._loads - load
        sums = _products(kept_below, load) + _products(kept_load, below)
        sums += np.einsum("bsg,bsg->bs", kept_below, kept_load)[:, :, None]
        sums += np.einsum("bsg,bsg->bs", below, load)[:, None, :]
        return sums, self._cubes(brought) if ties else np.zeros_like(sums)

    def _cubes(self, brought: FloatArray) -> FloatArray:
        """Σ (kept + brought)³, multiplied out."""
        kept = self._counts - brought
        squares = kept * kept, brought * brought
        cubes = 3.0 * (_products(squares[0], brought) + _products(kept, squares[1]))
        cubes += np.einsum("bsg,bsg->bs", squares[0], kept)[:, :, None]
        cubes += np.einsum("bsg,bsg->bs", squares[1], brought)[:, None, :]
        return np.asarray(cubes)

    def _on_grid(self, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Weights `[b, n]` → their sums at each value, and their sums times coefficients, `[b, S, G]` each."""
        counts = np.zeros((len(weights), *self._shape))
        loads = np.zeros_like(counts)
        for system, (order, starts, places, coefficients) in enumerate(self._systems):
            mass = np.take(weights, order, axis=1)
            load = mass * coefficients
            if len(starts) < len(order):
                mass, load = np.add.reduceat(mass, starts, axis=1), np.add.reduceat(load, starts, axis=1)
            whole = slice(None) if len(places) == self._shape[1] else places
            counts[:, system, whole], loads[:, system, whole] = mass, load
        return counts, loads


_Ints = NDArray[np.intp]


def _placed(places: _Ints, coefficients: FloatArray) -> tuple[_Ints, _Ints, _Ints, FloatArray]:
    """Examples by their place on the grid: their order, where each place begins, the places, sorted coefficients."""
    order = np.argsort(places, kind="stable")
    starts = np.flatnonzero(np.diff(places[order], prepend=-1))
    return order, starts, places[order][starts], coefficients[order]


def _below(counts: FloatArray) -> FloatArray:
    """How many lie below each value, half of those at it counted."""
    below = np.cumsum(counts, axis=-1)
    below -= counts / 2.0
    return np.asarray(below)


def _products(first: FloatArray, second: FloatArray) -> FloatArray:
    """`first @ second.T` of each pattern, `[b, S, G]` each → `[b, S, S]`, in pieces that stay on one thread."""
    systems, size = first.shape[1:]
    step = max(1, PIECE // systems**2)
    total = np.zeros((len(first), systems, systems))
    for at in range(0, size, step):
        total += first[:, :, at : at + step] @ second[:, :, at : at + step].swapaxes(1, 2)
    return total
