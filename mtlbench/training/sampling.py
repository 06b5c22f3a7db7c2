"""Which example comes next: a mixture of tasks drawn by rates, and of each task its rows, pass after pass."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np

from mtlbench.suite.recipe import Sampling

Rows = Mapping[str, int]
"""Of each task, how many there are."""
Rates = dict[str, float]
Order = np.typing.NDArray[np.intp]
"""Numbers of rows."""

START_COMPETENCE = 0.01
"""c₀ of a curriculum: the share of a task's rows, the easiest, that is drawn from at first."""
SHARED_ALIKE = 0.1
"""ε of loss-based sampling: the share of examples drawn alike from all tasks, so that none starves."""


class Mixture:
    """An endless stream of (task, row) pairs, of one stage of training.

    Each pass over a task's rows takes every one of them once, in a new order. The stream depends on the seed, the names
    of the tasks and their rows alone, not on the order in which they are given. It is drawn example by example: two
    draws of 3 give what one of 6 does, unless losses were observed between them.

    sampling: strategy and its options; a cap counts min(rows, cap) (T5's K; Raffel et al. 2020, §3.5.2).
    rows: of each task of the stage, how many there are.
    difficulty: of each row of each task, for `curriculum` only: lengths, or a column of numbers.
    earlier, rehearsal: rows of earlier stages' tasks, and the share of examples drawn of them, in proportion to rows.

    Raises ValueError for a task without rows, weights that do not fit the tasks, or a missing or undefined difficulty.
    """

    def __init__(
        self,
        sampling: Sampling,
        rows: Rows,
        seed: int,
        difficulty: Mapping[str, Sequence[float]] | None = None,
        earlier: Rows | None = None,
        rehearsal: float = 0.0,
    ) -> None:
        self._sampling, self._seed, self._rehearsal = sampling, seed, rehearsal
        self._own = dict(sorted(rows.items()))
        self._earlier = dict(sorted((earlier or {}).items())) if rehearsal else {}
        self._rows = self._own | self._earlier
        empty = [task for task, number in self._rows.items() if number < 1]
        if empty or not self._own:
            raise ValueError(f"there are no rows to draw of {', '.join(empty) or 'no tasks'}")
        self._difficulty = _ranked(self._own, difficulty or {}) if sampling.strategy == "curriculum" else {}
        self._losses: dict[str, float] = {}
        self._tasks = _random(seed, "tasks")
        self._orders: dict[str, tuple[int, Order]] = {}
        self.counts: dict[str, int] = dict.fromkeys(self._rows, 0)
        """Examples drawn of each task."""
        self.probabilities()  # which raises what it has to say now, not at the first draw

    def probabilities(self) -> Rates:
        """Of each task, that the next example is of it; they add up to 1."""
        rates = _shares(RATES[self._sampling.strategy](self._sampling, self._own, self._losses))
        if not self._earlier:
            return rates
        rehearsed = _shares(self._earlier)
        return {
            task: (1 - self._rehearsal) * rates.get(task, 0.0) + self._rehearsal * rehearsed.get(task, 0.0)
            for task in self._rows
        }

    def draw(self, count: int) -> list[tuple[str, int]]:
        """The next examples: a task, and the number of one of its rows."""
        rates = self.probabilities()
        tasks, bounds = list(rates), np.cumsum(list(rates.values()))
        drawn = np.searchsorted(bounds / bounds[-1], self._tasks.random(count), side="right")
        return [(tasks[number], self._next_row(tasks[number])) for number in drawn]

    def observe(self, losses: Mapping[str, float]) -> None:
        """The latest mean losses, of all tasks or some, by which `loss` draws from now on."""
        for task, loss in losses.items():
            if not isfinite(loss):
                raise ValueError(f"the loss of {task} is {loss}: training has diverged")
        self._losses |= {task: loss for task, loss in losses.items() if task in self._own}

    def state_dict(self) -> dict[str, Any]:
        """Numbers and names, fit for JSON, from which a mixture made alike goes on just as this one would."""
        return {"tasks": self._tasks.bit_generator.state, "counts": dict(self.counts), "losses": dict(self._losses)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._tasks.bit_generator.state = state["tasks"]
        self.counts, self._losses = dict(state["counts"]), dict(state["losses"])

    def _next_row(self, task: str) -> int:
        turn, position = divmod(self.counts[task], self._rows[task])
        if task not in self._orders or self._orders[task][0] != turn:
            self._orders[task] = turn, self._order(task, turn)
        self.counts[task] += 1
        return int(self._orders[task][1][position])

    def _order(self, task: str, turn: int) -> Order:
        """Row numbers of a task in the order of a pass; a function of seed, task and pass alone."""
        random = _random(self._seed, "rows", task, turn)
        if turn == 0 and task in self._difficulty:
            return _by_competence(self._difficulty[task], random)
        return random.permutation(self._rows[task])


def _power(exponent: Callable[[Sampling], float]) -> Callable[[Sampling, Rows, Mapping[str, float]], Rates]:
    """rₜ ∝ min(rowsₜ, cap) ^ exponent (Raffel et al. 2020, §3.5.2: the examples cap K, and exponent 1/temperature)."""

    def rates(sampling: Sampling, rows: Rows, losses: Mapping[str, float]) -> Rates:
        counted = {task: min(number, sampling.cap or number) for task, number in rows.items()}
        largest = max(counted.values())
        return {task: (number / largest) ** exponent(sampling) for task, number in counted.items()}

    return rates


def _by_weights(sampling: Sampling, rows: Rows, losses: Mapping[str, float]) -> Rates:
    """rₜ as declared; weights of tasks that this mixture has not are left out."""
    weights = sampling.weights or {}
    if missing := rows.keys() - weights.keys():
        raise ValueError(f"sampling has no weight for {', '.join(sorted(missing))}")
    if not any(weights[task] for task in rows):
        raise ValueError(f"sampling has weight 0 for {', '.join(rows)}, so there is nothing to draw")
    return {task: weights[task] for task in rows}


def _by_loss(sampling: Sampling, rows: Rows, losses: Mapping[str, float]) -> Rates:
    """rₜ = (1 − ε) · Lₜ / ΣL + ε / T.

    Dynamic sampling by how far a task is from done (Gottumukkala et al. 2020; here by the loss itself), with the floor of
    Exp3 (Auer et al. 2002). Losses below 0 count 0; a task whose loss is not known yet counts the mean of those that are.
    """
    known = [max(losses[task], 0.0) for task in rows if task in losses]
    mean = sum(known) / len(known) if known else 0.0
    shares = _shares({task: max(losses.get(task, mean), 0.0) if mean else 1.0 for task in rows})
    return {task: (1 - SHARED_ALIKE) * share + SHARED_ALIKE / len(rows) for task, share in shares.items()}


RATES: dict[str, Callable[[Sampling, Rows, Mapping[str, float]], Rates]] = {
    "proportional": _power(lambda sampling: 1.0),
    "curriculum": _power(lambda sampling: 1.0),
    "sqrt": _power(lambda sampling: 0.5),
    "uniform": _power(lambda sampling: 0.0),
    "temperature": _power(lambda sampling: 1 / sampling.temperature),
    "weights": _by_weights,
    "loss": _by_loss,
}
"""By strategy: of each task, a number to which its probability is proportional."""


def _shares(numbers: Mapping[str, float]) -> Rates:
    total = sum(numbers.values())
    return {task: number / total for task, number in numbers.items()}


def _random(seed: int, *subject: object) -> np.random.Generator:
    """Random numbers for this subject alone."""
    key = hashlib.sha256(":".join(map(str, (seed, *subject))).encode()).digest()
    return np.random.default_rng(int.from_bytes(key, "big"))


def _ranked(rows: Rows, difficulty: Mapping[str, Sequence[float]]) -> dict[str, Order]:
    """Of each task, the numbers of its rows, easiest first, rows alike in their own order."""
    for task, number in rows.items():
        values = difficulty.get(task, ())
        if len(values) != number or not np.isfinite(values).all():
            raise ValueError(
                f"a curriculum needs how difficult each of the {number} rows of {task} is, as a finite number"
            )
    return {task: np.argsort(difficulty[task], kind="stable") for task in rows}


def _by_competence(easiest: Order, random: np.random.Generator) -> Order:
    """One pass in the order of a curriculum (Platanios et al. 2019): the n-th row is drawn from the easiest share c(n).

    c(n) = min(1, √(c₀² + (1 − c₀²) · n / rows)), their square-root competence, whole at the end of the pass. Unlike theirs,
    rows are drawn without replacement, so that a pass takes each row once; as √(n / rows) ≥ n / rows, one is always left.
    """
    rows = len(easiest)
    competence = np.sqrt(START_COMPETENCE**2 + (1 - START_COMPETENCE**2) * np.arange(rows) / rows)
    admitted: list[int] = []
    order: list[int] = []
    for limit, share in zip(np.ceil(competence * rows).astype(int), random.random(rows), strict=True):
        admitted.extend(easiest[len(order) + len(admitted) : limit])
        chosen = int(share * len(admitted))
        admitted[chosen], admitted[-1] = admitted[-1], admitted[chosen]
        order.append(admitted.pop())
    return np.array(order)
