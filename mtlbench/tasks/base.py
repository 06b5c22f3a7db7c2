"""The contract of a task kind: row → references, output → prediction, in the terms that metrics take."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

from mtlbench.suite.declarations import Generation, Task

Produces = Literal["label", "labels", "scores", "normalized_scores", "number", "text", "tags", "arcs", "spans", "nats"]
"""What metrics take; see `mtlbench.metrics.base.Metric`."""

CALLED: Mapping[str, str] = {
    "label": "labels",
    "labels": "sets of labels",
    "scores": "scores of choices",
    "normalized_scores": "scores of choices per token",
    "number": "numbers",
    "text": "text",
    "tags": "tags",
    "arcs": "arcs of parses",
    "spans": "labelled spans",
    "answers": "verdicts on answers",
    "nats": "likelihoods of texts",
}
"""What messages call each."""

LIKELIHOODS: frozenset[Produces] = frozenset({"scores", "normalized_scores", "nats"})
"""What a model that only writes text does not give."""

Form = Literal["text", "label", "labels", "number", "tags", "arcs", "spans", "extract", "choice", "nats"]
"""What a model is asked for: text, one label, several, a number, a tag or an arc for each word, labelled spans of words, an
extract of the text, one of the row's choices, or how likely the text is.
"""


AnswerBy = Literal["generation", "likelihood"]


@dataclass(frozen=True, slots=True)
class Stored:
    """A row as a run's folder holds it: what was asked, what was answered and what would have been right.

    `scores` are log-likelihoods, one for each choice or label, and `score_tokens` how many tokens each is the sum of; in
    language modelling they are (nats, tokens, bytes). None where the model gives none.
    """

    references: list[str]
    output: str
    scores: Sequence[float] | None = None
    score_tokens: Sequence[int] | None = None
    choices: Sequence[str] = ()
    words: Sequence[str] = ()

    @property
    def normalized_scores(self) -> list[float] | None:
        """Scores ÷ tokens (a choice of none counts as one token); None where either is not known."""
        if self.scores is None or self.score_tokens is None:
            return None
        return [score / max(tokens, 1) for score, tokens in zip(self.scores, self.score_tokens, strict=True)]


class BadReference(ValueError):
    """A row's reference is not what the task needs; the message completes “row 3: …”."""


class TaskKind(Protocol):
    """Made from a task's declaration.

    References and outputs travel as text, so that a stored run can be scored again; `gold` and `prediction` turn text into
    what metrics take. Where a row's text says it all, `target` and `predict` are enough; a kind that must see its choices
    overrides `gold` and `prediction`. No output, whatever it is, raises.
    """

    names: ClassVar[tuple[str, ...]]
    form: ClassVar[Form]
    produces: ClassVar[tuple[Produces, ...]]
    """What can be scored, the main one first."""
    answer_by: ClassVar[AnswerBy] = "generation"
    """How models that generate text answer, where the task does not say."""
    default_metrics: ClassVar[tuple[str, ...]]
    always: ClassVar[tuple[str, ...]] = ()
    """Metrics reported whether or not the suite names them."""
    generation: ClassVar[Generation]
    """What holds where neither suite nor checkpoint says."""
    needs: ClassVar[frozenset[str]] = frozenset()
    """Optional keys of a task that this kind cannot do without."""
    takes: ClassVar[frozenset[str]] = frozenset()
    """Optional keys of a task that only some kinds know, this one among them."""

    def __init__(self, task: Task) -> None:
        """Raises ValueError, naming the `key` at fault, for a task that it cannot read."""

    def references(self, row: Mapping[str, Any]) -> list[str]:
        """The row's references as text, one or more; raises BadReference."""
        ...

    def target(self, references: list[str]) -> Any: ...

    def predict(self, output: str) -> Any: ...

    def show(self, row: Stored) -> str | None:
        """The prediction as text; None where the output was invalid."""
        return row.output

    def gold(self, what: Produces, row: Stored) -> Any:
        """The row's reference for metrics of `what`."""
        return self.target(row.references)

    def prediction(self, what: Produces, row: Stored) -> Any:
        """The row's prediction for metrics of `what`; None where the model gave no scores."""
        if what == "normalized_scores":
            return row.normalized_scores
        return row.scores if what in LIKELIHOODS else self.predict(row.output)


KIND_KEYS = frozenset({"labels", "positive", "match", "invalid_value", "words", "choices", "answer_by"})
"""Keys of a task that only some kinds know."""


def as_text(value: Any) -> str:
    """A plain value as it would stand in JSON, text without its quotes."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def read_one(columns: list[str], row: Mapping[str, Any], what: str) -> str:
    """The one text in these columns; raises BadReference where there are `what` in another number."""
    found = read_columns(columns, row)
    if len(found) != 1:
        raise BadReference(f"{len(found)} {what}, where one is needed")
    return found[0]


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
