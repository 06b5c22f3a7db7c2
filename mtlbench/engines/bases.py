"""The network that was loaded last, kept so that models which share it as their base load it once and swap adapters."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any, NamedTuple

from mtlbench.engines.adapters import Adapter, mounted


class BaseKey(NamedTuple):
    """All that makes a base network what it is in memory; `files` is a hash of its checkpoint's."""

    files: str
    dtype: str | None
    device: str | None
    auto_class: str
    trusted: bool
    quantize: str | None
    prune: float | None


class Bases:
    """Keeps one network and its tokenizer, whose adapter is taken off before they are given out again."""

    def __init__(self) -> None:
        self._key: BaseKey | None = None
        self._loaded: tuple[Any, Any] = (None, None)
        self._take_off: Callable[[], Any] | None = None
        self.reused = 0
        """How often what was kept was given out again."""

    def get(self, key: BaseKey, load: Callable[[], tuple[Any, Any]]) -> tuple[Any, Any]:
        """Network and tokenizer, loaded unless they are those kept; what was kept is let go before."""
        if key != self._key:
            self.release()
            self._loaded = load()
            self._key = key
        else:
            self.reused += 1
            if self._take_off is not None:
                self._take_off()
        self._take_off = None
        return self._loaded

    def adapt(self, adapter: Adapter, device: str | None) -> Any:
        """The kept network with the adapter, until it is asked for again; raises InputError."""
        try:
            network, self._take_off = mounted(self._loaded[0], adapter, device)
        except BaseException:  # half of the layers may be there
            self.release()
            raise
        return network

    def release(self, unless: str | None = None) -> None:
        """Let go of what is kept, unless it is made of these files."""
        if self._key is not None and self._key.files != unless:
            self._key, self._loaded, self._take_off = None, (None, None), None
            gc.collect()  # a network that has generated with an adapter refers to itself


BASES = Bases()
