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
from mtlbench.engines.encdec_reading import Reader
from mtlbench.engines.heads.config import has_heads
from mtlbench.engines.languages import Direction, refuse_unknown_direction
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


class _Alike(NamedTuple):
    """Requests that are answered one way, their token ids, whether these were cut, and what ranks their choices."""

    way: _Way
    requests: list[Request]
    rows: list[list[int]]
    truncated: list[bool]
    ranker: ranking.Ranker | None = None


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
        self._positions: int | None = getattr(network.config, "max_position_embeddings", None)
        limit = loading.input_limit(network, tokenizer)
        self._reader = Reader(tokenizer, limit, network.config.model_type, identity.source)
        self._decoder = decoder_of(network)

    @classmethod
    def count(cls, identity: Identity, model: Model, options: Options, requests: Sequence[Request]) -> Sequence[int]:
        return Reader.of_files(identity, model, options).count(requests)

    def read(self, requests: Sequence[Request]) -> list[_Alike]:
        ways: dict[_Way, list[Request]] = {}
        pooled: dict[str, bool] = {}
        for request in requests:
            ways.setdefault(self._way(request, pooled), []).append(request)
        return [self._read_alike(alike, way) for way, alike in ways.items()]

    def answer(self, read: Sequence[_Alike]) -> Iterator[list[tuple[int, Output]]]:
        for alike in read:
            requests, truncated = alike.requests, alike.truncated
            for batch in self._answers(alike):
                yield [(requests[index].number, _marked(output, truncated[index])) for index, output in batch]

    def _way(self, request: Request, pooled: dict[str, bool]) -> _Way:
        """`pooled` remembers which settings are."""
        direction = self._reader.languages.direction(request.asked)
        if request.asked.by == "likelihood":
            return _Way(True, direction, "")
        settings = request.generation.model_dump_json()
        if settings not in pooled:
            pooled[settings] = self._is_pooled(request.generation)
        if pooled[settings]:
            return _Way(False, direction, request.generation.model_dump_json(exclude=OWN), pooled=True)
        return _Way(False, direction, settings)

    def _is_pooled(self, generation: Generation) -> bool:
        """Whether outputs are decoded on a pool of slots, where each has limits of its own."""
        config = generation_config(self._network, generation)
        return self._decoder is not None and not generation.stop and is_plain(config)

    def _read_alike(self, requests: list[Request], way: _Way) -> _Alike:
        rows, truncated = self._reader.tokenize(requests, way.direction)
        if not way.ranks:
            return _Alike(way, requests, rows, truncated)
        ranker = ranking.Ranker(self._network, self._reader, way.direction)
        ranker.learn(request.question.choices for request in requests)
        return _Alike(way, requests, rows, truncated, ranker)

    def _answers(self, alike: _Alike) -> Iterator[list[tuple[int, Output]]]:
        """Outputs by the requests' places, as they are finished."""
        way, requests, rows = alike.way, alike.requests, alike.rows
        if way.pooled:
            return self._pooled(requests, rows, way)
        if alike.ranker is not None:
            answer, copies = self._ranking(requests, rows, alike.ranker), ranking.COPIES
        else:
            answer, copies = self._writing(requests, rows, way), requests[0].generation.num_beams or 1
        return self._batcher.run([len(row) for row in rows], answer, copies)

    def _writing(self, requests: list[Request], rows: list[list[int]], way: _Way) -> Answer:
        """Outputs as generated."""
        generation, keys = requests[0].generation, self._reader.languages.generation_keys(way.direction)
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
        config.update(**self._reader.languages.generation_keys(way.direction))
        first, last = (
            -1 if each is None else each for each in (config.forced_bos_token_id, config.forced_eos_token_id)
        )
        eos = end_tokens(config)
        ends = Ends(config.decoder_start_token_id, sorted(eos), self._tokenizer.pad_token_id, last)
        most = self._positions and self._positions - 1
        jobs, limits = [], dict[tuple[int | None, int | None], Any]()
        for index, (request, row) in enumerate(zip(requests, rows, strict=True)):
            own = (request.generation.max_new_tokens, request.generation.min_new_tokens)
            if own not in limits:
                limits[own] = generation_config(self._network, request.generation, most)
            jobs.append(Job(index, row, limits[own].max_new_tokens, limits[own].min_new_tokens or 0, first))
        assert self._decoder is not None
        pool = Pool(self._network, self._decoder, ends, SLOTS, self._batcher.budget, self._notify)
        for written in pool.run(jobs):
            yield [(each.number, self._output(each, rows, eos)) for each in written]

    def _output(self, written: Written, rows: list[list[int]], eos: set[int]) -> Output:
        text, tokens, limited = read(self._tokenizer, written.tokens, eos)
        return Output(text, len(rows[written.number]), tokens, written.seconds, limited=limited)

    def _ranking(self, requests: list[Request], rows: list[list[int]], ranker: ranking.Ranker) -> Answer:
        """The likeliest choices."""

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
