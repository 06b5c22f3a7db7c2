"""Where the time goes: seconds by phase, added up as a model is loaded, reads and answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager


class Clock:
    """Blocks of code are timed by the name of their phase. What a block inside another takes counts for it alone, so that
    the phases of a thread add up to its time. Any thread may use it.
    """

    def __init__(self) -> None:
        self.settle: Callable[[], object] | None = None
        """Called at the end of a block, to wait for a device that works on its own."""
        self._seconds: dict[str, float] = {}
        self._lock, self._thread = threading.Lock(), threading.local()

    @contextmanager
    def timed(self, phase: str) -> Iterator[None]:
        """Times the block, in which no generator may yield."""
        outside, self._thread.inside = getattr(self._thread, "inside", 0.0), 0.0
        began = time.perf_counter()
        try:
            yield
        finally:
            if self.settle is not None:
                self.settle()
            seconds = time.perf_counter() - began
            with self._lock:
                self._seconds[phase] = self._seconds.get(phase, 0.0) + seconds - self._thread.inside
            self._thread.inside = outside + seconds

    def read(self, since: Mapping[str, float] | None = None) -> dict[str, float]:
        """Seconds of each phase, of those after an earlier reading if one is given."""
        before = since or {}
        with self._lock:
            found = {phase: seconds - before.get(phase, 0.0) for phase, seconds in self._seconds.items()}
        return {phase: seconds for phase, seconds in found.items() if seconds > 0}


CLOCK = Clock()
"""Of all models that are at work in this process."""
