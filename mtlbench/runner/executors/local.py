"""One model after the other, in this process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mtlbench.engines.bases import BASES
from mtlbench.runner.executors.base import Executor, Said, Turn
from mtlbench.runner.work import work


class Local(Executor):
    names = ("local",)

    def run(self, turns: Iterable[Turn]) -> Iterator[Said]:
        for turn in turns:
            yield from work(turn)
        BASES.release()
