"""Ranking: places a model may hold, its overall score, and its interval on an axis common to all."""

from __future__ import annotations

from dataclasses import dataclass

from mtlbench.report import reading, wording
from mtlbench.report.axis import Axis, axis_over
from mtlbench.results.schema import OverallRow, Results


@dataclass(frozen=True, slots=True)
class Whisker:
    """Places on the axis; `low` is empty where the score has no interval."""

    middle: str
    low: str = ""
    high: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    number: int
    """The model's place in the results."""
    rank: str
    model: str
    about: str
    breaks: str
    score: str
    interval: str
    whisker: Whisker
    value: float
    group: str
    opens_group: bool
    coverage: str


@dataclass(frozen=True, slots=True)
class Unranked:
    number: int
    model: str
    about: str
    breaks: str
    coverage: str
    percent: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ranking:
    confidence: str
    rivals: str
    """How many models may be as good as the first."""
    ticks: list[tuple[str, str]]
    ranked: list[Place]
    unranked: list[Unranked]
    marks: bool
    """Whether any model breaks a limit of a critical task."""


def view(results: Results) -> Ranking:
    rows = reading.standings(results)
    ranked = [row for row in rows if row.rank is not None and row.value is not None]
    about = {model.name: _about(model.parameters, model.description) for model in results.models}
    numbers = {model.name: number for number, model in enumerate(results.models)}
    axis = axis_over(end for row in ranked for end in (row.value, row.ci_low, row.ci_high) if end is not None)
    groups = [row.group for row in ranked]
    rivals = sum(row.rank_low == 1 for row in ranked[1:])
    return Ranking(
        confidence=wording.share(results.suite.confidence),
        rivals=f"{wording.plural(rivals, 'other model')} may be as good" if rivals else "",
        ticks=[(axis.percent(tick), f"{tick:g}".replace("-", wording.MINUS)) for tick in axis.ticks if ranked],
        ranked=[
            _place(
                row,
                numbers[row.model],
                axis,
                about[row.model],
                opens_group=index > 0 and groups[index - 1] != row.group,
            )
            for index, row in enumerate(ranked)
        ],
        unranked=[_unranked(row, numbers[row.model], about[row.model]) for row in rows if row not in ranked],
        marks=any(row.breaks for row in rows),
    )


def _place(row: OverallRow, number: int, axis: Axis, about: str, opens_group: bool) -> Place:
    value = row.value or 0.0
    whisker = Whisker(axis.percent(value))
    if row.ci_low is not None and row.ci_high is not None:
        whisker = Whisker(axis.percent(value), axis.percent(row.ci_low), axis.percent(row.ci_high))
    return Place(
        number=number,
        rank=wording.rank(row.rank_low, row.rank_high),
        model=row.model,
        about=about,
        breaks=wording.broken(row.breaks),
        score=wording.score(value),
        interval=wording.interval(row.ci_low, row.ci_high) or row.reason or "",
        whisker=whisker,
        value=value,
        group=_letter(row.group),
        opens_group=opens_group,
        coverage=wording.share(row.coverage),
    )


def _unranked(row: OverallRow, number: int, about: str) -> Unranked:
    return Unranked(
        number=number,
        model=row.model,
        about=about,
        breaks=wording.broken(row.breaks),
        coverage=wording.share(row.coverage),
        percent=f"{100 * row.coverage:.2f}%",
        reason=row.reason or "",
    )


def _letter(group: int | None) -> str:
    """1 → A; beyond Z the number itself."""
    if group is None:
        return wording.DASH
    return chr(ord("A") + group - 1) if 1 <= group <= 26 else str(group)


def _about(parameters: int | None, description: str) -> str:
    size = f"{wording.quantity(parameters)} parameters" if parameters else ""
    return " · ".join(part for part in (description, size) if part)
