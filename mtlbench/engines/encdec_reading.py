"""Requests to an encoder-decoder as token ids, cut to its limit: all that needs no network, on a tokenizer of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import Any

from mtlbench.engines.base import Identity, Options, Request
from mtlbench.engines.files import Files
from mtlbench.engines.languages import Direction, Languages
from mtlbench.suite.declarations import Model


class Reader:
    """`limit` is the longest input in tokens, `model_type` and `source` the checkpoint's type and name."""

    def __init__(self, tokenizer: Any, limit: int, model_type: str, source: str) -> None:
        self._tokenizer, self._limit = deepcopy(tokenizer), limit  # may be read with while outputs are decoded
        self.languages = Languages(self._tokenizer, model_type, source)

    @classmethod
    def of_files(cls, identity: Identity, model: Model, options: Options) -> Reader:
        """Of a checkpoint whose weights are not loaded; raises InputError."""
        files = Files.of(identity, model, options)
        return cls(files.tokenizer, files.limit, files.config.model_type, identity.source)

    def count(self, requests: Sequence[Request]) -> list[int]:
        """Input tokens of each request."""
        counts = [0] * len(requests)
        ways: dict[Direction, list[int]] = {}
        for index, request in enumerate(requests):
            ways.setdefault(self.languages.direction(request.asked), []).append(index)
        for direction, alike in ways.items():
            rows, _ = self.tokenize([requests[index] for index in alike], direction)
            for index, row in zip(alike, rows, strict=True):
                counts[index] = len(row)
        return counts

    def tokenize(self, requests: Sequence[Request], direction: Direction) -> tuple[list[list[int]], list[bool]]:
        """Token ids of each request, cut to the limit, and whether they were cut: at the end, or at solved examples."""
        self.languages.read_as(direction)
        rows: list[list[int]] = self._tokenizer([request.text for request in requests], verbose=False)["input_ids"]
        truncated = [False] * len(rows)
        for index, (row, request) in enumerate(zip(rows, requests, strict=True)):
            limit = min(request.max_input_tokens or self._limit, self._limit)
            if len(row) > limit:
                self._tokenizer.truncation_side = "left" if request.question.shots else "right"
                rows[index] = self._tokenizer(request.text, truncation=True, max_length=limit)["input_ids"]
                truncated[index] = True
        return rows, truncated

    def targets(self, choices: Iterable[str], direction: Direction) -> dict[str, list[int]]:
        """The tokens of each choice as the model was taught to write it, end token included."""
        self.languages.read_as(direction)
        texts = sorted(set(choices))
        found = self._tokenizer(text_target=texts)["input_ids"]
        return {text: self.languages.without_codes(tokens) for text, tokens in zip(texts, found, strict=True)}
