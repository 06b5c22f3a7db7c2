"""Sums over answered requests, from which what a request costs is told by its tokens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from mtlbench.engines import Output


class Moments:
    """Σ x·xᵀ over outputs of x = (1, input tokens, output tokens, seconds); what an engine does not tell counts as none."""

    def __init__(self) -> None:
        self.matrix = np.zeros((4, 4))

    def add(self, outputs: Sequence[Output]) -> None:
        rows = [[1, each.input_tokens or 0, each.output_tokens or 0, each.seconds or 0] for each in outputs]
        found = np.asarray(rows, float).reshape(-1, 4)
        self.matrix += found.T @ found

    @classmethod
    def total(cls, several: Iterable[Moments]) -> Moments:
        found = cls()
        for each in several:
            found.matrix += each.matrix
        return found

    @property
    def answers(self) -> int:
        return int(self.matrix[0, 0])

    @property
    def input_tokens(self) -> int:
        return int(self.matrix[0, 1])

    @property
    def output_tokens(self) -> int:
        return int(self.matrix[0, 2])

    @property
    def seconds(self) -> float:
        return float(self.matrix[0, 3])

    def rates(self) -> tuple[float, float, float]:
        """Seconds of an answer, and of each of its input and output tokens: the least squares of which none is below 0,
        scaled to the seconds that were taken altogether.
        """
        products, wanted = self.matrix[:3, :3], self.matrix[:3, 3]
        best, least = np.zeros(3), float("inf")
        for chosen in _subsets(3):
            tried = np.zeros(3)
            tried[chosen] = np.linalg.lstsq(products[np.ix_(chosen, chosen)], wanted[chosen], rcond=1e-9)[0]
            error = float(tried @ products @ tried - 2 * tried @ wanted)
            if (tried >= 0).all() and error < least:
                best, least = tried, error
        told = float(best @ products[0])
        answer, read, written = (best * (self.seconds / told) if told > 0 else best).tolist()
        return answer, read, written


def _subsets(count: int) -> Iterable[Any]:
    return (np.array(some) for size in range(1, count + 1) for some in combinations(range(count), size))
