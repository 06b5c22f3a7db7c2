"""Classification: the output names one of a fixed set of label words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from mtlbench.suite.declarations import Generation, Task
from mtlbench.tasks.base import BadReference, Produces, Stored, TaskKind, as_text, read_one
from mtlbench.tasks.matching import reader

INVALID = -1


class Classification(TaskKind):
    """Label words → ids, for a text or a pair of texts. By T5's convention an output must equal a label word; one that
    equals none is invalid.
    """

    names = ("classification", "nli", "pair_classification")
    form = "label"
    produces: ClassVar[tuple[Produces, ...]] = ("label", "scores", "normalized_scores")
    default_metrics = ("accuracy", "f1_macro")
    always = ("invalid_rate",)
    generation = Generation(max_new_tokens=16)
    needs = frozenset({"labels"})
    takes = frozenset({"labels", "positive", "match", "answer_by"})

    def __init__(self, task: Task) -> None:
        labels = task.labels or {}
        self._columns = task.references
        self.labels = tuple(labels)
        self._read = reader(task.match)
        self._index = {self._read(word): number for number, word in enumerate(self.labels)}
        self._words = {as_text(value): word for word, value in labels.items()}

    def references(self, row: Mapping[str, Any]) -> list[str]:
        found = read_one(self._columns, row, "labels")
        try:
            return [self._words[found]]
        except KeyError:
            raise BadReference(f"“{found}” is none of the labels {', '.join(self._words)}") from None

    def target(self, references: list[str]) -> int:
        return self.labels.index(references[0])

    def predict(self, output: str) -> int:
        return self._index.get(self._read(output), INVALID)

    def show(self, row: Stored) -> str | None:
        prediction = self.predict(row.output)
        return None if prediction == INVALID else self.labels[prediction]
