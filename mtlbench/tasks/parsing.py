"""Dependency parsing: for each word its head and their relation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from mtlbench.suite.declarations import Task
from mtlbench.tasks.base import BadReference, Produces, read_columns
from mtlbench.tasks.of_words import OfWords

ARC = re.compile(r"(\d{1,9}):(\S+)", re.ASCII)

NO_ARC = (-1, "")
"""What is read as no arc: it keeps its place, and is never right."""


class Parsing(OfWords):
    """An arc as text is “HEAD:RELATION”; words count from 1, and 0 is the root. One for each word, spaces between.

    The reference is two columns, lists of heads and of relations.
    """

    names = ("parsing",)
    form = "arcs"
    produces: ClassVar[tuple[Produces, ...]] = ("arcs",)
    default_metrics = ("las", "uas")

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        if len(self._columns) != 2:
            raise ValueError("`reference` of parsing is two columns, as in [heads, relations]")

    def references(self, row: Mapping[str, Any]) -> list[str]:
        heads, relations = (read_columns([column], row) for column in self._columns)
        for column, found in zip(self._columns, (heads, relations), strict=True):
            self.check_count(row, column, found)
        for number, head in enumerate(heads, 1):
            if not re.fullmatch(r"\d{1,9}", head, re.ASCII) or int(head) > len(heads) or int(head) == number:
                raise BadReference(f"“{head}” is no head for word {number} of {len(heads)}")
        return [" ".join(f"{int(h)}:{self.label(relation)}" for h, relation in zip(heads, relations, strict=True))]

    def target(self, references: list[str]) -> list[tuple[int, str]]:
        return self.predict(references[0])

    def predict(self, output: str) -> list[tuple[int, str]]:
        found = (ARC.fullmatch(piece) for piece in output.split())
        return [NO_ARC if arc is None else (int(arc[1]), arc[2]) for arc in found]
