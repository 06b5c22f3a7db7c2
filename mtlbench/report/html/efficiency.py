"""Efficiency: what each model costs, over all its tasks and on each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mtlbench.report import reading, wording
from mtlbench.report.cells import UNKNOWN, Cell, missing
from mtlbench.report.notes import Notes
from mtlbench.results.schema import EfficiencyRow, Number, Results


@dataclass(frozen=True, slots=True)
class Cost:
    model: str
    device: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class TaskCost:
    model: str
    task: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Efficiency:
    models: list[Cost]
    tasks: list[TaskCost]
    mixed: bool
    """Models ran on different devices or precisions: their speeds do not compare."""


def view(results: Results, notes: Notes) -> Efficiency | None:
    by_model: dict[str, list[EfficiencyRow]] = {}
    for row in results.efficiency:
        by_model.setdefault(row.model, []).append(row)
    models = [row.model for row in reading.standings(results) if row.model in by_model]
    if not models:
        return None
    devices = {_device(row) for row in results.efficiency if row.device is not None}
    return Efficiency(
        models=[_cost(model, by_model[model]) for model in models],
        tasks=[_task_cost(row, notes) for model in models for row in by_model[model]],
        mixed=len(devices) > 1,
    )


def _cost(model: str, rows: list[EfficiencyRow]) -> Cost:
    """Sizes are the largest seen; speeds are totals over total seconds; the tail is that of the slowest task."""
    return Cost(
        model=model,
        device=", ".join(dict.fromkeys(_device(row) for row in rows)),
        cells=[
            _cell(_largest(row.parameters for row in rows), wording.quantity),
            _trainable(rows),
            _cell(_largest(row.bytes for row in rows), wording.size),
            _cell(_largest(row.weight_bytes for row in rows), wording.size),
            _cell(_speed((row.examples_per_second, row.seconds) for row in rows), wording.rate),
            _cell(_speed((row.tokens_per_second, row.seconds) for row in rows), wording.rate),
            _cell(_largest(row.p95 for row in rows), wording.duration),
            _cell(_largest(row.peak_memory for row in rows), wording.size),
        ],
    )


def _task_cost(row: EfficiencyRow, notes: Notes) -> TaskCost:
    cells = [
        _cell(row.seconds, wording.duration),
        _cell(row.examples_per_second, wording.rate),
        _cell(row.tokens_per_second, wording.rate),
        _cell(row.p50, wording.duration),
        _cell(row.p95, wording.duration),
        _cell(row.peak_memory, wording.size),
    ]
    if row.reason:
        cells = [missing(row.reason, notes) if cell.sort is None else cell for cell in cells]
    return TaskCost(row.model, row.task, cells)


def _cell(value: Number, write: Callable[[Number], str]) -> Cell:
    return UNKNOWN if value is None else Cell(write(value), sort=value)


def _trainable(rows: list[EfficiencyRow]) -> Cell:
    """With the share of all parameters, where that is not all."""
    number, total = _largest(row.trainable for row in rows), _largest(row.parameters for row in rows)
    if number is None or not total or number == total:
        return _cell(number, wording.quantity)
    return Cell(wording.quantity(number), wording.share(number / total), sort=number)


def _largest(values: Iterable[Number]) -> Number:
    return max((value for value in values if value is not None), default=None)


def _speed(rates: Iterable[tuple[Number, Number]]) -> Number:
    known = [(rate, seconds) for rate, seconds in rates if rate is not None and seconds]
    total = sum(seconds for _, seconds in known)
    return sum(rate * seconds for rate, seconds in known) / total if total else None


def _device(row: EfficiencyRow) -> str:
    return " · ".join(part for part in (row.device, row.dtype) if part)
