"""What happens while a family is trained, told to whoever listens: a progress display, a log, a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FamilyStarted:
    """`models` are to be trained, in this order; `there` were trained before."""

    models: tuple[str, ...]
    there: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StageStarted:
    """A stage of a model's (counted from 1) is under way: `steps` of it, of which `done` were made before."""

    model: str
    stage: int
    stages: int
    steps: int
    done: int


@dataclass(frozen=True, slots=True)
class Stepped:
    """`step` steps of the stage are made; `losses` are the mean of each task since this was last told."""

    model: str
    step: int
    losses: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The mean headline score on the validation rows, by which training may stop early."""

    model: str
    step: int
    score: float


@dataclass(frozen=True, slots=True)
class ModelTrained:
    """The checkpoint is in its place."""

    model: str
    folder: Path
    seconds: float


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth a line, such as rows that nothing can be learned from."""

    message: str


Event = FamilyStarted | StageStarted | Stepped | Evaluated | ModelTrained | Notice
Listener = Callable[[Event], None]


def ignore(event: Event) -> None:
    """Listens to nothing."""
