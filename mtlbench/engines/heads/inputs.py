"""Questions → rows of tokens, as each type of head reads them; what does not fit is cut, or read in windows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mtlbench.engines.loading import UNLIMITED
from mtlbench.suite.faults import InputError
from mtlbench.tasks.question import Question

OVERLAP = 128
"""Most tokens that two windows of a long text share (BERT's `doc_stride` on SQuAD)."""


@dataclass(frozen=True, slots=True)
class Row:
    """What the encoder is given: equal rows are encoded once."""

    ids: tuple[int, ...]
    types: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Piece:
    """A row, and what its answer is read with.

    `words`: the position of each word's first token, −1 for a word without one. `context`: token → its characters in the
    text that is searched, for tokens of that text.
    """

    row: Row
    words: tuple[int, ...] = ()
    context: Mapping[int, tuple[int, int]] | None = None


@dataclass(frozen=True, slots=True)
class Encoded:
    """A question's pieces: one, or one for each choice or window."""

    pieces: tuple[Piece, ...]
    truncated: bool = False


class Reader:
    """Reads questions with one tokenizer, in at most `limit` tokens a row."""

    def __init__(self, tokenizer: Any, source: str, limit: int) -> None:
        self._tokenizer, self._source, self._limit = tokenizer, source, limit
        if tokenizer.pad_token_id is None:
            raise InputError(f"the tokenizer of {source} has no padding token", "set `pad_token` and save it again")

    def read(self, head: str, questions: Sequence[Question], most: int | None) -> list[Encoded]:
        """Questions of one task, for a head of this type; `most` is the task's own limit of tokens."""
        limit = min(most or self._limit, self._limit)
        return _READERS.get(head, Reader._texts)(self, questions, limit)

    def _texts(self, questions: Sequence[Question], limit: int) -> list[Encoded]:
        rows = self._encode(_sides([question.segments for question in questions]), limit)
        return [Encoded((Piece(row),), cut) for row, cut, _ in rows]

    def _choices(self, questions: Sequence[Question], limit: int) -> list[Encoded]:
        """The segments, then each choice."""
        pairs = [(" ".join(question.segments), choice) for question in questions for choice in question.choices]
        rows = iter(self._encode(_sides(pairs), limit))
        return [_joined([next(rows) for _ in question.choices]) for question in questions]

    def _words(self, questions: Sequence[Question], limit: int) -> list[Encoded]:
        self._need_offsets()
        words = [list(question.words) for question in questions]
        rows = self._encode([words], limit, self._of_words, is_split_into_words=True)
        return [
            Encoded((Piece(row, _first_tokens(encoding.word_ids, len(question.words))),), cut)
            for question, (row, cut, encoding) in zip(questions, rows, strict=True)
        ]

    @cached_property
    def _of_words(self) -> Any:
        return _for_words(self._tokenizer)

    def _windows(self, questions: Sequence[Question], limit: int) -> list[Encoded]:
        self._need_offsets()
        return [self._windows_of(question.segments, limit) for question in questions]

    def _windows_of(self, segments: tuple[str, ...], limit: int) -> Encoded:
        """The last text in windows, each after the first, which is cut where it would take more than half of one."""
        *before, context = segments
        room = limit - self._tokenizer.num_special_tokens_to_add(pair=bool(before))
        if room < 2:
            raise InputError(f"{self._source} can read {limit} tokens of an input, too few for any text")
        offsets = (
            self._tokenizer(before[0], add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
            if before
            else []
        )
        cut = len(offsets) > room // 2
        if cut:
            before, room = [before[0][: offsets[room // 2 - 1][1]]], room - room // 2
        else:
            room -= len(offsets)
        windows = self._tokenizer(
            *([text] for text in (*before, context)),
            truncation="only_second" if before else "only_first",
            max_length=limit,
            stride=min(OVERLAP, room // 4),
            return_overflowing_tokens=True,
        )
        rows = _rows(windows)
        pieces = [
            Piece(row, context=_context(encoding, len(before)))
            for row, encoding in zip(rows, windows.encodings, strict=True)
        ]
        return Encoded(tuple(pieces), cut)

    def _encode(
        self, sides: list[list[Any]], limit: int, tokenizer: Any = None, **options: Any
    ) -> list[tuple[Row, bool, Any]]:
        """Each row, whether it was cut, and the tokenizer's own account of it (None from a slow one)."""
        tokenizer = tokenizer or self._tokenizer
        whole = tokenizer(*sides, verbose=False, **options)
        found = [(row, False, encoding) for row, encoding in zip(_rows(whole), _encodings(whole), strict=True)]
        long = [index for index, (row, _, _) in enumerate(found) if len(row.ids) > limit]
        if long:
            chosen = [[side[index] for index in long] for side in sides]
            short = tokenizer(*chosen, truncation=True, max_length=limit, verbose=False, **options)
            for index, row, encoding in zip(long, _rows(short), _encodings(short), strict=True):
                found[index] = (row, True, encoding)
        return found

    def _need_offsets(self) -> None:
        if not self._tokenizer.is_fast:
            raise InputError(
                f"the tokenizer of {self._source} is a slow one, which does not tell what part of a text a token is",
                "save a fast one in its folder: one that writes tokenizer.json",
            )


_READERS: Mapping[str, Callable[[Reader, Sequence[Question], int], list[Encoded]]] = {
    "multiple_choice": Reader._choices,
    "tagging": Reader._words,
    "parsing": Reader._words,
    "span": Reader._windows,
}
"""How types of heads read a question that do not read its texts as they are."""


def encoder_limit(network: Any, tokenizer: Any) -> int:
    """Longest input in tokens. Positions of RoBERTa's kind are counted from after the padding's own."""
    limits = [int(min(tokenizer.model_max_length, UNLIMITED))]
    positions = getattr(network.config, "max_position_embeddings", None)
    if positions and positions > 0:
        limits.append(int(positions) - _first_position(network))
    return min(limits)


def _first_position(network: Any) -> int:
    padding = (
        getattr(module, "padding_idx", None)
        for name, module in network.named_modules()
        if name.endswith("position_embeddings")
    )
    return max((index + 1 for index in padding if index is not None), default=0)


def _sides(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """First texts, and second ones where there are."""
    return [list(side) for side in zip(*rows, strict=True)]


def _joined(rows: Sequence[tuple[Row, bool, Any]]) -> Encoded:
    return Encoded(tuple(Piece(row) for row, _, _ in rows), any(cut for _, cut, _ in rows))


def _rows(encoding: Any) -> list[Row]:
    ids = encoding["input_ids"]
    types = encoding.get("token_type_ids") or [None] * len(ids)
    return [Row(tuple(row), None if kinds is None else tuple(kinds)) for row, kinds in zip(ids, types, strict=True)]


def _encodings(encoding: Any) -> Sequence[Any]:
    return encoding.encodings or [None] * len(encoding["input_ids"])


def _first_tokens(words: Sequence[int | None], count: int) -> tuple[int, ...]:
    """Of each of `count` words, by the word that each token is of."""
    from mtlbench.encoders.words import first_positions

    first = first_positions(words)
    return tuple(first.get(word, -1) for word in range(count))


def _context(encoding: Any, sequence: int) -> dict[int, tuple[int, int]]:
    return {
        position: offsets
        for position, (offsets, own) in enumerate(zip(encoding.offsets, encoding.sequence_ids, strict=True))
        if own == sequence
    }


def _for_words(tokenizer: Any) -> Any:
    """GPT-2's and RoBERTa's tokens hold the space before a word, which lists of words do not show."""
    from tokenizers.pre_tokenizers import ByteLevel

    before = tokenizer.backend_tokenizer.pre_tokenizer
    if not isinstance(before, ByteLevel) or before.add_prefix_space:
        return tokenizer
    spaced = deepcopy(tokenizer)
    spaced.backend_tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=True, use_regex=before.use_regex)
    return spaced
