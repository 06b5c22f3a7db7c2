"""Multi-label classification: the output names those of a fixed set of labels that hold, or none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from mtlbench.suite.declarations import Generation, Task
from mtlbench.tasks.base import BadReference, Produces, Stored, TaskKind, as_text, read_columns
from mtlbench.tasks.classification import INVALID
from mtlbench.tasks.matching import reader

NONE = "none"
"""What stands for no label."""


class Multilabel(TaskKind):
    """Labels as text are their words with ", " between, “none” for no label; a word that is no label reads as −1.

    The reference is a list of labels, or such a text.
    """

    names = ("multilabel",)
    form = "labels"
    produces: ClassVar[tuple[Produces, ...]] = ("labels",)
    default_metrics = ("multilabel_f1_micro", "multilabel_f1_macro", "subset_accuracy")
    always = ("invalid_rate",)
    generation = Generation(max_new_tokens=64)
    needs = frozenset({"labels"})
    takes = frozenset({"labels", "match"})

    def __init__(self, task: Task) -> None:
        labels = task.labels or {}
        self._columns = task.references
        self.labels = tuple(labels)
        self._read = reader(task.match)
        for text in (*labels, *map(as_text, labels.values())):
            if "," in text or self._read(text) in ("", NONE):
                raise ValueError(
                    f"`labels` of multilabel can hold no comma, nor be empty or “{NONE}”, as “{text}” does"
                )
        self._index = {self._read(word): number for number, word in enumerate(self.labels)}
        self._words = {as_text(value): word for word, value in labels.items()}

    def references(self, row: Mapping[str, Any]) -> list[str]:
        values = [value for text in read_columns(self._columns, row) for value in _split(text)]
        unknown = next((value for value in values if value not in self._words), None)
        if unknown is not None:
            raise BadReference(f"“{unknown}” is none of the labels {', '.join(self._words)}")
        held = {self._words[value] for value in values}
        return [", ".join(word for word in self.labels if word in held) or NONE]

    def target(self, references: list[str]) -> list[int]:
        return [self.labels.index(word) for word in _split(references[0])]

    def predict(self, output: str) -> list[int]:
        if self._read(output) == NONE:
            return []
        return [self._index.get(self._read(word), INVALID) for word in output.split(", ")]

    def show(self, row: Stored) -> str | None:
        found = set(self.predict(row.output))
        return None if INVALID in found else ", ".join(self.labels[number] for number in sorted(found)) or NONE


def _split(text: str) -> list[str]:
    return [] if text == NONE else text.split(", ")
