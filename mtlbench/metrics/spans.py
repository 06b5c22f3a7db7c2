"""Labelled spans, such as constituents, semantic roles and named entities given by their places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mtlbench.metrics.base import FloatArray, MetricContext, check_lengths, check_lists, sign
from mtlbench.metrics.counts import SpanCounts


class SpanF1(SpanCounts):
    """Micro-F1 of labelled spans: right where start, end and label are; a span named twice counts once.

    F1 of each label is known where the task declares its labels.
    """

    names = ("span_f1",)
    accepts = frozenset({"spans"})

    def __init__(self, name: str, context: MetricContext) -> None:
        self.name, self.signature = name, sign(name, "1", average="micro")
        self._labels_are(context.labels)

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (hits, predicted, gold: of all spans and of each declared label; 1), `[n, 3(1 + L) + 1]`."""
        check_lengths(predictions, references)
        predicted, gold = span_sets(predictions, "prediction"), span_sets(references, "reference")
        for row, spans in enumerate(gold):
            unknown = next((label for *_, label in sorted(spans) if self._labels and label not in self._labels), None)
            if unknown is not None:
                raise ValueError(
                    f"row {row}: the reference's {unknown!r} is none of the labels {', '.join(self._labels)}"
                )
        return self._span_rows(zip(predicted, gold, strict=True))


def span_sets(values: Sequence[Any], what: str) -> list[set[tuple[int, int, str]]]:
    """Each row's spans; raises ValueError, naming the row, for one that is not (int, int, str)."""
    check_lists(values, what, "(start, end, label)")
    found = []
    for row, spans in enumerate(values):
        for span in spans:
            if not _is_span(span):
                raise ValueError(f"row {row}: in the {what}, {span!r} is no (start, end, label)")
        found.append({(int(start), int(end), label) for start, end, label in spans})
    return found


def _is_span(span: object) -> bool:
    if not isinstance(span, (list, tuple)) or len(span) != 3 or not isinstance(span[2], str):
        return False
    return all(isinstance(end, (int, np.integer)) and not isinstance(end, bool) for end in span[:2])
