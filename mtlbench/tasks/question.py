"""A row → what a model is asked: the same question for every model, in the parts that different models read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mtlbench.data import Template
from mtlbench.suite.declarations import Task
from mtlbench.tasks.base import BadReference, read_columns


@dataclass(frozen=True, slots=True)
class Question:
    """Models that generate read `text`; encoders with heads `segments`, or `words` where each has an answer of its own.

    `choices` are the texts that may be answered: the row's own, else the task's label words; none where any text may.
    `shots` are solved examples, (text, answer) each, for models that are shown some.
    """

    text: str
    segments: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    shots: tuple[tuple[str, str], ...] = ()

    @property
    def prompt(self) -> str:
        """The text, after the solved examples: a blank line between any two."""
        solved = [f"{text}{delimiter(text)}{answer}" for text, answer in self.shots]
        return "\n\n".join([*solved, self.text])


def delimiter(text: str) -> str:
    """What stands between a text and its answer: a space, unless the text ends in one, or in another blank."""
    return "" if text[-1:].isspace() else " "


class Asker:
    """Fills a task's templates; `template` stands in for the task's input."""

    def __init__(self, task: Task, template: str | None = None) -> None:
        self._task = task
        self._text = Template.parse(template or task.input)
        self._segments = [Template.parse(segment) for segment in task.segments or ()]
        self._labels = tuple(task.labels or ())

    def __call__(self, row: Mapping[str, Any]) -> Question:
        """Raises ValueError for a row that has no text for a place, no words or no choices."""
        words = () if self._task.words is None else listed(self._task.words, row)
        choices = () if self._task.choices is None else listed(self._task.choices, row)
        row = {**row, **self._joined(words, choices)}
        text = self._text.fill(row)
        segments = tuple(segment.fill(row) for segment in self._segments) or (text,)
        return Question(text, segments, words, choices or self._labels)

    def _joined(self, words: tuple[str, ...], choices: tuple[str, ...]) -> dict[str, str]:
        """Lists as templates show them: words with spaces between, choices as “(a) … (b) …”."""
        joined = {}
        if self._task.words is not None:
            joined[self._task.words] = " ".join(words)
        if isinstance(self._task.choices, str):
            joined[self._task.choices] = " ".join(f"({letter(n)}) {choice}" for n, choice in enumerate(choices))
        return joined


def listed(columns: str | list[str], row: Mapping[str, Any]) -> tuple[str, ...]:
    """The texts of a column that holds a list of them, or of several columns; one or more, else raises BadReference."""
    if isinstance(columns, str) and isinstance(row.get(columns), (str, int, float)):
        raise BadReference(f"`{columns}` holds no list")
    found = read_columns([columns] if isinstance(columns, str) else columns, row)
    if not found:
        raise BadReference(f"`{columns}` is empty")
    return tuple(found)


def letter(number: int) -> str:
    """a, b, …, z, aa, ab, …"""
    return (letter(number // 26 - 1) if number >= 26 else "") + chr(ord("a") + number % 26)
