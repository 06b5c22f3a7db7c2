"""The driver's side: turns become orders to workers, and what they say becomes what is told of the turns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Protocol

from mtlbench.runner.costs import FLOPS
from mtlbench.runner.events import Notice
from mtlbench.runner.executors.base import Ended, Said, Turn
from mtlbench.runner.executors.dispatch import Begin, Close, Dispatch, Do, Lost, Order, Ready
from mtlbench.runner.executors.serving import Closing, Heard, Loading, Sent, Shard

STARTS = 3
"""How often in a row a worker may end before it is ready; then none is started in its place."""


class Crew(Protocol):
    """Workers, each in one of `places`; they go by number, and a number is never given again."""

    places: int

    def start(self, place: int) -> int:
        """Start a worker, which tells when it is ready; returns its number."""
        ...

    def send(self, worker: int, sent: Sent) -> None:
        """Returns at once; a worker that is gone is told of by `hear`."""
        ...

    def hear(self, wait: bool) -> list[tuple[int, Heard | Lost]]:
        """What workers said since, in order; with `wait`, not before one has said something."""
        ...

    def end(self, worker: int) -> None:
        """The worker is not needed any more."""
        ...

    def close(self) -> None:
        """End all."""
        ...


def drive(crew: Crew, turns: Iterable[Turn]) -> Iterator[Said]:
    """Have the crew do all turns."""
    dispatch, starts = Dispatch(turns), _Starts(crew)
    try:
        for place in range(crew.places):
            dispatch.expect(starts.start(place))
        while not dispatch.is_over:
            told = _tell_one(crew, dispatch)
            for worker, said in [] if dispatch.is_over else crew.hear(wait=not told):
                if isinstance(said, Lost):
                    yield Notice(f"a worker was lost: {said.reason}")
                dispatch.hear(worker, said)
                for other in starts.after(worker, said):
                    dispatch.expect(other)
            yield from dispatch.told()
    finally:
        crew.close()


class _Starts:
    """Starts workers, and others in the place of those that were lost, or whose model failed."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._places: dict[int, int] = {}
        self._failed: Counter[int] = Counter()

    def start(self, place: int) -> int:
        self._failed[place] += 1
        worker = self._crew.start(place)
        self._places[worker] = place
        return worker

    def after(self, worker: int, said: Heard | Lost) -> list[int]:
        """The new worker, if one is needed."""
        place = self._places[worker]
        if isinstance(said, Ready):
            self._failed[place] = 0
        if not isinstance(said, Lost) and not (isinstance(said, Ended) and said.error is not None):
            return []
        self._crew.end(worker)
        return [] if self._failed[place] >= STARTS else [self.start(place)]


def _tell_one(crew: Crew, dispatch: Dispatch) -> bool:
    """Send what a worker is to be told next, if there is anything."""
    found = dispatch.next()
    if found is None:
        return False
    worker, orders = found
    for order in orders:
        try:
            sent = _made(order)
        except Exception as error:  # of the model's own rows: the other models go on
            dispatch.fail(worker, f"{type(error).__name__}: {error}")
        else:
            crew.send(worker, sent)
    return True


def _made(order: Order) -> Sent:
    match order:
        case Begin(turn):
            return Loading.of(turn)
        case Do(turn, shard):
            return Shard(turn.shard(shard))
        case Close(turn, counts):
            return Closing(turn.examples() if counts and (FLOPS in turn.measure or turn.options.profile) else {})
