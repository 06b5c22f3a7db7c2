"""Errors: the slices where a model is worse, examples that one of two models gets right, and labels that are confused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mtlbench.report import wording
from mtlbench.report.cells import BLANK, DEEPEST, Cell, missing
from mtlbench.report.notes import Notes
from mtlbench.report.section import Block, Column, Line, Section, Table, Told, names
from mtlbench.results.schema import ConfusionRow, FlipRow, Number, Results, SliceRow

MOST_WORST = 6
MOST_ROWS = 200
MOST_TABLES = 4
"""Tables of confusions shown for a task: those of its first models."""
MOST_IDS = 3
NO_LABEL = "(no label)"

_INTRO = (
    "Slices are parts of a task’s examples: the model’s score on them minus its score on the others, with {} intervals; "
    "p-values are adjusted over all slices of a model (Benjamini and Hochberg). Grey slices are too small to tell."
)


def view(results: Results, notes: Notes) -> Section | None:
    blocks = [*_slices(results, notes), *_flips(results.flips, notes), *_confusions(results.confusions)]
    if not blocks:
        return None
    return Section("errors", "Errors", _INTRO.format(wording.share(results.suite.confidence)), blocks)


def _slices(results: Results, notes: Notes) -> list[Block]:
    if not results.slices:
        return []
    worse = sorted((row for row in results.slices if row.worse), key=_badness)
    telling = sorted(results.slices, key=lambda row: (row.p_adjusted is None, row.p_adjusted or 0.0, _badness(row)))
    blocks: list[Block] = []
    if worse:
        of = f", the {MOST_WORST} largest of {len(worse)}" if len(worse) > MOST_WORST else ""
        caption = f"Slices where a model is significantly worse than on the rest{of}"
        blocks.append(Table(caption, _SLICES, [_slice(row, notes) for row in worse[:MOST_WORST]], brief=True))
    else:
        blocks.append(Told("On no slice is a model significantly worse than on the rest of the task.", brief=True))
    caption = f"Slices, the surest differences first{_of(len(telling))}"
    return [*blocks, Table(caption, _SLICES, [_slice(row, notes) for row in telling[:MOST_ROWS]], fold="All slices")]


def _of(rows: int) -> str:
    """What a caption adds where not all rows are drawn."""
    return f": {MOST_ROWS} of {rows:,}; results.json has all" if rows > MOST_ROWS else ""


_SLICES = [
    *names("Model", "Task", "Column", "Slice"),
    Column("Metric", ascending=True, name=True, page=True),
    Column("Examples"),
    Column("Score"),
    Column("Rest", page=True),
    Column("Δ", ascending=True),
    Column("p, adjusted", ascending=True),
]


def _badness(row: SliceRow) -> float:
    return -abs(row.delta or 0.0)


def _slice(row: SliceRow, notes: Notes) -> Line:
    about, count = [row.model, row.task, row.column, row.slice, row.metric], Cell(wording.count(row.n), sort=row.n)
    if row.delta is None:
        return Line(about, [count, missing(row.reason, notes), *[BLANK] * 3], quiet=True)
    sign = "▼ " if row.worse else ""
    p_value = Cell(wording.p_value(row.p_adjusted), sort=row.p_adjusted)
    return Line(
        about,
        [
            count,
            Cell(wording.score(row.value), wording.span(row.ci_low, row.ci_high), row.value),
            Cell(wording.score(row.rest), sort=row.rest),
            Cell(
                sign + wording.delta(row.delta),
                wording.delta_interval(row.delta, row.delta_low, row.delta_high),
                row.delta,
                "bad" if row.worse else "",
            ),
            missing(row.reason, notes) if row.p_adjusted is None else p_value,
        ],
    )


def _flips(rows: Sequence[FlipRow], notes: Notes) -> list[Block]:
    columns = [
        *names("Model", "Baseline", "Task", "Metric"),
        Column("Lost", "right → wrong"),
        Column("Won", "wrong → right"),
        Column("p", ascending=True),
        Column("Agreement"),
        Column("κ"),
        Column("Oracle", "better of both"),
        Column("Mended", "of the model’s errors"),
        Column("Lost examples", name=True, sortable=False),
    ]
    caption = f"Examples that the model lost and won against the baseline, the most lost first{_of(len(rows))}"
    lost = sorted(rows, key=lambda row: -(row.lost_count or 0))[:MOST_ROWS]
    return [Table(caption, columns, [_flip(row, notes) for row in lost], fold="Flips between models")] if rows else []


def _flip(row: FlipRow, notes: Notes) -> Line:
    about = [row.model, row.baseline, row.task, row.metric]
    if row.lost_count is None:
        return Line(about, [missing(row.reason, notes), *[BLANK] * 7])
    return Line(
        about,
        [
            Cell(wording.count(row.lost_count), sort=row.lost_count),
            Cell(wording.count(row.won_count), sort=row.won_count),
            missing(row.reason, notes) if row.p_value is None else Cell(wording.p_value(row.p_value), sort=row.p_value),
            _percent(row.agreement),
            BLANK if row.kappa is None else Cell(f"{row.kappa:.2f}".replace("-", wording.MINUS), sort=row.kappa),
            Cell(wording.score(row.oracle), sort=row.oracle),
            _percent(row.complementarity),
            Cell(", ".join(row.lost[:MOST_IDS]) + (", …" if len(row.lost) > MOST_IDS else "")),
        ],
    )


def _percent(value: Number) -> Cell:
    return BLANK if value is None else Cell(wording.share(value / 100), sort=value)


def _confusions(rows: Sequence[ConfusionRow]) -> list[Block]:
    """A table for each task and model, in the order of the tasks."""
    grouped: dict[tuple[str, str], list[ConfusionRow]] = {}
    for row in rows:
        grouped.setdefault((row.task, row.model), []).append(row)
    models: dict[str, list[str]] = {}
    for task, model in grouped:
        models.setdefault(task, []).append(model)
    keys = [(task, model) for task, each in models.items() for model in each[:MOST_TABLES]]
    tables: list[Block] = [_confusion(*key, grouped[key]) for key in keys]
    if len(keys) < len(grouped):
        tables.append(Told(f"{len(grouped) - len(keys)} more tables of confusions stand in results.json."))
    return tables


def _confusion(task: str, model: str, rows: Sequence[ConfusionRow]) -> Table:
    """References down, predictions across; each cell counts, and is as deep as its share of the reference."""
    cells: Mapping[tuple[str, str | None], ConfusionRow] = {(row.reference, row.prediction): row for row in rows}
    references = list(dict.fromkeys(row.reference for row in rows))
    seen = dict.fromkeys(row.prediction for row in rows)
    predictions = [*dict.fromkeys([*(each for each in references if each in seen), *seen])]
    columns = [*names("Reference"), *(Column(NO_LABEL if each is None else each, "predicted") for each in predictions)]
    lines = [
        Line([reference], [_count(cells.get((reference, each))) for each in predictions]) for reference in references
    ]
    return Table(
        f"{model} on {task}: references and predictions", columns, lines, f"Confusion: {model} on {task}", css="heat"
    )


def _count(row: ConfusionRow | None) -> Cell:
    if row is None:
        return Cell("0", sort=0)
    return Cell(
        wording.count(row.count), wording.share(row.share / 100), row.count, f"s{round(DEEPEST * row.share / 100)}"
    )
