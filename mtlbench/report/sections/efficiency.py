"""Efficiency: what each model costs, over all its tasks and on each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from mtlbench.report import reading, wording
from mtlbench.report.cells import UNKNOWN, Cell, missing
from mtlbench.report.notes import Notes
from mtlbench.report.section import Column, Line, Section, Table, Told, names
from mtlbench.results.schema import EfficiencyRow, Number, Results

MIXED = "Models ran on different devices or precisions, so their speeds do not compare."


@dataclass(frozen=True, slots=True)
class _Figure:
    """A column: the rows' attribute, how it is written, and how rows make one number of a model."""

    label: str
    key: str
    write: Callable[[Number], str]
    ascending: bool = True

    @property
    def column(self) -> Column:
        return Column(self.label, ascending=self.ascending)

    def cell(self, value: Number) -> Cell:
        return UNKNOWN if value is None else Cell(self.write(value), sort=value)


_PARAMETERS = _Figure("Parameters", "parameters", wording.quantity)
_TRAINABLE = _Figure("Trainable", "trainable", wording.quantity)
_SIZES = (
    _Figure("On disk", "bytes", wording.size),
    _Figure("Weights", "weight_bytes", wording.size),
)
_SPEEDS = (
    _Figure("Examples/s", "examples_per_second", wording.rate, ascending=False),
    _Figure("Tokens/s", "tokens_per_second", wording.rate, ascending=False),
)
_PEAKS = (
    _Figure("p95 latency", "p95", wording.duration),
    _Figure("Cold start", "cold_start", wording.duration),
    _Figure("Memory", "peak_memory", wording.size),
)
_BY_TASK = (
    _Figure("Time", "seconds", wording.duration),
    *_SPEEDS,
    _Figure("p50 latency", "p50", wording.duration),
    _Figure("p95 latency", "p95", wording.duration),
    _Figure("Memory", "peak_memory", wording.size),
)
_ASKED_FOR = (
    _Figure("Active parameters", "active", wording.quantity),
    _Figure("FLOPs/example", "flops_per_example", wording.quantity),
    _Figure("J/example", "energy_per_example", wording.rate),
)
"""Columns by task that stand where some row has something to tell."""


def view(results: Results, notes: Notes) -> Section | None:
    by_model: dict[str, list[EfficiencyRow]] = {}
    for row in results.efficiency:
        by_model.setdefault(row.model, []).append(row)
    models = [row.model for row in reading.standings(results) if row.model in by_model]
    if not models:
        return None
    mixed = len({_device(row) for row in results.efficiency if row.device is not None}) > 1
    return Section(
        "efficiency",
        "Efficiency",
        "Inference alone, as measured when the outputs were made: loading, reading and scoring are left out. A cold "
        "start is loading and the first batch.",
        [
            *([Told(MIXED)] if mixed else []),
            _models({model: by_model[model] for model in models}),
            _tasks([row for model in models for row in by_model[model]], notes),
        ],
    )


def _models(rows: dict[str, list[EfficiencyRow]]) -> Table:
    """Sizes are the largest seen; speeds are totals over total seconds; the tail is that of the slowest task."""
    figures = (_PARAMETERS, _TRAINABLE, *_SIZES, *_SPEEDS, *_PEAKS)
    lines = [
        Line(
            [model, ", ".join(dict.fromkeys(_device(row) for row in mine))],
            [
                _PARAMETERS.cell(_largest(mine, "parameters")),
                _trainable(mine),
                *(figure.cell(_largest(mine, figure.key)) for figure in _SIZES),
                *(figure.cell(_speed(mine, figure.key)) for figure in _SPEEDS),
                *(figure.cell(_largest(mine, figure.key)) for figure in _PEAKS),
            ],
        )
        for model, mine in rows.items()
    ]
    caption = "All tasks together. The slowest 5% and the memory are those of the most demanding task."
    return Table(caption, [*names("Model", "Device"), *(figure.column for figure in figures)], lines)


def _tasks(rows: Sequence[EfficiencyRow], notes: Notes) -> Table:
    told = [figure for figure in _ASKED_FOR if any(_tells(row, figure.key) for row in rows)]
    figures = [*_BY_TASK, *told]
    lines = [Line([row.model, row.task], [_task_cell(row, figure, notes) for figure in figures]) for row in rows]
    columns = [*names("Model", "Task"), *(figure.column for figure in figures)]
    return Table("Latency is a batch’s seconds divided by its rows.", columns, lines, fold="By task")


def _tells(row: EfficiencyRow, key: str) -> bool:
    """Whether the row has the number, and it is not merely that of all its parameters."""
    return getattr(row, key) is not None and (key != "active" or row.active != row.parameters)


def _task_cell(row: EfficiencyRow, figure: _Figure, notes: Notes) -> Cell:
    """A dash leads to the row's reason, but for tokens, which encoders do not write."""
    value = getattr(row, figure.key)
    if value is None and row.reason and (row.seconds is None or figure.key != "tokens_per_second"):
        return missing(row.reason, notes)
    return figure.cell(value)


def _trainable(rows: Sequence[EfficiencyRow]) -> Cell:
    """With the share of all parameters, where that is not all."""
    number, total = _largest(rows, "trainable"), _largest(rows, "parameters")
    if number is None or not total or number == total:
        return _TRAINABLE.cell(number)
    return Cell(wording.quantity(number), wording.share(number / total), sort=number)


def _largest(rows: Iterable[EfficiencyRow], key: str) -> Number:
    return max((getattr(row, key) for row in rows if getattr(row, key) is not None), default=None)


def _speed(rows: Iterable[EfficiencyRow], key: str) -> Number:
    known = [(getattr(row, key), row.seconds) for row in rows if getattr(row, key) is not None and row.seconds]
    total = sum(seconds for _, seconds in known)
    return sum(rate * seconds for rate, seconds in known) / total if total else None


def _device(row: EfficiencyRow) -> str:
    return " · ".join(part for part in (row.device, row.dtype) if part)
