"""MultiRC (Khashabi et al. 2018): a row is a question, with a verdict on each of its answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mtlbench.metrics.base import FloatArray, Metric, MetricContext, check_lengths, listed, sign
from mtlbench.metrics.counts import f1, ratio
from mtlbench.metrics.mean import MeanMetric, counted


class AnswerF1(Metric):
    """`multirc_f1a`: F1 of “true” over the answers of all questions, 0 where none is predicted or gold.

    An output that is neither true nor false (None) is a miss of a true answer and no false alarm. Its parts are
    precision and recall.
    """

    names = ("multirc_f1a",)
    accepts = frozenset({"answers"})
    higher_is_better = True
    bounds = (0.0, 100.0)
    columns = ("hits", "predicted", "gold", "count")
    parts = ("precision", "recall")

    def __init__(self, name: str, context: MetricContext) -> None:
        self.name, self.signature = name, sign(name, "1")

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (rightly true, predicted true, gold true, 1)."""
        check_answers(predictions, references)
        rows = [
            (
                sum(p is not None and p and g for p, g in zip(predicted, gold, strict=True)),
                _true(predicted),
                _true(gold),
            )
            for predicted, gold in zip(predictions, references, strict=True)
        ]
        return counted(np.array(rows, dtype=np.float64).reshape(len(rows), 3))

    def score(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., 4]` → F1 on 0–100 `[...]`."""
        value = 100.0 * f1(totals[..., 0], totals[..., 1], totals[..., 2])
        return np.where(totals[..., 3] > 0, value, np.nan)

    def part_scores(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., 4]` → (precision, recall) on 0–100 `[..., 2]`, 0 over nothing."""
        return np.where(totals[..., 3:] > 0, 100.0 * ratio(totals[..., :1], totals[..., 1:3]), np.nan)


class QuestionExactMatch(MeanMetric):
    """`multirc_em`: the share of questions all of whose answers are judged right."""

    names = ("multirc_em",)
    accepts = frozenset({"answers"})
    law = "proportion"
    columns = ("hit", "count")

    def __init__(self, name: str, context: MetricContext) -> None:
        self.name, self.signature = name, sign(name, "1")

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (all right, 1)."""
        check_answers(predictions, references)
        hits = [list(predicted) == list(gold) for predicted, gold in zip(predictions, references, strict=True)]
        return counted(np.array(hits, dtype=np.float64))


def _true(answers: Sequence[Any]) -> int:
    return sum(1 for answer in answers if answer)


def check_answers(predictions: Sequence[Any], references: Sequence[Any]) -> None:
    """Raises ValueError, naming the row, unless each question has one or more bools and as many predictions of them."""
    check_lengths(predictions, references)
    for row, (predicted, gold) in enumerate(zip(predictions, references, strict=True)):
        if not _verdicts(predicted, (bool, np.bool_, type(None))):
            raise ValueError(f"row {row}: the prediction must be a list of true, false or null, not {predicted!r}")
        if not _verdicts(gold, (bool, np.bool_)) or not len(gold):
            raise ValueError(f"row {row}: the reference must be a list of one or more true or false, not {gold!r}")
        if len(predicted) != len(gold):
            raise ValueError(f"row {row}: {len(predicted)} predictions for {len(gold)} answers")


def _verdicts(answers: Any, kinds: tuple[type, ...]) -> bool:
    if not listed(answers) or isinstance(answers, (set, frozenset)):
        return False
    return all(isinstance(answer, kinds) for answer in answers)
