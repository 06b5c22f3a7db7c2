"""Requests through one loaded encoder: read, packed into batches, encoded once for all tasks, answered by their heads."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mtlbench.engines.base import Identity, Output, Request
from mtlbench.engines.batching import Batcher, pad_rows
from mtlbench.engines.clock import CLOCK
from mtlbench.engines.heads.inputs import Piece, Reader, Row, encoder_limit
from mtlbench.engines.heads.networks import Loaded
from mtlbench.engines.heads.reading import Reading, Use, Uses
from mtlbench.engines.memory import weight_bytes
from mtlbench.suite.declarations import Model
from mtlbench.suite.faults import InputError

TOKENS = 1_024
"""Padded tokens in a batch on a CPU: their states stay in its caches, and products of matrices are as fast as in more."""


class Served:
    """One loaded checkpoint and the tasks it answers."""

    def __init__(self, loaded: Loaded, identity: Identity, model: Model, notify: Callable[[str], None]) -> None:
        self._network, tokenizer, config = loaded
        self._padding, self._device = tokenizer.pad_token_id, self._network.encoder.device
        self._batcher = Batcher(identity.device, notify)
        if self._device.type == "cpu":
            self._batcher.budget = TOKENS
        reader = Reader(tokenizer, identity.source, encoder_limit(self._network.encoder, tokenizer))
        self._reading = Reading(reader, model, config)

    @property
    def weight_bytes(self) -> int:
        return weight_bytes(self._network.whole)

    def read(self, requests: Sequence[Request]) -> Uses:
        return self._reading.uses(requests)

    def answer(self, uses: Uses) -> Iterator[list[tuple[int, Output]]]:
        """Rows that several requests share are encoded once."""
        rows = list(uses)

        def answered(batch: list[int]) -> list[list[tuple[Use, Any, float]]]:
            return self._answered([rows[number] for number in batch], [uses[rows[number]] for number in batch])

        for batch in self._batcher.run([len(row.ids) for row in rows], answered):
            done = []
            for use, result, seconds in (result for _, results in batch for result in results):
                each = use.by
                each.results[use.place] = result
                each.seconds += seconds
                if each.done:
                    done.append((each.request.number, each.output()))
            if done:
                yield done

    def _answered(self, rows: list[Row], uses: list[Sequence[Use]]) -> list[list[tuple[Use, Any, float]]]:
        """Each row's uses with what the head of their task makes of it, and its share of the time."""
        import torch

        started = time.perf_counter()
        by_task: dict[str, list[tuple[int, Use]]] = defaultdict(list)
        for number, mine in enumerate(uses):
            for use in mine:
                by_task[use.by.request.task].append((number, use))
        found: list[list[tuple[Use, Any]]] = [[] for _ in rows]
        with torch.inference_mode():
            inputs = self._inputs(rows)
            with CLOCK.timed("encode"):
                encoded = self._network.encode(inputs)
            for task, wanted in by_task.items():
                numbers, pieces = [number for number, _ in wanted], [use.piece for _, use in wanted]
                words = _padded_words([piece.words for piece in pieces]).to(self._device)
                with CLOCK.timed("heads"):
                    logits = self._network.logits(task, encoded[numbers], inputs["attention_mask"][numbers], words)
                for (number, use), result in zip(wanted, _results(logits, pieces), strict=True):
                    found[number].append((use, result))
        seconds = (time.perf_counter() - started) / sum(map(len, uses))
        return [[(use, result, seconds) for use, result in mine] for mine in found]

    def _inputs(self, rows: list[Row]) -> dict[str, Any]:
        ids, mask = pad_rows([list(row.ids) for row in rows], self._padding)
        inputs = {"input_ids": ids, "attention_mask": mask}
        if rows[0].types is not None:
            inputs["token_type_ids"], _ = pad_rows([list(row.types or ()) for row in rows], 0)
        return {name: tensor.to(self._device) for name, tensor in inputs.items()}


def _padded_words(words: Sequence[Sequence[int]]) -> Any:
    """`[B, W]`, −1 where there is no word."""
    return pad_rows([list(row) or [-1] for row in words], -1)[0]


def _results(logits: Any, pieces: Sequence[Piece]) -> list[Any]:
    """Each row's logits as an array without padding; of relations only the best of each arc."""
    if isinstance(logits, tuple):  # of a parse
        arcs, relations = _finite(logits[0]), logits[1].argmax(-1).cpu().numpy()
        sizes = [len(piece.words) for piece in pieces]
        return [(arcs[row, :size, : size + 1], relations[row, :size, : size + 1]) for row, size in enumerate(sizes)]
    found = _finite(logits)
    lengths = [len(piece.words) or len(piece.row.ids) for piece in pieces]
    return [row[:length] if row.ndim > 1 else row for row, length in zip(found, lengths, strict=True)]


def _finite(logits: Any) -> Any:
    """As an array; an overflow would pass for an answer."""
    found = logits.float()
    if not found.isfinite().all():
        raise InputError("the head gives numbers that are not finite", "run the model with `dtype: float32`")
    return found.cpu().numpy()
