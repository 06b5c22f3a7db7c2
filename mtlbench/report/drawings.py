"""Drawings as data: dots with intervals on one axis, in positions that a template puts into SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mtlbench.report import wording
from mtlbench.report.axis import Axis, axis_over
from mtlbench.results.schema import Number


@dataclass(frozen=True, slots=True)
class Dot:
    """A name with its value; `middle`, `low` and `high` are places on the axis, empty where there is none."""

    name: str
    text: str
    detail: str
    quiet: bool
    middle: str = ""
    low: str = ""
    high: str = ""


@dataclass(frozen=True, slots=True)
class Dots:
    ticks: Sequence[tuple[str, str]]
    rows: Sequence[Dot]
    confidence: str


def dots(rows: Sequence[tuple[str, Number, Number, Number, str, bool]], confidence: str) -> Dots:
    """(name, value, low, high, detail, quiet) each → dots on an axis that holds them all."""
    axis = axis_over(end for row in rows for end in row[1:4] if end is not None)
    ticks = [(axis.percent(tick), f"{tick:g}".replace("-", wording.MINUS)) for tick in axis.ticks]
    return Dots(ticks, [_dot(axis, *row) for row in rows], confidence)


def _dot(axis: Axis, name: str, value: Number, low: Number, high: Number, detail: str, quiet: bool) -> Dot:
    text = wording.scored(value, low, high)
    if value is None:
        return Dot(name, text, detail, quiet)
    if low is None or high is None:
        return Dot(name, text, detail, quiet, axis.percent(value))
    return Dot(name, text, detail, quiet, axis.percent(value), axis.percent(low), axis.percent(high))
