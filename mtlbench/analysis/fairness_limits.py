"""Limits on the gap between groups: violated only where the interval says so, of groups with rows enough to say it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from mtlbench.analysis import fairness_words
from mtlbench.analysis.evidence import Design
from mtlbench.analysis.groups import Attribute, Compared, GroupedTask, Scored, compare, lay_out
from mtlbench.results.schema import FairnessLimitRow

FEWEST_ROWS = 100
"""A verdict that may stop a release takes groups of so many rows."""

Verdict = Literal["violated", "kept", "not certain", "not enough rows"]


def fairness_limit_rows(tasks: Sequence[GroupedTask], design: Design, alpha: float) -> list[FairnessLimitRow]:
    """A row for each model and attribute of each task that has a limit, by the headline metric."""
    rows = []
    for task in tasks:
        for attribute in task.attributes if task.max_gap is not None else ():
            measure = task.measures[0]
            layout = lay_out(task, attribute, measure, FEWEST_ROWS)
            found: dict[str, Compared | str] = (
                dict.fromkeys(measure.rows, layout)
                if isinstance(layout, str)
                else compare(layout, Scored.of(measure), design, test=False)
            )
            rows += [_row(model, task, attribute, each, alpha) for model, each in found.items()]
    return rows


def _row(model: str, task: GroupedTask, attribute: Attribute, found: Compared | str, alpha: float) -> FairnessLimitRow:
    limit, low, high, gap, n, reason = task.max_gap or 0.0, None, None, None, 0, None
    if isinstance(found, str):
        reason = found
    else:
        gap, n, reason = float(np.ptp(found.scores)), int(found.layout.sizes.sum()), found.reason
        band = found.band(1 - alpha)
        low, high = band.gap if band else (None, None)
    verdict = _verdict(low, high, limit)
    return FairnessLimitRow(
        model=model,
        task=task.name,
        metric=task.headline.name,
        attribute=attribute.name,
        max_gap=limit,
        gap=gap,
        ci_low=low,
        ci_high=high,
        n=n,
        verdict=verdict,
        finding=fairness_words.limit(attribute.name, verdict, limit, low, high),
        reason=reason,
    )


def _verdict(low: float | None, high: float | None, limit: float) -> Verdict:
    if low is None or high is None:
        return "not enough rows"
    if low > limit:
        return "violated"
    return "kept" if high <= limit else "not certain"
