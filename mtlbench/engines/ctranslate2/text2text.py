"""Encoder-decoders: requests → tokens, and through CTranslate2's Translator to answers, written or ranked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtlbench.engines.base import Output, Request
from mtlbench.engines.ctranslate2.serving import alike, batching, numbers, workers
from mtlbench.engines.ctranslate2.settings import options
from mtlbench.engines.decoder_jobs import check_finite
from mtlbench.engines.decoding import end_tokens, read
from mtlbench.engines.files import Files
from mtlbench.engines.languages import Direction, Languages
from mtlbench.engines.loading import UNLIMITED
from mtlbench.suite.declarations import Model
from mtlbench.suite.faults import InputError


@dataclass(frozen=True, slots=True)
class Job:
    """A request as tokens: its input, what the answer is given to begin with, and the choices that are to be ranked."""

    request: Request
    tokens: list[int]
    truncated: bool
    start: list[int]
    targets: list[list[int]]

    @property
    def input_tokens(self) -> int:
        return len(self.tokens)


class InputReader:
    """Requests → jobs, by a tokenizer of its own."""

    def __init__(self, files: Files, model: Model, source: str) -> None:
        self._files, self._tokenizer = files, deepcopy(files.tokenizer)
        self._languages = Languages(self._tokenizer, files.config.model_type, source)

    def read(self, requests: Sequence[Request]) -> list[Job]:
        """In the order of the requests."""
        directions: dict[Direction, list[int]] = {}
        for place, request in enumerate(requests):
            directions.setdefault(self._languages.direction(request.asked), []).append(place)
        jobs: dict[int, Job] = {}
        for direction, places in directions.items():
            jobs |= zip(places, self._read([requests[place] for place in places], direction), strict=True)
        return [jobs[place] for place in range(len(requests))]

    def _read(self, requests: list[Request], direction: Direction) -> Iterator[Job]:
        self._languages.read_as(direction)
        start = self._start(direction)
        ranked = {choice for each in requests if each.asked.by == "likelihood" for choice in each.question.choices}
        targets = self._targets(sorted(ranked), start) if ranked else {}
        rows = self._tokenizer([request.text for request in requests], verbose=False)["input_ids"]
        for row, request in zip(rows, requests, strict=True):
            limit = min(request.max_input_tokens or self._files.limit, self._files.limit)
            tokens = row if len(row) <= limit else self._cut(request, limit)
            choices = request.question.choices if request.asked.by == "likelihood" else ()
            yield Job(request, tokens, len(row) > limit, start, [targets[choice] for choice in choices])

    def _cut(self, request: Request, limit: int) -> list[int]:
        """At the end, or at solved examples."""
        self._tokenizer.truncation_side = "left" if request.question.shots else "right"
        tokens: list[int] = self._tokenizer(request.text, truncation=True, max_length=limit)["input_ids"]
        return tokens

    def _start(self, direction: Direction) -> list[int]:
        """The decoder's start token, and the first token where that is forced."""
        own, keys = self._files.generation, self._languages.generation_keys(direction)
        start = own.bos_token_id if own.decoder_start_token_id is None else own.decoder_start_token_id
        first = keys.get("forced_bos_token_id", own.forced_bos_token_id)
        return [keys.get("decoder_start_token_id", start), *([] if first is None else [first])]

    def _targets(self, choices: list[str], start: list[int]) -> dict[str, list[int]]:
        """The tokens of each choice as the model was taught to write it, end token included, less what is given."""
        targets: dict[str, list[int]] = {}
        for text, whole in zip(choices, self._tokenizer(text_target=choices)["input_ids"], strict=True):
            tokens = self._languages.without_codes(whole)
            targets[text] = tokens[1:] if tokens[0] in start[1:] else tokens
            if self._files.positions and len(start) + len(targets[text]) > self._files.positions + 1:
                shown = text if len(text) <= 60 else text[:59] + "…"
                raise InputError(
                    f"a choice of {len(targets[text])} tokens, “{shown}”, is longer than the model's "
                    f"{self._files.positions} positions"
                )
        return targets


class Translator:
    """Jobs → outputs."""

    def __init__(self, folder: Path, compute_type: str, device: str, files: Files, source: str) -> None:
        import ctranslate2

        self._model = ctranslate2.Translator(str(folder), compute_type=compute_type, **workers(device))
        self._tokenizer, self._source = files.tokenizer, source
        self._most = files.positions - 1 if files.positions else UNLIMITED
        self._end: int | None = files.tokenizer.eos_token_id
        self._eos, self._last = end_tokens(files.generation), files.generation.forced_eos_token_id

    def answers(self, jobs: Sequence[Job]) -> Iterator[tuple[int, Output]]:
        longest_first = sorted(jobs, key=lambda job: -job.input_tokens)
        yield from self._written([job for job in longest_first if not job.targets])
        yield from self._ranked([job for job in longest_first if job.targets])

    def _written(self, jobs: Sequence[Job]) -> Iterator[tuple[int, Output]]:
        posted: list[tuple[Job, Any]] = []
        for settings, mine in alike(jobs, lambda job: options(job.request.generation, self._most)):
            lengths = {f"{end}_decoding_length": settings.pop(f"{end}_length") for end in ("min", "max")}
            promised = self._model.translate_batch(
                [numbers(job.tokens) for job in mine],
                [numbers(job.start) for job in mine],
                max_input_length=0,
                end_token=sorted(self._eos),
                return_end_token=True,
                **lengths,
                **settings,
                **batching(settings["beam_size"]),
            )
            posted += zip(mine, promised, strict=True)
        for job, promise in posted:
            yield job.request.number, self._read(job, list(map(int, promise.result().hypotheses[0])))

    def _read(self, job: Job, tokens: list[int]) -> Output:
        generation = job.request.generation
        if self._last is not None and len(tokens) == min(generation.max_new_tokens or self._most, self._most):
            tokens[-1] = self._last
        text, count, limited = read(self._tokenizer, tokens, self._eos, generation.stop or ())
        return Output(text, job.input_tokens, count, truncated=job.truncated, limited=limited)

    def _ranked(self, jobs: Sequence[Job]) -> Iterator[tuple[int, Output]]:
        pairs = [(job, target) for job in jobs for target in job.targets]
        promised = iter(
            self._model.score_batch(
                [numbers(job.tokens) for job, _ in pairs],
                [numbers([*job.start, *self._unended(target)]) for job, target in pairs],
                max_input_length=0,
                **batching(),
            )
            if pairs
            else ()
        )
        for job in jobs:
            scores = [
                sum(next(promised).result().log_probs[len(job.start) - 1 :][: len(target)]) for target in job.targets
            ]
            check_finite(scores, self._source)
            yield job.request.number, Output(
                job.request.question.choices[scores.index(max(scores))], job.input_tokens, truncated=job.truncated,
                scores=scores, score_tokens=list(map(len, job.targets)),
            )  # fmt: skip

    def _unended(self, target: list[int]) -> list[int]:
        """Less its end token, which CTranslate2 puts there itself."""
        return target[:-1] if target[-1] == self._end else target
