"""Classification: the output names one of a fixed set of label words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from mtlbench.suite.declarations import Generation, Task
from mtlbench.tasks.base import BadReference, Produces, TaskKind, as_text, read_columns

INVALID = -1


class Classification(TaskKind):
    """Label words → ids. By T5's convention an output must equal a label word; one that equals none is invalid.

    `match: normalized` ignores case, surrounding space and all but letters, digits and underscores.
    """

    names = ("classification",)
    produces: ClassVar[Produces] = "label"
    default_metrics = ("accuracy", "f1_macro")
    always = ("invalid_rate",)
    generation = Generation(max_new_tokens=16)
    needs = frozenset({"labels"})
    takes = frozenset({"labels", "positive", "match"})

    def __init__(self, task: Task) -> None:
        labels = task.labels or {}
        self._columns = task.references
        self.labels = tuple(labels)
        self._read = _normalize if task.match == "normalized" else str
        self._index = {self._read(word): number for number, word in enumerate(self.labels)}
        self._words = {as_text(value): word for word, value in labels.items()}

    def references(self, row: Mapping[str, Any]) -> list[str]:
        found = read_columns(self._columns, row)
        if len(found) != 1:
            raise BadReference(f"{len(found)} labels, where one is needed")
        try:
            return [self._words[found[0]]]
        except KeyError:
            raise BadReference(f"“{found[0]}” is none of the labels {', '.join(self._words)}") from None

    def target(self, references: list[str]) -> int:
        return self.labels.index(references[0])

    def predict(self, output: str) -> int:
        return self._index.get(self._read(output), INVALID)

    def show(self, prediction: int) -> str | None:
        return None if prediction == INVALID else self.labels[prediction]


def _normalize(text: str) -> str:
    return re.sub(r"[\W]+", " ", text.casefold()).strip()
