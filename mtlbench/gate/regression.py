"""Did the candidate get worse? Paired differences from stored baselines, tested as one family, and what each one says.

A score fails where Holm's correction over all tasks and the overall rejects “not worse” and the drop is over the margin
(the overall's, over half of it). It passes where the one-sided lower bound of the difference is not below −margin
(non-inferiority; all that must pass are asked at once, an intersection-union test, which needs no correction). Else it is
inconclusive. Of two equally good models on ten tasks of 1,000 rows, 8% of their answers differing and a margin of one
point, “a drop over the margin” fails 71% of the time, an uncorrected p < 0.05 40%, this 3.4%.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from mtlbench.analysis.claims import overall_claim, task_claim, tested
from mtlbench.analysis.evidence import Design, TaskEvidence
from mtlbench.analysis.overall import everywhere, overall_value
from mtlbench.gate.rules import Rules
from mtlbench.gate.verdict import Against, CheckRow, Outcome
from mtlbench.results.schema import ComparisonRow
from mtlbench.stats.multiplicity import holm
from mtlbench.stats.power import minimum_detectable, required_n, standard_error

CANDIDATE = "candidate"

TOLERANCE = 1e-9
"""Points that are none: what subtracting two scores may leave."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """candidate − stored baseline on one score, in points, turned so that more is better.

    `low` is the one-sided lower bound at 1 − alpha, None where there is none, for `reason`; `se` is the standard error, 0
    where the difference does not vary; `p_value` is two-sided, of no difference.
    """

    task: str
    metric: str
    against: Against
    value: float
    baseline_value: float
    delta: float
    low: float | None
    p_value: float
    se: float
    n: int
    reason: str | None = None


def one_sided(alpha: float) -> float:
    """The confidence of a two-sided interval whose lower end is the one-sided bound at 1 − alpha."""
    return 1 - 2 * alpha


def estimates(tasks: Sequence[TaskEvidence], against: Against, normalize: str, design: Design) -> list[Estimate]:
    """Of each task, then of the overall. All tasks have both scores; the design's confidence is `one_sided`."""
    mine, theirs = (everywhere(name, tasks) for name in (CANDIDATE, against))
    claims = [task_claim(task, CANDIDATE, against, design) for task in tasks]
    claims.append(overall_claim((CANDIDATE, against), mine, theirs, tasks, normalize, design))
    *rows, last = tested(claims, design)
    overall = overall_value(mine, tasks, normalize), overall_value(theirs, tasks, normalize)
    counted = sum(task.n for task in tasks if task.share)
    return [
        *(_of_task(row, task, against, design) for row, task in zip(rows, tasks, strict=True)),
        _estimate(last, against, overall, counted, True, design),
    ]


def _of_task(row: ComparisonRow, task: TaskEvidence, against: Against, design: Design) -> Estimate:
    values = task.value(CANDIDATE), task.value(against)
    found = _estimate(row, against, values, task.n, task.headline.higher_is_better, design)
    mine, theirs = (task.statistics[name, task.headline.name] for name in (CANDIDATE, against))
    # Where no answer changed nothing is unsure, though the interval of two proportions has a width all the same.
    return replace(found, low=0.0, reason=None) if np.array_equal(mine, theirs) else found


def _estimate(
    row: ComparisonRow, against: Against, values: tuple[float, float], n: int, higher: bool, design: Design
) -> Estimate:
    ends = (row.ci_low, row.ci_high) if higher else (row.ci_high, row.ci_low)
    sign = 1.0 if higher else -1.0
    return Estimate(
        task=row.task,
        metric=row.metric,
        against=against,
        value=values[0],
        baseline_value=values[1],
        delta=sign * (values[0] - values[1]),
        low=None if ends[0] is None else sign * ends[0],
        p_value=1.0 if row.p_value is None else row.p_value,
        se=0.0 if row.mde is None else standard_error(row.mde, alpha=design.alpha),
        n=n,
        reason=row.reason,
    )


def judged(found: Sequence[Estimate], rules: Rules) -> list[CheckRow]:
    """What each estimate says, all of them tested as one family."""
    p_values = [_TESTS[rules.keys.rule](each, rules.drop(each.task)) for each in found]
    return [
        _check(each, p_value, p_adjusted, rules, len(found))
        for each, p_value, p_adjusted in zip(found, p_values, holm(p_values), strict=True)
    ]


def _not_worse(found: Estimate, drop: float) -> float:
    """One-sided p of H0: Δ ≥ 0. Under exchange a difference is as likely as its opposite, so half the two-sided p."""
    return found.p_value / 2 if found.delta < 0 else 1 - found.p_value / 2


def _not_beyond(found: Estimate, drop: float) -> float:
    """One-sided p of H0: Δ ≥ −drop, by the normal law."""
    beyond = found.delta + drop
    if found.se == 0:
        return 0.0 if beyond < -TOLERANCE else 1.0
    return NormalDist().cdf(beyond / found.se)


_TESTS: Mapping[str, Callable[[Estimate, float], float]] = {"drop": _not_worse, "margin": _not_beyond}


def _check(found: Estimate, p_value: float, p_adjusted: float | None, rules: Rules, tests: int) -> CheckRow:
    keys, margin = rules.keys, rules.margin(found.task)
    outcome: Outcome = "inconclusive"
    if p_adjusted is not None and p_adjusted <= keys.alpha and found.delta < -rules.drop(found.task) - TOLERANCE:
        outcome = "fail"
    elif found.low is not None and found.low >= -margin - TOLERANCE:
        outcome = "pass"
    needed = _needed(found, rules, tests) if outcome == "inconclusive" else None
    return CheckRow(
        kind="regression",
        task=found.task,
        metric=found.metric,
        outcome=outcome,
        gates=rules.gates(found.task),
        critical=found.task in rules.critical,
        against=found.against,
        value=found.value,
        baseline_value=found.baseline_value,
        delta=found.delta,
        ci_low=found.low,
        bound=-margin,
        p_value=p_value,
        p_adjusted=p_adjusted,
        n=found.n,
        mde=minimum_detectable(found.se, alpha=keys.alpha, power=keys.power, sides=1) if found.se else None,
        needed=needed,
        reason=_SAID[outcome](found, rules, needed),
    )


def _needed(found: Estimate, rules: Rules, tests: int) -> int | None:
    """Rows that show the difference, if it is as measured, to be within the margin, or a drop, at the level of the family.

    On the very margin no number of rows settles it.
    """
    room = rules.margin(found.task) + min(found.delta, 0.0)
    effect, alpha = (room, rules.keys.alpha) if room > 0 else (-found.delta, rules.keys.alpha / tests)
    if effect <= TOLERANCE or not found.se:
        return None
    rows = required_n(found.se, found.n, effect, alpha=alpha, power=rules.keys.power, sides=1)
    return rows if rows > found.n else None


def _failed(found: Estimate, rules: Rules, needed: int | None) -> str:
    return f"{_change(found)}, significantly and by more than {rules.drop(found.task):g}"


def _passed(found: Estimate, rules: Rules, needed: int | None) -> str:
    return f"{_change(found)}: not worse by more than {rules.margin(found.task):g}"


def _unclear(found: Estimate, rules: Rules, needed: int | None) -> str:
    if found.low is None:
        return f"{_change(found)}, but there is no interval: {found.reason}"
    rows = "" if needed is None else f"; {needed:,} rows would settle it, there are {found.n:,}"
    return (
        f"{_change(found)}, but it may be {-found.low:.2f} worse, and the margin is {rules.margin(found.task):g}{rows}"
    )


def _change(found: Estimate) -> str:
    """The observed change in words."""
    if abs(found.delta) <= TOLERANCE:
        return "unchanged"
    return f"{abs(found.delta):.2f} {'better' if found.delta > 0 else 'worse'}"


_SAID: Mapping[Outcome, Callable[[Estimate, Rules, int | None], str]] = {
    "fail": _failed,
    "pass": _passed,
    "inconclusive": _unclear,
}
