"""Per task: losses as a curve, and what was seen; one part of a training's state."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from mtlbench.training.examples import Example

Sums = dict[str, list[float]]
"""Task → sum of losses, and of how many examples."""


class Tally:
    """`curves`: of each task (step, mean loss since the point before), a point every so many steps. `seen`: of each task
    examples and tokens.
    """

    def __init__(self, every: int) -> None:
        self.every = every
        self.curves: dict[str, list[tuple[int, float]]] = {}
        self.seen: dict[str, tuple[int, int]] = {}
        self._since: Sums = {}
        self._epoch: Sums = {}
        self._began = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Since training began; what was lost when it stopped does not count."""
        return time.perf_counter() - self._began

    def add(self, losses: Mapping[str, tuple[float, int]], batch: Sequence[Example]) -> None:
        """A step: of each task in it the sum of losses and how many examples, and the examples."""
        for sums in (self._since, self._epoch):
            for task, (total, count) in losses.items():
                loss, examples = sums.get(task, (0.0, 0))
                sums[task] = [loss + total, examples + count]
        for example in batch:
            examples, tokens = self.seen.get(example.task, (0, 0))
            self.seen[example.task] = (examples + 1, tokens + example.tokens)

    def write_down(self, step: int) -> dict[str, float]:
        """A point of each task's curve, and begin the next; gives the losses."""
        means = _means(self._since)
        for task, loss in means.items():
            self.curves.setdefault(task, []).append((step, round(loss, 6)))
        self._since = {}
        return means

    def epoch_ended(self) -> dict[str, float]:
        """The epoch's mean losses, and begin the next."""
        means, self._epoch = _means(self._epoch), {}
        return means

    def state_dict(self) -> dict[str, Any]:
        sums = {"since": self._since, "epoch": self._epoch}
        return {"curves": self.curves, "seen": self.seen, "seconds": self.seconds, **sums}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.curves, self.seen = dict(state["curves"]), dict(state["seen"])
        self._since, self._epoch = dict(state["since"]), dict(state["epoch"])
        self._began = time.perf_counter() - state["seconds"]


def _means(sums: Sums) -> dict[str, float]:
    return {task: total / count for task, (total, count) in sums.items()}
