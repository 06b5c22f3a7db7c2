"""Moving bars on a terminal: the whole run, each model, and the tasks of the models at work."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from mtlbench.report import wording
from mtlbench.report.console import told
from mtlbench.report.tally import Pair, Tally
from mtlbench.runner.events import Advanced, Event, ModelDone, ModelStarted, Notice, RunStarted


class Bars:
    """A listener that draws; a model's tasks show while it is at work, so that long suites fit on the screen."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[pace]}", markup=False, justify="right"),
            TimeRemainingColumn(elapsed_when_finished=True),
            TextColumn("{task.fields[state]}", markup=False, style="dim"),
            console=console,
            expand=True,
        )
        self._tally = Tally()
        self._run: TaskID | None = None
        self._models: dict[str, TaskID] = {}
        self._pairs: dict[Pair, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._start(event)
            case ModelStarted():
                self._show(event)
            case Advanced():
                self._advance(event)
            case ModelDone(model, _, error):
                self._finish(model, error)
            case Notice(message):
                self._progress.console.print(told(message))

    def _start(self, event: RunStarted) -> None:
        self._tally.start(event)
        self._run = self._row("all models", list(event.totals))
        for model in dict.fromkeys(model for model, _ in event.totals):
            pairs = self._tally.pairs(model)
            self._models[model] = self._row(model, pairs)
            for pair in pairs:
                self._pairs[pair] = self._row(f"  {wording.plain(pair[1])}", [pair], visible=False)

    def _row(self, name: str, pairs: list[Pair], visible: bool = True) -> TaskID:
        return self._progress.add_task(
            name if name.startswith("  ") else wording.plain(name),
            start=False,
            total=sum(self._tally.totals[pair] for pair in pairs),
            visible=visible,
            pace="",
            state="",
        )

    def _show(self, event: ModelStarted) -> None:
        cached = self._tally.begin(event)
        for row in (self._run, self._models[event.model]):
            if row is not None:
                self._progress.advance(row, cached)
        if cached:
            self._progress.update(self._models[event.model], state=f"{cached:,} cached")
        for pair in self._tally.pairs(event.model):
            self._progress.update(self._pairs[pair], visible=True, completed=event.cached[pair[1]])
        self._progress.refresh()

    def _advance(self, event: Advanced) -> None:
        pair = self._tally.advance(event)
        for row in (self._run, self._models.get(event.model), self._pairs.get(pair)):
            if row is not None:
                self._progress.start_task(row)
                self._progress.advance(row, event.count)
                speed = self._progress.tasks[row].speed
                self._progress.update(row, pace=f"{wording.rate(speed)}/s" if speed else "")

    def _finish(self, model: str, error: str | None) -> None:
        for pair in self._tally.pairs(model):
            self._progress.update(self._pairs[pair], visible=False)
        if error:
            self._progress.update(self._models[model], state="failed")
            self._progress.console.print(told(f"{model}: {error}", "red"))
