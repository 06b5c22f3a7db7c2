"""Decoders on a GPU through vLLM: they write an answer by greedy search, rank choices, or tell how likely a text is.

Never run by the tests, which hold what vLLM is called with against a stand-in.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

from mtlbench.engines.base import Asked, Engine, Identity, Options, Output, Refusal, Request
from mtlbench.engines.causal import Causal
from mtlbench.engines.decoder_jobs import Job, PromptReader, room, scored
from mtlbench.engines.decoding import read
from mtlbench.engines.files import Files
from mtlbench.suite.declarations import Generation, Model
from mtlbench.suite.faults import InputError


class Vllm(Engine):
    names = ("vllm",)
    engine = "vllm"
    kinds = ("causal",)
    takes = frozenset({"shots", "chat_template"})
    layout = "transformers"
    chosen = "by name"

    @classmethod
    def refuses(cls, model: Model, config: Mapping[str, Any], asked: Asked) -> Refusal | None:
        if find_spec("vllm") is None:
            return Refusal("`engine: vllm` needs a package that is not installed", "pip install vllm")
        return Causal.refuses(model, config, asked)

    @classmethod
    def refuses_generation(cls, generation: Generation) -> Refusal | None:
        unknown = {
            "num_beams": (generation.num_beams or 1) > 1,
            "no_repeat_ngram_size": generation.no_repeat_ngram_size,
        }
        named = next((key for key, is_set in unknown.items() if is_set), None)
        return (
            None if named is None else Refusal(f"`engine: vllm` does not know `{named}`", "leave it, or `engine`, out")
        )

    @classmethod
    def identify(cls, model: Model, base: Path, options: Options) -> Identity:
        found = Causal.identify(model, base, options)
        if found.device not in ("cuda", "cuda:0"):
            raise InputError(f"`engine: vllm` runs on cuda, and this run is on {found.device}", "leave `engine` out")
        parts = f"vllm {version('vllm')} {found.fingerprint}"
        return replace(found, engine=cls.engine, fingerprint=hashlib.sha256(parts.encode()).hexdigest())

    @classmethod
    def load(cls, identity: Identity, model: Model, options: Options, notify: Callable[[str], None]) -> Self:
        from vllm import LLM

        trust = model.trust_remote_code and options.trust_remote_code
        network = LLM(
            str(identity.folder), dtype=identity.dtype, load_format="safetensors", trust_remote_code=trust, seed=0
        )
        return cls(network, Files.of(identity, model, options), model, identity.source)

    @classmethod
    def count(cls, identity: Identity, model: Model, options: Options, requests: Sequence[Request]) -> list[int]:
        reader = PromptReader(Files.of(identity, model, options), model, identity.source)
        return [job.input_tokens for job in reader.read(requests)]

    def __init__(self, network: Any, files: Files, model: Model, source: str) -> None:
        self._network, self._files, self._source = network, files, source
        self._reader = PromptReader(files, model, source)

    def read(self, requests: Sequence[Request]) -> list[Job]:
        return self._reader.read(requests)

    def answer(self, read: Any) -> Iterator[list[tuple[int, Output]]]:
        """vLLM batches for itself, so that what was read together is answered together."""
        jobs: list[Job] = read
        for answer, mine in (
            (self._write, [job for job in jobs if job.prompt]),
            (self._score, [job for job in jobs if job.parts]),
        ):
            if mine:
                started = time.perf_counter()
                outputs = answer(mine)
                seconds = (time.perf_counter() - started) / len(mine)
                numbers = [job.request.number for job in mine]
                yield [(n, replace(output, seconds=seconds)) for n, output in zip(numbers, outputs, strict=True)]

    def _write(self, jobs: list[Job]) -> list[Output]:
        found = self._run([job.prompt or [] for job in jobs], [self._settings(job.request) for job in jobs])
        outputs = []
        for job, one in zip(jobs, found, strict=True):
            (written,), stops = one.outputs, job.request.generation.stop or ()
            text, tokens, whole = read(self._files.tokenizer, list(written.token_ids), (), stops)
            limited = whole and written.finish_reason == "length"
            text = text.removeprefix(job.gap)
            outputs.append(Output(text, job.input_tokens, tokens, truncated=job.truncated, limited=limited))
        return outputs

    def _settings(self, request: Request) -> dict[str, Any]:
        own = request.generation
        return {
            "max_tokens": room(request, self._files.limit),
            "min_tokens": own.min_new_tokens or 0,
            "repetition_penalty": own.repetition_penalty or 1.0,
            "stop": own.stop or [],
        }

    def _score(self, jobs: list[Job]) -> list[Output]:
        """What is written after what is scored is one token, the fewest there can be, and is passed over."""
        rows = [part.tokens for job in jobs for part in job.parts]
        found = iter(self._run(rows, [{"max_tokens": 1, "prompt_logprobs": 0}] * len(rows)))
        return [scored(job, [_log_p(next(found), part.tokens) for part in job.parts], self._source) for job in jobs]

    def _run(self, rows: list[list[int]], settings: list[dict[str, Any]]) -> list[Any]:
        from vllm import SamplingParams

        prompts = [{"prompt_token_ids": row} for row in rows]
        params = [SamplingParams(temperature=0.0, **each) for each in settings]
        found: list[Any] = self._network.generate(prompts, params, use_tqdm=False)
        return found


def _log_p(found: Any, tokens: list[int]) -> list[float]:
    """Of each token but the first."""
    return [each[token].logprob for token, each in zip(tokens[1:], found.prompt_logprobs[1:], strict=True)]
