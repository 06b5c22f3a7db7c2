"""Plots of points, whiskers and lines as SVG coordinates: a template draws them, and every one carries its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from mtlbench.report import wording
from mtlbench.report.axis import Axis, axis_over, log_axis_over
from mtlbench.results.schema import Number

WIDTH, HEIGHT = 480, 300
LEFT, RIGHT, TOP, BOTTOM = 52, 140, 26, 46
"""Margins, of which the right one holds the names."""
LINE = 14.0
"""Names stand at least so far apart."""
LONGEST = 20
"""Signs of a name that are shown; the whole is its tooltip."""
COLOURS = 6


@dataclass(frozen=True, slots=True)
class Mark:
    """A point in the units of the axes, with the intervals that it has."""

    x: float
    y: float
    x_interval: tuple[Number, Number] = (None, None)
    y_interval: tuple[Number, Number] = (None, None)


@dataclass(frozen=True, slots=True)
class Line:
    """Points under one name, joined in their order; without `dots` the line alone is drawn."""

    name: str
    marks: Sequence[Mark]
    dots: bool = True


@dataclass(frozen=True, slots=True)
class Drawn:
    """A line in the drawing's units: dots (x, y), strokes (x1, y1, x2, y2) of two kinds, and where its name stands."""

    name: str
    shown: str
    css: str
    dots: list[tuple[float, float]]
    strokes: list[tuple[float, float, float, float]]
    whiskers: list[tuple[float, float, float, float]]
    label: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Plot:
    title: str
    x: str
    y: str
    x_ticks: list[tuple[float, str]]
    y_ticks: list[tuple[float, str]]
    lines: list[Drawn]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def plot(title: str, x: str, y: str, lines: Sequence[Line], log: bool = False) -> Plot:
    """Lay out lines on axes that hold all of them; `log`: the x axis is logarithmic."""
    marks = [mark for line in lines for mark in line.marks]
    across = (log_axis_over if log else axis_over)(_ends([(mark.x, *mark.x_interval) for mark in marks]))
    up = axis_over(_ends([(mark.y, *mark.y_interval) for mark in marks]))
    heights = spread([_y(up, line.marks[-1].y) for line in lines])
    return Plot(
        title,
        x,
        y,
        [(_x(across, tick), tick_text(tick)) for tick in across.ticks],
        [(_y(up, tick), tick_text(tick)) for tick in up.ticks],
        [
            _drawn(line, f"k{number % COLOURS}", across, up, height)
            for number, (line, height) in enumerate(zip(lines, heights, strict=True))
        ],
    )


def spread(places: Sequence[float]) -> list[float]:
    """The places, moved down as far as each must be to stand a line below the one above it."""
    moved, last = [0.0] * len(places), float("-inf")
    for index in sorted(range(len(places)), key=lambda index: places[index]):
        moved[index] = last = max(places[index], last + LINE)
    return moved


def tick_text(value: float) -> str:
    """`10,000`, `0.5`, `−20`"""
    return f"{value:,.6g}".replace("-", wording.MINUS)


def _drawn(line: Line, css: str, across: Axis, up: Axis, height: float) -> Drawn:
    dots = [(_x(across, mark.x), _y(up, mark.y)) for mark in line.marks]
    whiskers = []
    for mark, (x, y) in zip(line.marks, dots, strict=True):
        (left, right), (low, high) = mark.x_interval, mark.y_interval
        whiskers += [] if left is None or right is None else [(_x(across, left), y, _x(across, right), y)]
        whiskers += [] if low is None or high is None else [(x, _y(up, low), x, _y(up, high))]
    name = wording.plain(line.name)
    shown = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
    strokes = [(*start, *end) for start, end in pairwise(dots)]
    label = (dots[-1][0] + 8, height + (4 if line.marks[-1].x_interval[0] is None else -8))  # not upon a whisker
    return Drawn(line.name, shown, css, dots if line.dots else [], strokes, whiskers, label)


def _ends(values: Sequence[tuple[Number, ...]]) -> list[float]:
    return [value for each in values for value in each if value is not None]


def _x(axis: Axis, value: float) -> float:
    return round(LEFT + axis.share(value) * (WIDTH - LEFT - RIGHT), 1)


def _y(axis: Axis, value: float) -> float:
    return round(HEIGHT - BOTTOM - axis.share(value) * (HEIGHT - TOP - BOTTOM), 1)
