"""Decoders: jobs through CTranslate2's Generator to answers: written, ranked, or how likely a text is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mtlbench.engines.base import Output
from mtlbench.engines.ctranslate2.serving import alike, batching, numbers, workers
from mtlbench.engines.ctranslate2.settings import options
from mtlbench.engines.decoder_jobs import Job, room, scored
from mtlbench.engines.decoding import end_tokens, read
from mtlbench.engines.files import Files


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
            log_p = [next(promised).result().log_probs for _ in job.parts]
            yield job.request.number, scored(job, log_p, self._source)
