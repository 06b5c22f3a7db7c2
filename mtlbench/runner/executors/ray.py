"""Workers on a Ray cluster: one for each GPU, or for some cores of a machine's processor."""

from __future__ import annotations

import importlib.util
import itertools
import os
import signal
import threading
from collections.abc import Iterable, Iterator, Sequence
from queue import SimpleQueue
from typing import Any, Self

from mtlbench.engines import Options
from mtlbench.runner.environment import cores
from mtlbench.runner.executors.base import Executor, Places, Said, Turn
from mtlbench.runner.executors.crew import drive
from mtlbench.runner.executors.dispatch import Lost
from mtlbench.runner.executors.serving import Heard, Sent, serve
from mtlbench.suite.faults import InputError

CORES = 4
"""Of a worker without a GPU, where nobody says how many workers there are to be."""

BESIDE_GPU = 2
"""Cores of a worker with a GPU: one reads requests while the other drives the GPU."""


class Ray(Executor):
    names = ("ray",)
    takes = frozenset({"device", "workers", "address"})

    def __init__(self, device: str = "auto", workers: int | None = None, address: str | None = None) -> None:
        """Without an address (or RAY_ADDRESS) a cluster of this machine alone is started, and ended; raises InputError."""
        if importlib.util.find_spec("ray") is None:
            raise InputError("Ray is not installed", "pip install 'mtlbench[ray]'")
        if device not in ("auto", "cpu", "cuda"):
            raise InputError(f"with Ray, `{device}` is no device to choose", "say cpu or cuda: Ray gives out the GPUs")
        self._address = address or os.environ.get("RAY_ADDRESS")
        if (self._address or "").startswith("ray://"):
            hint = "run mtlbench on a machine of the cluster, with --address auto"
            raise InputError("Ray's client protocol (ray://) is not supported", hint)
        self._device, self._workers = device, workers
        self._is_ours = False

    @classmethod
    def at(cls, places: Places) -> Self:
        return cls(places.device, places.workers, places.address)

    def options(self) -> Options:
        self._join()
        _, _, has_gpu = self._shares()
        return Options("cuda" if has_gpu else "cpu", is_elsewhere=True)

    def run(self, turns: Iterable[Turn]) -> Iterator[Said]:
        self._join()
        try:
            yield from drive(_Actors(*self._shares()), turns)
        finally:
            if self._is_ours:
                import ray

                ray.shutdown()

    def _join(self) -> None:
        """Join the cluster, or start one; raises InputError."""
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        import ray

        if ray.is_initialized():
            return
        own = {"num_cpus": cores(), "include_dashboard": False} if self._address is None else {}
        ending = signal.getsignal(signal.SIGTERM)
        try:
            ray.init(self._address or "local", log_to_driver=False, logging_level="error", **own)
        except ConnectionError as error:
            hint = "start one with `ray start --head`; if it has a token, set RAY_AUTH_MODE and RAY_AUTH_TOKEN here too"
            raise InputError(f"no Ray cluster takes us in at {self._address}", hint) from error
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, ending)  # Ray's would end the run without a word
        self._is_ours = True

    def _gpus(self) -> int:
        """GPUs to use; raises InputError where there are none of those asked for."""
        found = 0 if self._device == "cpu" else sum(int(node.get("GPU", 0)) for node in _machines())
        if self._device == "cuda" and not found:
            raise InputError("the Ray cluster has no GPU", "leave out --device, or say cpu")
        return found

    def _shares(self) -> tuple[int, int, bool]:
        """How many workers, the cores of each, and whether each has a GPU; raises InputError."""
        machines = [int(node.get("CPU", 0)) for node in _machines()]
        if not (gpus := self._gpus()):
            return *share(machines, self._workers), False
        if (self._workers or 0) > gpus:
            raise InputError(f"there are to be {self._workers} workers, and the Ray cluster has {gpus} GPUs")
        return self._workers or gpus, min(BESIDE_GPU, sum(machines) // gpus), True


def share(machines: Sequence[int], workers: int | None) -> tuple[int, int]:
    """Workers and the cores of each, as many as can be, so that each lies on one of `machines`, which have so many
    cores; raises InputError where there are more workers than cores.
    """
    most = max(machines, default=0)
    for each in range(most if workers else min(CORES, most), 0, -1):
        count = sum(cores // each for cores in machines)
        if count >= (workers or 1):
            return workers or count, each
    raise InputError(f"{workers or 1} workers need a core each, and the Ray cluster has {sum(machines)} cores")


def _machines() -> list[dict[str, float]]:
    """What each machine of the cluster has."""
    import ray

    return [node["Resources"] for node in ray.nodes() if node["Alive"]]


class Worker:
    """An actor. One thread of it takes in orders, while the other answers."""

    def __init__(self, threads: int | None) -> None:
        self._threads = threads
        self._inbox: SimpleQueue[Sent] = SimpleQueue()

    def work(self) -> Iterator[Heard]:
        yield from serve(self._inbox.get, self._threads)

    def take_in(self, sent: Sent) -> None:
        self._inbox.put(sent)


class _Actors:
    def __init__(self, workers: int, cores_each: int, has_gpu: bool) -> None:
        import ray

        self.places = workers
        self._threads = None if has_gpu else cores_each
        self._class = ray.remote(Worker).options(num_cpus=cores_each, num_gpus=int(has_gpu), max_concurrency=2)
        self._numbers = itertools.count()
        self._running: dict[int, tuple[Any, Any]] = {}

    def start(self, place: int) -> int:
        number, actor = next(self._numbers), self._class.remote(self._threads)
        self._running[number] = actor, actor.work.options(num_returns="streaming").remote()
        return number

    def send(self, worker: int, sent: Sent) -> None:
        self._running[worker][0].take_in.remote(sent)

    def hear(self, wait: bool) -> list[tuple[int, Heard | Lost]]:
        import ray

        numbers = {stream: number for number, (_, stream) in self._running.items()}
        ready, _ = ray.wait(list(numbers), timeout=None if wait else 0)
        return [(numbers[stream], _next(stream)) for stream in ready]

    def end(self, worker: int) -> None:
        import ray

        ray.kill(self._running.pop(worker)[0])

    def close(self) -> None:
        for worker in list(self._running):
            self.end(worker)


def _next(stream: Any) -> Heard | Lost:
    import ray

    try:
        heard: Heard = ray.get(next(stream))
    except ray.exceptions.RayError as error:
        return Lost(" ".join(str(error).split())[:300])
    return heard
