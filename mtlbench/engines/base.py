"""The contract of an engine: load a checkpoint, answer requests in any order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

from mtlbench.suite.declarations import Generation, Model


@dataclass(frozen=True, slots=True)
class Request:
    """What an engine is asked; outputs carry `number`, so that order survives any batching.

    `generation` is complete: the suite's keys over the checkpoint's own over the task kind's.
    """

    number: int
    task: str
    id: str
    row: int
    """The row's place in the task's data, whatever sample of it is run."""
    text: str
    generation: Generation
    max_input_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """What it answers. `seconds` is the batch's time ÷ its rows; `limited` says that the token limit ended it."""

    text: str
    input_tokens: int | None = None
    output_tokens: int | None = None
    seconds: float | None = None
    truncated: bool = False
    limited: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says of how to run."""

    device: str = "auto"
    trust_remote_code: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """What a model is, told from its files alone: what its outputs may be cached under.

    `defaults` are the generation keys that the checkpoint itself sets and that hold where the suite is silent.
    """

    kind: str
    engine: str
    source: str
    fingerprint: str
    folder: Path
    parameters: int | None = None
    bytes: int | None = None
    dtype: str | None = None
    device: str | None = None
    defaults: Generation = field(default_factory=Generation)
    checkpoint_generation: dict[str, Any] | None = None


class Engine(Protocol):
    """A class lists its `names` (by one of which a suite's `engine:` asks for it) and the model kinds it can run."""

    names: ClassVar[tuple[str, ...]]
    engine: ClassVar[str]
    kinds: ClassVar[tuple[str, ...]]
    cached: ClassVar[bool] = True
    """Whether its outputs are worth a cache."""

    @classmethod
    def identify(cls, model: Model, base: Path, options: Options) -> Identity:
        """Read what the files tell, without loading a weight; raises InputError."""
        ...

    @classmethod
    def check(cls, identity: Identity, task: str, ids: Sequence[str]) -> None:
        """Hold the model's files against all rows of a task, by their ids; raises InputError."""

    @classmethod
    def load(cls, identity: Identity, model: Model, options: Options, notify: Callable[[str], None]) -> Self:
        """Ready to run; raises InputError where the checkpoint is at fault."""
        ...

    def run(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Output]]]:
        """Yield `(request.number, output)` by batches, as they finish; every request once, in any order."""
        ...
