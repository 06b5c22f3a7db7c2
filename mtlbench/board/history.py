"""How each model's scores moved from revision to revision, and where they changed or were measured otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from mtlbench.analysis.claims import OVERALL
from mtlbench.board.entry import Entry
from mtlbench.board.standing import standard_error
from mtlbench.board.terms import measured, terms_of, why_apart
from mtlbench.stats.steps import Step, steps


@dataclass(frozen=True, slots=True)
class Point:
    """A score of one revision, with its interval; `measured`: what it was measured by, and is comparable under."""

    entry: Entry
    value: float
    low: float | None
    high: float | None
    measured: object

    @property
    def error(self) -> float | None:
        return standard_error(self.low, self.high, self.entry.record.suite.confidence)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Points of one model on one task that were measured alike, oldest first."""

    model: str
    task: str
    points: Sequence[Point]

    @property
    def steps(self) -> list[Step]:
        """Changes of level; none are told without every point's standard error."""
        errors = [point.error for point in self.points]
        known = [error for error in errors if error is not None]
        return steps([point.value for point in self.points], known) if len(known) == len(errors) else []


def stretches(entries: Sequence[Entry]) -> list[Stretch]:
    """Of every model with several revisions, the overall first, then each task; `entries` are oldest first."""
    tasks = dict.fromkeys(task.name for entry in reversed(entries) for task in entry.record.tasks)
    return [
        stretch
        for task in (OVERALL, *tasks)
        for model, found in _several(entries).items()
        for stretch in _stretches(model, task, found)
    ]


def remeasured(entries: Sequence[Entry]) -> list[tuple[Entry, str]]:
    """Revisions that were measured otherwise than the model's one before, and in what."""
    return [
        (new, reason)
        for found in _several(entries).values()
        for old, new in pairwise(found)
        if (reason := why_apart(new.record, terms_of(old.record)))
    ]


def _several(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    """Model → its revisions, where there are several."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.model, []).append(entry)
    return {model: each for model, each in found.items() if len(each) > 1}


def _stretches(model: str, task: str, entries: Sequence[Entry]) -> list[Stretch]:
    points = [point for entry in entries if (point := _point(entry, task))]
    starts = [0, *(place for place, (old, new) in enumerate(pairwise(points), 1) if old.measured != new.measured)]
    ends = [*starts[1:], len(points)]
    return [Stretch(model, task, points[start:end]) for start, end in zip(starts, ends, strict=True) if points]


def _point(entry: Entry, task: str) -> Point | None:
    record = entry.record
    row = record.overall if task == OVERALL else record.headlines.get(task)
    if row is None or row.value is None:
        return None
    told = terms_of(record) if task == OVERALL else next(measured(each) for each in record.tasks if each.name == task)
    return Point(entry, row.value, row.ci_low, row.ci_high, told)
