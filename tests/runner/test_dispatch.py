"""Which worker does what next: whatever happens, each request is answered once and each turn ends once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtlbench.engines import Engine, Identity, Options, Output
from mtlbench.runner.costs import CACHED, Costs
from mtlbench.runner.executors import Answered, Ended, Turn
from mtlbench.runner.executors.base import Done
from mtlbench.runner.executors.dispatch import LOSSES, Begin, Close, Dispatch, Do, Lost, Order, Ready, memory_of
from mtlbench.runner.executors.merging import merged
from mtlbench.runner.plan import PlannedModel
from mtlbench.suite.declarations import Model

ROWS = 3
"""Requests in a shard; those of shard s are 3s, 3s + 1, 3s + 2."""


def turn(name: str, shards: int, parameters: int = 0) -> Turn:
    identity = Identity("text2text", "transformers", name, name, Path(), parameters, dtype="float32")
    model = PlannedModel(name, Model(checkpoint=name), Engine, identity, ())
    return Turn(model, Path(), Options(), frozenset({"flops"}), shards, lambda place: (), dict)


def costs(**values: object) -> Costs:
    return Costs(Costs.none(("flops", "energy"), "unknown").unmeasured, **values)  # type: ignore[arg-type]


class Workers:
    """Workers that do at once, or at another time, what they are told."""

    def __init__(self, dispatch: Dispatch, memories: list[int | None]) -> None:
        self.dispatch, self.memories = dispatch, memories
        self.inboxes: dict[int, list[Order]] = {}
        self.partly: dict[int, int] = {}
        self.place: dict[int, int] = {}
        self.said: list[object] = []
        self.orders: list[tuple[int, Order]] = []
        self.count = 0
        for place in range(len(memories)):
            self.start(place)

    def start(self, place: int) -> int:
        worker, self.count = self.count, self.count + 1
        self.inboxes[worker], self.place[worker] = [], place
        self.dispatch.expect(worker)
        self.dispatch.hear(worker, Ready(self.memories[place]))
        return worker

    def tell(self) -> None:
        while (found := self.dispatch.next()) is not None:
            worker, orders = found
            self.inboxes[worker] += orders
            self.orders += [(worker, order) for order in orders]
        self.said += self.dispatch.told()

    def work(self, worker: int, partly: bool = False) -> None:
        """The worker's next order, or one more request of it."""
        match self.inboxes[worker][0]:
            case Do(turn, shard):
                rows = self.partly.pop(worker, 0)
                left = 1 if partly and rows < ROWS - 1 else ROWS - rows
                numbers = range(shard * ROWS + rows, shard * ROWS + rows + left)
                name = turn.model.name
                self.dispatch.hear(worker, Answered(name, [(number, Output(name)) for number in numbers]))
                if rows + left < ROWS:
                    self.partly[worker] = rows + left
                    return
                self.dispatch.hear(worker, Done(name, 1.0, 0.0))
            case Close(turn):
                self.dispatch.hear(worker, Ended(turn.model.name, costs()))
        del self.inboxes[worker][0]

    def fail(self, worker: int) -> bool:
        """Its model fails, if it is at one."""
        order = self.inboxes[worker][0]
        if isinstance(order, Close):
            return False
        self.dispatch.hear(worker, Ended(order.turn.model.name, costs(), "it failed"))
        self.replace(worker)
        return True

    def lose(self, worker: int) -> None:
        self.dispatch.hear(worker, Lost("killed"))
        self.replace(worker)

    def replace(self, worker: int) -> None:
        del self.inboxes[worker]
        self.partly.pop(worker, None)
        self.start(self.place[worker])


@settings(max_examples=100, deadline=None)
@given(st.data(), st.lists(st.tuples(st.integers(0, 7), st.integers(0, 3)), max_size=6), st.integers(1, 4))
def test_every_request_is_answered_once_whatever_happens(
    data: st.DataObject, sizes: list[tuple[int, int]], count: int
) -> None:
    turns = {f"m{n}": turn(f"m{n}", shards, parameters) for n, (shards, parameters) in enumerate(sizes)}
    memories = data.draw(st.lists(st.sampled_from([None, 5, 10]), min_size=count, max_size=count))
    dispatch = Dispatch(turns.values())
    workers, failed = Workers(dispatch, memories), set[str]()
    for _ in range(500):
        workers.tell()
        if dispatch.is_over:
            break
        busy = [worker for worker, inbox in workers.inboxes.items() if inbox]
        waiting = {name for name, work in dispatch._works.items() if work.waiting or not work.begun}
        for worker in set(workers.inboxes) - set(busy):  # none is idle while there is work that it could do
            assert not any(dispatch._workers[worker].fits(turns[name]) for name in waiting)
        worker = data.draw(st.sampled_from(busy))
        what = data.draw(st.sampled_from(["work"] * 6 + ["partly"] * 3 + ["fail", "lose"]))
        name = workers.inboxes[worker][0].turn.model.name
        if what == "lose":
            workers.lose(worker)
        elif what == "fail" and workers.fail(worker):
            failed.add(name)
        else:
            workers.work(worker, what == "partly")
    assert dispatch.is_over
    ended = {said.model: said.error for said in workers.said if isinstance(said, Ended)}
    assert sorted(ended) == sorted(said.model for said in workers.said if isinstance(said, Ended)) == sorted(turns)
    most = max((memory for memory in memories if memory is not None), default=0)
    for name, error in ended.items():
        fits = None in memories or memory_of(turns[name].model.identity) <= most
        assert (error is None) or name in failed or not fits or "ended 3 workers" in error
        assert fits or error is not None
        said = [each for each in workers.said if isinstance(each, Answered) and each.model == name]
        numbers = [number for each in said for number, _ in each.outputs]
        assert len(numbers) == len(set(numbers))
        assert error is not None or sorted(numbers) == list(range(turns[name].shards * ROWS))


def in_order(workers: Workers) -> list[str]:
    """What workers were told, as `worker: what`."""
    spelled = {
        Begin: "begin {0.turn.model.name}",
        Do: "{0.turn.model.name} {0.shard}",
        Close: "close {0.turn.model.name}",
    }
    return [f"{worker}: {spelled[type(order)].format(order)}" for worker, order in workers.orders]


def test_workers_stay_with_their_model_then_begin_another_then_help() -> None:
    workers = Workers(Dispatch([turn("a", 3), turn("b", 6)]), [None, None])
    workers.tell()
    assert in_order(workers) == ["0: begin a", "0: a 0", "1: begin b", "1: b 0", "0: a 1", "1: b 1"]
    workers.orders.clear()
    for _ in range(3):  # begin, and both shards
        workers.work(0)
    workers.tell()
    assert in_order(workers) == ["0: a 2"]
    workers.work(0)
    workers.orders.clear()
    workers.tell()
    assert in_order(workers) == ["0: close a", "0: begin b", "0: b 2", "0: b 3"]


def test_a_model_is_not_loaded_again_for_less_than_loading_takes() -> None:
    dispatch = Dispatch([turn("a", 4)])
    workers = Workers(dispatch, [None])
    workers.tell()
    workers.work(0)
    dispatch.hear(0, Answered("a", [(0, Output(""))]))
    dispatch.hear(0, Done("a", 10.0, loading=100.0))
    del workers.inboxes[0][0]
    workers.start(0)
    workers.orders.clear()
    workers.tell()
    assert in_order(workers) == ["0: a 2"]


@pytest.mark.parametrize(
    ("parameters", "memories", "error"),
    [
        (
            4_000_000_000,
            [8_000_000_000, 16_000_000_000],
            "takes about 20.0 GB of memory, and the largest worker has 16.0 GB",
        ),
        (4_000_000_000, [], "there is no worker left to run it"),
    ],
)
def test_a_model_without_a_worker_ends_with_the_reason(parameters: int, memories: list[int | None], error: str) -> None:
    workers = Workers(Dispatch([turn("large", 2, parameters)]), memories)
    workers.tell()
    (ended,) = (said for said in workers.said if isinstance(said, Ended))
    assert error in str(ended.error)


def test_a_shard_that_ends_every_worker_is_given_up() -> None:
    dispatch = Dispatch([turn("deadly", 1), turn("good", 1)])
    workers = Workers(dispatch, [None])
    workers.tell()
    while not dispatch.is_over:
        ((worker, inbox),) = workers.inboxes.items()
        workers.lose(worker) if inbox[-1].turn.model.name == "deadly" else workers.work(worker)
        workers.tell()
    ended = {said.model: said.error for said in workers.said if isinstance(said, Ended)}
    assert ended == {"good": None, "deadly": "shard 1 of its requests ended 3 workers, the last one so: killed"}
    assert workers.count == LOSSES + 1


def test_costs_of_several_workers() -> None:
    first = costs(peak_memory=5, weight_bytes=2, cold_start=3.0, joules=1.0)
    second = costs(peak_memory=7, weight_bytes=2, cold_start=9.0, joules=2.0, flops={"mood": 4.0})
    both = merged({4: first, 6: second}, [4, 6], counting=6, measure=("flops", "energy"))
    assert (both.peak_memory, both.weight_bytes, both.cold_start, both.joules) == (7, 2, 3.0, 3.0)
    assert both.flops == {"mood": 4.0}
    lost = merged({6: second}, [4, 6], counting=4, measure=("flops", "energy"))
    assert (lost.peak_memory, lost.cold_start, lost.joules, lost.flops) == (7, None, None, {})
    assert set(lost.unmeasured.values()) == {"the worker that measured it was lost"}
    nothing = merged({0: Costs.none((), CACHED)}, [0], counting=0, measure=())
    assert nothing.unmeasured.keys() == {"cold_start", "flops", "energy"}
