"""Generalisation: the gap to another domain or split, and how far scores depend on the wording of the input."""

from __future__ import annotations

from mtlbench.report import wording
from mtlbench.report.cells import BLANK, Cell, missing, verdict_cell
from mtlbench.report.notes import Notes
from mtlbench.report.reading import Verdict
from mtlbench.report.section import Block, Column, Line, Section, Table, names
from mtlbench.results.schema import GapRow, Number, Results, TemplateRow

_INTRO = (
    "Gaps are the score on another domain or split minus the score at home. Templates ask for the same in other words: "
    "what is left between them is the wording alone, since all ask about the same rows. Small ranges are {} intervals; "
    "those of the standard deviation and the spread never reach 0, as sampling too moves templates apart."
)


def view(results: Results, notes: Notes) -> Section | None:
    confidence = wording.share(results.suite.confidence)
    blocks: list[Block] = []
    if results.generalisation:
        columns = [
            *names("Model", "Kind", "On", "Against"),
            Column("Metric", ascending=True, name=True, page=True),
            Column("Score there"),
            Column("Score at home"),
            Column("Gap"),
            Column(f"{confidence} interval", sortable=False),
            Column("Relative"),
        ]
        lines = [_gap(row, notes) for row in results.generalisation]
        blocks.append(Table("Gaps between domains and splits", columns, lines, brief=True))
    if results.templates:
        columns = [
            *names("Model", "Task"),
            Column("Metric", ascending=True, name=True, page=True),
            Column("Templates"),
            Column("Mean"),
            Column("SD", ascending=True),
            Column("Worst"),
            Column("Best"),
            Column("Spread", ascending=True),
        ]
        lines = [_templates(row, notes) for row in results.templates]
        blocks += [Table("Scores over templates", columns, lines, brief=True), _each(results.templates, notes)]
    if not blocks:
        return None
    return Section("generalisation", "Generalisation", _INTRO.format(confidence), blocks)


def _gap(row: GapRow, notes: Notes) -> Line:
    about = [row.model, row.kind, ", ".join(row.tasks), ", ".join(row.counterparts), row.metric]
    if row.gap is None:
        return Line(about, [missing(row.reason, notes), *[BLANK] * 4])
    interval = wording.delta_interval(row.gap, row.ci_low, row.ci_high)
    return Line(
        about,
        [
            Cell(wording.score(row.value), sort=row.value),
            Cell(wording.score(row.reference), sort=row.reference),
            verdict_cell(_verdict(row), wording.delta(row.gap), row.gap),
            Cell(interval) if interval else missing(row.reason, notes),
            missing(row.reason, notes)
            if row.relative is None
            else Cell(f"{wording.delta(row.relative)}%", sort=row.relative),
        ],
    )


def _verdict(row: GapRow) -> Verdict:
    if row.ci_low is None or row.ci_high is None or row.ci_low <= 0 <= row.ci_high:
        return Verdict.UNCLEAR
    return Verdict.HURTS if row.worse else Verdict.HELPS


def _templates(row: TemplateRow, notes: Notes) -> Line:
    about, count = [row.model, row.task, row.metric], Cell(str(len(row.scores)))
    if row.mean is None:
        return Line(about, [count, missing(row.reason, notes), *[BLANK] * 4])
    return Line(
        about,
        [
            count,
            _ranged(row.mean, row.mean_low, row.mean_high),
            _ranged(row.sd, row.sd_low, row.sd_high),
            _named(row.worst, row.worst_value),
            _named(row.best, row.best_value),
            _ranged(row.spread, row.spread_low, row.spread_high),
        ],
    )


def _ranged(value: Number, low: Number, high: Number) -> Cell:
    return Cell(wording.score(value), wording.span(low, high), value)


def _named(template: str | None, value: Number) -> Cell:
    return Cell(wording.score(value), template or "", value)


def _each(rows: list[TemplateRow], notes: Notes) -> Table:
    """Every score, in a row of its own."""
    columns = [*names("Model", "Task", "Template"), Column("Score")]
    lines = [
        Line(
            [row.model, row.task, template],
            [missing(row.reason, notes) if score is None else Cell(wording.score(score), sort=score)],
        )
        for row in rows
        for template, score in row.scores.items()
    ]
    return Table("Scores by template", columns, lines, fold="By template")
