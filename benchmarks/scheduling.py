"""Many models on many GPUs, on paper: what the driver can carry, measured here, and how long a run would take, simulated.

    python benchmarks/scheduling.py [--models 100] [--gpus 64] [--measured]

The simulation asks the executors' own dispatcher which worker does what; speeds of GPUs and of storage are made up, and
stand in MIX. What the driver spends on a request is measured on this machine with `--measured`, else taken from DRIVER.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import json
import pickle
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from mtlbench.checking import load_suite
from mtlbench.engines import Engine, Identity, Options, Output
from mtlbench.runner import Cache, Plan, plan
from mtlbench.runner.asking import Asking
from mtlbench.runner.backlog import SHARD, Backlog
from mtlbench.runner.costs import Costs
from mtlbench.runner.executors import Answered, Ended, Turn
from mtlbench.runner.executors.base import Done
from mtlbench.runner.executors.dispatch import Begin, Close, Dispatch, Do, Lost, Order, Ready
from mtlbench.runner.executors.serving import SENT_ROWS, Shard
from mtlbench.runner.outputs import Outputs
from mtlbench.runner.plan import PlannedModel
from mtlbench.runner.storing import Store
from mtlbench.suite.declarations import Model

TASKS, ROWS = 100, 1_000
CHECKPOINT = Path(__file__).parent.parent / "baselines" / "quickstart" / "multitask"
MEMORY = 80_000_000_000
START, STORAGE = 8.0, 1e9
"""Seconds to start a worker, and bytes that each reads a second; a model takes SETUP seconds more to be ready."""
SETUP = 4.0


class Size(NamedTuple):
    share: float
    parameters: int
    speed: float
    """Examples a second on one GPU."""


MIX = {
    "60 M": Size(0.2, 60_000_000, 1_500),
    "110 M": Size(0.2, 110_000_000, 2_500),
    "220 M": Size(0.3, 220_000_000, 600),
    "770 M": Size(0.2, 770_000_000, 200),
    "3 B": Size(0.1, 3_000_000_000, 60),
}


@dataclass(frozen=True, slots=True)
class Driver:
    """Its seconds by request: to open a turn, to send a shard, to keep outputs in the cache, and to write tables."""

    opening: float
    sending: float
    keeping: float
    writing: float


NONE, DRIVER = Driver(0, 0, 0, 0), Driver(21e-6, 12e-6, 18e-6, 28e-6)


class Fleet:
    """Simulated GPUs, each with an inbox, under the real dispatcher."""

    def __init__(
        self,
        turns: list[Turn],
        gpus: int,
        driver: Driver,
        every: float | None,
        dispatch: type[Dispatch],
        pace: float = 1.0,
    ):
        self._driver, self._every, self._pace = driver, every, pace
        self._chance, self._numbers = random.Random(0), itertools.count()
        self._events: list[tuple[float, int, int, Callable[[], None]]] = []
        self._inboxes: dict[int, list[Order]] = {}
        self._loaded: dict[int, float] = {}
        self._idle: set[int] = set()
        self.busy, self.loads, self.lost = 0.0, 0, 0
        self._free = 0.0
        """When the driver has done what it was given."""
        self.dispatch = dispatch(self._opened(turns))
        for _ in range(gpus):
            self._start(0.0)

    def run(self) -> float:
        """Seconds until all turns are over."""
        now = 0.0
        while not self.dispatch.is_over:
            now, _, worker, happen = heapq.heappop(self._events)
            if worker in self._inboxes:
                self._free = max(self._free, now)
                happen()
                self._tell()
                ended = sum(isinstance(said, Ended) for said in self.dispatch.told())
                self._free += ended * self._driver.writing * TASKS * ROWS
        return self._free

    def _opened(self, turns: list[Turn]) -> Iterator[Turn]:
        for turn in turns:
            self._free += self._driver.opening * turn.shards * SHARD
            yield turn

    def _at(self, when: float, worker: int, happen: Callable[[], None]) -> None:
        heapq.heappush(self._events, (when, next(self._numbers), worker, happen))

    def _start(self, now: float) -> None:
        worker = next(self._numbers)
        self._inboxes[worker] = []
        self._idle.add(worker)
        self.dispatch.expect(worker)
        self._at(now + START, worker, lambda: self.dispatch.hear(worker, Ready(MEMORY)))
        if self._every is not None:
            self._at(now + START + self._chance.expovariate(1 / self._every), worker, lambda: self._lose(worker))

    def _lose(self, worker: int) -> None:
        self.lost += 1
        del self._inboxes[worker]
        self._idle.discard(worker)
        self.dispatch.hear(worker, Lost("killed"))
        self._start(self._free)

    def _tell(self) -> None:
        while (found := self.dispatch.next()) is not None:
            worker, orders = found
            self._inboxes[worker] += orders
            self._free += self._driver.sending * SHARD * sum(isinstance(order, Do) for order in orders)
            if worker in self._idle:
                self._idle.discard(worker)
                self._go_on(worker)

    def _go_on(self, worker: int) -> None:
        if not self._inboxes[worker]:
            self._idle.add(worker)
            return
        order = self._inboxes[worker].pop(0)
        size = MIX[order.turn.model.identity.source]
        seconds = {Begin: SETUP + 4 * size.parameters / STORAGE, Do: SHARD / size.speed / self._pace, Close: 0.0}[
            type(order)
        ]
        if isinstance(order, Begin):
            self._loaded[worker] = seconds
            self.loads += 1
        self._at(self._free + seconds, worker, lambda: self._did(worker, order, seconds))

    def _did(self, worker: int, order: Order, seconds: float) -> None:
        name = order.turn.model.name
        if isinstance(order, Do):
            self.busy += seconds
            self._free += self._driver.keeping * SHARD
            self.dispatch.hear(worker, Done(name, seconds, self._loaded[worker]))
        elif isinstance(order, Close):
            self.dispatch.hear(worker, Ended(name, Costs.none((), "simulated")))
        self._go_on(worker)


class Homeless(Dispatch):
    """Without a preference for the model that a worker has: the next shard is any model's."""

    def _stays(self, mine: object, work: object) -> bool:
        return False

    def _helped(self, mine: object) -> object:  # type: ignore[override]
        waiting = [work for work in self._works.values() if work.waiting]
        return random.Random(len(waiting)).choice(waiting) if waiting else None


class Alone(Dispatch):
    """Without helping."""

    def _helped(self, mine: object) -> object:  # type: ignore[override]
        return next((work for work in self._works.values() if work.waiting and not work.workers), None)


def many(count: int) -> list[Turn]:
    """Models of the mix in a fixed random order, each asked all rows of all tasks."""
    names = [name for name, size in MIX.items() for _ in range(round(count * size.share))]
    random.Random(0).shuffle(names)
    shards = -(-TASKS * ROWS // SHARD)
    turns = []
    for number, name in enumerate(names):
        identity = Identity("text2text", "transformers", name, "", Path(), MIX[name].parameters, dtype="bfloat16")
        model = PlannedModel(f"m{number}", Model(checkpoint=name), Engine, identity, ())
        turns.append(Turn(model, Path(), Options(), frozenset(), shards, lambda place: (), dict))
    return turns


def simulate(count: int, gpus: int, driver: Driver) -> None:
    turns = many(count)
    work = sum(turn.shards * SHARD / MIX[turn.model.identity.source].speed for turn in turns)
    loading = sum(SETUP + 4 * MIX[turn.model.identity.source].parameters / STORAGE for turn in turns)
    bound = START + (work + loading) / gpus
    print(
        f"\n{len(turns)} models × {TASKS} tasks × {ROWS:,} rows on {gpus} GPUs: {work / 3600:.1f} GPU hours to answer,"
    )
    print(f"and with every model loaded once no schedule takes less than {bound / 60:.1f} min\n")
    longest = sorted(turns, key=lambda turn: MIX[turn.model.identity.source].speed)
    shards = sum(turn.shards for turn in turns)
    needs = driver.opening + driver.sending + driver.keeping + driver.writing
    rows: dict[str, Fleet] = {
        "as they stand in the suite": Fleet(turns, gpus, NONE, None, Dispatch),
        "the slowest model first": Fleet(longest, gpus, NONE, None, Dispatch),
        "the slowest model last": Fleet(longest[::-1], gpus, NONE, None, Dispatch),
        "a worker lost every hour of its own": Fleet(turns, gpus, NONE, 3600, Dispatch),
        "… every 10 minutes of its own": Fleet(turns, gpus, NONE, 600, Dispatch),
        "no helping: a model has one GPU": Fleet(turns, gpus, NONE, None, Alone),
        "no preference for the loaded model": Fleet(turns, gpus, NONE, None, Homeless),
        f"with a driver of {needs * 1e6:.0f} µs a request": Fleet(turns, gpus, driver, None, Dispatch),
        "… and models a tenth as fast": Fleet(turns, gpus, driver, None, Dispatch, pace=0.1),
    }
    print(f"{'':<38}{'minutes':>8}{'of bound':>10}{'GPUs busy':>11}{'loads':>7}{'lost':>6}")
    for name, fleet in rows.items():
        seconds = fleet.run()
        share = fleet.busy / gpus / seconds
        against = "" if name.endswith("as fast") else f"{seconds / bound:.2f}×"
        line = f"{name:<38}{seconds / 60:>8.1f}{against:>10}{share:>11.0%}{fleet.loads:>7}{fleet.lost:>6}"
        print(line, flush=True)
    print(f"\nThe driver alone needs {needs * shards * SHARD / 60:.1f} min for it.")


def seconds_of(work: Callable[[], object], rounds: int = 3) -> float:
    """Median of the processor's seconds."""
    found = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return sorted(found)[rounds // 2]


def planned(folder: Path, rows: int) -> Plan:
    """Ten tasks of rows of about 60 words, as they are asked of the quickstart's model."""
    chance, tasks = random.Random(0), {}
    words = [f"word{number}" for number in range(2_000)]
    for number in range(10):
        texts = [" ".join(chance.choices(words, k=chance.randint(20, 100))) for _ in range(rows)]
        lines = [json.dumps({"text": text, "answer": text[:40]}) for text in texts]
        (folder / f"{number}.jsonl").write_text("\n".join(lines))
        data = {"path": f"{number}.jsonl"}
        tasks[f"t{number}"] = {"kind": "summarization", "data": data, "input": "say: {text}", "reference": "answer"}
    suite = {"version": 1, "name": "carried", "models": {"m": {"checkpoint": str(CHECKPOINT)}}, "tasks": tasks}
    (folder / "suite.yaml").write_text(json.dumps(suite))
    return plan(load_suite(folder / "suite.yaml"), output=folder, options=Options("cpu"))


def measure(rows: int) -> Driver:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        laid = planned(folder, rows)
        with Cache(folder / "cache") as cache:
            return _measured(laid, cache)


def _measured(laid: Plan, cache: Cache) -> Driver:
    outputs, asking = Outputs(cache, print), Asking(laid, laid.models["m"])
    opening = seconds_of(lambda: Backlog(asking, laid.versions, outputs)) / len(asking)
    backlog = Backlog(asking, laid.versions, outputs)
    requests = backlog.shard(0)
    making = seconds_of(lambda: backlog.shard(0)) / SHARD
    pickling = seconds_of(lambda: pickle.dumps(Shard(requests))) / SHARD
    answers = [(request.number, Output(request.text[:60], 80, 12, 0.01)) for request in requests]
    parts = [answers[start : start + SENT_ROWS] for start in range(0, len(answers), SENT_ROWS)]
    answered = [pickle.dumps(Answered("m", part)) for part in parts]
    reading = seconds_of(lambda: [pickle.loads(part) for part in answered]) / SHARD
    numbers = itertools.count()
    keeping = seconds_of(lambda: _keep(outputs, parts, next(numbers)), 15) / SHARD
    outputs.put([(backlog.key(number), Output(f"word{number}", 80, 12, 0.01)) for number in range(len(asking))])
    store, costs = Store(laid, asking, backlog, outputs), {"peak_memory": None}
    writing = seconds_of(lambda: [store.pair(task, None, costs) for task in laid.tasks]) / len(asking)
    sizes = [len(pickle.dumps(Shard(requests))) / 1e3, sum(map(len, answered)) / 1e3]
    print(f"a shard of {SHARD:,} requests is {sizes[0]:,.0f} kB pickled, its outputs {sizes[1]:,.0f} kB")
    print("the driver's microseconds a request:")
    for what, seconds in (
        ("key it, and look it up in the cache", opening), ("make it for its shard", making), ("pickle it", pickling),
        ("read its output", reading), ("keep the output in the cache", keeping), ("write it to the tables", writing),
    ):  # fmt: skip
        print(f"  {what:<38}{seconds * 1e6:>6.1f}")
    return Driver(opening, making + pickling, reading + keeping, writing)


def _keep(outputs: Outputs, parts: list[list[tuple[int, Output]]], number: int) -> None:
    """Put the outputs in the cache, under keys that no other number gives."""
    for part in parts:
        outputs.put([(sha256(b"%d %d" % (number, place)).digest(), output) for place, output in part])


def contend(runs: int, seconds: float = 4.0) -> None:
    """Several runs write one cache."""
    part = [(number, Output("an answer of a few words", 80, 12, 0.01)) for number in range(SENT_ROWS)]
    with tempfile.TemporaryDirectory() as folder, get_context("spawn").Pool(runs) as pool, Cache(Path(folder)):
        told = pool.starmap(_write, [(Path(folder), [part], run, seconds) for run in range(runs)])
    rates, longest = zip(*told, strict=True)
    total = sum(rates) * SENT_ROWS
    print(f"{runs} runs on one cache: {total:,.0f} outputs a second in all, one wait at most {max(longest):.2f} s")


def _write(folder: Path, parts: list[list[tuple[int, Output]]], run: int, seconds: float) -> tuple[float, float]:
    """Batches that were put a second, and the longest that one took."""
    longest, count, began = 0.0, 0, time.monotonic()
    with Cache(folder) as cache:
        outputs = Outputs(cache, print)
        while time.monotonic() - began < seconds:
            since = time.monotonic()
            _keep(outputs, parts, run * 1_000_000 + count)
            longest, count = max(longest, time.monotonic() - since), count + 1
    return count / (time.monotonic() - began), longest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=100)
    parser.add_argument("--gpus", type=int, default=64)
    parser.add_argument("--measured", action="store_true", help="measure what the driver spends, on this machine")
    parser.add_argument("--rows", type=int, default=2_000, help="of each of ten tasks, where it is measured")
    arguments = parser.parse_args()
    driver = DRIVER
    if arguments.measured:
        driver = measure(arguments.rows)
        for runs in (1, 2, 4):
            contend(runs)
    simulate(arguments.models, arguments.gpus, driver)


if __name__ == "__main__":
    main()
