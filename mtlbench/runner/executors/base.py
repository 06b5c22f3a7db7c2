"""The contract of an executor: it has every model's requests answered, somewhere, and tells what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from mtlbench.engines import Options, Output, Request
from mtlbench.runner.costs import Costs
from mtlbench.runner.events import Notice
from mtlbench.runner.plan import PlannedModel


@dataclass(frozen=True, slots=True)
class Turn:
    """A model's work: `shard(0)` up to `shard(shards - 1)` are its requests; of `examples` operations are counted."""

    model: PlannedModel
    options: Options
    measure: frozenset[str]
    shards: int
    shard: Callable[[int], Sequence[Request]]
    examples: Callable[[], Mapping[str, Sequence[Request]]]


@dataclass(frozen=True, slots=True)
class Answered:
    """Outputs of some of a model's requests, by number."""

    model: str
    outputs: Sequence[tuple[int, Output]]


@dataclass(frozen=True, slots=True)
class Ended:
    """A model's turn is over: what it cost, and why it could not go on."""

    model: str
    costs: Costs
    error: str | None = None


Said = Answered | Ended | Notice


class Executor(Protocol):
    names: ClassVar[tuple[str, ...]]

    def run(self, turns: Iterable[Turn]) -> Iterator[Said]:
        """Do the turns' work, which need not be in their order; every turn ends with `Ended`, and none of them raises.

        A turn is taken from `turns` when there is room for it, and is told of by its first answer.
        """
        ...
