"""Logits of a head → the answer as text, with scores where a choice was made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mtlbench.engines.base import Asked
from mtlbench.engines.heads.config import HeadSpec
from mtlbench.engines.heads.inputs import Piece
from mtlbench.metrics.chunks import LENIENT, OUTSIDE, chunks, parse
from mtlbench.tasks.base import Form
from mtlbench.tasks.question import Question

Array: TypeAlias = NDArray[Any]
Answer: TypeAlias = tuple[str, list[float] | None]
"""The text, and a log-likelihood for each label or choice."""

LONGEST_EXTRACT = 30
"""Tokens, as BERT's on SQuAD."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question, and what the head made of each of its pieces. The head's labels are spelled as the task spells them.

    A result is the head's logits of one row, without padding: `[L]`, `[W, L]`, `[T, 2]`, or (arcs `[W, W + 1]`, the best
    relation of each).
    """

    asked: Asked
    head: HeadSpec
    question: Question
    pieces: Sequence[Piece]
    results: Sequence[Any]


def answer(case: Case) -> Answer:
    return _ANSWERS[case.asked.form](case)


def _label(case: Case) -> Answer:
    order = [case.head.labels.index(label) for label in case.asked.labels]
    scores = _log_softmax(case.results[0][order])
    return case.asked.labels[int(scores.argmax())], scores.tolist()


def _labels(case: Case) -> Answer:
    """A label holds where its probability is above ½."""
    holding = {label for label, logit in zip(case.head.labels, case.results[0], strict=True) if logit > 0}
    return ", ".join(label for label in case.asked.labels if label in holding) or "none", None


def _number(case: Case) -> Answer:
    return f"{case.results[0].item():.6g}", None


def _choice(case: Case) -> Answer:
    scores = _log_softmax(np.concatenate(case.results))
    return case.question.choices[int(scores.argmax())], scores.tolist()


def _tags(case: Case) -> Answer:
    return " ".join(_tags_of(case)), None


def _spans(case: Case) -> Answer:
    tags = [parse(tag, LENIENT) for tag in _tags_of(case)]
    spans = sorted(chunks([tag for tag in tags if tag is not None], LENIENT))
    return " ".join(f"{start}-{end}:{label}" for start, end, label in spans) or "none", None


def _tags_of(case: Case) -> list[str]:
    """The likeliest tag of each word; O, else the first, for words that were cut off."""
    labels, ((piece,), (logits,)) = case.head.labels, (case.pieces, case.results)
    unseen = OUTSIDE if OUTSIDE in labels else labels[0]
    best = logits.argmax(-1)
    return [unseen if position < 0 else labels[tag] for position, tag in zip(piece.words, best, strict=True)]


def _arcs(case: Case) -> Answer:
    """The best tree with one root. Words that were cut off hang on the word before, by the first relation."""
    from mtlbench.encoders.tree import best_tree

    (piece,), ((arcs, relations),) = case.pieces, case.results
    seen = [word for word, position in enumerate(piece.words, 1) if position >= 0]
    columns = [0, *seen]
    heads = dict(zip(seen, best_tree(arcs[[word - 1 for word in seen]][:, columns]), strict=True)) if seen else {}
    found = []
    for word in range(1, len(piece.words) + 1):
        head = columns[heads[word]] if word in heads else word - 1
        relation = relations[word - 1, head] if word in heads else 0
        found.append(f"{head}:{case.head.labels[relation]}")
    return " ".join(found), None


def _extract(case: Case) -> Answer:
    """The best span of all windows; none where the head was trained to say so and the first token is the better one."""
    context = case.question.segments[-1]
    best, text, null = -np.inf, "", np.inf
    for piece, logits in zip(case.pieces, case.results, strict=True):
        null = min(null, float(logits[0].sum()))
        score, span = _best_span(logits, piece.context or {})
        if score > best:
            best, text = score, context[slice(*span)].strip()
    return ("" if case.head.null_answer and null > best else text), None


def _best_span(logits: Array, context: Mapping[int, tuple[int, int]]) -> tuple[float, tuple[int, int]]:
    """Logits `[T, 2]` → the best sum of a start and an end not before it, and the characters from one to the other."""
    if not context:
        return -np.inf, (0, 0)
    tokens = list(context)
    sums = logits[tokens, 0][:, None] + logits[tokens, 1][None, :]
    allowed = np.triu(np.tril(np.ones(sums.shape, dtype=bool), LONGEST_EXTRACT - 1))
    start, end = np.unravel_index(np.where(allowed, sums, -np.inf).argmax(), sums.shape)
    return float(sums[start, end]), (context[tokens[start]][0], context[tokens[end]][1])


def _log_softmax(logits: Array) -> Array:
    shifted = logits.astype(np.float64) - logits.max()
    found: Array = shifted - np.log(np.exp(shifted).sum())
    return found


_ANSWERS: Mapping[Form, Callable[[Case], Answer]] = {
    "label": _label,
    "labels": _labels,
    "number": _number,
    "tags": _tags,
    "spans": _spans,
    "arcs": _arcs,
    "extract": _extract,
    "choice": _choice,
}
