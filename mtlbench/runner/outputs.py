"""The outputs of one model's turn, wherever they are kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence

from mtlbench.engines import Output
from mtlbench.runner.cache import Cache


class Outputs:
    """In the user's cache; from where that cannot be written, in a temporary one beside it."""

    def __init__(self, cache: Cache, notify: Callable[[str], None]) -> None:
        self._caches, self._notify = [cache], notify

    def put(self, outputs: Sequence[tuple[bytes, Output]]) -> None:
        try:
            self._caches[-1].put(outputs)
        except sqlite3.Error as error:
            if len(self._caches) > 1:
                raise
            self._notify(f"the cache cannot be written ({error}): going on without it")
            self._caches.append(Cache(None))
            self._caches[-1].put(outputs)

    def get(self, keys: Iterable[bytes]) -> dict[bytes, Output]:
        """The outputs there are."""
        wanted = list(dict.fromkeys(keys))
        return {key: output for cache in self._caches for key, output in cache.get(wanted).items()}
