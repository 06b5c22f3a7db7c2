"""Multiple choice, coreference as choice among it: each row has choices of its own, one of which is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from mtlbench.suite.declarations import Generation, Task
from mtlbench.tasks.base import AnswerBy, BadReference, Produces, Stored, TaskKind, as_text, read_columns
from mtlbench.tasks.classification import INVALID
from mtlbench.tasks.matching import reader
from mtlbench.tasks.question import letter, listed


class MultipleChoice(TaskKind):
    """A prediction is the index of the choice that the output is, −1 where it is none; rows may differ in choices.

    The reference names the right choice: a whole number counts choices from 0; a text is a choice's own, or its letter in
    either case (a is the first). A text that is one choice and the letter of another names neither. What is stored is the
    choice's text.
    """

    names = ("multiple_choice", "coreference")
    form = "choice"
    produces: ClassVar[tuple[Produces, ...]] = ("label", "scores", "normalized_scores")
    answer_by: ClassVar[AnswerBy] = "likelihood"
    default_metrics = ("accuracy", "choice_accuracy_norm")
    always = ("invalid_rate",)
    generation = Generation(max_new_tokens=64)
    needs = frozenset({"choices"})
    takes = frozenset({"choices", "match", "answer_by"})

    def __init__(self, task: Task) -> None:
        self._columns, self._choices = task.references, task.choices or []
        self._read = reader(task.match)

    def references(self, row: Mapping[str, Any]) -> list[str]:
        choices = listed(self._choices, row)
        read = [self._read(choice) for choice in choices]
        twice = next((text for number, text in enumerate(read) if text in read[:number]), None)
        if twice is not None:
            raise BadReference(f"two choices read “{twice}”")
        return [choices[self._right(choices, row)]]

    def _right(self, choices: Sequence[str], row: Mapping[str, Any]) -> int:
        """The index of the right choice."""
        values = [row.get(column) for column in self._columns]
        found = read_columns(self._columns, row)
        if len(values) != 1 or len(found) != 1 or isinstance(values[0], (list, dict)):
            raise BadReference("the right choice is given by one value: its text, its letter or its number from 0")
        if isinstance(values[0], int) and not isinstance(values[0], bool):
            named = [values[0]] if 0 <= values[0] < len(choices) else []
        else:
            names = enumerate(choices)
            named = [n for n, choice in names if choice == found[0] or letter(n) == found[0].lower()]
        if len(named) != 1:
            what = "may mean several of" if named else "is none of"
            raise BadReference(f"“{found[0]}” {what} the choices {', '.join(map(as_text, choices))}")
        return named[0]

    def gold(self, what: Produces, row: Stored) -> int:
        return row.choices.index(row.references[0])

    def prediction(self, what: Produces, row: Stored) -> Any:
        return self._chosen(row) if what == "label" else super().prediction(what, row)

    def show(self, row: Stored) -> str | None:
        chosen = self._chosen(row)
        return None if chosen == INVALID else row.choices[chosen]

    def _chosen(self, row: Stored) -> int:
        read = [self._read(choice) for choice in row.choices]
        output = self._read(row.output)
        return read.index(output) if output in read else INVALID
