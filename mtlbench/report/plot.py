"""Plots of points, whiskers and lines as SVG coordinates: a template draws them, and every one carries its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mtlbench.report import wording
from mtlbench.report.axis import Axis, axis_over, log_axis_over
from mtlbench.results.schema import Number

WIDTH, HEIGHT = 480, 300
LEFT, RIGHT, TOP, BOTTOM = 52, 140, 26, 46
"""Margins, of which the right one holds the names."""
LINE, SIGN, DOT, GAP, BASELINE = 14.0, 7.0, 4.0, 8.0, 4.0
"""Height of a name, width of a sign, radius of a dot, from a dot to its name, and from a name's middle to its baseline."""
SHIFTS = [LINE / 2 * step * sign for step in range(12) for sign in (1, -1)]
"""How far a name may stand above or below its point, the nearest first."""
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
    """Points under one name, joined in their order; without `dots` the line alone is drawn. Lines of a name look alike."""

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


def plot(
    title: str, x: str, y: str, lines: Sequence[Line], log: bool = False, x_names: Mapping[float, str] | None = None
) -> Plot:
    """Lay out lines on axes that hold all of them; `log`: the x axis is logarithmic; `x_names`: its ticks."""
    marks = [mark for line in lines for mark in line.marks]
    across = (log_axis_over if log else axis_over)(_ends([(mark.x, *mark.x_interval) for mark in marks]))
    up = axis_over(_ends([(mark.y, *mark.y_interval) for mark in marks]))
    number = {name: place for place, name in enumerate(dict.fromkeys(line.name for line in lines))}
    dots = [[(_x(across, mark.x), _y(up, mark.y)) for mark in line.marks] for line in lines]
    labels = name_places(lines, dots)
    return Plot(
        title,
        x,
        y,
        [
            (_x(across, tick), text)
            for tick, text in (x_names or {tick: tick_text(tick) for tick in across.ticks}).items()
        ],
        [(_y(up, tick), tick_text(tick)) for tick in up.ticks],
        [
            _drawn(line, f"k{number[line.name] % COLOURS}", across, up, label)
            for line, label in zip(lines, labels, strict=True)
        ],
    )


def name_places(lines: Sequence[Line], dots: Sequence[Sequence[tuple[float, float]]]) -> list[tuple[float, float]]:
    """Where names begin: beside the last point of their line, or as near above or below it as no name and no point is."""
    shown = [dot for line, each in zip(lines, dots, strict=True) if line.dots for dot in each]
    taken = [(x - DOT, y - DOT, x + DOT, y + DOT) for x, y in shown]
    places = [(0.0, 0.0)] * len(lines)
    for number in sorted(range(len(lines)), key=lambda number: dots[number][-1][1]):
        x, y = dots[number][-1]
        middle = y if lines[number].marks[-1].x_interval[0] is None else y - LINE * 0.8  # not upon a whisker
        boxes = [_box(lines[number].name, x + GAP, middle + shift) for shift in SHIFTS]
        box = next((box for box in boxes if not any(_meet(box, other) for other in taken)), boxes[0])
        taken.append(box)
        places[number] = (box[0], (box[1] + box[3]) / 2 + BASELINE)
    return places


def _box(name: str, left: float, middle: float) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a name."""
    return left, middle - LINE / 2, left + SIGN * min(len(name), LONGEST), middle + LINE / 2


def _meet(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def tick_text(value: float) -> str:
    """`10,000`, `0.5`, `−20`"""
    return f"{value:,.6g}".replace("-", wording.MINUS)


def _drawn(line: Line, css: str, across: Axis, up: Axis, label: tuple[float, float]) -> Drawn:
    dots = [(_x(across, mark.x), _y(up, mark.y)) for mark in line.marks]
    whiskers = []
    for mark, (x, y) in zip(line.marks, dots, strict=True):
        (left, right), (low, high) = mark.x_interval, mark.y_interval
        whiskers += [] if left is None or right is None else [(_x(across, left), y, _x(across, right), y)]
        whiskers += [] if low is None or high is None else [(x, _y(up, low), x, _y(up, high))]
    name = wording.plain(line.name)
    shown = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
    strokes = [(*start, *end) for start, end in pairwise(dots)]
    return Drawn(line.name, shown, css, dots if line.dots else [], strokes, whiskers, label)


def _ends(values: Sequence[tuple[Number, ...]]) -> list[float]:
    return [value for each in values for value in each if value is not None]


def _x(axis: Axis, value: float) -> float:
    return round(LEFT + axis.share(value) * (WIDTH - LEFT - RIGHT), 1)


def _y(axis: Axis, value: float) -> float:
    return round(HEIGHT - BOTTOM - axis.share(value) * (HEIGHT - TOP - BOTTOM), 1)
