"""Cost: overall score against each cost, one model against those it replaces, and score against size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mtlbench.report import reading, wording
from mtlbench.report.cells import Cell, missing
from mtlbench.report.notes import Notes
from mtlbench.report.plot import Line as PlotLine
from mtlbench.report.plot import Mark, Plot, plot
from mtlbench.report.section import Block, Column, Figure, Line, Section, Table, Told, names
from mtlbench.results.schema import FrontRow, Number, ReplacementRow, Results, ScalingRow

MOST_DRAWN = 12
"""Models in a figure: those on the front, then the best others."""


@dataclass(frozen=True, slots=True)
class _Cost:
    """What it is called, how it is written in a table, and its axis, in units of so much."""

    noun: str
    write: Callable[[Number], str]
    axis: str
    unit: float


_COSTS = {
    "seconds": _Cost("time", wording.duration, "Milliseconds per example", 1e-3),
    "flops": _Cost("operations", wording.quantity, "Million FLOPs per example", 1e6),
    "parameters": _Cost("parameters", wording.quantity, "Million parameters", 1e6),
    "memory": _Cost("memory of the weights", wording.size, "MiB of weights in memory", 2**20),
    "bytes": _Cost("size on disk", wording.size, "MiB on disk", 2**20),
}
_DRAWN = ("seconds", "flops", "parameters")

Plane = tuple[str, str | None]
"""A cost, and the device that it was measured on where that bears on it."""


def view(results: Results, notes: Notes) -> Section | None:
    if not (results.fronts or results.replacement or results.scaling):
        return None
    planes: dict[Plane, list[FrontRow]] = {}
    for row in results.fronts:
        if row.amount is not None:
            planes.setdefault((row.cost, row.device), []).append(row)
    plots = [_plot(plane, rows) for plane, rows in planes.items() if plane[0] in _DRAWN and _differ(rows)]
    blocks: list[Block] = [
        Told(_front(plane, rows), brief=plane[0] in _DRAWN) for plane, rows in planes.items() if _differ(rows)
    ]
    if plots:
        blocks.append(Figure(_caption(results), "plots.html", plots))
    if results.replacement:
        blocks += _replacements(results, notes)
    blocks += _scaling(results, notes)
    if results.fronts:
        blocks.append(_fronts(results, notes))
    return Section(
        "cost",
        "Cost",
        "A model is on the front where no other is at least as good and as cheap, and better in one of the two. Only "
        "ranked models are compared, and times only on one device.",
        blocks,
    )


def _differ(rows: Sequence[FrontRow]) -> bool:
    return len({row.amount for row in rows}) > 1


def _front(plane: Plane, rows: Sequence[FrontRow]) -> str:
    cost, device = plane
    on = [row for row in rows if row.on_front]
    shown = ", ".join(f"{row.model} ({wording.share(row.surely or 0.0)})" for row in sorted(on, key=_amount))
    where = f" on {device}" if device else ""
    return f"On the front of score against {_COSTS[cost].noun}{where}, with the share of resamples: {shown}."


def _plot(plane: Plane, rows: Sequence[FrontRow]) -> Plot:
    """The front as a line of steps, then each model as a point with its interval."""
    cost, device = plane
    unit = _COSTS[cost].unit
    shown = sorted(rows, key=lambda row: (not row.on_front, -(row.value or 0.0)))[:MOST_DRAWN]
    marks = [Mark(_amount(row) / unit, row.value or 0.0, y_interval=(row.ci_low, row.ci_high)) for row in shown]
    front = sorted((mark.x, mark.y) for mark, row in zip(marks, shown, strict=True) if row.on_front)
    lines = [PlotLine(row.model, [mark]) for row, mark in zip(shown, marks, strict=True)]
    title = f"Overall score by {_COSTS[cost].noun}" + (f", {device}" if device else "")
    steps = PlotLine("front", _steps(front, max(mark.x for mark in marks)), dots=False)
    return plot(title, _COSTS[cost].axis, "Overall score", [*lines, steps], log=True)


def _steps(front: Sequence[tuple[float, float]], right: float) -> list[Mark]:
    """Along each score until the next model costs no more, and on to the dearest model drawn."""
    marks = []
    for number, (x, y) in enumerate(front):
        following = front[number + 1][0] if number + 1 < len(front) else right
        marks += [Mark(x, y), Mark(following, y)]
    return marks


def _caption(results: Results) -> str:
    return (
        f"Overall score with its {wording.share(results.suite.confidence)} interval over cost, which grows by equal "
        f"factors along the axis. The steps join the models on the front. At most {MOST_DRAWN} models are drawn."
    )


def _fronts(results: Results, notes: Notes) -> Table:
    columns = [
        *names("Cost", "Device", "Model"),
        Column("Overall"),
        Column("Cost", ascending=True),
        Column("On the front"),
        Column("In resamples"),
    ]
    lines = [
        Line([_COSTS[row.cost].noun, row.device or "", row.model], _front_cells(row, notes)) for row in results.fronts
    ]
    return Table(
        "In resamples: the share of them in which the model is on the front", columns, lines, fold="Every cost"
    )


def _front_cells(row: FrontRow, notes: Notes) -> list[Cell]:
    value = Cell(wording.score(row.value), wording.span(row.ci_low, row.ci_high), row.value)
    if row.amount is None:
        return [value, *[missing(row.reason, notes)] * 3]
    surely = missing(row.reason, notes) if row.surely is None else Cell(wording.share(row.surely), sort=row.surely)
    on = Cell("● yes", sort=1) if row.on_front else Cell("no", sort=0, css="quiet")
    return [value, Cell(_COSTS[row.cost].write(row.amount), sort=row.amount), on, surely]


def _replacements(results: Results, notes: Notes) -> list[Table]:
    """A line for each model: of each cost, the model's ÷ the sum of those it replaces. Those of which nothing is known
    stand apart.
    """
    by_model: dict[str, dict[str, ReplacementRow]] = {}
    for row in results.replacement:
        by_model.setdefault(row.model, {})[row.cost] = row
    costs = list(dict.fromkeys(row.cost for row in results.replacement))
    columns = [
        *names("Model"),
        Column("In place of", name=True, page=True),
        *(Column(_COSTS[cost].noun.capitalize(), ascending=True) for cost in costs),
        Column("Δ overall"),
        Column(f"{wording.share(results.suite.confidence)} interval", sortable=False),
    ]
    lines = [_replacement(model, [rows[cost] for cost in costs], notes) for model, rows in by_model.items()]
    caption = "One multi-task model ÷ a single-task model for each of its tasks"
    known = Table(caption, columns, [line for line in lines if not line.quiet], brief=True)
    unknown = Table(caption, columns, [line for line in lines if line.quiet], fold="Not known")
    return [table for table in (known, unknown) if table.lines]


def _replacement(model: str, rows: Sequence[ReplacementRow], notes: Notes) -> Line:
    first = rows[0]
    delta = missing(first.reason, notes) if first.delta is None else Cell(wording.delta(first.delta), sort=first.delta)
    interval = Cell(wording.delta_interval(first.delta, first.ci_low, first.ci_high) or wording.DASH)
    replaced = wording.plural(len(first.baselines), "model")
    return Line(
        [model, replaced],
        [*(_replacement_cell(row, notes) for row in rows), delta, interval],
        quiet=all(row.ratio is None for row in rows),
    )


def _replacement_cell(row: ReplacementRow, notes: Notes) -> Cell:
    if row.ratio is None:
        return missing(row.reason, notes)
    write = _COSTS[row.cost].write
    amounts = "" if row.unified is None or row.separate is None else f"{write(row.unified)} ÷ {write(row.separate)}"
    return Cell(wording.times(row.ratio), sort=row.ratio, title=amounts)


def _scaling(results: Results, notes: Notes) -> list[Block]:
    """The line of the overall in a sentence, those of the tasks in a table."""
    overall = next((row for row in results.scaling if row.task == reading.OVERALL), None)
    blocks: list[Block] = []
    if overall is not None:
        blocks.append(Told(_scaling_sentence(results, overall), brief=overall.slope is not None))
    if any(row.slope is not None for row in results.scaling):
        columns = [
            *names("Task"),
            Column("Models"),
            Column("Points per tenfold"),
            Column("Over models", sortable=False),
            Column("Over examples", sortable=False),
            Column("R²"),
        ]
        lines = [Line([row.task], _scaling_cells(row, notes)) for row in results.scaling]
        caption = "Score by the logarithm of parameters, least squares: it describes these models, and foretells none"
        blocks.append(Table(caption, columns, lines, fold="Score against size"))
    return blocks


def _scaling_sentence(results: Results, row: ScalingRow) -> str:
    if row.slope is None:
        return f"Score against size is not told: {row.reason}."
    interval = wording.delta_interval(row.slope, row.ci_low, row.ci_high)
    return (
        f"Over {wording.plural(len(row.models), 'multi-task model')} the overall score changes by "
        f"{wording.delta(row.slope)} points per tenfold of parameters ({wording.share(results.suite.confidence)} "
        f"interval {interval}): a description of these models, not a law."
    )


def _scaling_cells(row: ScalingRow, notes: Notes) -> list[Cell]:
    count = Cell(wording.count(len(row.models)), sort=len(row.models))
    if row.slope is None:
        return [count, *[missing(row.reason, notes)] * 4]
    resampled = wording.delta_interval(row.slope, row.resampled_low, row.resampled_high)
    return [
        count,
        Cell(wording.delta(row.slope), sort=row.slope),
        Cell(wording.delta_interval(row.slope, row.ci_low, row.ci_high)),
        Cell(resampled) if resampled else missing(row.reason, notes),
        missing(row.reason, notes) if row.r2 is None else Cell(wording.coefficient(row.r2), sort=row.r2),
    ]


def _amount(row: FrontRow) -> float:
    return row.amount or 0.0
