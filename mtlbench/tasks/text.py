"""Task kinds whose output is text as it stands: generation, summarization, translation, question answering."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from mtlbench.suite.declarations import Generation, Task
from mtlbench.tasks.base import BadReference, Form, Produces, TaskKind, read_columns


class Text(TaskKind):
    form: ClassVar[Form] = "text"
    produces: ClassVar[tuple[Produces, ...]] = ("text",)

    def __init__(self, task: Task) -> None:
        self._columns = task.references

    def references(self, row: Mapping[str, Any]) -> list[str]:
        found = read_columns(self._columns, row)
        if not found:
            raise BadReference(f"`{'`, `'.join(self._columns)}` holds no reference")
        return found

    def target(self, references: list[str]) -> list[str]:
        return references

    def predict(self, output: str) -> str:
        return output


class FreeGeneration(Text):
    names = ("generation",)
    default_metrics = ("exact_match",)
    generation = Generation(max_new_tokens=128)


class Summarization(Text):
    names = ("summarization",)
    default_metrics = ("rougeL", "rouge1", "rouge2", "rougeLsum")
    generation = Generation(max_new_tokens=128)


class Translation(Text):
    names = ("translation",)
    default_metrics = ("bleu", "chrf")
    generation = Generation(max_new_tokens=256)


class QuestionAnswering(Text):
    """SQuAD's way: many references, of which the best match counts; no answer is the empty text."""

    names = ("qa",)
    form: ClassVar[Form] = "extract"
    default_metrics = ("squad_f1", "squad_em")
    generation = Generation(max_new_tokens=64)

    def references(self, row: Mapping[str, Any]) -> list[str]:
        return read_columns(self._columns, row) or [""]
