"""Limits that hold whatever the stored baseline scored: least scores, gaps between groups, invalid outputs, cut inputs.

A limit is broken where its whole interval is beyond it, kept where the value is not, and inconclusive between the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from mtlbench.gate.rules import Rules
from mtlbench.gate.verdict import CheckRow, Outcome
from mtlbench.results import Results
from mtlbench.results.manifest import Manifest
from mtlbench.results.schema import LimitRow, Number, ScoreRow

_SAID: dict[Outcome, str] = {
    "pass": "kept",
    "fail": "surely beyond the limit",
    "inconclusive": "beyond the limit, but not surely",
}


def limit_checks(results: Results, manifest: Manifest, model: str, rules: Rules) -> list[CheckRow]:
    """Of the suite's limits on scores and on gaps, then of the gate's own."""
    mine = [row for row in results.scores if row.model == model]
    return [
        *(_of_score(row) for row in results.limits if row.model == model),
        *_of_groups(results, model, rules),
        *_invalid(mine, rules),
        *_cut(manifest, model, rules),
    ]


def outcome(broken: bool | None, sure: bool | None) -> Outcome:
    """Of a limit; one that nothing is known of is inconclusive."""
    if broken is None:
        return "inconclusive"
    return "pass" if not broken else "fail" if sure else "inconclusive"


def _of_score(row: LimitRow) -> CheckRow:
    said = outcome(row.broken, row.sure)
    return CheckRow(
        kind=row.limit,
        task=row.task,
        metric=row.limit,
        outcome=said,
        gates=True,
        critical=row.priority == "critical",
        value=row.value,
        ci_low=row.ci_low,
        ci_high=row.ci_high,
        bound=row.bound,
        reason=_SAID[said] if row.value is not None else row.reason or "not known",
    )


def _of_groups(results: Results, model: str, rules: Rules) -> Iterator[CheckRow]:
    for row in results.fairness_limits:
        if row.model == model:
            broken = None if row.gap is None else row.gap > row.max_gap
            yield CheckRow(
                kind="fairness",
                task=row.task,
                metric=f"{row.metric} by {row.attribute}",
                outcome=outcome(broken, row.verdict == "violated"),
                gates=row.verdict != "not enough rows",
                critical=row.task in rules.critical,
                value=row.gap,
                ci_low=row.ci_low,
                ci_high=row.ci_high,
                bound=row.max_gap,
                n=row.n,
                reason=row.finding,
            )


def _invalid(scores: list[ScoreRow], rules: Rules) -> Iterator[CheckRow]:
    most = rules.keys.invalid_rate
    for row in scores:
        if most is not None and row.metric == "invalid_rate" and row.value is not None:
            said = outcome(row.value > most, row.ci_low is not None and row.ci_low > most)
            yield _rate(row.task, "invalid_rate", said, row.value, most, row.n, rules, (row.ci_low, row.ci_high))


def _cut(manifest: Manifest, model: str, rules: Rules) -> Iterator[CheckRow]:
    """Which inputs are cut hangs on the rows and the model alone: there is nothing to be unsure of."""
    most = rules.keys.truncation
    for pair in manifest.pairs:
        n = manifest.tasks[pair.task].n
        if most is not None and pair.model == model and n:
            share = 100.0 * pair.truncated / n
            yield _rate(pair.task, "truncation", outcome(share > most, True), share, most, n, rules)


def _rate(
    task: str,
    kind: Literal["invalid_rate", "truncation"],
    said: Outcome,
    value: float,
    most: float,
    n: int,
    rules: Rules,
    ends: tuple[Number, Number] = (None, None),
) -> CheckRow:
    return CheckRow(
        kind=kind,
        task=task,
        metric=kind,
        outcome=said,
        gates=True,
        critical=task in rules.critical,
        value=value,
        ci_low=ends[0],
        ci_high=ends[1],
        bound=most,
        n=n,
        reason=f"{value:.1f}% of {_COUNTED[kind]}, where at most {most:g}% may be: {_SAID[said]}",
    )


_COUNTED = {"invalid_rate": "outputs are no answer", "truncation": "inputs are cut"}
