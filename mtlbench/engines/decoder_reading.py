"""Requests → what a decoder reads of them: no more than the tokenizer is needed, so a thread of its own can do it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, TypeVar

from mtlbench.engines.base import Request
from mtlbench.engines.decoder_likelihood import Branches
from mtlbench.engines.decoder_prompts import Prompts
from mtlbench.engines.prefix import shared_prefix


@dataclass(frozen=True, slots=True)
class Written:
    """A prompt whose answer is written, of at most `room` tokens; `gap` stands between the two."""

    request: Request
    tokens: list[int]
    cut: bool
    gap: str
    room: int

    @property
    def input_tokens(self) -> int:
        return len(self.tokens)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A prompt and its choices."""

    request: Request
    branches: Branches
    cut: bool

    @property
    def tokens(self) -> list[int]:
        return self.branches.shared

    @property
    def input_tokens(self) -> int:
        return self.branches.prompt


@dataclass(frozen=True, slots=True)
class Measured:
    """A text, to be read in windows of `context` tokens."""

    request: Request
    tokens: list[int]
    context: int

    @property
    def input_tokens(self) -> int:
        return len(self.tokens)


@dataclass(frozen=True, slots=True)
class Read:
    """Requests by how they are answered."""

    written: list[Written]
    ranked: list[Ranked]
    measured: list[Measured]

    @property
    def input_tokens(self) -> dict[int, int]:
        """By the requests' numbers."""
        rows: list[Written | Ranked | Measured] = [*self.written, *self.ranked, *self.measured]
        return {row.request.number: row.input_tokens for row in rows}


PrefixedRow = TypeVar("PrefixedRow", Written, Ranked)


def by_prefix(rows: Sequence[PrefixedRow]) -> dict[tuple[int, ...], list[PrefixedRow]]:
    """Rows by the tokens that all of their task begin with; what was cut begins elsewhere."""
    tasks: dict[tuple[str, bool], list[PrefixedRow]] = {}
    for row in rows:
        tasks.setdefault((row.request.task, row.cut), []).append(row)
    found: dict[tuple[int, ...], list[PrefixedRow]] = {}
    for alike in tasks.values():
        found.setdefault(tuple(shared_prefix([row.tokens for row in alike])), []).extend(alike)
    return found


class Reader:
    """Reads for one tokenizer, of which it takes a copy; inputs have `limit` tokens at most, answers included."""

    def __init__(self, tokenizer: Any, chat: bool, limit: int) -> None:
        self._prompts, self._limit = Prompts(deepcopy(tokenizer), chat), limit
        self.filler = self._prompts.filler

    def __call__(self, requests: Sequence[Request]) -> Read:
        """Raises InputError for a choice that is too long."""
        measured = [request for request in requests if request.asked.form == "nats"]
        others = [request for request in requests if request.asked.form != "nats"]
        ranked = [request for request in others if request.asked.by == "likelihood"]
        written = [request for request in others if request.asked.by != "likelihood"]
        return Read(self._written(written), [self._ranked(request) for request in ranked], self._measured(measured))

    def _written(self, requests: Sequence[Request]) -> list[Written]:
        """Of a short context the answer gets half at most."""
        prompts = [self._prompts.of(request.question) for request in requests]
        rows = []
        for request, prompt, own in zip(
            requests, prompts, self._encode(prompt.text for prompt in prompts), strict=True
        ):
            room = min(request.generation.max_new_tokens or self._limit, self._limit // 2)
            whole = self._prompts.begun(own)
            tokens = self._prompts.cut(whole, min(self._most(request), self._limit - room))
            rows.append(Written(request, tokens, len(tokens) < len(whole), prompt.gap, room))
        return rows

    def _ranked(self, request: Request) -> Ranked:
        question, most = request.question, self._most(request)
        return Ranked(request, *self._prompts.branches(self._prompts.of(question), question.choices, most, self._limit))

    def _measured(self, requests: Sequence[Request]) -> list[Measured]:
        found = self._encode(request.question.text for request in requests)
        return [
            Measured(request, [*self._prompts.first, *tokens] or [self.filler], max(2, self._most(request)))
            for request, tokens in zip(requests, found, strict=True)
        ]

    def _encode(self, texts: Iterable[str]) -> list[list[int]]:
        several = list(texts)
        return self._prompts.encode(several) if several else []

    def _most(self, request: Request) -> int:
        """Tokens that an input may have."""
        return min(request.max_input_tokens or self._limit, self._limit)
