"""Which worker does which shard of which model next: decisions alone, whatever way they are told and done.

A worker stays with the model that it has loaded while shards of it wait. Then it begins with a new model that fits its
memory; when there is none, it helps the model that would take longest, if loading that again takes less time than is left.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from mtlbench.engines import Identity
from mtlbench.runner.costs import Costs
from mtlbench.runner.events import Notice
from mtlbench.runner.executors.base import Answered, Done, Ended, Said, Turn
from mtlbench.runner.executors.merging import merged

AHEAD = 2
"""Shards that a worker has at most: one that it answers, one that it reads."""

LOSSES = 3
"""Workers that a shard may cost before its model is given up."""

ROOM = 1.25
"""Memory that a model takes, against its weights'."""

WIDTHS = {"float32": 4, "float64": 8}
"""Bytes of a parameter; of other number types, 2."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker has started, with so many bytes of memory for a model; None is any number."""

    memory: int | None


@dataclass(frozen=True, slots=True)
class Lost:
    """A worker is gone, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Begin:
    """Load this model; its shards follow."""

    turn: Turn


@dataclass(frozen=True, slots=True)
class Do:
    """Answer this shard of the model begun last."""

    turn: Turn
    shard: int


@dataclass(frozen=True, slots=True)
class Close:
    """No more shards of the model: tell what they cost. One worker of all `counts` operations."""

    turn: Turn
    counts: bool


Order = Begin | Do | Close


@dataclass(slots=True, eq=False)
class _Work:
    """A turn that was taken."""

    turn: Turn
    waiting: deque[int]
    workers: list[int] = field(default_factory=list)
    """Those that were told to begin and have not said that they ended, in order."""
    begun: list[int] = field(default_factory=list)
    """All that ever were told to begin."""
    costs: dict[int, Costs] = field(default_factory=dict)
    losses: Counter[int] = field(default_factory=Counter)
    answered: dict[int, set[int]] = field(default_factory=dict)
    """Numbers answered of shards that are not done."""
    done: int = 0
    seconds: float = 0.0
    loading: float = 0.0
    counting: int | None = None
    error: str | None = None

    @property
    def left(self) -> float:
        """Seconds that waiting shards take the workers there are; infinite while that is not known."""
        if not self.done or not self.workers:
            return math.inf
        return len(self.waiting) * self.seconds / self.done / len(self.workers)


@dataclass(slots=True, eq=False)
class _Worker:
    memory: int | None = None
    ready: bool = False
    work: _Work | None = None
    shards: deque[int] = field(default_factory=deque)
    """In hand; the first is being answered."""

    def fits(self, turn: Turn) -> bool:
        return self.memory is None or memory_of(turn.model.identity) <= self.memory


class Dispatch:
    """Workers go by number, and a number is never given to another. After every call, `told()` is what is to be said."""

    def __init__(self, turns: Iterable[Turn]) -> None:
        self._turns = iter(turns)
        self._works: dict[str, _Work] = {}
        self._workers: dict[int, _Worker] = {}
        self._said: list[Said] = []
        self._all_taken = False

    @property
    def is_over(self) -> bool:
        return self._all_taken and not self._works

    def told(self) -> list[Said]:
        said, self._said = self._said, []
        return said

    def expect(self, worker: int) -> None:
        """A worker is on its way."""
        self._workers[worker] = _Worker()

    def next(self) -> tuple[int, list[Order]] | None:
        """What one worker is to be told, those with least in hand first; None while there is nothing to tell any."""
        ready = [number for number, worker in self._workers.items() if worker.ready]
        for number in sorted(ready, key=lambda number: len(self._workers[number].shards)):
            if orders := self._orders(number):
                return number, orders
        self._end_stranded()
        return None

    def hear(self, worker: int, said: Said | Done | Ready | Lost) -> None:
        """What a worker tells."""
        mine = self._workers[worker]
        match said:
            case Ready(memory):
                mine.memory, mine.ready = memory, True
            case Answered():
                self._answered(mine, said)
            case Done():
                self._done(mine, said)
            case Ended(model, costs, error):
                self._ended(worker, self._works[model], costs, error)
            case Lost(reason):
                self._lost(worker, reason)
            case Notice():
                self._said.append(said)

    def fail(self, worker: int, error: str) -> None:
        """The requests that the worker was to be told last could not be made."""
        mine = self._workers[worker]
        mine.shards.pop()
        if mine.work is not None:
            self._fail(mine.work, error)

    def _orders(self, number: int) -> list[Order]:
        mine = self._workers[number]
        work = mine.work
        if work is not None and self._stays(mine, work):
            return [self._take(mine, work)]
        if mine.shards:
            return []
        found = self._new(mine) or self._helped(mine)
        closing: list[Order] = (
            [] if work is None or not (found or self._is_finished(work)) else [self._close(number, work)]
        )
        if found is None:
            return closing
        mine.work = found
        found.workers.append(number)
        found.begun.append(number)
        return [*closing, Begin(found.turn), *([self._take(mine, found)] if found.waiting else [])]

    def _stays(self, mine: _Worker, work: _Work) -> bool:
        """Whether it takes a shard of the model it has: ahead of need only where that keeps nobody waiting."""
        if not mine.shards:
            return bool(work.waiting)
        return len(mine.shards) < AHEAD and len(work.waiting) >= len(work.workers)

    def _take(self, mine: _Worker, work: _Work) -> Do:
        mine.shards.append(work.waiting.popleft())
        return Do(work.turn, mine.shards[-1])

    def _close(self, number: int, work: _Work) -> Close:
        self._workers[number].work = None
        counts = work.counting is None
        work.counting = number if counts else work.counting
        return Close(work.turn, counts)

    def _new(self, mine: _Worker) -> _Work | None:
        """The next model that nobody has begun and that fits; those met on the way wait for larger workers."""
        for work in self._works.values():
            if not work.begun and work.error is None and mine.fits(work.turn):
                return work
        for work in self._taken():
            if mine.fits(work.turn):
                return work
        return None

    def _taken(self) -> Iterator[_Work]:
        for turn in self._turns:
            work = self._works[turn.model.name] = _Work(turn, deque(range(turn.shards)))
            yield work
        self._all_taken = True

    def _helped(self, mine: _Worker) -> _Work | None:
        worth = [
            work
            for work in self._works.values()
            if work.waiting and work is not mine.work and mine.fits(work.turn) and work.left > work.loading
        ]
        return max(worth, key=lambda work: (work.left, len(work.waiting)), default=None)

    def _answered(self, mine: _Worker, said: Answered) -> None:
        """Pass on what is new: a shard that is done again gives again what the lost worker answered of it."""
        seen = self._works[said.model].answered.setdefault(mine.shards[0], set())
        fresh = [(number, output) for number, output in said.outputs if number not in seen]
        seen.update(number for number, _ in fresh)
        if fresh:
            self._said.append(Answered(said.model, fresh))

    def _done(self, mine: _Worker, said: Done) -> None:
        work = self._works[said.model]
        work.answered.pop(mine.shards.popleft(), None)
        work.done, work.seconds, work.loading = work.done + 1, work.seconds + said.seconds, said.loading

    def _ended(self, worker: int, work: _Work, costs: Costs, error: str | None) -> None:
        work.costs[worker] = costs
        work.workers.remove(worker)
        if error is not None:
            self._leave(worker)
            self._fail(work, error)
        self._settle(work)

    def _lost(self, worker: int, reason: str) -> None:
        mine = self._workers[worker]
        if mine.work is not None and mine.shards:
            work, shard = mine.work, mine.shards[0]
            work.losses[shard] += 1
            if work.losses[shard] >= LOSSES:
                self._fail(work, f"shard {shard + 1} of its requests ended {LOSSES} workers, the last one so: {reason}")
        self._leave(worker)

    def _leave(self, worker: int) -> None:
        """Forget the worker; what it had in hand waits again, behind the rest, where another is likelier to take it."""
        mine = self._workers.pop(worker)
        if mine.work is not None and mine.work.error is None:
            mine.work.waiting.extend(mine.shards)
        for work in [work for work in self._works.values() if worker in work.workers]:
            work.workers.remove(worker)
            self._settle(work)

    def _fail(self, work: _Work, error: str) -> None:
        work.error = work.error or error
        work.waiting.clear()
        self._settle(work)

    def _is_finished(self, work: _Work) -> bool:
        """Whether no shard of it waits or is in hand."""
        return not work.waiting and not any(worker.shards for worker in self._workers.values() if worker.work is work)

    def _settle(self, work: _Work) -> None:
        """Say once that the turn is over: when all is done or given up, and every worker has told its costs."""
        name = work.turn.model.name
        started = work.begun or work.error is not None
        if name in self._works and started and not work.workers and not work.waiting:
            del self._works[name]
            self._said.append(Ended(name, merged(work.costs, work.begun, work.counting, work.turn.measure), work.error))

    def _end_stranded(self) -> None:
        """Give up models for which there is no worker, nor one on its way."""
        if not self._workers:
            for _ in self._taken():
                pass
        if any(not worker.ready for worker in self._workers.values()):
            return
        for work in list(self._works.values()):
            waits = work.waiting or not work.begun
            if waits and not any(worker.fits(work.turn) for worker in self._workers.values()):
                self._fail(work, self._why_stranded(work.turn))

    def _why_stranded(self, turn: Turn) -> str:
        if not self._workers:
            return "there is no worker left to run it"
        most = max(worker.memory or 0 for worker in self._workers.values())
        needed = memory_of(turn.model.identity)
        return f"it takes about {needed / 1e9:.1f} GB of memory, and the largest worker has {most / 1e9:.1f} GB"


def memory_of(identity: Identity) -> int:
    """Bytes that a model is thought to take: its weights, and room for a batch."""
    return int(ROOM * (identity.parameters or 0) * WIDTHS.get(str(identity.dtype), 2))
