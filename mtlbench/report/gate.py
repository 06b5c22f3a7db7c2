"""The gate's verdict as a section, which every surface draws, and as the terminal shows it: worst first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from mtlbench.gate.verdict import CheckKind, CheckRow, Outcome, Verdict
from mtlbench.report import wording
from mtlbench.report.blocks import print_block
from mtlbench.report.cells import BLANK, UNKNOWN, Cell
from mtlbench.report.console import told
from mtlbench.report.notes import Notes
from mtlbench.report.reading import OVERALL
from mtlbench.report.section import Block, Column, Line, Section, Table, Told, names
from mtlbench.results.schema import Number

if TYPE_CHECKING:
    from rich.console import Console

SIGNS: Mapping[Outcome | None, str] = {"pass": "✓", "fail": "✗", "inconclusive": "?", None: "!"}
"""None: no verdict could be reached."""

_TITLES: Mapping[Outcome | None, str] = {
    "pass": "PASS: not worse than the stored baseline",
    "fail": "FAIL: worse than the stored baseline, or beyond a limit",
    "inconclusive": "INCONCLUSIVE: neither worse nor shown to be no worse",
    None: "No verdict",
}
_STYLES: Mapping[Outcome | None, str] = {"pass": "green", "fail": "red", "inconclusive": "yellow", None: "red"}
_CSS: Mapping[Outcome, str] = {"pass": "good", "fail": "bad", "inconclusive": "quiet"}

_CALLED: Mapping[CheckKind, str] = {
    "regression": "score",
    "minimum": "worst score",
    "max_regression": "regression from the single-task baseline",
    "fairness": "gap between groups",
    "invalid_rate": "outputs that are no answer",
    "truncation": "inputs that are cut",
    "speed": "time",
    "memory": "memory",
}
_SHOWN: Mapping[CheckKind, Callable[[Number], str]] = {
    "speed": wording.duration,
    "memory": wording.size,
}
"""Of what is not told in points."""


def headline(verdict: Verdict) -> str:
    """`✗ FAIL: …`"""
    return f"{SIGNS[verdict.outcome]} {_TITLES[verdict.outcome]}"


def checked(check: CheckRow) -> str:
    """What was checked: `mood, accuracy`, `overall, all tasks (anchor)`, `mood, worst score`."""
    return ", ".join(_names(check))


def _names(check: CheckRow) -> tuple[str, str]:
    """The task, and what of it was checked; against the anchor says so."""
    if check.kind != "regression":
        return check.task, _CALLED[check.kind]
    score = "all tasks" if check.task == OVERALL else check.metric
    return check.task, f"{score} (anchor)" if check.against == "anchor" else score


def view(verdict: Verdict) -> Section:
    """What follows, why, and every check, worst first."""
    blocks: list[Block] = [Told(f"{reason}.") for reason in map(_unstopped, verdict.reasons)]
    regressions = [check for check in verdict.checks if check.kind == "regression"]
    limits = [check for check in verdict.checks if check.kind != "regression"]
    blocks += [_regressions(verdict, regressions)] if regressions else []
    blocks += [_limits(limits)] if limits else []
    blocks += [Told(f"{warning.where}: {_unstopped(warning.message)}.") for warning in verdict.warnings]
    return Section("gate", headline(verdict), _about(verdict), blocks)


def print_verdict(verdict: Verdict, console: Console) -> None:
    """Print the verdict; safe for any console, and for names that mean harm."""
    section = view(verdict)
    console.print()
    console.print(told(section.title, f"bold {_STYLES[verdict.outcome]}"))
    console.print(told(section.intro, "dim"))
    notes = Notes()
    for block in section.blocks:
        console.print()
        print_block(block, [], console, notes)


def _about(verdict: Verdict) -> str:
    model = verdict.model or "no model"
    against = [
        f"{stored.against} {stored.model} of {stored.created[:10]}"
        + (f" (commit {stored.commit[:10]})" if stored.commit else "")
        for stored in verdict.baselines
    ]
    return f"{verdict.suite}: {model} of run {verdict.run}" + (f" against {' and '.join(against)}." if against else ".")


def _regressions(verdict: Verdict, checks: Sequence[CheckRow]) -> Table:
    level = wording.share(1 - verdict.alpha) if verdict.alpha is not None else "one-sided"
    columns = [
        *names("Task", "Score"),
        Column("Stored"),
        Column("Now"),
        Column("Δ"),
        Column("At least", level),
        Column("Margin"),
        Column("p, adjusted", page=True),
        Column("Could find", "points", page=True),
        Column("Rows", "needed"),
        Column("Verdict", name=True),
    ]
    lines = [Line(_names(check), _difference(check), quiet=check.outcome == "pass") for check in checks]
    return Table("Differences from what is stored, in points; positive is better.", columns, lines)


def _difference(check: CheckRow) -> list[Cell]:
    if check.delta is None:
        return [*[BLANK] * 7, _rows(check), _called(check)]
    return [
        Cell(wording.score(check.baseline_value)),
        Cell(wording.score(check.value)),
        Cell(wording.delta(check.delta)),
        Cell(wording.delta(check.ci_low)),
        Cell(wording.delta(check.bound)),
        Cell(wording.p_value(check.p_adjusted)),
        UNKNOWN if check.mde is None else Cell(wording.score(check.mde)),
        _rows(check),
        _called(check),
    ]


def _rows(check: CheckRow) -> Cell:
    needed = "" if check.needed is None or check.outcome != "inconclusive" else f"of {wording.count(check.needed)}"
    return Cell(wording.count(check.n), needed)


def _limits(checks: Sequence[CheckRow]) -> Table:
    columns = [
        *names("Task", "Limit of"),
        Column("Value", "interval"),
        Column("Verdict", name=True),
        Column("Finding", name=True),
    ]
    lines = [
        Line(_names(check), [_value(check), _called(check), Cell(check.reason)], quiet=check.outcome == "pass")
        for check in checks
    ]
    return Table("Limits", columns, lines)


def _value(check: CheckRow) -> Cell:
    shown = _SHOWN.get(check.kind, wording.score)
    return Cell(shown(check.value), wording.span(check.ci_low, check.ci_high))


def _called(check: CheckRow) -> Cell:
    """`✗ fail`; `(told)` where the whole may pass without it."""
    aside = "" if check.gates or check.outcome != "inconclusive" else " (told)"
    return Cell(f"{SIGNS[check.outcome]} {check.outcome}{aside}", css=_CSS[check.outcome])


def _unstopped(text: str) -> str:
    return text.rstrip(".")
