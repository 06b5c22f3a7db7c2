"""What `mtlbench plan` prints: of each model and task what is left to compute, and what it will take."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from mtlbench.report import wording
from mtlbench.report.console import told
from mtlbench.report.notes import Notes
from mtlbench.report.tables import bare_table, missing
from mtlbench.report.terminal import print_notes
from mtlbench.runner.estimate import Estimate, ModelEstimate
from mtlbench.runner.remaining import Remaining

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

MOST_PAIRS = 40
"""Beyond this, tasks are told in --json alone."""
COLUMNS = ("Examples", "Cached", "Alike", "To do", "Tokens in", "Out ≈", "Time ≈", "Memory ≈")


def print_estimate(name: str, found: Estimate, console: Console) -> None:
    """Print the plan; safe for any console, and for names that mean harm."""
    table, notes = bare_table(), Notes()
    pairs = sum(len(model.tasks) for model in found.models)
    table.add_column(told("Model, task"), overflow="fold")
    for label in COLUMNS:
        table.add_column(told(label), justify="right", no_wrap=True)
    for model in found.models:
        table.add_row(told(model.name), *_model(model, notes))
        for task in () if pairs > MOST_PAIRS else model.tasks:
            cells = [told(f"· {task.remaining.task}"), *_counts([task.remaining]), told(_seconds(task.seconds))]
            table.add_row(*(_dim(cell) for cell in cells), "")
    everything = [task.remaining for model in found.models for task in model.tasks]
    table.add_section()
    whole = [*_counts(everything), told(_seconds(found.seconds)), told(wording.size(found.memory))]
    table.add_row("all", *whole, style="bold")
    console.print()
    console.print(told(name, "bold"))
    console.print(table)
    if pairs > MOST_PAIRS:
        console.print(told("Each task: --json, or --models for some.", "dim"))
    console.print(told(_beside(found), "dim"))
    print_notes(notes, console)


def _model(model: ModelEstimate, notes: Notes) -> list[Text]:
    left = [task.remaining for task in model.tasks]
    if model.reason is not None:
        return [*_counts(left), missing(model.reason, notes), missing(model.reason, notes)]
    return [*_counts(left), told(_seconds(model.seconds)), told(wording.size(model.memory))]


def _counts(left: Sequence[Remaining]) -> list[Text]:
    """Examples (variants among them), cached, duplicates, to be computed, tokens read and expected."""
    keys: tuple[Callable[[Remaining], int | None], ...] = (
        lambda each: each.rows + each.variants,
        lambda each: each.cached,
        lambda each: each.duplicates,
        lambda each: each.answers,
        lambda each: each.input_tokens,
        lambda each: each.output_tokens,
    )
    return [told(wording.count(_sum(map(key, left)))) for key in keys]


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _seconds(seconds: float | None) -> str:
    return wording.DASH if seconds is None else wording.duration(seconds)


def _dim(cell: Text) -> Text:
    cell.stylize("dim")
    return cell


def _beside(found: Estimate) -> str:
    importing = "not known" if found.importing is None else wording.duration(found.importing)
    scoring = "not known before a run on this machine" if found.scoring is None else wording.duration(found.scoring)
    return f"Of all: importing libraries {importing}, scoring and the page {scoring}."
