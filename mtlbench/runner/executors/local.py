"""One model after the other, in this process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Self

from mtlbench.engines import Options
from mtlbench.engines.bases import BASES
from mtlbench.runner.executors.base import Executor, Places, Said, Turn
from mtlbench.runner.work import work


class Local(Executor):
    names = ("local",)
    takes = frozenset({"device"})

    def __init__(self, device: str = "auto") -> None:
        self._device = device

    @classmethod
    def at(cls, places: Places) -> Self:
        return cls(places.device)

    def options(self) -> Options:
        return Options(self._device)

    def run(self, turns: Iterable[Turn]) -> Iterator[Said]:
        for turn in turns:
            yield from work(turn)
        BASES.release()
