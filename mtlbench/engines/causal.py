"""Decoders (GPT, Llama) through transformers: they write an answer, rank choices, or tell how likely a text is."""

from __future__ import annotations

import hashlib
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any, Self

from mtlbench.engines import loading
from mtlbench.engines.base import Asked, Engine, Identity, Options, Output, Request
from mtlbench.engines.batching import Batcher, pad_rows
from mtlbench.engines.decoder_likelihood import Branches, score_branches, score_ends, windows
from mtlbench.engines.decoder_prompts import Prompts, has_chat_template
from mtlbench.engines.decoding import decode
from mtlbench.engines.memory import weight_bytes
from mtlbench.suite.declarations import Generation, Model
from mtlbench.suite.faults import InputError

SCORING = 4
"""What a token counts for in a batch whose logits are kept at every place."""

Way = Callable[[list[Request]], Iterator[list[tuple[int, Output]]]]


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

    def __init__(
        self, network: Any, tokenizer: Any, identity: Identity, chat: bool, notify: Callable[[str], None]
    ) -> None:
        self._network, self._tokenizer, self._source = network, tokenizer, identity.source
        self.weight_bytes = weight_bytes(network)
        self._prompts = Prompts(tokenizer, chat)
        self._batcher = Batcher(identity.device, notify)
        self._limit = loading.input_limit(network, tokenizer)

    def run(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Output]]]:
        ways: dict[Way, list[Request]] = {}
        for request in requests:
            ways.setdefault(self._way(request.asked), []).append(request)
        for answer, mine in ways.items():
            yield from answer(mine)

    def _way(self, asked: Asked) -> Way:
        if asked.form == "nats":
            return self._measure
        return self._rank if asked.by == "likelihood" else self._write

    def _write(self, requests: list[Request]) -> Iterator[list[tuple[int, Output]]]:
        """Each answer is what the network writes after the prompt."""

        def settings(request: Request) -> str:
            return request.generation.model_dump_json()

        for _, alike in groupby(sorted(requests, key=settings), settings):
            yield from self._write_alike(list(alike))

    def _write_alike(self, requests: list[Request]) -> Iterator[list[tuple[int, Output]]]:
        """Requests with the same generation settings. Of a short context the answer gets half at most."""
        generation = requests[0].generation
        room = min(generation.max_new_tokens or self._limit, self._limit // 2)
        prompts = [self._prompts.of(request.question) for request in requests]
        whole = [self._prompts.begun(tokens) for tokens in self._prompts.encode([prompt.text for prompt in prompts])]
        rows = [
            self._prompts.cut(tokens, min(self._most(request), self._limit - room))
            for tokens, request in zip(whole, requests, strict=True)
        ]

        def answer(batch: list[int]) -> list[Output]:
            outputs = self._decode([rows[index] for index in batch], generation, room)
            return [
                replace(
                    output,
                    text=output.text.removeprefix(prompts[index].gap),
                    truncated=len(rows[index]) < len(whole[index]),
                )
                for index, output in zip(batch, outputs, strict=True)
            ]

        for batch in self._batcher.run([len(row) for row in rows], answer, generation.num_beams or 1):
            yield [(requests[index].number, output) for index, output in batch]

    def _decode(self, rows: list[list[int]], generation: Generation, most: int) -> list[Output]:
        started = time.perf_counter()
        ids, mask = pad_rows(rows, self._prompts.filler, left=True)
        inputs = {"input_ids": ids.to(self._network.device), "attention_mask": mask.to(self._network.device)}
        keys = {"pad_token_id": self._prompts.filler}
        found = decode(self._network, self._tokenizer, inputs, generation, most, **keys)
        seconds = (time.perf_counter() - started) / len(rows)
        return [
            Output(decoded.text, len(row), decoded.tokens, seconds, limited=decoded.limited)
            for row, decoded in zip(rows, found, strict=True)
        ]

    def _rank(self, requests: list[Request]) -> Iterator[list[tuple[int, Output]]]:
        """Each answer is the choice that is likeliest after the prompt; of equals the first."""
        rows = [
            self._prompts.branches(
                self._prompts.of(request.question), request.question.choices, self._most(request), self._limit
            )
            for request in requests
        ]

        def answer(batch: list[int]) -> list[Output]:
            started = time.perf_counter()
            found = score_branches(self._network, [rows[index][0] for index in batch], self._prompts.filler)
            seconds = (time.perf_counter() - started) / len(batch)
            return [
                self._likeliest(requests[index].question.choices, *rows[index], scores, seconds)
                for index, scores in zip(batch, found, strict=True)
            ]

        for batch in self._batcher.run([branches.size for branches, _ in rows], answer):
            yield [(requests[index].number, output) for index, output in batch]

    def _likeliest(
        self, choices: Sequence[str], branches: Branches, cut: bool, scores: list[float], seconds: float
    ) -> Output:
        self._check(scores)
        text = choices[scores.index(max(scores))]
        return Output(text, branches.prompt, None, seconds, cut, scores=scores, score_tokens=branches.scored)

    def _measure(self, requests: list[Request]) -> Iterator[list[tuple[int, Output]]]:
        """Each answer is (nats, tokens, bytes) of a text, read in windows, which are the rows of a batch."""
        texts = [request.question.text for request in requests]
        rows = [[*self._prompts.first, *tokens] or [self._prompts.filler] for tokens in self._prompts.encode(texts)]
        parts = [
            (number, window)
            for number, (row, request) in enumerate(zip(rows, requests, strict=True))
            for window in windows(len(row), max(2, self._most(request)))
        ]
        wanted = Counter(number for number, _ in parts)
        found: list[list[tuple[float, float]]] = [[] for _ in rows]

        def answer(batch: list[int]) -> list[tuple[float, float]]:
            started = time.perf_counter()
            read = [
                (rows[number][window.start : window.stop], window.scored)
                for number, window in map(parts.__getitem__, batch)
            ]
            scores = score_ends(self._network, read, self._prompts.filler)
            return [(score, (time.perf_counter() - started) / len(batch)) for score in scores]

        for batch in self._batcher.run([window.stop - window.start for _, window in parts], answer, SCORING):
            for part, scored in batch:
                found[parts[part][0]].append(scored)
            texts_met = dict.fromkeys(parts[part][0] for part, _ in batch)
            yield [
                (requests[number].number, self._measured(requests[number], len(rows[number]), found[number]))
                for number in texts_met
                if len(found[number]) == wanted[number]
            ]

    def _measured(self, request: Request, tokens: int, parts: list[tuple[float, float]]) -> Output:
        score = math.fsum(score for score, _ in parts)
        self._check([score])
        scores = (max(0.0, -score), tokens - 1, len(request.question.text.encode()))
        return Output("", tokens, None, sum(seconds for _, seconds in parts), scores=scores)

    def _most(self, request: Request) -> int:
        """Tokens that an input may have."""
        return min(request.max_input_tokens or self._limit, self._limit)

    def _check(self, scores: Sequence[float]) -> None:
        """Raises InputError where a score is no number."""
        if not all(map(math.isfinite, scores)):
            raise InputError(f"{self._source} gives probabilities that are no numbers", "say `dtype: float32`")
