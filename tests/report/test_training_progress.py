"""Training told as it goes: lines with the losses of tasks in a log, bars on a terminal."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from mtlbench.report.progress import Mode
from mtlbench.report.training import listener
from mtlbench.training.events import (
    Evaluated,
    Event,
    FamilyStarted,
    ModelTrained,
    Notice,
    StageStarted,
    Stepped,
)

TRAINING: list[tuple[float, Event]] = [
    (0, FamilyStarted(("joint", "sequence"), ("single",))),
    (0, StageStarted("joint", 1, 1, 1000, 0)),
    (10, Stepped("joint", 300, {"mood": 0.9, "qa": 2.0})),
    (31, Stepped("joint", 600, {"mood": 0.71234, "qa": 1.5})),
    (40, Evaluated("joint", 600, 0.5)),
    (50, Notice("task [qa]: 3 rows are left out")),
    (55, Stepped("joint", 1000, {"mood": 0.6, "qa": 1.2})),
    (60, ModelTrained("joint", Path("out/joint"), 60.0)),
    (61, StageStarted("sequence", 2, 3, 40, 20)),
]


def told(mode: Mode, **options: object) -> str:
    stream, now = io.StringIO(), [0.0]
    console = Console(file=stream, width=120, **options)  # type: ignore[arg-type]
    with listener(console, mode, lambda: now[0]) as listen:
        for now[0], event in TRAINING:
            listen(event)
    return stream.getvalue()


@pytest.mark.parametrize("mode", ["plain", "auto"])
def test_a_log(mode: Mode) -> None:
    assert told(mode).splitlines() == [
        "2 models to train, 1 there already",
        "joint: 1,000 steps",
        "joint: 600/1,000, loss mood 0.712 · qa 1.500",
        "joint: 0.500 on the validation rows after 600 steps",
        "task [qa]: 3 rows are left out",
        "joint: 1,000/1,000, loss mood 0.600 · qa 1.200",
        "joint: trained (1 min 00 s)",
        "sequence, stage 2 of 3: 40 steps, 20 of them done before",
    ]


def test_bars() -> None:
    shown = told("auto", force_terminal=True, color_system=None)
    for part in ("all models", "2/3", "sequence, stage 2 of 3", "20/40", "task [qa]: 3 rows", "joint: trained"):
        assert part in shown


def test_silence() -> None:
    assert told("none") == ""
