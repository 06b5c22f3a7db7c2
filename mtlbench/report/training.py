"""The progress of training: a moving bar for each model with the losses of its tasks, a few plain lines in a log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mtlbench.report import wording
from mtlbench.report.console import told
from mtlbench.report.progress import EVERY_SECONDS, Mode
from mtlbench.training.events import (
    Evaluated,
    Event,
    FamilyStarted,
    Listener,
    ModelTrained,
    Notice,
    StageStarted,
    Stepped,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID


@contextmanager
def listener(console: Console, mode: Mode = "auto", clock: Callable[[], float] = time.monotonic) -> Iterator[Listener]:
    """Shows events on `console` while the block lasts; modes are those of a run's progress."""
    if mode == "none":
        yield lambda event: None
    elif mode == "auto" and console.is_interactive:
        with _columns(console) as progress:
            yield _Bars(progress)
    else:
        yield _Lines(console, clock)


def _columns(console: Console) -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        TextColumn("{task.fields[losses]}", markup=False, style="dim"),
        console=console,
        expand=True,
    )


class _Bars:
    """A bar for the family, and one for the stage at work."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._family: TaskID | None = None
        self._stage: TaskID | None = None

    def __call__(self, event: Event) -> None:
        match event:
            case FamilyStarted(models, there):
                total = len(models) + len(there)
                self._family = self._progress.add_task("all models", total=total, completed=len(there), losses="")
            case StageStarted(_, _, _, steps, done):
                self._end_stage()
                self._stage = self._progress.add_task(_stage(event), total=steps, completed=done, losses="")
            case Stepped(_, step, losses) if self._stage is not None:
                self._progress.update(self._stage, completed=step, losses=_losses(losses))
            case Evaluated():
                self._progress.console.print(told(_score(event)))
            case ModelTrained():
                self._end_stage()
                if self._family is not None:
                    self._progress.advance(self._family)
                self._progress.console.print(told(_end(event)))
            case Notice(message):
                self._progress.console.print(told(message))

    def _end_stage(self) -> None:
        if self._stage is not None:
            self._progress.remove_task(self._stage)
            self._stage = None


class _Lines:
    """One line when a stage starts, one each half minute with the losses of its tasks, one when a model is done."""

    def __init__(self, console: Console, clock: Callable[[], float]) -> None:
        self._console = console
        self._clock = clock
        self._steps = 0
        self._told = clock()

    def __call__(self, event: Event) -> None:
        match event:
            case FamilyStarted(models, there):
                self._say(f"{wording.plural(len(models), 'model')} to train, {len(there)} there already")
            case StageStarted(_, _, _, steps, done):
                self._steps, self._told = steps, self._clock()
                after = f", {done:,} of them done before" if done else ""
                self._say(f"{_stage(event)}: {wording.plural(steps, 'step')}{after}")
            case Stepped(model, step, losses):
                if step == self._steps or self._clock() - self._told >= EVERY_SECONDS:
                    self._told = self._clock()
                    self._say(f"{model}: {step:,}/{self._steps:,}, loss {_losses(losses)}")
            case Evaluated():
                self._say(_score(event))
            case ModelTrained():
                self._say(_end(event))
            case Notice(message):
                self._say(message)

    def _say(self, line: str) -> None:
        self._console.print(told(line), soft_wrap=True)


def _stage(event: StageStarted) -> str:
    return event.model if event.stages == 1 else f"{event.model}, stage {event.stage} of {event.stages}"


def _losses(losses: Mapping[str, float]) -> str:
    return " · ".join(f"{task} {loss:.3f}" for task, loss in losses.items())


def _score(event: Evaluated) -> str:
    return f"{event.model}: {event.score:.3f} on the validation rows after {wording.plural(event.step, 'step')}"


def _end(event: ModelTrained) -> str:
    return f"{event.model}: trained ({wording.duration(event.seconds)})"
