"""What happens during a run, told to whoever listens: a progress display, a log, a test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunStarted:
    """`totals[model, task]` examples are to be answered; the cache holds `cached[model, task]` of them."""

    totals: dict[tuple[str, str], int]
    cached: dict[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class ModelLoading:
    model: str


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
class Notice:
    """Something worth a line, such as a batch halved for want of memory."""

    message: str


Event = RunStarted | ModelLoading | Advanced | ModelDone | Notice
Listener = Callable[[Event], None]
