"""The contract of a task kind: row → references, output → prediction, in the terms that metrics take."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Protocol

from mtlbench.suite.declarations import Generation, Task

Produces = Literal["label", "number", "text"]


class BadReference(ValueError):
    """A row's reference is not what the task needs; the message completes “row 3: …”."""


class TaskKind(Protocol):
    """Made from a task's declaration.

    References travel as text (`references`), so that a stored run can be scored again; `target` and `predict` turn text
    into what metrics of `produces` take: an int (index of the label, −1 for an output that is none), a float (None for an
    output that is no number), or text (a str; a target is a list of them).
    """

    names: ClassVar[tuple[str, ...]]
    produces: ClassVar[Produces]
    default_metrics: ClassVar[tuple[str, ...]]
    always: ClassVar[tuple[str, ...]] = ()
    """Metrics reported whether or not the suite names them."""
    generation: ClassVar[Generation]
    """What holds where neither suite nor checkpoint says."""
    needs: ClassVar[frozenset[str]] = frozenset()
    """Optional keys of a task that this kind cannot do without."""
    takes: ClassVar[frozenset[str]] = frozenset()
    """Optional keys of a task that only some kinds know, this one among them."""

    def __init__(self, task: Task) -> None: ...

    def references(self, row: Mapping[str, Any]) -> list[str]:
        """The row's references as text, one or more; raises BadReference."""
        ...

    def target(self, references: list[str]) -> Any: ...

    def predict(self, output: str) -> Any: ...

    def show(self, prediction: Any) -> str | None:
        """The prediction as text; None where the output was invalid."""
        ...


KIND_KEYS = frozenset({"labels", "positive", "match", "invalid_value"})
"""Keys of a task that only some kinds know."""


def as_text(value: Any) -> str:
    """A plain value as it would stand in JSON, text without its quotes."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def read_columns(columns: list[str], row: Mapping[str, Any]) -> list[str]:
    """The texts in these columns: plain values, lists of them, or SQuAD's `{text: […]}`; raises BadReference."""
    return [text for column in columns for text in _texts(column, row.get(column))]


def _texts(column: str, value: Any) -> list[str]:
    if isinstance(value, Mapping) and isinstance(value.get("text"), list):
        return _texts(column, value["text"]) or [""]
    if isinstance(value, list):
        return [text for item in value for text in _texts(column, item)]
    if value is None:
        raise BadReference(f"`{column}` is empty")
    if isinstance(value, Mapping):
        raise BadReference(f"`{column}` holds keys and values, where text is needed")
    return [as_text(value)]
