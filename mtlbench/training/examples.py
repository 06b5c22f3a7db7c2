"""A task's training rows → examples as tokens, in the form that each kind of network learns from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from mtlbench.engines.base import Asked
from mtlbench.engines.decoder_prompts import Prompts
from mtlbench.engines.heads.inputs import Encoded, Piece, Reader, Row
from mtlbench.engines.languages import Languages
from mtlbench.metrics.chunks import OUTSIDE
from mtlbench.runner.plan import PlannedTask
from mtlbench.suite.faults import InputError
from mtlbench.tasks.question import Question

IGNORED = -100
"""The label of what does not count in a loss."""


@dataclass(frozen=True, slots=True)
class Example:
    """One training row.

    `inputs`: its tokens; of a multiple choice a row of them for each choice. `labels`: a text's tokens, else what the
    task's head takes (see `mtlbench.encoders.heads`) of one row. `words`: first token of each word, −1 where it is cut.
    """

    task: str
    inputs: tuple[Row, ...]
    labels: Any
    words: tuple[int, ...] = ()

    @property
    def length(self) -> int:
        """Tokens that padding goes by."""
        return max(len(row.ids) for row in self.inputs)

    @property
    def tokens(self) -> int:
        """Tokens that are read, and written where they are no part of what is read."""
        return sum(len(row.ids) for row in self.inputs)


class Encoder(Protocol):
    """Of one kind of network, with its tokenizer."""

    def encode(self, rows: PlannedTask) -> list[Example | None]:
        """An example for each row; None for rows of which nothing can be learned, as what they ask for was cut off."""
        ...


@dataclass(frozen=True, slots=True)
class Pair(Example):
    """A text and the text to write; the second is read by the decoder."""

    @property
    def length(self) -> int:
        return len(self.inputs[0].ids) + len(self.labels)

    @property
    def tokens(self) -> int:
        return self.length


class TextPairs(Encoder):
    """For encoder-decoders: input and first reference, each as their tokenizer makes it."""

    def __init__(self, tokenizer: Any, model_type: str, source: str, limit: int, positions: int | None) -> None:
        self._tokenizer, self._limit, self._positions = tokenizer, limit, positions
        self._languages = Languages(tokenizer, model_type, source)

    def encode(self, rows: PlannedTask) -> list[Example | None]:
        direction = self._languages.direction(rows.asked)
        self._languages.read_as(direction)
        limit = min(rows.task.max_input_tokens or self._limit, self._limit)
        texts = [question.text for question in rows.questions]
        inputs = self._tokenizer(texts, truncation=True, max_length=limit, verbose=False)["input_ids"]
        if direction.target is not None:
            self._tokenizer.tgt_lang = self._tokenizer.convert_ids_to_tokens(direction.target)
        targets = [references[0] for references in rows.references]
        cut = {"truncation": True, "max_length": self._positions} if self._positions else {}
        labels = self._tokenizer(text_target=targets, verbose=False, **cut)["input_ids"]
        return [
            Pair(rows.name, (Row(tuple(read), None),), tuple(written))
            for read, written in zip(inputs, labels, strict=True)
        ]


class Continuations(Encoder):
    """For decoders: the text, its answer as the engine expects it after it, and the end; labels are of the answer alone.

    A text that is too long loses its beginning.
    """

    def __init__(self, tokenizer: Any, source: str, limit: int) -> None:
        if tokenizer.eos_token_id is None:
            raise InputError(f"the tokenizer of {source} has no end token", "set `eos_token` and save it again")
        self._prompts, self._end, self._limit = Prompts(tokenizer, chat=False), tokenizer.eos_token_id, limit

    def encode(self, rows: PlannedTask) -> list[Example | None]:
        most = min(rows.task.max_input_tokens or self._limit, self._limit)
        prompts = [self._prompts.of(question) for question in rows.questions]
        answers = [prompt.gap + references[0] for prompt, references in zip(prompts, rows.references, strict=True)]
        read = self._prompts.encode([prompt.text for prompt in prompts])
        whole = self._prompts.encode([prompt.text + answer for prompt, answer in zip(prompts, answers, strict=True)])
        alone = self._prompts.encode(answers)
        return [
            self._example(rows.name, before, both[len(before) :] if both[: len(before)] == before else after, most)
            for before, both, after in zip(read, whole, alone, strict=True)
        ]

    def _example(self, task: str, before: list[int], answer: list[int], most: int) -> Example | None:
        written = [*answer, self._end]
        begun = self._prompts.begun(before)
        kept = self._prompts.cut(begun, max(1, min(most, self._limit - len(written))))
        if len(kept) + len(written) > self._limit:
            return None
        labels = (*(IGNORED for _ in kept), *written)
        return Example(task, (Row((*kept, *written), None),), labels)


class HeadInputs(Encoder):
    """For encoders with a head for each task: what the engine would encode, and the labels that the head takes."""

    def __init__(self, reader: Reader, heads: Mapping[str, Any]) -> None:
        """`heads`: each task's `HeadConfig`."""
        self._reader, self._heads = reader, heads

    def encode(self, rows: PlannedTask) -> list[Example | None]:
        head = self._heads[rows.name]
        encoded = self._reader.read(head.type, rows.questions, rows.task.max_input_tokens)
        label = _LABELS[rows.asked.form]
        found = []
        for question, row, references in zip(rows.questions, encoded, rows.references, strict=True):
            case = _Case(rows.kind.target(references), references[0], question, row, head.labels)
            found.append(label(rows.name, case))
        return found


@dataclass(frozen=True, slots=True)
class _Case:
    """What a label is made from: the reference as metrics take it and as text, and the names of a head's outputs."""

    target: Any
    text: str
    question: Question
    encoded: Encoded
    labels: Sequence[str]


def _one(task: str, case: _Case, labels: Any) -> Example:
    return Example(task, (case.encoded.pieces[0].row,), labels)


def _label(task: str, case: _Case) -> Example:
    return _one(task, case, case.labels.index(case.text))


def _labels(task: str, case: _Case) -> Example:
    held = case.text.split(", ")
    return _one(task, case, tuple(float(label in held) for label in case.labels))


def _number(task: str, case: _Case) -> Example:
    return _one(task, case, float(case.target))


def _choice(task: str, case: _Case) -> Example:
    rows = tuple(piece.row for piece in case.encoded.pieces)
    return Example(task, rows, case.question.choices.index(case.text))


def _tags(task: str, case: _Case) -> Example | None:
    return _tagged(task, case, case.text.split())


def _spans(task: str, case: _Case) -> Example | None:
    """Spans as tags of their words: B- where one begins, I- where it goes on. Of spans that overlap the first stands."""
    tags = [OUTSIDE] * len(case.question.words)
    for start, end, label in sorted(case.target):
        if all(tag == OUTSIDE for tag in tags[start:end]):
            tags[start:end] = [f"B-{label}", *[f"I-{label}"] * (end - start - 1)]
    return _tagged(task, case, tags)


def _tagged(task: str, case: _Case, tags: Sequence[str]) -> Example | None:
    (piece,) = case.encoded.pieces
    numbers = tuple(
        IGNORED if position < 0 else case.labels.index(tag) for tag, position in zip(tags, piece.words, strict=True)
    )
    return Example(task, (piece.row,), numbers, piece.words) if set(numbers) - {IGNORED} else None


def _arcs(task: str, case: _Case) -> Example | None:
    """Words that were cut off have no arcs, nor have those that hang on them."""
    (piece,) = case.encoded.pieces
    seen = {0, *(number for number, position in enumerate(piece.words, 1) if position >= 0)}
    arcs = tuple(
        (head, case.labels.index(relation)) if {number, head} <= seen else (IGNORED, IGNORED)
        for number, (head, relation) in enumerate(case.target, 1)
    )
    return Example(task, (piece.row,), arcs, piece.words) if set(arcs) - {(IGNORED, IGNORED)} else None


def _extract(task: str, case: _Case) -> Example | None:
    """The tokens of the answer's first occurrence, in the first window that holds it whole; the first token for none."""
    if not case.text:
        return _one(task, case, (0, 0))
    start = case.question.segments[-1].find(case.text)
    for piece in case.encoded.pieces if start >= 0 else ():
        tokens = _tokens_of(piece, start, start + len(case.text))
        if tokens is not None:
            return Example(task, (piece.row,), tokens)
    return None


def _tokens_of(piece: Piece, start: int, end: int) -> tuple[int, int] | None:
    """First and last token that hold these characters of the text that is searched; None where not all are there."""
    inside = [token for token, (first, last) in (piece.context or {}).items() if first < end and last > start]
    if not inside or piece.context is None:
        return None
    whole = piece.context[inside[0]][0] <= start and piece.context[inside[-1]][1] >= end
    return (inside[0], inside[-1]) if whole else None


_LABELS: Mapping[str, Callable[[str, _Case], Example | None]] = {
    "label": _label,
    "labels": _labels,
    "number": _number,
    "tags": _tags,
    "spans": _spans,
    "arcs": _arcs,
    "extract": _extract,
    "choice": _choice,
}
"""What is asked for → how a row of it is labelled."""


def refuse(asked: Asked, kind: str) -> str | None:
    """Why no network of this kind can be trained on a task; None where one can."""
    if asked.form == "nats":
        return f"task {asked.task} asks how likely a text is, and has no answers to learn"
    if kind == "heads" and asked.form not in _LABELS:
        return f"task {asked.task} asks for text, which no head of an encoder gives"
    return None
