"""Language modelling: nothing is answered; the model says how likely the text is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from mtlbench.suite.declarations import Generation, Task
from mtlbench.tasks.base import Produces, Stored, TaskKind


class LanguageModeling(TaskKind):
    """The text is the filled `input`. There is nothing to compare it with: `reference` may name any column."""

    names = ("language_modeling",)
    form = "nats"
    produces: ClassVar[tuple[Produces, ...]] = ("nats",)
    default_metrics = ("bits_per_byte", "perplexity")
    generation = Generation()

    def __init__(self, task: Task) -> None:
        pass

    def references(self, row: Mapping[str, Any]) -> list[str]:
        return []

    def target(self, references: list[str]) -> None:
        return None

    def show(self, row: Stored) -> None:
        return None
