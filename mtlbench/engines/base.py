"""The contract of an engine: load a checkpoint, answer requests in any order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple, Protocol, Self

from mtlbench.suite.declarations import Generation, Model, Task
from mtlbench.tasks.base import AnswerBy, Form, TaskKind
from mtlbench.tasks.question import Question


@dataclass(frozen=True, slots=True)
class Asked:
    """What a task asks of any model. `labels` are its label words in order; none where it declares none.

    `by` tells models that generate text whether to write an answer or to find the likeliest of the choices.
    """

    task: str
    form: Form
    labels: tuple[str, ...] = ()
    by: AnswerBy = "generation"
    source_lang: str | None = None
    target_lang: str | None = None

    @classmethod
    def of(cls, name: str, task: Task, kind: type[TaskKind]) -> Self:
        """What a task of the suite asks."""
        by = task.answer_by or kind.answer_by
        return cls(name, kind.form, tuple(task.labels or ()), by, task.source_lang, task.target_lang)


class Refusal(NamedTuple):
    """Why a model cannot answer a task, and what to do."""

    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What an engine is asked; outputs carry `number`, so that order survives any batching.

    `generation` is complete: the suite's keys over the checkpoint's own over the task kind's.
    """

    number: int
    asked: Asked
    id: str
    row: int
    """The row's place in the task's data, whatever sample of it is run."""
    question: Question
    generation: Generation
    max_input_tokens: int | None = None

    @property
    def task(self) -> str:
        return self.asked.task

    @property
    def text(self) -> str:
        return self.question.prompt


@dataclass(frozen=True, slots=True)
class Output:
    """What it answers, always as text that the task kind can read.

    `seconds` is the batch's time ÷ its rows; `limited` says that the token limit ended it. `scores` are log-likelihoods,
    one for each choice of the question in order, and `score_tokens` how many tokens each is the sum of (None from a
    classifier); asked for nats, they are (nats, tokens, bytes).
    """

    text: str
    input_tokens: int | None = None
    output_tokens: int | None = None
    seconds: float | None = None
    truncated: bool = False
    limited: bool = False
    scores: Sequence[float] | None = None
    score_tokens: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says of how to run."""

    device: str = "auto"
    trust_remote_code: bool = False
    is_elsewhere: bool = False
    """Whether the device is other machines', so that this one need not have it."""
    profile: bool = False
    """Whether to tell where the time goes, at the price of waiting for the device after each part."""


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
    trainable: int | None = None
    """Of the parameters, those that training changed: an adapter's, else all."""
    bytes: int | None = None
    dtype: str | None = None
    device: str | None = None
    defaults: Generation = field(default_factory=Generation)
    checkpoint_generation: dict[str, Any] | None = None
    base: str | None = None
    """Hash of the checkpoint's files alone: models that share it are variants of one."""
    adapter: Path | None = None
    """Folder of its adapter."""


class Engine(Protocol):
    """A class lists its `names` (by one of which a suite's `engine:` asks for it) and the model kinds it can run."""

    names: ClassVar[tuple[str, ...]]
    engine: ClassVar[str]
    kinds: ClassVar[tuple[str, ...]]
    cached: ClassVar[bool] = True
    """Whether its outputs are worth a cache."""
    takes: ClassVar[frozenset[str]] = frozenset()
    """Optional keys of a model that only some engines know, this one among them."""
    by_task: ClassVar[bool] = False
    """Whether the same question may be answered differently in tasks of other names."""
    reads_input: ClassVar[bool] = True
    """Whether it reads the task's input as text, so that another template asks it anew."""
    answers_variants: ClassVar[bool] = True
    """Whether it can answer rows rewritten from the task's, and not only those themselves."""
    layout: ClassVar[str | None] = None
    """The engine whose checkpoints it reads; None where they are its own."""
    chosen: ClassVar[Literal["always", "for speed", "by name"]] = "always"
    """When `engine: auto` may choose it."""
    weight_bytes: int | None = None
    """Memory of the weights, once loaded."""

    @classmethod
    def recognizes(cls, config: Mapping[str, Any]) -> bool:
        """Whether a checkpoint with this `config.json` is one of this engine's, for `kind: auto`."""
        return False

    @classmethod
    def refuses(cls, model: Model, config: Mapping[str, Any], asked: Asked) -> Refusal | None:
        """Why the model cannot answer a task, told from its `config.json` alone; None where it can."""
        return None

    @classmethod
    def refuses_generation(cls, generation: Generation) -> Refusal | None:
        """Why it cannot write answers under these settings; None where it can."""
        return None

    @classmethod
    def is_exact(cls, generation: Generation) -> bool:
        """Whether what it writes is what the kind's default engine does, but for rounding."""
        return True

    @classmethod
    def identify(cls, model: Model, base: Path, options: Options) -> Identity:
        """Read what the files tell, without loading a weight; raises InputError."""
        ...

    @classmethod
    def check(cls, identity: Identity, asked: Asked, ids: Sequence[str]) -> None:
        """Hold the model's files against all rows of a task, by their ids; raises InputError."""

    @classmethod
    def load(cls, identity: Identity, model: Model, options: Options, notify: Callable[[str], None]) -> Self:
        """Ready to run; raises InputError where the checkpoint is at fault."""
        ...

    @classmethod
    def count(
        cls, identity: Identity, model: Model, options: Options, requests: Sequence[Request]
    ) -> Sequence[int] | None:
        """Input tokens of each request, told without loading a weight; None where no tokens are read."""
        return None

    def run(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Output]]]:
        """Yield `(request.number, output)` by batches, as they finish; every request once, in any order.

        An engine defines this, or both of the next two.
        """
        return self.answer(self.read(requests))

    def read(self, requests: Sequence[Request]) -> Any:
        """What needs no device, such as tokenising; may be called in another thread while requests before are answered."""
        return requests

    def answer(self, read: Any) -> Iterator[list[tuple[int, Output]]]:
        """What `run` yields, of requests that were read."""
        requests: Sequence[Request] = read
        return self.run(requests)
