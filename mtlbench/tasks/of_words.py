"""What the kinds share that answer about a row's words: how words are counted, and what labels may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from mtlbench.suite.declarations import Generation, Task
from mtlbench.tasks.base import BadReference, TaskKind, as_text
from mtlbench.tasks.question import listed


class OfWords(TaskKind):
    """Answers are pieces of text with spaces between, so labels hold none. Where a task declares labels, its references
    hold no others.
    """

    generation = Generation(max_new_tokens=256)
    needs: ClassVar[frozenset[str]] = frozenset({"words"})
    takes: ClassVar[frozenset[str]] = frozenset({"words", "labels"})

    def __init__(self, task: Task) -> None:
        self._columns, self._words = task.references, task.words or ""
        self._labels = {as_text(value): word for word, value in (task.labels or {}).items()}
        for word in self._labels.values():
            if not _is_one_piece(word):
                raise ValueError(f"`labels` of {task.kind} can hold no space, nor be empty, as “{word}” does")

    def count(self, row: Mapping[str, Any]) -> int:
        """How many words the row has."""
        return len(listed(self._words, row))

    def check_count(self, row: Mapping[str, Any], column: str, found: Sequence[object]) -> None:
        """Raises BadReference unless the column holds something for each word."""
        words = self.count(row)
        if len(found) != words:
            raise BadReference(f"`{column}` holds {len(found)} and `{self._words}` {words}")

    def label(self, value: str) -> str:
        """The label word for a value of the data; raises BadReference where it is none."""
        if self._labels and value not in self._labels:
            raise BadReference(f"“{value}” is none of the labels {', '.join(self._labels)}")
        word = self._labels.get(value, value)
        if not _is_one_piece(word):
            raise BadReference(f"“{value}” is no label: it is empty or holds a space")
        return word


def _is_one_piece(text: str) -> bool:
    return text.split() == [text]
