"""Claims that one model differs from another: estimated one by one, tested together as a family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from mtlbench.analysis.evidence import Design, TaskEvidence
from mtlbench.analysis.methods import discordant, methods
from mtlbench.analysis.overall import overall_replicates, overall_value, slope
from mtlbench.metrics.base import Metric
from mtlbench.results.schema import ComparisonRow
from mtlbench.stats.effects import standardised, win_rate
from mtlbench.stats.exchange import Pair
from mtlbench.stats.intervals import Interval, bootstrap_error, normal_p_value, percentile_interval
from mtlbench.stats.multiplicity import holm, max_t
from mtlbench.stats.permutation import Permutation, family_test
from mtlbench.stats.power import minimum_detectable
from mtlbench.stats.proportions import odds_ratio
from mtlbench.stats.ranked import RankExchange

OVERALL = "overall"

PATTERNS_PER_TEST = 20
"""Exchanges tried, per test of a family and unit of 1/alpha, so that the corrected p-values are exact enough."""

MOST_ROUNDS = 100_000

MOST_SCORES = 10_000_000
"""Of exchanged outputs, that one family may take; beyond, its p-values are of the bootstrap’s standard errors."""

Z_TEST = "z, bootstrap standard error"

_NO_INTERVAL = Interval(None, None, "none")


@dataclass(frozen=True, slots=True)
class Claim:
    """model − baseline, with its interval and effects; `pairs` are what a permutation exchanges, and none if there is no
    difference to test, for `reason`. `p_value` is given where there is a test that draws nothing, `test`; `se` is the
    bootstrap's standard error.
    """

    task: str
    metric: str
    model: str
    baseline: str
    delta: float | None = None
    interval: Interval = _NO_INTERVAL
    pairs: tuple[Pair, ...] = ()
    p_value: float | None = None
    test: str = "McNemar, exact"
    se: float = 0.0
    reason: str | None = None
    mde: float | None = None
    effect: float | None = None
    odds_ratio: float | None = None
    win_rate: float | None = None


def no_claim(names: tuple[str, str], reason: str, task: str = OVERALL, metric: str = OVERALL) -> Claim:
    """A difference that is not known."""
    return Claim(task, metric, *names, reason=reason)


def task_claim(task: TaskEvidence, model: str, baseline: str, design: Design) -> Claim:
    """The difference of two models' headline scores on one task."""
    metric = task.headline
    for name in (model, baseline):
        if np.isnan(task.value(name)):
            return no_claim((model, baseline), task.reason(name, metric), task.name, metric.name)
    chosen = methods(task, metric)
    delta = task.value(model) - task.value(baseline)
    se = bootstrap_error(task.replicates[model, metric.name] - task.replicates[baseline, metric.name])
    return Claim(
        task.name,
        metric.name,
        model,
        baseline,
        delta,
        chosen.difference(task, model, baseline, design),
        (task.pair(model, baseline),),
        chosen.test(task, model, baseline) if chosen.test else None,
        se=se,
        mde=_mde(se, design),
        effect=standardised(delta, se, task.units),
        odds_ratio=_odds(task, model, baseline) if chosen.test else None,
        win_rate=_wins(task, metric, model, baseline),
    )


def overall_claim(
    names: tuple[str, str],
    mine: Mapping[str, str],
    theirs: Mapping[str, str],
    tasks: Sequence[TaskEvidence],
    normalize: str,
    design: Design,
) -> Claim:
    """The difference of two overall scores, each made of a model for each task that counts."""
    drawn = overall_replicates(mine, tasks, normalize) - overall_replicates(theirs, tasks, normalize)
    se = bootstrap_error(drawn)
    return Claim(
        OVERALL,
        OVERALL,
        *names,
        overall_value(mine, tasks, normalize) - overall_value(theirs, tasks, normalize),
        percentile_interval(drawn, design.confidence),
        tuple(
            task.pair(mine[task.name], theirs[task.name], task.share * slope(task, normalize))
            for task in tasks
            if task.share
        ),
        se=se,
        mde=_mde(se, design),
    )


def tested(claims: Sequence[Claim], design: Design) -> list[ComparisonRow]:
    """The claims as one family: p-values, adjusted, and what is significant at 1 − confidence.

    All permutation tests are made of one sign matrix, from which max-T adjusts them too; Holm takes the p-values alone, and
    with it a family of too many scores is tested by z = delta ÷ se in place of permutations.
    """
    joint = design.correction == "max_t"
    if not joint and sum(len(claim.pairs) for claim in claims) * design.permutations > MOST_SCORES:
        claims = [_without_exchanges(claim) for claim in claims]
    drawn = [place for place, claim in enumerate(claims) if claim.pairs and (joint or claim.p_value is None)]
    rounds = _rounds(claims, design)
    contrasts = [claims[place].pairs for place in drawn]
    family = family_test(contrasts, seed=design.seed, rounds=rounds, exchanging=RankExchange)
    tests = dict(zip(drawn, family.tests, strict=True))
    p_values = [_p_value(claim, tests.get(place)) for place, claim in enumerate(claims)]
    adjusted = holm(p_values) if design.correction == "holm" else list(p_values)
    if joint:
        corrected = max_t([test.difference for test in family.tests], family.exchanged)
        adjusted = [None] * len(claims)
        for place, p_value in zip(drawn, corrected, strict=True):
            adjusted[place] = p_value
    return [
        _row(claim, tests.get(place), p_value, corrected, design)
        for place, (claim, p_value, corrected) in enumerate(zip(claims, p_values, adjusted, strict=True))
    ]


def _without_exchanges(claim: Claim) -> Claim:
    """The claim with the p-value of a standard normal z; as it was where it has a p-value or no standard error."""
    if claim.p_value is not None or claim.delta is None or not claim.se > 0:
        return claim
    return replace(claim, p_value=normal_p_value(claim.delta, claim.se), test=Z_TEST)


def _rounds(claims: Sequence[Claim], design: Design) -> int:
    """As many exchanges as declared, or as a family of so many tests needs: N + 1 ≥ 20·m/α, where sums make them cheap."""
    needed = ceil(PATTERNS_PER_TEST * sum(bool(claim.pairs) for claim in claims) / design.alpha) - 1
    cheap = all(pair.score is not None for claim in claims for pair in claim.pairs)
    if not cheap or design.correction == "none":
        return design.permutations
    return max(design.permutations, min(needed, MOST_ROUNDS))


def _p_value(claim: Claim, test: Permutation | None) -> float | None:
    return claim.p_value if claim.p_value is not None or test is None else test.p_value


def _row(
    claim: Claim, test: Permutation | None, p_value: float | None, adjusted: float | None, design: Design
) -> ComparisonRow:
    return ComparisonRow(
        task=claim.task,
        metric=claim.metric,
        model=claim.model,
        baseline=claim.baseline,
        delta=claim.delta,
        ci_low=claim.interval.low,
        ci_high=claim.interval.high,
        method=None if claim.interval.low is None else claim.interval.method,
        p_value=p_value,
        p_adjusted=adjusted,
        test=_name(claim, test),
        significant=None if adjusted is None else adjusted <= design.alpha,
        mde=claim.mde,
        effect=claim.effect,
        odds_ratio=claim.odds_ratio,
        win_rate=claim.win_rate,
        reason=claim.reason or claim.interval.reason or (test.reason if test and claim.p_value is None else None),
    )


def _name(claim: Claim, test: Permutation | None) -> str:
    if claim.p_value is not None:
        return claim.test
    if test is None:
        return "none"
    return f"paired permutation, {'exact' if test.exact else f'{test.rounds} rounds'}"


def _mde(se: float, design: Design) -> float | None:
    return minimum_detectable(se, alpha=design.alpha) if se > 0 else None


def _odds(task: TaskEvidence, model: str, baseline: str) -> float | None:
    won, lost = discordant(task, model, baseline)
    return odds_ratio(won, lost) if task.headline.higher_is_better else odds_ratio(lost, won)


def _wins(task: TaskEvidence, metric: Metric, model: str, baseline: str) -> float | None:
    """Of metrics that are means, over examples, or over clusters where these are the units."""
    if metric.law not in ("proportion", "mean"):
        return None
    rows = [task.statistics[name, metric.name] for name in (model, baseline)]
    mine, theirs = (row[:, -2] / np.where(row[:, -1] > 0, row[:, -1], 1.0) for row in rows)
    return win_rate(mine, theirs) if metric.higher_is_better else win_rate(theirs, mine)
