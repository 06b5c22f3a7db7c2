"""Cells of a report's tables: what a place shows, how it sorts, how deep its colour is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from mtlbench.report import wording

if TYPE_CHECKING:
    from mtlbench.report.notes import Notes
    from mtlbench.report.reading import Verdict
    from mtlbench.results.schema import (
        ComparisonRow,
        ContributionRow,
        MatrixRow,
        Number,
        TransferRow,
        VariantRow,
    )

DEEPEST = 6
"""Last step of the sequential colours, counted from 0."""
STRONGEST = 3
"""Last step of each arm of the diverging colours, counted from 0."""
LEAST_SPAN = 10.0
"""Points that the sequential colours span at least: a column of near-equal scores must not look like a contest."""


class Scored(Protocol):
    """A row that holds a score, or the reason why it has none."""

    @property
    def value(self) -> Number: ...
    @property
    def ci_low(self) -> Number: ...
    @property
    def ci_high(self) -> Number: ...
    @property
    def reason(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Cell:
    """One place of a table; `note` numbers a footnote."""

    text: str = ""
    detail: str = ""
    sort: float | None = None
    css: str = ""
    title: str = ""
    note: int | None = None


NOT_RUN = Cell()
"""The run does not hold this pair of model and task."""
BLANK = Cell(css="blank")
"""Nothing belongs here."""
_CSS = {"helps": "good", "hurts": "bad", "not separable": "quiet"}
UNKNOWN = Cell(wording.DASH)
"""Not recorded, as a predictions folder has no parameters."""


def score_cell(row: Scored | None, notes: Notes, css: str = "") -> Cell:
    """A score over its interval; a footnote where either is null."""
    if row is None:
        return NOT_RUN
    if row.value is None:
        return missing(row.reason, notes)
    detail = wording.span(row.ci_low, row.ci_high)
    if not detail and row.reason:
        return Cell(wording.score(row.value), "", row.value, css, row.reason, notes.number(row.reason))
    return Cell(wording.score(row.value), detail, row.value, css)


def missing(reason: str | None, notes: Notes) -> Cell:
    """A dash that leads to its reason."""
    return Cell(wording.DASH, title=reason or "not computed", note=notes.number(reason))


def interval_cell(row: TransferRow | MatrixRow | ContributionRow | ComparisonRow | VariantRow, notes: Notes) -> Cell:
    """The interval of a difference; a footnote where there is none."""
    text = wording.delta_interval(row.delta, row.ci_low, row.ci_high)
    return Cell(text) if text else missing(row.reason, notes)


def verdict_cell(verdict: Verdict, text: str, sort: float | None = None) -> Cell:
    """A difference, or a word for it, with the verdict's sign, so that colour is never alone."""
    return Cell(f"{verdict.sign} {text}", sort=sort, css=_CSS[verdict])


def sequential(value: float, column: list[float], higher_is_better: bool) -> str:
    """The class of a score's colour in its column: the best is deepest."""
    best = max(column) if higher_is_better else min(column)
    span = max(max(column) - min(column), LEAST_SPAN)
    return f"s{round(DEEPEST * (1 - abs(best - value) / span))}"


def diverging(delta: Number, verdict: Verdict | None, largest: float) -> str:
    """The class of a difference's colour; none where it is not separable from zero."""
    if delta is None or verdict is None or verdict.value == "not separable":
        return "flat"
    arm = "up" if verdict.value == "helps" else "down"
    return f"{arm}{min(STRONGEST, int(abs(delta) / largest * (STRONGEST + 1)))}"
