"""The progress of a run: moving bars on a terminal, a few plain lines in a log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from mtlbench.report import wording
from mtlbench.report.console import told
from mtlbench.report.tally import Pair, Tally
from mtlbench.runner.events import Advanced, Event, Listener, ModelDone, ModelStarted, Notice, RunStarted

if TYPE_CHECKING:
    from rich.console import Console

Mode = Literal["auto", "plain", "none"]

EVERY_SECONDS = 30.0
"""In a log, the longest silence of a task that moves."""


@contextmanager
def listener(console: Console, mode: Mode = "auto", clock: Callable[[], float] = time.monotonic) -> Iterator[Listener]:
    """Shows events on `console` while the block lasts; the console should write to stderr.

    `auto` moves where the console is an interactive terminal and is `plain` elsewhere.
    """
    if mode == "none":
        yield lambda event: None
    elif mode == "auto" and console.is_interactive:
        from mtlbench.report.bars import Bars

        with Bars(console) as bars:
            yield bars
    else:
        yield _Lines(console, clock)


class _Lines:
    """One line when a model starts, one for each finished task or half minute, one when a model is done."""

    def __init__(self, console: Console, clock: Callable[[], float]) -> None:
        self._console = console
        self._clock = clock
        self._tally = Tally()
        self._began: dict[Pair, float] = {}
        self._told: dict[Pair, float] = {}

    def __call__(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._tally.start(event)
                models = wording.plural(len({model for model, _ in event.totals}), "model")
                self._say(f"{models}, {wording.plural(sum(event.totals.values()), 'example')} to answer")
            case ModelStarted(model):
                self._begin(event, self._tally.pairs(model))
            case Advanced():
                self._advance(self._tally.advance(event))
            case ModelDone(model, seconds, error):
                self._say(f"{model}: {f'failed: {error}' if error else 'done'} ({wording.duration(seconds)})")
            case Notice(message):
                self._say(message)

    def _begin(self, event: ModelStarted, pairs: list[Pair]) -> None:
        self._began |= dict.fromkeys(pairs, self._clock())
        cached, total = self._tally.begin(event), sum(self._tally.totals[pair] for pair in pairs)
        known = f", {cached:,} of {wording.plural(total, 'example')} from the cache" if cached else ""
        self._say(f"{event.model}: started, {wording.plural(len(pairs), 'task')}{known}")

    def _advance(self, pair: Pair) -> None:
        now = self._clock()
        began = self._began.setdefault(pair, now)
        total, done = self._tally.totals.get(pair, 0), self._tally.done(pair)
        finished = done >= total
        if finished or now - self._told.get(pair, began) >= EVERY_SECONDS:
            self._told[pair] = now
            self._say(f"{pair[0]} · {pair[1]}: {done:,}/{total:,}{self._pace(pair, now - began, total - done)}")

    def _pace(self, pair: Pair, seconds: float, left: int) -> str:
        speed = self._tally.computed[pair] / seconds if seconds > 0 else None
        if not speed:
            return ""
        rest = f", {wording.duration(left / speed)} left" if left > 0 else ""
        return f", {wording.rate(speed)} examples/s{rest}"

    def _say(self, line: str) -> None:
        self._console.print(told(line), soft_wrap=True)
