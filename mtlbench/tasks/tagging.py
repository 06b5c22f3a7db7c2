"""Tagging: a tag for each word, such as its part of speech, or the entity or role that it is part of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from mtlbench.suite.declarations import Task
from mtlbench.tasks.base import Produces, read_columns
from mtlbench.tasks.of_words import OfWords


class Tagging(OfWords):
    """Tags as text stand in the words' order with a space between. The reference is a list of them, one for each word.

    The default suits any tags. F1 of entities needs tags that mark them (O, B-PER, I-PER): parts of speech have none.
    """

    names = ("tagging",)
    form = "tags"
    produces: ClassVar[tuple[Produces, ...]] = ("tags",)
    default_metrics: ClassVar[tuple[str, ...]] = ("token_accuracy",)

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        if len(self._columns) != 1:
            raise ValueError("`reference` of tags is one column")

    def references(self, row: Mapping[str, Any]) -> list[str]:
        tags = [self.label(value) for value in read_columns(self._columns, row)]
        self.check_count(row, self._columns[0], tags)
        return [" ".join(tags)]

    def target(self, references: list[str]) -> list[str]:
        return references[0].split()

    def predict(self, output: str) -> list[str]:
        return output.split()


class EntityTagging(Tagging):
    names = ("ner",)
    default_metrics = ("entity_f1", "token_accuracy")
