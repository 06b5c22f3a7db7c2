"""What happens during a run, told to whoever listens: a progress display, a log, a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mtlbench.runner.costs import Costs
    from mtlbench.runner.moments import Moments


@dataclass(frozen=True, slots=True)
class RunStarted:
    """`totals[model, task]` examples are to be answered."""

    totals: dict[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class ModelStarted:
    """The cache holds `cached[task]` of the model's outputs; the others are computed from now on."""

    model: str
    cached: dict[str, int]


@dataclass(frozen=True, slots=True)
class Advanced:
    """`count` more examples of the pair have been computed."""

    model: str
    task: str
    count: int


@dataclass(frozen=True, slots=True)
class ModelDone:
    """All outputs of a model are stored; `error` says why not."""

    model: str
    seconds: float
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """What a model's turn took, told before it is done: `answered` by task, of `requests` in all."""

    model: str
    requests: int
    answered: Mapping[str, Moments]
    costs: Costs


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth a line, such as a batch halved for want of memory."""

    message: str


Event = RunStarted | ModelStarted | Advanced | Spent | ModelDone | Notice
Listener = Callable[[Event], None]
