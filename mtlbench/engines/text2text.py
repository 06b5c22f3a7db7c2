"""Encoder-decoders (T5, Flan-T5, mT5, BART, mBART) through transformers: they write an answer, or rank the choices."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from mtlbench.engines import loading, ranking
from mtlbench.engines.base import Asked, Engine, Identity, Options, Output, Refusal, Request
from mtlbench.engines.batching import Batcher, pad_rows
from mtlbench.engines.decoding import decode, end_tokens, generation_config, is_plain, read
from mtlbench.engines.heads.config import has_heads
from mtlbench.engines.languages import Direction, Languages, refuse_unknown_direction
from mtlbench.engines.memory import weight_bytes
from mtlbench.suite.declarations import Generation, Model

OWN = {"max_new_tokens", "min_new_tokens"}
"""Settings that may differ between inputs that are decoded together."""
SLOTS = 64
RANKED = frozenset({"label", "choice"})
"""Forms of answer that are one of a few choices."""

Answer = Callable[[list[int]], list[Output]]
"""Indices of requests → their outputs."""


if TYPE_CHECKING:
    from mtlbench.engines.slots.pool import Written


class _Way(NamedTuple):
    """What requests share that are answered together: how, in which languages, under which settings (as JSON)."""

    ranks: bool
    direction: Direction
    generation: str
    pooled: bool = False


class Text2Text(Engine):
    names = ("transformers",)
    engine = "transformers"
    kinds = ("text2text",)
    takes = loading.TAKES | {"shots"}

    @classmethod
    def recognizes(cls, config: Mapping[str, Any]) -> bool:
        return bool(config.get("is_encoder_decoder")) and not has_heads(config)

    @classmethod
    def refuses(cls, model: Model, config: Mapping[str, Any], asked: Asked) -> Refusal | None:
        if asked.form == "nats":
            return Refusal(
                f"task `{asked.task}` asks how likely a text is, which {model.checkpoint}, an encoder-decoder, cannot tell",
                "name the tasks it is to run on with `tasks:`",
            )
        if asked.by == "likelihood" and asked.form not in RANKED:
            return Refusal(
                f"task `{asked.task}` has neither labels nor choices of which the likeliest could be found",
                "leave out `answer_by: likelihood`",
            )
        return refuse_unknown_direction(config, model.checkpoint or "", asked)

    @classmethod
    def identify(cls, model: Model, base: Path, options: Options) -> Identity:
        return loading.identify("text2text", cls.engine, model, base, options)

    @classmethod
    def load(cls, identity: Identity, model: Model, options: Options, notify: Callable[[str], None]) -> Self:
        network, tokenizer = loading.load(identity, model, options, "AutoModelForSeq2SeqLM")
        return cls(network, tokenizer, identity, notify)

    def __init__(self, network: Any, tokenizer: Any, identity: Identity, notify: Callable[[str], None]) -> None:
        from mtlbench.engines.slots import decoder_of

        self._network, self._tokenizer, self._notify = network, tokenizer, notify
        self.weight_bytes = weight_bytes(network)
        self._batcher = Batcher(identity.device, notify)
        self._limit = loading.input_limit(network, tokenizer)
        self._positions: int | None = getattr(network.config, "max_position_embeddings", None)
        self._languages = Languages(tokenizer, network.config.model_type, identity.source)
        self._decoder = decoder_of(network)

    def run(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Output]]]:
        ways: dict[_Way, list[Request]] = {}
        for request in requests:
            ways.setdefault(self._way(request), []).append(request)
        for way, alike in ways.items():
            self._languages.read_as(way.direction)
            yield from self._run_alike(alike, way)

    def _way(self, request: Request) -> _Way:
        direction = self._languages.direction(request.asked)
        if request.asked.by == "likelihood":
            return _Way(True, direction, "")
        pooled = self._is_pooled(request.generation)
        settings = request.generation.model_dump_json(exclude=OWN if pooled else None)
        return _Way(False, direction, settings, pooled)

    def _is_pooled(self, generation: Generation) -> bool:
        """Whether outputs are decoded on a pool of slots, where each has limits of its own."""
        config = generation_config(self._network, generation)
        return self._decoder is not None and not generation.stop and is_plain(config)

    def _run_alike(self, requests: list[Request], way: _Way) -> Iterator[list[tuple[int, Output]]]:
        rows, truncated = self._tokenize(requests)
        if way.pooled:
            for written in self._pooled(requests, rows, way):
                yield [(requests[index].number, _marked(output, truncated[index])) for index, output in written]
            return
        answer = self._ranking(requests, rows, way) if way.ranks else self._writing(requests, rows, way)
        copies = ranking.COPIES if way.ranks else requests[0].generation.num_beams or 1
        for batch in self._batcher.run([len(row) for row in rows], answer, copies):
            yield [(requests[index].number, _marked(output, truncated[index])) for index, output in batch]

    def _tokenize(self, requests: list[Request]) -> tuple[list[list[int]], list[bool]]:
        """Token ids of each request, cut to the limit, and whether they were cut: at the end, or at solved examples."""
        rows: list[list[int]] = self._tokenizer([request.text for request in requests], verbose=False)["input_ids"]
        truncated = [False] * len(rows)
        for index, (row, request) in enumerate(zip(rows, requests, strict=True)):
            limit = min(request.max_input_tokens or self._limit, self._limit)
            if len(row) > limit:
                self._tokenizer.truncation_side = "left" if request.question.shots else "right"
                rows[index] = self._tokenizer(request.text, truncation=True, max_length=limit)["input_ids"]
                truncated[index] = True
        return rows, truncated

    def _writing(self, requests: list[Request], rows: list[list[int]], way: _Way) -> Answer:
        """Outputs as generated."""
        generation, keys = requests[0].generation, self._languages.generation_keys(way.direction)
        most = self._positions and self._positions - 1  # learned positions end

        def answer(batch: list[int]) -> list[Output]:
            started = time.perf_counter()
            inputs = self._padded([rows[index] for index in batch])
            found = decode(self._network, self._tokenizer, inputs, generation, most, **keys)
            seconds = (time.perf_counter() - started) / len(batch)
            return [
                Output(text, len(rows[index]), tokens, seconds, limited=limited)
                for index, (text, tokens, limited) in zip(batch, found, strict=True)
            ]

        return answer

    def _pooled(self, requests: list[Request], rows: list[list[int]], way: _Way) -> Iterator[list[tuple[int, Output]]]:
        """The same by greedy search, as outputs are finished."""
        from mtlbench.engines.slots.pool import Ends, Job, Pool

        config = generation_config(self._network, Generation())
        config.update(**self._languages.generation_keys(way.direction))
        first, last = (
            -1 if each is None else each for each in (config.forced_bos_token_id, config.forced_eos_token_id)
        )
        eos = end_tokens(config)
        ends = Ends(config.decoder_start_token_id, sorted(eos), self._tokenizer.pad_token_id, last)
        most = self._positions and self._positions - 1
        jobs = []
        for index, (request, row) in enumerate(zip(requests, rows, strict=True)):
            limits = generation_config(self._network, request.generation, most)
            jobs.append(Job(index, row, limits.max_new_tokens, limits.min_new_tokens or 0, first))
        assert self._decoder is not None
        pool = Pool(self._network, self._decoder, ends, SLOTS, self._batcher.budget, self._notify)
        for written in pool.run(jobs):
            yield [(each.number, self._read(each, rows, eos)) for each in written]

    def _read(self, written: Written, rows: list[list[int]], eos: set[int]) -> Output:
        text, tokens, limited = read(self._tokenizer, written.tokens, eos)
        return Output(text, len(rows[written.number]), tokens, written.seconds, limited=limited)

    def _ranking(self, requests: list[Request], rows: list[list[int]], way: _Way) -> Answer:
        """The likeliest choices."""
        keys = self._languages.generation_keys(way.direction)
        ranker = ranking.Ranker(self._network, self._tokenizer, self._languages, keys)
        ranker.learn(request.question.choices for request in requests)

        def answer(batch: list[int]) -> list[Output]:
            inputs = self._padded([rows[index] for index in batch])
            return ranker.rank(inputs, [requests[index].question.choices for index in batch], self._batcher.budget)

        return answer

    def _padded(self, rows: list[list[int]]) -> dict[str, Any]:
        """To the right: left padding shifts the absolute positions of BART's encoder."""
        ids, mask = pad_rows(rows, self._tokenizer.pad_token_id)
        return {"input_ids": ids.to(self._network.device), "attention_mask": mask.to(self._network.device)}


def _marked(output: Output, truncated: bool) -> Output:
    return replace(output, truncated=True) if truncated else output
