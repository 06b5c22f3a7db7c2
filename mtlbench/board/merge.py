"""Models of many runs of one suite → the results of one board, and what cannot stand on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mtlbench.board.entry import Entry
from mtlbench.board.standing import UNPAIRED, rank_tests, ranked_rows
from mtlbench.board.terms import standing_terms, terms_of, why_apart
from mtlbench.results import Results
from mtlbench.results.schema import ComparisonRow, OverallRow, RunInfo, ScoreRow, TaskInfo, WarningRow

MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Apart:
    """A model that is not ranked with the others."""

    entry: Entry
    reason: str


@dataclass(frozen=True, slots=True)
class Board:
    """`results`: what a page of one run is drawn from, here of the newest entry of each model. `entries` are all of them,
    oldest first.
    """

    results: Results
    shown: Sequence[Entry]
    apart: Sequence[Apart]
    entries: Sequence[Entry]


def merge(entries: Sequence[Entry]) -> Board:
    """The board of one suite. A model is shown by its newest entry on the terms of the board, one with all tasks if there
    is one; a model that has none on these terms is shown apart by its newest.
    """
    standing = standing_terms(entries)
    reasons = [why_apart(entry.record, standing) for entry in entries]
    whole, part, apart = {}, {}, {}
    for entry, reason in zip(entries, reasons, strict=True):  # the newest come last and stay
        if reason is not None:
            apart[entry.model] = Apart(entry, reason)
        elif terms_of(entry.record) == standing:
            whole[entry.model] = entry
        else:
            part[entry.model] = entry
    shown = {**part, **whole}
    tasks = next(entry.record.tasks for entry in reversed(entries) if terms_of(entry.record) == standing)
    return Board(
        _results(list(shown.values()), tasks),
        list(shown.values()),
        [each for model, each in apart.items() if model not in shown],
        entries,
    )


def _results(shown: Sequence[Entry], tasks: Sequence[TaskInfo]) -> Results:
    counted = {task.name: task.weight for task in tasks if task.weight}
    ranked = [entry for entry in shown if entry.record.overall.value is not None and counted.keys() <= _scored(entry)]
    others = [entry for entry in shown if entry not in ranked]
    comparisons = rank_tests(ranked, tasks)
    names = {task.name for task in tasks}
    newest = max(shown, key=lambda entry: entry.created).record
    return Results(
        status="complete",
        suite=newest.suite,
        run=_run(shown),
        models=[entry.record.model for entry in shown],
        tasks=list(tasks),
        scores=[row for entry in shown for row in _comparable(entry, tasks)],
        overall=[*ranked_rows(ranked, comparisons), *(_unranked(entry, counted) for entry in others)],
        comparisons=comparisons,
        transfer=[],
        forgetting=[],
        fairness=[],
        efficiency=[row for entry in shown for row in entry.record.efficiency if row.task in names],
        warnings=_warnings(comparisons),
    )


def _comparable(entry: Entry, tasks: Sequence[TaskInfo]) -> list[ScoreRow]:
    """The scores of the board's data by its metrics: of tasks and metrics that do not count the model may have others."""
    wanted = {(task.name, task.fingerprint, metric.signature) for task in tasks for metric in task.metrics}
    data = {task.name: task.fingerprint for task in entry.record.tasks}
    return [row for row in entry.record.scores if (row.task, data[row.task], row.signature) in wanted]


def _scored(entry: Entry) -> set[str]:
    return set(entry.record.headlines)


def _run(shown: Sequence[Entry]) -> RunInfo:
    """Several runs as one: what they have in common, and how many there are."""
    runs = list({entry.record.run.id: entry.record.run for entry in shown}.values())
    newest = max(runs, key=lambda run: run.created)
    if len(runs) == 1:
        return newest
    same = {item for item in newest.libraries.items() if all(item in run.libraries.items() for run in runs)}
    return RunInfo(
        id=f"{len(runs)} runs",
        created=newest.created,
        version=newest.version,
        libraries=dict(sorted(same)),
        limit=newest.limit if len({run.limit for run in runs}) == 1 else None,
    )


def _unranked(entry: Entry, counted: dict[str, float]) -> OverallRow:
    """The share of the board's weight that the model has, whatever its own run's weights were."""
    missing = [task for task in counted if task not in _scored(entry)]
    more = f" and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
    return entry.record.overall.model_copy(
        update={
            "value": None,
            "ci_low": None,
            "ci_high": None,
            "coverage": sum(weight for task, weight in counted.items() if task in _scored(entry)),
            "reason": f"no score on {', '.join(missing[:MOST_NAMED])}{more}"
            if missing
            else entry.record.overall.reason,
        }
    )


def _warnings(comparisons: Sequence[ComparisonRow]) -> list[WarningRow]:
    unpaired = sum(row.test == UNPAIRED for row in comparisons)
    if not unpaired:
        return []
    return [
        WarningRow(
            code="unpaired",
            where="overall",
            message=f"{unpaired} of {len(comparisons)} pairs of models are told apart by their intervals alone, since the "
            "examples of both were not at hand: a difference that a paired test would show may be missed",
        )
    ]
