"""What of a model's requests is still to be computed, and in which order."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from mtlbench.engines import Request
from mtlbench.runner.asking import Asking
from mtlbench.runner.cache import output_key
from mtlbench.runner.outputs import Outputs

SHARD = 1_024
"""Requests that an engine is given at once."""

KEY = 32
"""Bytes of a key."""

BATCHED = {"max_new_tokens", "min_new_tokens"}
"""Settings of generation in which requests of one batch may differ."""


class Backlog:
    """A model's requests by number: their keys, and which outputs were there when it was made.

    A few bytes a request are kept, whatever its text.
    """

    def __init__(self, asking: Asking, versions: dict[str, str], outputs: Outputs) -> None:
        self._asking, count = asking, len(asking)
        self._keys = np.empty((count, KEY), np.uint8)
        self.cached = np.zeros(count, bool)
        lengths, texts, kinds = np.zeros(count, np.int64), np.zeros(count, np.uint32), np.zeros(count, np.int64)
        seen: dict[str, int] = {}
        for task in asking.model.tasks:
            for requests in asking.parts(task):
                mine = slice(requests[0].number, requests[-1].number + 1)
                keys = [self._key(request, versions) for request in requests]
                self._keys[mine] = np.frombuffer(b"".join(keys), np.uint8).reshape(-1, KEY)
                found = outputs.get(keys)
                self.cached[mine] = [key in found for key in keys]
                lengths[mine] = [len(request.text) for request in requests]
                texts[mine] = [zlib.crc32(request.text.encode("utf-8", "surrogatepass")) for request in requests]
                kinds[mine] = seen.setdefault(_kind(requests[0]), len(seen))
        self._copies, waiting = self._leaders()
        # Equal texts stand side by side, so that an encoder reads them once for all tasks.
        self._order = waiting[np.lexsort((texts[waiting], -lengths[waiting], kinds[waiting]))]

    def key(self, number: int) -> bytes:
        return bytes(self._keys[number])

    def copies(self, number: int) -> Sequence[int]:
        """All requests that a computed one answers, itself among them."""
        return self._copies.get(number, (number,))

    def __len__(self) -> int:
        """Requests to be computed: one for each key without an output."""
        return len(self._order)

    @property
    def shards(self) -> int:
        return -(-len(self) // SHARD)

    def shard(self, place: int) -> list[Request]:
        """Requests to be computed together, those of like kind and length, the longest of a kind first."""
        return self._asking.requests(sorted(self._order[place * SHARD : (place + 1) * SHARD].tolist()))

    def _key(self, request: Request, versions: dict[str, str]) -> bytes:
        engine = self._asking.model.engine
        key = output_key(self._asking.model.identity, versions, request)
        if not engine.cached:  # its answers go by row, not by what was asked
            return hashlib.sha256(key + request.number.to_bytes(8, "big")).digest()
        return hashlib.sha256(key + request.task.encode()).digest() if engine.by_task else key

    def _leaders(self) -> tuple[dict[int, list[int]], Any]:
        """Of missing outputs: which requests share one, by the first of them, and all that are first."""
        missing = np.flatnonzero(~self.cached)
        keys = self._keys[missing].view(f"V{KEY}").ravel()
        _, first, group = np.unique(keys, return_index=True, return_inverse=True)
        leaders = missing[first]
        copies: dict[int, list[int]] = {}
        for number, leader in zip(missing.tolist(), leaders[group].tolist(), strict=True):
            if number != leader:
                copies.setdefault(leader, [leader]).append(number)
        return copies, leaders


def _kind(request: Request) -> str:
    """What requests share that can be answered in one batch."""
    asked, settings = request.asked, request.generation.model_dump_json(exclude=BATCHED)
    return f"{asked.by} {asked.form == 'nats'} {asked.source_lang} {asked.target_lang} {settings}"
