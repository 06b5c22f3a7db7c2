"""Dependency parsing: unlabelled and labelled attachment scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mtlbench.metrics.base import FloatArray, Metric, MetricContext, check_lengths, listed, sign


class Attachment(Metric):
    """`uas`: tokens with the right head / gold tokens; `las`: with the right head and relation. Over the whole corpus.

    All tokens count, punctuation too, and relations are compared whole, subtypes included (what a task leaves out, it
    leaves out of both sides). A token without a predicted arc is wrong, and arcs beyond the last token are not looked at.
    """

    names = ("uas", "las")
    accepts = frozenset({"arcs"})
    higher_is_better = True
    bounds = (0.0, 100.0)
    columns = ("hits", "tokens", "count")

    def __init__(self, name: str, context: MetricContext) -> None:
        self.name, self.signature = name, sign(name, "1", punctuation=True, subtypes=True)
        self._compared = slice(1) if name == "uas" else slice(2)

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (right arcs, gold arcs, 1)."""
        check_lengths(predictions, references)
        check_arcs(predictions, "prediction")
        check_arcs(references, "reference")
        rows = np.ones((len(references), 3))
        for row, predicted, gold in zip(rows, predictions, references, strict=True):
            row[0] = sum(self._same(arc, right) for arc, right in zip(predicted, gold, strict=False))
            row[1] = len(gold)
        return rows

    def _same(self, arc: Sequence[Any], right: Sequence[Any]) -> bool:
        return tuple(arc[self._compared]) == tuple(right[self._compared])

    def score(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., 3]` → attachment score on 0–100 `[...]`; NaN where there is no token."""
        value = np.full(totals.shape[:-1], np.nan)
        np.divide(100.0 * totals[..., 0], totals[..., 1], out=value, where=totals[..., 1] > 0)
        return value

    def undefined(self, totals: FloatArray) -> str:
        """No examples, or only empty ones."""
        return "no tokens" if totals[2] > 0 else "no examples"


def check_arcs(values: Sequence[Any], what: str) -> None:
    """Raises ValueError, naming the row, unless each value is a sequence of (int, str)."""
    for row, arcs in enumerate(values):
        if not listed(arcs) or isinstance(arcs, (set, frozenset)):
            raise ValueError(f"row {row}: the {what} must be a list of (head, relation), not {arcs!r}")
        for arc in arcs:
            if not _is_arc(arc):
                raise ValueError(f"row {row}: in the {what}, {arc!r} is no (head, relation)")


def _is_arc(arc: object) -> bool:
    if not isinstance(arc, (list, tuple)) or len(arc) != 2 or not isinstance(arc[1], str):
        return False
    return isinstance(arc[0], (int, np.integer)) and not isinstance(arc[0], bool)
