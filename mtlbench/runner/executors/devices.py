"""One process for each of several devices of this machine."""

from __future__ import annotations

import itertools
import os
import signal
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from queue import SimpleQueue
from typing import Self

from mtlbench.engines import Options
from mtlbench.runner.environment import cores
from mtlbench.runner.executors.base import Executor, Places, Said, Turn
from mtlbench.runner.executors.crew import drive
from mtlbench.runner.executors.dispatch import Lost
from mtlbench.runner.executors.serving import Heard, Sent, serve
from mtlbench.suite.faults import InputError

SPAWN = get_context("spawn")


class Devices(Executor):
    names = ("devices",)
    takes = frozenset({"devices"})

    def __init__(self, devices: Sequence[str]) -> None:
        """Each is `cpu`, or the number of a GPU as `cuda:0` or `0`; raises InputError."""
        if not devices:
            raise InputError("there is no device", "name some: --devices 0,1")
        kinds = {"cpu" if device == "cpu" else "cuda" for device in devices}
        if len(kinds) > 1:
            raise InputError(
                "outputs of different kinds of devices differ", "name GPUs alone, or cpu as often as you want processes"
            )
        self._kind = kinds.pop()
        self._gpus = [] if self._kind == "cpu" else [_gpu(device) for device in devices]
        self._count = len(devices)

    @classmethod
    def at(cls, places: Places) -> Self:
        return cls(places.devices)

    def options(self) -> Options:
        return Options(self._kind, is_elsewhere=True)  # looked at here, a GPU would lose memory to this process

    def run(self, turns: Iterable[Turn]) -> Iterator[Said]:
        return drive(_Processes(self._count, self._gpus), turns)


def _gpu(device: str) -> str:
    """What CUDA_VISIBLE_DEVICES calls it; raises InputError."""
    import torch

    name, count = device.removeprefix("cuda:"), torch.cuda.device_count()
    if not name.isdecimal() or int(name) >= count:
        there = f"there are {', '.join(map(str, range(count)))}" if count else "there is none"
        raise InputError(f"this machine has no GPU “{device}”: {there}", "cpu,cpu makes two processes without GPUs")
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    return visible.split(",")[int(name)] if visible else name


class _Processes:
    """A process that ends, by whatever cause, closes its pipe; and if this process ends, so do they."""

    def __init__(self, places: int, gpus: Sequence[str]) -> None:
        self.places = places
        self._gpus = gpus
        self._numbers = itertools.count()
        self._running: dict[int, tuple[SpawnProcess, Connection]] = {}

    def start(self, place: int) -> int:
        number, (here, there) = next(self._numbers), SPAWN.Pipe()
        threads = None if self._gpus else max(1, cores() // self.places)
        gpu = self._gpus[place] if self._gpus else ""
        process = SPAWN.Process(target=_work, args=(there, threads, gpu), daemon=True)
        process.start()
        there.close()
        self._running[number] = process, here
        return number

    def send(self, worker: int, sent: Sent) -> None:
        with suppress(OSError):
            self._running[worker][1].send(sent)

    def hear(self, wait: bool) -> list[tuple[int, Heard | Lost]]:
        numbers = {connection: number for number, (_, connection) in self._running.items()}
        ready = _ready(list(numbers), wait)
        return [(numbers[connection], self._heard(numbers[connection])) for connection in ready]

    def end(self, worker: int) -> None:
        process, connection = self._running.pop(worker)
        process.kill()
        process.join()
        connection.close()

    def close(self) -> None:
        for worker in list(self._running):
            self.end(worker)

    def _heard(self, number: int) -> Heard | Lost:
        process, connection = self._running[number]
        try:
            heard: Heard = connection.recv()
        except (EOFError, OSError):
            process.join()
            return Lost(_how_ended(process.exitcode))
        return heard


def _ready(connections: list[Connection], patient: bool) -> list[Connection]:
    return [each for each in wait(connections, None if patient else 0) if isinstance(each, Connection)]


def _how_ended(code: int | None) -> str:
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        return f"{name}: perhaps the machine ran out of memory" if -code == signal.SIGKILL else name
    return f"its process ended with code {code}"


def _work(connection: Connection, threads: int | None, gpu: str) -> None:
    """A process's whole life: it takes in orders while it works, so that who sends them never waits."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the driver's: it closes the pipe
    os.environ["CUDA_VISIBLE_DEVICES"] = gpu
    inbox: SimpleQueue[Sent] = SimpleQueue()
    threading.Thread(target=_take_in, args=(connection, inbox), daemon=True).start()
    with suppress(OSError):
        for heard in serve(inbox.get, threads):
            connection.send(heard)


def _take_in(connection: Connection, inbox: SimpleQueue[Sent]) -> None:
    with suppress(EOFError, OSError):
        while True:
            inbox.put(connection.recv())
    os._exit(0)  # nobody waits for what is being computed
