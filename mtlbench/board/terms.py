"""The terms on which models are ranked together: data, metrics and weights of the tasks that count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mtlbench.board.entry import Entry
from mtlbench.results.record import Record
from mtlbench.results.schema import TaskInfo

DIGITS = 9
"""To which weights must agree: they are shares, and sums of floats."""


@dataclass(frozen=True, slots=True)
class Measured:
    """How one task is scored. Two scores are of the same thing if all of it is the same."""

    data: str
    metric: str
    bounds: tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Terms:
    """`scale`: normalisation and confidence of the intervals."""

    tasks: tuple[tuple[str, Measured], ...]
    weights: tuple[float, ...]
    scale: tuple[str, float]

    def covers(self, other: Terms) -> bool:
        """Whether the other is of fewer of the very same tasks."""
        return len(other.tasks) < len(self.tasks) and set(other.tasks) < set(self.tasks) and self.scale == other.scale


def measured(task: TaskInfo) -> Measured:
    """By its headline."""
    signature = next(metric.signature for metric in task.metrics if metric.name == task.headline)
    return Measured(task.fingerprint, signature, (task.floor, task.ceiling))


def terms_of(record: Record) -> Terms:
    """Of the tasks that count, by name."""
    counted = sorted((task for task in record.tasks if task.weight), key=lambda task: task.name)
    return Terms(
        tuple((task.name, measured(task)) for task in counted),
        tuple(round(task.weight, DIGITS) for task in counted),
        (record.suite.normalize, record.suite.confidence),
    )


def standing_terms(entries: Sequence[Entry]) -> Terms:
    """Those of the newest run that is no run of fewer of the same tasks. `entries` are oldest first."""
    every = [terms_of(entry.record) for entry in entries]
    return next(terms for terms in reversed(every) if not any(other.covers(terms) for other in every))


def why_apart(record: Record, standing: Terms) -> str | None:
    """Why the model cannot stand among those of the terms; None where it can, though it may lack tasks."""
    mine = terms_of(record)
    if mine == standing or standing.covers(mine):
        return None
    ours, theirs = dict(mine.tasks), dict(standing.tasks)
    both = [task for task in ours if task in theirs]
    found = [
        _told("other data of", [task for task in both if ours[task].data != theirs[task].data]),
        _told("another metric of", [task for task in both if ours[task].metric != theirs[task].metric]),
        _told("another floor or ceiling of", [task for task in both if ours[task].bounds != theirs[task].bounds]),
        _told("tasks that are not in this ranking:", [task for task in ours if task not in theirs]),
        "another normalisation" if mine.scale[0] != standing.scale[0] else "",
        "intervals of another confidence" if mine.scale[1] != standing.scale[1] else "",
    ]
    return "; ".join(each for each in found if each) or "other weights of the tasks"


def _told(what: str, tasks: Sequence[str]) -> str:
    return f"{what} {', '.join(tasks)}" if tasks else ""
