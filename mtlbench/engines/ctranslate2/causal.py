"""Decoders: requests → tokens, and through CTranslate2's Generator to answers: written, ranked, or how likely a text is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtlbench.engines.base import Output, Request
from mtlbench.engines.ctranslate2.files import Files
from mtlbench.engines.ctranslate2.serving import alike, batching, check_finite, numbers, workers
from mtlbench.engines.ctranslate2.settings import options
from mtlbench.engines.decoder_likelihood import windows
from mtlbench.engines.decoder_prompts import Prompts
from mtlbench.engines.decoding import end_tokens, read
from mtlbench.suite.declarations import Model


@dataclass(frozen=True, slots=True)
class Scored:
    """Tokens that are read together, and how many of the last of them are scored."""

    tokens: list[int]
    scored: int


@dataclass(frozen=True, slots=True)
class Job:
    """A request as tokens: a prompt to write after, or what is to be scored, of each choice or each window of a text."""

    request: Request
    input_tokens: int
    """Of the input."""
    truncated: bool = False
    prompt: list[int] | None = None
    gap: str = ""
    """What stands between prompt and answer."""
    parts: tuple[Scored, ...] = ()


class PromptReader:
    """Requests → jobs, by a tokenizer of its own."""

    def __init__(self, files: Files, model: Model, source: str) -> None:
        self._limit, self._prompts = files.limit, Prompts(deepcopy(files.tokenizer), model.chat_template)

    def read(self, requests: Sequence[Request]) -> list[Job]:
        return [self._read(request) for request in requests]

    def _read(self, request: Request) -> Job:
        if request.asked.form == "nats":
            return self._measured(request)
        return self._ranked(request) if request.asked.by == "likelihood" else self._written(request)

    def _written(self, request: Request) -> Job:
        """Of a short context the answer gets half at most."""
        prompt = self._prompts.of(request.question)
        whole = self._prompts.begun(*self._prompts.encode([prompt.text]))
        kept = self._prompts.cut(whole, min(self._most(request), self._limit - room(request, self._limit)))
        return Job(request, len(kept), len(kept) < len(whole), kept, prompt.gap)

    def _ranked(self, request: Request) -> Job:
        choices, prompt = request.question.choices, self._prompts.of(request.question)
        found, cut = self._prompts.branches(prompt, choices, self._most(request), self._limit)
        parts = [Scored([*found.shared, *own], scored) for own, scored in zip(found.own, found.scored, strict=True)]
        return Job(request, found.prompt, cut, parts=tuple(parts))

    def _measured(self, request: Request) -> Job:
        (tokens,) = self._prompts.encode([request.question.text])
        row = [*self._prompts.first, *tokens] or [self._prompts.filler]
        parts = [Scored(row[start:stop], n) for start, stop, n in windows(len(row), max(2, self._most(request)))]
        return Job(request, len(row), parts=tuple(parts))

    def _most(self, request: Request) -> int:
        """Tokens that an input may have."""
        return min(request.max_input_tokens or self._limit, self._limit)


class Generator:
    """Jobs → outputs."""

    def __init__(self, folder: Path, compute_type: str, device: str, files: Files, source: str) -> None:
        import ctranslate2

        self._model = ctranslate2.Generator(str(folder), compute_type=compute_type, **workers(device))
        self._tokenizer, self._limit, self._source = files.tokenizer, files.limit, source
        self._eos = end_tokens(files.generation)

    def answers(self, jobs: Sequence[Job]) -> Iterator[tuple[int, Output]]:
        longest_first = sorted(jobs, key=lambda job: -job.input_tokens)
        yield from self._written([job for job in longest_first if job.prompt])
        yield from self._scored([job for job in longest_first if job.parts])

    def _written(self, jobs: Sequence[Job]) -> Iterator[tuple[int, Output]]:
        posted: list[tuple[Job, Any]] = []
        for settings, mine in alike(jobs, self._settings):
            del settings["single"]
            promised = self._model.generate_batch(
                [numbers(job.prompt or ()) for job in mine],
                include_prompt_in_result=False,
                end_token=sorted(self._eos),
                return_end_token=True,
                **settings,
                **batching(settings["beam_size"]),
            )
            posted += zip(mine, promised, strict=True)
        for job, promise in posted:
            (tokens,) = promise.result().sequences_ids
            text, count, limited = read(self._tokenizer, tokens, self._eos, job.request.generation.stop or ())
            yield (
                job.request.number,
                Output(text.removeprefix(job.gap), job.input_tokens, count, truncated=job.truncated, limited=limited),
            )

    def _settings(self, job: Job) -> dict[str, Any]:
        """Prompts of one token go apart: beside one, CTranslate2 4.8 takes other prompts for part of their answers."""
        own = options(job.request.generation, room(job.request, self._limit))
        return {**own, "single": job.input_tokens == 1}

    def _scored(self, jobs: Sequence[Job]) -> Iterator[tuple[int, Output]]:
        parts = [part for job in jobs for part in job.parts]
        rows = [numbers(part.tokens) for part in parts]
        promised = iter(self._model.score_batch(rows, max_input_length=0, **batching()) if rows else ())
        for job in jobs:
            found = [next(promised).result().log_probs for _ in job.parts]
            scores = [
                math.fsum(log_p[len(log_p) - part.scored :]) for log_p, part in zip(found, job.parts, strict=True)
            ]
            check_finite(scores, self._source)
            yield (
                job.request.number,
                _measure(job, scores) if job.request.asked.form == "nats" else _choose(job, scores),
            )


def room(request: Request, limit: int) -> int:
    """Most tokens of an answer."""
    return min(request.generation.max_new_tokens or limit, limit // 2)


def _choose(job: Job, scores: list[float]) -> Output:
    """The likeliest choice; of equals the first."""
    text = job.request.question.choices[scores.index(max(scores))]
    tokens = [part.scored for part in job.parts]
    return Output(text, job.input_tokens, truncated=job.truncated, scores=scores, score_tokens=tokens)


def _measure(job: Job, scores: list[float]) -> Output:
    """(nats, tokens, bytes) of a text."""
    found = (max(0.0, -math.fsum(scores)), job.input_tokens - 1, len(job.request.question.text.encode()))
    return Output("", job.input_tokens, scores=found)
