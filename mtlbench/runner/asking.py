"""All that one model is asked, by number: the requests of its tasks, one task's after another's."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby

from mtlbench.engines import Request
from mtlbench.runner.plan import Plan, PlannedModel

AT_ONCE = 4_096
"""Requests that are made at once where all are gone through."""


class Asking:
    """Requests are made when they are asked for and not kept, so that memory does not grow with the data."""

    def __init__(self, plan: Plan, model: PlannedModel) -> None:
        self._plan, self.model = plan, model
        counts = [plan.count(model.name, task) for task in model.tasks]
        self._starts = list(accumulate(counts, initial=0))

    def __len__(self) -> int:
        return self._starts[-1]

    def numbers(self, task: str) -> range:
        """Those of a task: its rows', in order, then its variants'."""
        place = self.model.tasks.index(task)
        return range(self._starts[place], self._starts[place + 1])

    def task(self, number: int) -> str:
        """The task that a request is of."""
        return self.model.tasks[bisect_right(self._starts, number) - 1]

    def requests(self, numbers: Sequence[int]) -> list[Request]:
        """Those of these numbers, which are in order."""
        found = []
        for task, mine in groupby(numbers, self.task):
            first = self.numbers(task).start
            found += self._plan.requests(self.model.name, task, _less(list(mine), first), first)
        return found

    def parts(self, task: str) -> Iterator[list[Request]]:
        """All of a task, some at once."""
        first, count = self.numbers(task).start, len(self.numbers(task))
        for start in range(0, count, AT_ONCE):
            places = range(start, min(start + AT_ONCE, count))
            yield self._plan.requests(self.model.name, task, places, first)


def _less(numbers: Sequence[int], first: int) -> list[int]:
    return [number - first for number in numbers]
