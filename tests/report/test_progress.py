"""A few lines in a log; bars on a terminal; nothing where nothing is asked for."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from rich.console import Console

from mtlbench.report.progress import Mode, listener
from mtlbench.runner.events import Advanced, Event, ModelDone, ModelStarted, Notice, RunStarted

START = RunStarted(
    totals={("joint", "sentiment"): 100, ("joint", "translation"): 400, ("other", "sentiment"): 100},
)


class Clock:
    """Moves only when told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def told(events: Sequence[tuple[float, Event]], mode: Mode = "plain", **options: object) -> str:
    stream, clock = io.StringIO(), Clock()
    console = Console(file=stream, width=120, **options)  # type: ignore[arg-type]
    with listener(console, mode, clock) as listen:
        for clock.now, event in events:
            listen(event)
    return stream.getvalue()


RUN: list[tuple[float, Event]] = [
    (0, START),
    (0, ModelStarted("joint", {"sentiment": 40, "translation": 0})),
    (1, Advanced("joint", "sentiment", 30)),
    (2, Advanced("joint", "sentiment", 30)),
    (12, Advanced("joint", "translation", 100)),
    (32, Advanced("joint", "translation", 100)),
    (40, Advanced("joint", "translation", 100)),
    (50, Notice("batch halved to 8: out of [memory]")),
    (60, Advanced("joint", "translation", 100)),
    (61, ModelDone("joint", 61.0)),
    (61, ModelStarted("other", {"sentiment": 100})),
    (62, ModelDone("other", 1.0, "no \x1b[31mweights")),
]


@pytest.mark.parametrize("mode", ["plain", "auto"])
def test_a_log_gets_a_line_for_each_thing_that_ended(mode: Mode) -> None:
    assert told(RUN, mode).splitlines() == [
        "2 models, 600 examples to answer",
        "joint: started, 2 tasks, 40 of 500 examples from the cache",
        "joint · sentiment: 100/100, 30.0 examples/s",
        "joint · translation: 200/400, 6.25 examples/s, 32.0 s left",
        "batch halved to 8: out of [memory]",
        "joint · translation: 400/400, 6.67 examples/s",
        "joint: done (1 min 01 s)",
        "other: started, 1 task, 100 of 100 examples from the cache",
        "other: failed: no weights (1.00 s)",
    ]


def test_none_is_silent() -> None:
    assert told(RUN, "none") == ""


def test_a_terminal_gets_bars() -> None:
    text = told(RUN, "auto", force_terminal=True, force_interactive=True)
    for part in ("all models", "joint", "sentiment", "translation", "40 cached", "batch halved", "500/500", "failed"):
        assert part in text
    assert "\x1b[31mweights" not in text


def test_bars_end_when_the_run_breaks() -> None:
    stream = io.StringIO()
    console = Console(file=stream, width=100, force_terminal=True, force_interactive=True)

    def broken() -> None:
        with listener(console) as listen:
            listen(START)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken()
    assert stream.getvalue().endswith("\x1b[?25h"), "the cursor is shown again"


def test_events_of_pairs_that_no_plan_named_do_no_harm() -> None:
    stray: list[tuple[float, Event]] = [(0, Advanced("x", "y", 1)), (1, ModelDone("x", 1.0))]
    for options in ({}, {"force_terminal": True, "force_interactive": True}):
        told(stray, "auto", **options)
