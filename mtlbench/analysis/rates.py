"""Rates of a label against the rest: how often it is predicted, where it is right and where it is not.

Selection rate P(ŷ = L), true positive rate P(ŷ = L | y = L), false positive rate P(ŷ = L | y ≠ L): each is a share of some
of the rows, and so a metric like any other. Demographic parity asks for equal selection rates (Dwork et al. 2012), equal
opportunity for equal true positive rates, equalised odds for both of the latter two (Hardt et al. 2016).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mtlbench.analysis.groups import IndexArray, Measure
from mtlbench.metrics.base import FloatArray, MetricContext, sign
from mtlbench.metrics.mean import MeanMetric, counted

MOST_LABELS = 20
"""Of more labels, each against the rest, a reader would find nothing."""

SELECTION, TRUE_POSITIVE, FALSE_POSITIVE = "selection_rate", "true_positive_rate", "false_positive_rate"


class Rate(MeanMetric):
    """The share of rows for which a label is predicted, of those that the rate is of."""

    names = ()
    accepts = frozenset({"label"})
    law = "proportion"
    columns = ("hit", "count")

    def __init__(self, name: str, context: MetricContext) -> None:
        self.name, self.signature = name, sign(name, "1")
        self.higher_is_better = not name.startswith(FALSE_POSITIVE)

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (predicted, 1), from whether the label is predicted."""
        return counted(np.asarray(predictions, dtype=np.float64))


def rates(
    gold: IndexArray, predicted: Mapping[str, IndexArray], labels: Sequence[str], positive: str | None
) -> list[tuple[Measure, Measure, Measure]]:
    """Selection, true and false positive rate of each label that counts: of two labels, the positive one (or the last).

    Empty where there are more than MOST_LABELS.
    """
    chosen = [positive] if positive is not None else labels[-1:] if len(labels) == 2 else labels
    if len(chosen) > MOST_LABELS:
        return []
    return [_of_label(labels.index(label), label, gold, predicted) for label in chosen]


def _of_label(
    number: int, label: str, gold: IndexArray, predicted: Mapping[str, IndexArray]
) -> tuple[Measure, Measure, Measure]:
    def measure(name: str, keep: IndexArray | None) -> Measure:
        rate = Rate(f"{name}[{label}]", MetricContext())
        hits = {model: made == number for model, made in predicted.items()}
        rows = {model: rate.statistics(hit if keep is None else hit[keep], ()) for model, hit in hits.items()}
        return Measure(rate, rows, keep, label)

    right = gold == number
    return (
        measure(SELECTION, None),
        measure(TRUE_POSITIVE, np.flatnonzero(right)),
        measure(FALSE_POSITIVE, np.flatnonzero(~right)),
    )
