"""Fairness: for whom models are worse, how sure that is, and what chance alone would make of it."""

from __future__ import annotations

from collections.abc import Sequence

from mtlbench.report import wording
from mtlbench.report.cells import BLANK, Cell, missing
from mtlbench.report.drawings import Dots, dots
from mtlbench.report.notes import Notes
from mtlbench.report.section import Block, Column, Counts, Figure, Line, Section, Table, Told, names
from mtlbench.results.schema import BiasTransferRow, FairnessLimitRow, FairnessRow, Number, Results

MOST_DRAWN = 8
"""Drawings of gaps, the worst first; the tables have all."""
MOST_TOLD = 8
WORST_FIRST = {"disparity": 0, "no evidence": 1, "not compared": 2, None: 3}
SIGNS = {"disparity": "▼", "no evidence": "≈", "not compared": "–"}


def view(results: Results, notes: Notes) -> Section | None:
    if not results.fairness:
        return None
    gaps = sorted((row for row in results.fairness if row.disparity == "difference" and row.verdict), key=_worst_first)
    criteria = sorted(
        (row for row in results.fairness if row.verdict and row.disparity != "difference"), key=_worst_first
    )
    return Section(
        "fairness",
        "Fairness",
        "Headline scores within each group of rows, and the widest gap between two groups. A gap is called a disparity "
        "where a test says that the groups differ, corrected over all models, tasks and attributes; “by chance” is the gap "
        "to expect among groups that do not. Grey groups have too few rows to be compared.",
        [
            Counts([(sign, sum(row.verdict == name for row in gaps), name) for name, sign in SIGNS.items()]),
            *_told(results, gaps),
            *_figures(results, gaps),
            _gap_table("Gaps between groups", gaps, notes, fold="Every gap"),
            *([_gap_table("Criteria of classification", criteria, notes, fold="Parity and odds")] if criteria else []),
            *_transfer(results.bias_transfer, notes),
            *_limits(results.fairness_limits, notes),
            _group_table(results, notes),
        ],
    )


def _worst_first(row: FairnessRow) -> tuple[int, float]:
    """By verdict, then by how far the gap exceeds the one of chance."""
    return WORST_FIRST[row.verdict], -((row.value or 0.0) - (row.chance or 0.0))


def _told(results: Results, gaps: Sequence[FairnessRow]) -> list[Block]:
    """Findings that hold, in words; the others are in the tables."""
    found = [f"{row.model} on {row.task}: {row.finding}." for row in gaps if row.verdict == "disparity"]
    found += [
        f"{row.model} on {row.task}: {row.finding}."
        for row in results.bias_transfer
        if row.verdict in ("widened", "narrowed")
    ]
    found += [
        f"{row.model} on {row.task}: {row.finding}." for row in results.fairness_limits if row.verdict == "violated"
    ]
    if not found:
        return [
            Told(
                "No disparity between groups was found. That is no proof that there is none: see what each gap may be."
            )
        ]
    more = [Told(f"and {len(found) - MOST_TOLD} more below", brief=True)] if len(found) > MOST_TOLD else []
    return [*(Told(text, brief=True) for text in found[:MOST_TOLD]), *more]


def _figures(results: Results, gaps: Sequence[FairnessRow]) -> list[Block]:
    """Dots with intervals: every disparity, then the widest of the others, as far as there is room."""
    groups: dict[tuple[str, ...], list[FairnessRow]] = {}
    for row in results.fairness:
        if row.disparity is None:
            groups.setdefault((row.model, row.task, row.metric, row.attribute), []).append(row)
    shown = [gap for gap in gaps if gap.value is not None][:MOST_DRAWN]
    return [_figure(gap, groups[gap.model, gap.task, gap.metric, gap.attribute], results) for gap in shown]


def _figure(gap: FairnessRow, groups: Sequence[FairnessRow], results: Results) -> Figure:
    chance = "" if gap.chance is None else f", {wording.score(gap.chance)} to expect by chance"
    caption = (
        f"{gap.model} on {gap.task}, {gap.metric} by {gap.attribute}: "
        f"gap {wording.scored(gap.value, gap.ci_low, gap.ci_high)}{chance}, {gap.verdict}"
    )
    order = sorted(groups, key=lambda row: (row.sufficient is not True, row.value is None, row.value or 0.0))
    return Figure(caption, "dots.html", _dots(order, results))


def _dots(groups: Sequence[FairnessRow], results: Results) -> Dots:
    rows = [
        (row.group or "", row.value, row.ci_low, row.ci_high, f"n = {wording.count(row.n)}", not row.sufficient)
        for row in groups
    ]
    return dots(rows, wording.share(results.suite.confidence))


def _gap_table(caption: str, rows: Sequence[FairnessRow], notes: Notes, fold: str) -> Table:
    columns = [
        *names("Model", "Task", "Disparity", "By"),
        Column("Gap"),
        Column("Interval", sortable=False),
        Column("By chance"),
        Column("p, adjusted", ascending=True),
        *names("Worst off", "Best off"),
        Column("Verdict", sortable=False),
    ]
    return Table(caption, columns, [_gap_line(row, notes) for row in rows], fold)


def _gap_line(row: FairnessRow, notes: Notes) -> Line:
    within = f", within {row.within}" if row.within else ""
    what = row.metric if row.disparity == "difference" else f"{row.disparity} of {row.metric}"
    cells = [
        _number(row.value, row.reason, notes, ratio=(row.disparity or "").endswith("ratio")),
        Cell(_interval(row)) if row.ci_low is not None else BLANK,
        Cell(wording.score(row.chance), sort=row.chance),
        Cell(wording.p_value(row.p_adjusted), sort=row.p_adjusted),
        Cell(row.group or "", css="name"),
        Cell(row.other or "", css="name"),
        Cell(
            f"{SIGNS[row.verdict or 'not compared']} {row.verdict}",
            css="bad" if row.verdict == "disparity" else "quiet",
        ),
    ]
    return Line([row.model, row.task, what, f"{row.attribute}{within}"], cells, quiet=row.verdict == "not compared")


def _interval(row: FairnessRow) -> str:
    if (row.disparity or "").endswith("ratio") and row.ci_low is not None and row.ci_high is not None:
        return f"[{row.ci_low:.2f}, {row.ci_high:.2f}]"
    return wording.interval(row.ci_low, row.ci_high)


def _transfer(rows: Sequence[BiasTransferRow], notes: Notes) -> list[Block]:
    if not rows:
        return []
    order = sorted(rows, key=lambda row: (row.verdict not in ("widened", "narrowed"), -abs(row.value or 0.0)))
    columns = [
        *names("Model", "Baseline", "Task", "By", "Worse off", "Better off"),
        Column("Gap"),
        Column("Baseline’s"),
        Column("Change"),
        Column("Interval", sortable=False),
        Column("p, adjusted", ascending=True),
        Column("Verdict", sortable=False),
    ]
    lines = [_transfer_line(row, notes) for row in order]
    return [
        Table(
            "What training together did to gaps: the model’s − its baseline’s",
            columns,
            lines,
            "Does joint training spread bias?",
        )
    ]


def _transfer_line(row: BiasTransferRow, notes: Notes) -> Line:
    css = {"widened": "bad", "narrowed": "good"}.get(row.verdict or "", "quiet")
    cells = [
        _number(row.gap, row.reason, notes),
        Cell(wording.score(row.baseline_gap), sort=row.baseline_gap),
        Cell(wording.delta(row.value), sort=row.value),
        Cell(wording.delta_interval(row.value, row.ci_low, row.ci_high)),
        Cell(wording.p_value(row.p_adjusted), sort=row.p_adjusted),
        Cell(row.verdict or wording.DASH, css=css),
    ]
    found = [row.model, row.baseline, row.task, row.attribute, row.group or "", row.other or ""]
    return Line(found, cells, quiet=row.verdict == "not compared")


def _limits(rows: Sequence[FairnessLimitRow], notes: Notes) -> list[Block]:
    if not rows:
        return []
    columns = [
        *names("Model", "Task", "By"),
        Column("Limit"),
        Column("Gap"),
        Column("Interval", sortable=False),
        Column("Verdict"),
    ]
    lines = [
        Line(
            [row.model, row.task, row.attribute],
            [
                Cell(wording.score(row.max_gap), sort=row.max_gap),
                _number(row.gap, row.reason, notes),
                Cell(wording.interval(row.ci_low, row.ci_high)),
                Cell(row.verdict, css="bad" if row.verdict == "violated" else "quiet"),
            ],
            quiet=row.verdict == "not enough rows",
        )
        for row in sorted(rows, key=lambda row: row.verdict != "violated")
    ]
    return [Table("Limits on gaps, of groups of at least 100 rows", columns, lines, "Limits")]


def _group_table(results: Results, notes: Notes) -> Table:
    headlines = {task.name: task.headline for task in results.tasks}
    rows = [row for row in results.fairness if row.disparity is None and row.metric == headlines.get(row.task)]
    columns = [
        *names("Model", "Task", "By", "Group"),
        Column("Score"),
        Column("Interval", sortable=False),
        Column("Rows"),
    ]
    lines = [
        Line(
            [row.model, row.task, row.attribute, row.group or ""],
            [
                _number(row.value, row.reason, notes),
                Cell(wording.interval(row.ci_low, row.ci_high)),
                Cell(wording.count(row.n), sort=row.n),
            ],
            quiet=not row.sufficient,
        )
        for row in rows
    ]
    return Table("Headline scores in each group", columns, lines, "Every group")


def _number(value: Number, reason: str | None, notes: Notes, ratio: bool = False) -> Cell:
    if value is None:
        return missing(reason, notes)
    return Cell(f"{value:.2f}" if ratio else wording.score(value), sort=value)
