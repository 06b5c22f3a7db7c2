"""Requests → the tokens that a decoder reads, and what it is to do with them; scores → answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

from mtlbench.engines.base import Output, Request
from mtlbench.engines.decoder_likelihood import windows
from mtlbench.engines.decoder_prompts import Prompts
from mtlbench.engines.files import Files
from mtlbench.suite.declarations import Model
from mtlbench.suite.faults import InputError


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


def room(request: Request, limit: int) -> int:
    """Most tokens of an answer."""
    return min(request.generation.max_new_tokens or limit, limit // 2)


def scored(job: Job, log_p: Sequence[Sequence[float]], source: str) -> Output:
    """The answer that log p of the last tokens of each part makes; raises InputError where they are no numbers."""
    scores = [math.fsum(each[len(each) - part.scored :]) for each, part in zip(log_p, job.parts, strict=True)]
    check_finite(scores, source)
    return _measure(job, scores) if job.request.asked.form == "nats" else _choose(job, scores)


def _choose(job: Job, scores: list[float]) -> Output:
    """The likeliest choice; of equals the first."""
    text = job.request.question.choices[scores.index(max(scores))]
    tokens = [part.scored for part in job.parts]
    return Output(text, job.input_tokens, truncated=job.truncated, scores=scores, score_tokens=tokens)


def _measure(job: Job, scores: list[float]) -> Output:
    """(nats, tokens, bytes) of a text."""
    found = (max(0.0, -math.fsum(scores)), job.input_tokens - 1, len(job.request.question.text.encode()))
    return Output("", job.input_tokens, scores=found)


def check_finite(scores: Sequence[float], source: str) -> None:
    """Raises InputError where a score is no number."""
    if not all(map(math.isfinite, scores)):
        raise InputError(f"{source} gives probabilities that are no numbers", "say `dtype: float32`")
