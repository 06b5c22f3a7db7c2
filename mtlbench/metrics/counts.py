"""Precision, recall and F1 from counts of hits, predicted and gold, and the metrics whose statistics are such counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import Any, TypeAlias

import numpy as np

from mtlbench.metrics.base import FloatArray, Metric
from mtlbench.metrics.mean import counted

Measure: TypeAlias = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
"""(hits, predicted, gold) → values in [0, 1], elementwise."""


def ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    """part / whole, elementwise; 0 where the whole is 0 (scikit-learn's `zero_division=0`)."""
    return np.divide(part, whole, out=np.zeros(np.shape(whole)), where=whole > 0)


def precision(hits: FloatArray, predicted: FloatArray, gold: FloatArray) -> FloatArray:
    """Hits / predicted; 0 where nothing is predicted."""
    return ratio(hits, predicted)


def recall(hits: FloatArray, predicted: FloatArray, gold: FloatArray) -> FloatArray:
    """Hits / gold; 0 where nothing is gold."""
    return ratio(hits, gold)


def f1(hits: FloatArray, predicted: FloatArray, gold: FloatArray) -> FloatArray:
    """2·hits / (predicted + gold); 0 where nothing is predicted or gold."""
    return ratio(2.0 * hits, predicted + gold)


MEASURES: Mapping[str, Measure] = {"f1": f1, "precision": precision, "recall": recall}


class Counts(Metric):
    """Statistics (hits of each of C classes, predicted of each, gold of each, 1), `[n, 3C + 1]`.

    Its parts are measures of each class, named as `recall[negative]`.
    """

    higher_is_better = True
    bounds = (0.0, 100.0)
    law = "cells"

    def _classes_are(self, classes: Sequence[str], measures: Mapping[str, Measure]) -> None:
        """Sets columns and parts."""
        self._classes, self._measures = len(classes), measures
        self.columns = tuple(f"{what}:{name}" for what in ("hits", "predicted", "gold") for name in classes)
        self.columns += ("count",)
        self.parts = tuple(f"{measure}[{name}]" for measure in measures for name in classes)

    def _counts(self, totals: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Hits, predicted and gold, each `[..., C]`."""
        per_class = totals[..., :-1].reshape(*totals.shape[:-1], 3, self._classes)
        return per_class[..., 0, :], per_class[..., 1, :], per_class[..., 2, :]

    def part_scores(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., 3C + 1]` → each measure of each class on 0–100 `[..., len(parts)]`."""
        counts = self._counts(totals)
        nothing = np.empty((*totals.shape[:-1], 0))
        values = np.concatenate([nothing, *(measure(*counts) for measure in self._measures.values())], axis=-1)
        return np.where(totals[..., -1:] > 0, 100.0 * values, np.nan)


def one_hot_counts(predicted: FloatArray, gold: FloatArray) -> FloatArray:
    """Rows of `Counts` from predicted and gold membership `[n, C]` of 0 and 1."""
    return counted(np.concatenate([predicted * gold, predicted, gold], axis=1))


class SpanCounts(Counts):
    """Micro-F1 over labelled spans, counted over all spans and for each declared label: `[n, 3(1 + L) + 1]`.

    2·hits / (predicted + gold) over the whole corpus, 0 where there is no span at all, as seqeval and conlleval. Its
    parts are micro precision and recall, and F1, precision and recall of each declared label.
    """

    def _labels_are(self, labels: Sequence[str]) -> None:
        """Sets columns and parts; without labels there are the numbers of all spans alone."""
        self._labels = {label: number for number, label in enumerate(labels, start=1)}
        self._classes_are(("", *labels), MEASURES)
        self.columns = tuple(name.removesuffix(":") for name in self.columns)
        # The first class is all spans, whose F1 is the score itself.
        self.parts = ("precision", "recall", *(part for part in self.parts if not part.endswith("[]")))

    def _span_rows(self, pairs: Iterable[tuple[Set[Any], Set[Any]]]) -> FloatArray:
        """Rows from sets (predicted, gold) of (start, end, label)."""
        rows = [
            [*self._tally(predicted & gold), *self._tally(predicted), *self._tally(gold), 1]
            for predicted, gold in pairs
        ]
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(self.columns))

    def _tally(self, spans: Set[Any]) -> list[int]:
        """How many spans there are, and how many of each declared label."""
        tally = [0] * self._classes
        tally[0] = len(spans)
        for *_, label in spans:
            number = self._labels.get(label)
            if number is not None:
                tally[number] += 1
        return tally

    def score(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., 3(1 + L) + 1]` → micro-F1 on 0–100 `[...]`."""
        hits, predicted, gold = (counts[..., 0] for counts in self._counts(totals))
        return np.where(totals[..., -1] > 0, 100.0 * f1(hits, predicted, gold), np.nan)

    def part_scores(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., 3(1 + L) + 1]` → the parts on 0–100 `[..., 2 + 3L]`."""
        values = super().part_scores(totals)
        by_measure = values.reshape(*totals.shape[:-1], len(MEASURES), self._classes)
        labels = by_measure[..., 1:].reshape(*totals.shape[:-1], len(self.parts) - 2)
        return np.concatenate([by_measure[..., 1:, 0], labels], axis=-1)
