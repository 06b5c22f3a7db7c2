"""The contract of an executor: it has every model's requests answered, somewhere, and tells what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol, Self

from mtlbench.engines import Options, Output, Request
from mtlbench.runner.costs import Costs
from mtlbench.runner.events import Notice
from mtlbench.runner.plan import PlannedModel


@dataclass(frozen=True, slots=True)
class Turn:
    """A model's work: `shard(0)` up to `shard(shards - 1)` are its requests; of `examples` operations are counted."""

    model: PlannedModel
    folder: Path
    """The suite's, to which names of files are relative."""
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
class Done:
    """All of a shard is answered, in `seconds`; `loading` is what the model took before its first."""

    model: str
    seconds: float
    loading: float


@dataclass(frozen=True, slots=True)
class Ended:
    """A model's turn is over: what it cost, and why it could not go on."""

    model: str
    costs: Costs
    error: str | None = None


Said = Answered | Ended | Notice


@dataclass(frozen=True, slots=True)
class Places:
    """Where a user wants models to run: what is None or empty was not said."""

    device: str = "auto"
    devices: tuple[str, ...] = ()
    workers: int | None = None
    address: str | None = None


class Executor(Protocol):
    names: ClassVar[tuple[str, ...]]
    takes: ClassVar[frozenset[str]] = frozenset()
    """Keys of `Places` that it heeds."""

    @classmethod
    def at(cls, places: Places) -> Self:
        """Raises InputError where there is no such place."""
        ...

    def options(self) -> Options:
        """What models are planned with, so that they are identified as they will run; raises InputError."""
        ...

    def run(self, turns: Iterable[Turn]) -> Iterator[Said]:
        """Do the turns' work, which need not be in their order; every turn ends with `Ended`, and none of them raises.

        A turn is taken from `turns` when there is room for it, and is told of by its first answer.
        """
        ...
