"""Labelled spans of words, such as semantic roles and named entities."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from mtlbench.suite.declarations import Task
from mtlbench.tasks.base import BadReference, Produces, as_text
from mtlbench.tasks.of_words import OfWords

SPAN = re.compile(r"(\d{1,9})-(\d{1,9}):(\S+)", re.ASCII)

NONE = "none"
"""What stands for no span."""

Span = tuple[int, int, str]
"""(first word, the word after the last, label); words count from 0."""


class Spans(OfWords):
    """A span as text is “START-END:LABEL”; they stand in order with spaces between, “none” for no span.

    The reference is a list of objects with `start`, `end` and `label`, or such a text. What is read as no span counts as
    a wrong one.
    """

    names = ("span",)
    form = "spans"
    produces: ClassVar[tuple[Produces, ...]] = ("spans",)
    default_metrics = ("span_f1",)

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        if len(self._columns) != 1:
            raise ValueError("`reference` of spans is one column")

    def references(self, row: Mapping[str, Any]) -> list[str]:
        words = self.count(row)
        spans = sorted({(start, end, self.label(label)) for start, end, label in self._given(row)})
        for start, end, label in spans:
            if not 0 <= start < end <= words:
                raise BadReference(f"{start}-{end}:{label} is no span of {words} words")
        return [" ".join(f"{start}-{end}:{label}" for start, end, label in spans) or NONE]

    def _given(self, row: Mapping[str, Any]) -> Iterator[Span]:
        value = row.get(self._columns[0])
        if isinstance(value, str):
            yield from self.predict(value)
        elif isinstance(value, list):
            yield from map(_span, value)
        else:
            raise BadReference(f"`{self._columns[0]}` holds no list of spans")

    def target(self, references: list[str]) -> set[Span]:
        return self.predict(references[0])

    def predict(self, output: str) -> set[Span]:
        pieces = [] if output.strip() == NONE else output.split()
        found = ((piece, SPAN.fullmatch(piece)) for piece in pieces)
        return {(-1, -1, piece) if span is None else (int(span[1]), int(span[2]), span[3]) for piece, span in found}


def _span(value: Any) -> Span:
    match value:
        case {"start": int(start), "end": int(end), "label": label} if label is not None:
            return start, end, as_text(label)
    raise BadReference(f"{value!r} is no object with `start`, `end` and `label`")
