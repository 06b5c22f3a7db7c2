"""For whom is it worse? Each metric in each group, and the disparities between groups, with what chance would make of them.

A disparity is declared where the test that the groups are equal rejects, corrected by Holm over the models, tasks and
attributes of a run; of classifications, each criterion (demographic parity, equal opportunity, equalised odds) is a
family of its own, over its labels too. Four fifths (a ratio below 0.8) count only where that test rejects: among few
rows, equal groups fall below them more often than not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mtlbench.analysis import fairness_words
from mtlbench.analysis.evidence import Design, TaskEvidence, known
from mtlbench.analysis.groups import (
    Attribute,
    Compared,
    GroupedTask,
    IndexArray,
    Measure,
    Scored,
    compare,
    is_enough,
    kept,
    lay_out,
    members,
    overall_score,
)
from mtlbench.analysis.methods import score_interval
from mtlbench.metrics.base import corpus_score
from mtlbench.results.schema import FairnessRow
from mtlbench.stats.groups import simultaneous
from mtlbench.stats.intervals import Interval
from mtlbench.stats.multiplicity import holm
from mtlbench.stats.resampling import cluster_sums

FOUR_FIFTHS = 0.8
PARITY_RATIO = "demographic_parity_ratio"

HEADLINE_ALONE = "of the task's metrics, the headline alone is tested"
DIFFERENCE_ALONE = "interval and test are those of the difference between groups"

Results = Mapping[str, Compared | str]
"""Model → its groups compared, or why they are not."""


@dataclass(frozen=True, slots=True)
class _Gap:
    """A row as far as it is known before the tests are corrected together.

    `pair` is the interval of how much the group that is worst off differs from the one that is best off.
    """

    row: FairnessRow
    pair: tuple[float, float] = (0.0, 0.0)
    lower: bool = True
    what: str = ""
    """The metric in words."""


def fairness_rows(tasks: Sequence[GroupedTask], design: Design, alpha: float) -> list[FairnessRow]:
    """Rows of each task and attribute: every metric in every group, then its disparities."""
    gaps = [
        gap
        for task in tasks
        for attribute in task.attributes
        for gap in (*_of_metrics(task, attribute, design, alpha), *_of_rates(task, attribute, design, alpha))
    ]
    return _judged(gaps, alpha)


def _of_metrics(task: GroupedTask, attribute: Attribute, design: Design, alpha: float) -> Iterator[_Gap]:
    for measure in task.measures:
        tested = measure is task.measures[0]
        found = _compared(task, attribute, measure, design, tested)
        yield from _group_rows(task, attribute, measure, found, design)
        for model, compared in found.items():
            row = _Rows(model, task, attribute, measure.metric.name)
            yield row.difference(measure, compared, alpha, "difference")
            if tested and isinstance(compared, Compared):
                yield row.ratio(compared, alpha, "ratio")
                yield row.worst(measure, compared)
                yield row.to_overall(measure, compared)


def _of_rates(task: GroupedTask, attribute: Attribute, design: Design, alpha: float) -> Iterator[_Gap]:
    for measures in task.rates:
        found = [_compared(task, attribute, measure, design, True) for measure in measures]
        for measure, results in zip(measures, found, strict=True):
            yield from _group_rows(task, attribute, measure, results, design)
        for model in found[0]:
            selection, opportunity, false_alarm = (results[model] for results in found)
            row = _Rows(model, task, attribute, measures[0].metric.name)
            yield row.difference(measures[0], selection, alpha, "demographic_parity_difference")
            yield row.ratio(selection, alpha, PARITY_RATIO)
            row = _Rows(model, task, attribute, measures[1].metric.name)
            yield row.difference(measures[1], opportunity, alpha, "equal_opportunity_difference")
            row = _Rows(model, task, attribute, f"equalized_odds[{measures[0].label}]")
            yield row.either(measures[1:], (opportunity, false_alarm), alpha, "equalized_odds_difference")


def _compared(task: GroupedTask, attribute: Attribute, measure: Measure, design: Design, test: bool) -> Results:
    layout = lay_out(task, attribute, measure)
    if isinstance(layout, str):
        return dict.fromkeys(measure.rows, layout)
    return compare(layout, Scored.of(measure), design, test=test)


def _group_rows(
    task: GroupedTask, attribute: Attribute, measure: Measure, found: Results, design: Design
) -> Iterator[_Gap]:
    """The metric in each group, large or small, with the interval of the metric's law."""
    clusters, metric = kept(task.clusters, measure), measure.metric
    for number, (name, places) in enumerate(zip(attribute.groups, members(attribute, measure), strict=True)):
        evidence = _group_evidence(task, measure, found, name, places)
        sufficient = is_enough(places, clusters) and not (attribute.rest and number == len(attribute.groups) - 1)
        for model in measure.rows:
            value = known(evidence.values[model, metric.name])
            interval = Interval(None, None, "none", metric.undefined(measure.rows[model][places].sum(0)))
            if value is not None:
                interval = score_interval(evidence, model, metric, design)
            row = _Rows(model, task, attribute, metric.name).row(
                None, value, len(places), interval.low, interval.high, interval.reason
            )
            yield _Gap(row.model_copy(update={"group": name, "sufficient": sufficient}))


def _group_evidence(task: GroupedTask, measure: Measure, found: Results, name: str, places: IndexArray) -> TaskEvidence:
    """A group as a task of its own, with the replicates that are there already."""
    metric, clusters = measure.metric, kept(task.clusters, measure)
    codes = None if clusters is None else np.unique(clusters[places], return_inverse=True)[1]
    rows = {(model, metric.name): all_rows[places] for model, all_rows in measure.rows.items()}
    values = {cell: corpus_score(metric, mine) if len(mine) else np.nan for cell, mine in rows.items()}
    if codes is not None and metric.additive:
        rows = {cell: cluster_sums(mine, codes) for cell, mine in rows.items()}
    drawn = {}
    for model, compared in found.items():
        if isinstance(compared, Compared) and task.within is None and name in compared.layout.names:
            drawn[model, metric.name] = compared.drawn[:, compared.layout.names.index(name)]
    return TaskEvidence(
        name=f"{task.name} of {name}",
        fingerprint=f"{task.fingerprint} of {name}",
        n=len(places),
        share=0.0,
        floor=None,
        ceiling=None,
        metrics=(metric,),
        statistics=rows,
        values=values,
        replicates=drawn,
        exchangeable={},
        ranked={},
        clusters=codes,
        answered=tuple(measure.rows),
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """Makes the rows of one model, attribute and metric."""

    model: str
    task: GroupedTask
    attribute: Attribute
    metric: str

    def row(
        self,
        disparity: str | None,
        value: float | None,
        n: int,
        low: float | None = None,
        high: float | None = None,
        reason: str | None = None,
    ) -> FairnessRow:
        return FairnessRow(
            model=self.model,
            task=self.task.name,
            metric=self.metric,
            attribute=self.attribute.name,
            within=self.task.within.name if self.task.within and disparity else None,
            disparity=disparity,
            value=value,
            ci_low=low,
            ci_high=high,
            n=n,
            reason=reason,
        )

    def difference(self, measure: Measure, found: Compared | str, alpha: float, name: str) -> _Gap:
        """The widest difference between two groups."""
        if isinstance(found, str):
            return _Gap(self._unknown(name, found))
        worst, best = extremes(measure, found)
        band = found.band(1 - alpha)
        low, high = band.gap if band else (None, None)
        lower = measure.metric.higher_is_better
        pair = (0.0, 0.0)
        if band:
            pair = band.pair(best, worst) if lower else band.pair(worst, best)
        reason = found.reason or (HEADLINE_ALONE if found.p_value is None else None)
        row = self.row(name, float(np.ptp(found.scores)), int(found.layout.sizes.sum()), low, high, reason)
        more = {
            **self._named(found, worst, best),
            "chance": found.chance,
            "p_value": found.p_value,
        }
        what = fairness_words.called(measure.metric.name, measure.label)
        return _Gap(row.model_copy(update=more), pair, lower, what)

    def ratio(self, found: Compared | str, alpha: float, name: str) -> _Gap:
        """The lowest score ÷ the highest, with the interval of differences of logarithms."""
        if isinstance(found, str):
            return _Gap(self._unknown(name, found))
        lowest, highest = int(found.scores.argmin()), int(found.scores.argmax())
        n, named = int(found.layout.sizes.sum()), self._named(found, lowest, highest)
        if found.scores[lowest] < 0 or found.scores[highest] == 0:
            return _Gap(self.row(name, None, n, reason="there is no ratio of scores below 0, or of 0 alone"))
        value, low, high = float(found.scores[lowest] / found.scores[highest]), None, None
        reason = found.reason
        if not reason and (found.drawn <= 0).any():
            reason = "a group scores 0 in some resamples, so there is no interval of the ratio"
        if not reason:
            narrow, wide = simultaneous(np.log(found.scores), np.log(found.drawn), 1 - alpha).gap
            low, high = float(np.exp(-wide)), float(np.exp(-narrow))
        row = self.row(name, value, n, low, high, reason)
        p_value = found.p_value if name == PARITY_RATIO else None
        return _Gap(row.model_copy(update={**named, "p_value": p_value}))

    def worst(self, measure: Measure, found: Compared) -> _Gap:
        """The score of the group that is worst off."""
        worst, best = extremes(measure, found)
        row = self.row(
            "worst_group", float(found.scores[worst]), int(found.layout.sizes[worst]), reason=DIFFERENCE_ALONE
        )
        return _Gap(row.model_copy(update=self._named(found, worst, best)))

    def to_overall(self, measure: Measure, found: Compared) -> _Gap:
        """The widest difference of a group's score from that of all rows."""
        whole = overall_score(found.layout, measure.rows[self.model], measure.metric.resample)
        away = np.abs(found.scores - whole)
        row = self.row("to_overall", float(away.max()), int(found.layout.sizes.sum()), reason=DIFFERENCE_ALONE)
        return _Gap(row.model_copy(update={"group": found.layout.names[int(away.argmax())]}))

    def either(self, measures: Sequence[Measure], found: Sequence[Compared | str], alpha: float, name: str) -> _Gap:
        """The wider of two differences; interval and test hold for both at once (Bonferroni)."""
        for each in found:
            if isinstance(each, str):
                return _Gap(self._unknown(name, each))
        gaps = [
            self.difference(measure, each, alpha / len(found), name)
            for measure, each in zip(measures, found, strict=True)
        ]
        wider = max(gaps, key=lambda gap: gap.row.value or 0.0)
        ends = [[getattr(gap.row, key) for gap in gaps] for key in ("ci_low", "ci_high", "chance", "p_value")]
        low, high, chance, p_values = ([value for value in column if value is not None] for column in ends)
        whole = len(low) == len(gaps)
        more = {
            "n": sum(gap.row.n for gap in gaps),
            "ci_low": max(low) if whole else None,
            "ci_high": max(high) if whole else None,
            "chance": max(chance) if whole else None,
            "p_value": min(1.0, len(gaps) * min(p_values)) if whole else None,
            "reason": next((gap.row.reason for gap in gaps if gap.row.reason), None),
        }
        return _Gap(wider.row.model_copy(update=more), wider.pair, wider.lower, wider.what)

    def _unknown(self, name: str, reason: str) -> FairnessRow:
        return self.row(name, None, 0, reason=reason).model_copy(update={"verdict": "not compared"})

    @staticmethod
    def _named(found: Compared, worst: int, best: int) -> dict[str, str]:
        """The two groups; nothing where they are the same, all scores being equal."""
        if worst == best:
            return {}
        return {"group": found.layout.names[worst], "other": found.layout.names[best]}


def extremes(measure: Measure, found: Compared) -> tuple[int, int]:
    """The places of the groups that are worst and best off."""
    lowest, highest = int(found.scores.argmin()), int(found.scores.argmax())
    return (lowest, highest) if measure.metric.higher_is_better else (highest, lowest)


def _judged(gaps: Sequence[_Gap], alpha: float) -> list[FairnessRow]:
    """The rows, with verdicts, findings and p-values, corrected over all that the run tests by a criterion: with each
    model a family of its own, one model in twenty would be told of a disparity that is none.
    """
    families: dict[str | None, list[int]] = {}
    for place, gap in enumerate(gaps):
        if gap.row.p_value is not None:
            families.setdefault(gap.row.disparity, []).append(place)
    adjusted: dict[int, float | None] = {}
    for places in families.values():
        adjusted |= zip(places, holm([gaps[place].row.p_value for place in places]), strict=True)
    return [_verdict(gap, adjusted.get(place), alpha) for place, gap in enumerate(gaps)]


def _verdict(gap: _Gap, p_adjusted: float | None, alpha: float) -> FairnessRow:
    if p_adjusted is None:
        return gap.row
    row, unequal = gap.row, p_adjusted <= alpha
    finding = None
    if row.disparity == PARITY_RATIO:
        unequal = unequal and row.value is not None and row.value < FOUR_FIFTHS
    elif row.ci_high is not None:
        if unequal:
            names = (gap.what, row.attribute, row.group or "", row.other or "")
            finding = fairness_words.disparity(*names, *gap.pair, gap.lower)
        else:
            finding = fairness_words.no_evidence(gap.what, row.attribute, row.ci_high)
    verdict = "disparity" if unequal else "no evidence"
    return row.model_copy(update={"p_adjusted": p_adjusted, "verdict": verdict, "finding": finding})
