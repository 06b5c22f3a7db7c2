"""Decoders (GPT, Llama) through transformers: they write an answer, rank choices, or tell how likely a text is."""

from __future__ import annotations

import hashlib
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, Self

from mtlbench.engines import loading
from mtlbench.engines.base import Engine, Identity, Options, Output, Request
from mtlbench.engines.batching import Batcher, pad_rows
from mtlbench.engines.decoder_likelihood import score_branches, score_ends, windows
from mtlbench.engines.decoder_prompts import has_chat_template
from mtlbench.engines.decoder_reading import Measured, PrefixedRow, Ranked, Read, Reader, Written, by_prefix
from mtlbench.engines.decoding import decode
from mtlbench.engines.files import Files
from mtlbench.engines.memory import weight_bytes
from mtlbench.engines.prefix import Prefix, can_share, slides
from mtlbench.suite.declarations import Generation, Model
from mtlbench.suite.faults import InputError

SCORING = 4
"""What a token counts for in a batch whose logits are kept at every place."""
RANKING = 8
"""The same where choices are scored: passes of 1,024 tokens stay in a CPU's cache, and 16,384 fill a GPU."""

Answer = Callable[[list[int]], list[Output]]
"""Indices of rows → their outputs."""


class Causal(Engine):
    names = ("transformers-causal",)
    engine = "transformers"
    kinds = ("causal",)
    takes = loading.TAKES | {"shots", "chat_template"}

    @classmethod
    def recognizes(cls, config: Mapping[str, Any]) -> bool:
        named = config.get("architectures") or [""]
        return str(named[0]).endswith(("ForCausalLM", "LMHeadModel")) and not config.get("is_encoder_decoder")

    @classmethod
    def identify(cls, model: Model, base: Path, options: Options) -> Identity:
        identity = loading.identify("causal", cls.engine, model, base, options)
        own = identity.checkpoint_generation or {}  # its lengths count the prompt, so they say nothing of answers
        defaults = Generation(**{key: value for key, value in own.items() if key in Generation.model_fields})
        if not model.chat_template:
            return replace(identity, defaults=defaults)
        if not has_chat_template(identity.folder):
            hint = "leave `chat_template` out, or save the checkpoint with a tokenizer that has one"
            raise InputError(f"the tokenizer of {identity.source} has no chat template", hint)
        fingerprint = hashlib.sha256(f"chat:{identity.fingerprint}".encode()).hexdigest()
        return replace(identity, defaults=defaults, fingerprint=fingerprint)

    @classmethod
    def load(cls, identity: Identity, model: Model, options: Options, notify: Callable[[str], None]) -> Self:
        network, tokenizer = loading.load(identity, model, options, "AutoModelForCausalLM")
        return cls(network, tokenizer, identity, model.chat_template, notify)

    @classmethod
    def count(cls, identity: Identity, model: Model, options: Options, requests: Sequence[Request]) -> list[int]:
        files = Files.of(identity, model, options)
        found = Reader(files.tokenizer, model.chat_template, files.limit)(requests).input_tokens
        return [found[request.number] for request in requests]

    def __init__(
        self, network: Any, tokenizer: Any, identity: Identity, chat: bool, notify: Callable[[str], None]
    ) -> None:
        self._network, self._tokenizer, self._source = network, tokenizer, identity.source
        self.weight_bytes = weight_bytes(network)
        self._reader = Reader(tokenizer, chat, loading.input_limit(network, tokenizer))
        self._batcher = Batcher(identity.device, notify)

    def read(self, requests: Sequence[Request]) -> Read:
        return self._reader(requests)

    def answer(self, read: Read) -> Iterator[list[tuple[int, Output]]]:
        yield from self._write(read.written)
        yield from self._rank(read.ranked)
        yield from self._measure(read.measured)

    def _write(self, rows: Sequence[Written]) -> Iterator[list[tuple[int, Output]]]:
        """Each answer is what the network writes after the prompt."""

        def settings(row: Written) -> str:
            return row.request.generation.model_dump_json()

        for _, several in groupby(sorted(rows, key=settings), settings):
            together = list(several)
            beams = together[0].request.generation.num_beams or 1
            for alike, prefix in self._by_prefix(together, beams == 1 and not slides(self._network)):
                answer = partial(self._decode, alike, prefix)
                yield from self._batches(alike, [len(row.tokens) for row in alike], answer, beams)

    def _decode(self, rows: Sequence[Written], prefix: Prefix | None, batch: list[int]) -> list[Output]:
        """Outputs of some rows, which have the same generation settings."""
        started = time.perf_counter()
        chosen = [rows[index] for index in batch]
        device, done = self._network.device, len(prefix.tokens) if prefix else 0
        ids, mask = pad_rows([row.tokens[done:] for row in chosen], self._reader.filler, left=True)
        inputs = {"input_ids": ids.to(device), "attention_mask": mask.to(device)}
        if prefix is not None:
            inputs = prefix.before(inputs)
        keys = {"pad_token_id": self._reader.filler}
        found = decode(self._network, self._tokenizer, inputs, chosen[0].request.generation, chosen[0].room, **keys)
        seconds = (time.perf_counter() - started) / len(batch)
        return [
            Output(
                decoded.text.removeprefix(row.gap), len(row.tokens), decoded.tokens, seconds, row.cut, decoded.limited
            )
            for row, decoded in zip(chosen, found, strict=True)
        ]

    def _rank(self, rows: Sequence[Ranked]) -> Iterator[list[tuple[int, Output]]]:
        """Each answer is the choice that is likeliest after the prompt; of equals the first."""
        for alike, prefix in self._by_prefix(rows, True):
            read = len(prefix.tokens) if prefix else 0  # of it, only keys and values are in each row's memory
            sizes = [row.branches.size - read + read // RANKING for row in alike]
            yield from self._batches(alike, sizes, partial(self._score, alike, prefix), RANKING)

    def _score(self, rows: Sequence[Ranked], prefix: Prefix | None, batch: list[int]) -> list[Output]:
        started = time.perf_counter()
        chosen = [rows[index] for index in batch]
        found = score_branches(self._network, [row.branches for row in chosen], self._reader.filler, prefix)
        seconds = (time.perf_counter() - started) / len(batch)
        return [self._likeliest(row, scores, seconds) for row, scores in zip(chosen, found, strict=True)]

    def _likeliest(self, row: Ranked, scores: list[float], seconds: float) -> Output:
        self._check(scores)
        text = row.request.question.choices[scores.index(max(scores))]
        counts = row.branches.scored
        return Output(text, row.input_tokens, None, seconds, row.cut, scores=scores, score_tokens=counts)

    def _by_prefix(
        self, rows: Sequence[PrefixedRow], share: bool
    ) -> Iterator[tuple[Sequence[PrefixedRow], Prefix | None]]:
        """Rows that begin alike, and what they begin with, read; None where that is nothing or cannot be shared."""
        if not (share and can_share(self._network)):
            yield rows, None
            return
        for tokens, alike in by_prefix(rows).items():
            yield alike, Prefix(self._network, list(tokens)) if tokens else None

    def _batches(
        self, rows: Sequence[Written | Ranked], sizes: Sequence[int], answer: Answer, copies: int = 1
    ) -> Iterator[list[tuple[int, Output]]]:
        for batch in self._batcher.run(sizes, answer, copies):
            yield [(rows[index].request.number, output) for index, output in batch]

    def _measure(self, rows: Sequence[Measured]) -> Iterator[list[tuple[int, Output]]]:
        """Each answer is (nats, tokens, bytes) of a text, read in windows, which are the rows of a batch."""
        parts = [
            (number, window) for number, row in enumerate(rows) for window in windows(len(row.tokens), row.context)
        ]
        wanted = Counter(number for number, _ in parts)
        found: list[list[tuple[float, float]]] = [[] for _ in rows]

        def answer(batch: list[int]) -> list[tuple[float, float]]:
            started = time.perf_counter()
            read = [
                (rows[number].tokens[window.start : window.stop], window.scored)
                for number, window in map(parts.__getitem__, batch)
            ]
            scores = score_ends(self._network, read, self._reader.filler)
            return [(score, (time.perf_counter() - started) / len(batch)) for score in scores]

        for batch in self._batcher.run([window.stop - window.start for _, window in parts], answer, SCORING):
            for part, scored in batch:
                found[parts[part][0]].append(scored)
            texts_met = dict.fromkeys(parts[part][0] for part, _ in batch)
            yield [
                (rows[number].request.number, self._measured(rows[number], found[number]))
                for number in texts_met
                if len(found[number]) == wanted[number]
            ]

    def _measured(self, row: Measured, parts: list[tuple[float, float]]) -> Output:
        score = math.fsum(score for score, _ in parts)
        self._check([score])
        scores = (max(0.0, -score), row.input_tokens - 1, len(row.request.question.text.encode()))
        return Output("", row.input_tokens, None, sum(seconds for _, seconds in parts), scores=scores)

    def _check(self, scores: Sequence[float]) -> None:
        """Raises InputError where a score is no number."""
        if not all(map(math.isfinite, scores)):
            raise InputError(f"{self._source} gives probabilities that are no numbers", "say `dtype: float32`")
