"""Training shares beside evaluation weights, from cases checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mtlbench.analysis.alignment import alignment_rows, rank_correlation, total_variation
from mtlbench.analysis.lineage import Lineage, Training
from mtlbench.results.schema import AlignmentRow
from tests.analysis.evidence import DESIGN, accuracy_task, hits

SCORES = {"a": 80, "b": 40, "c": 60}


def row_of(
    trained: dict[str, float], weights: tuple[float, ...] = (0.25, 0.25, 0.5), missing: str = ""
) -> AlignmentRow:
    """`x`, which scores 80, 40 and 60 on tasks of these weights; `missing` has another model's predictions alone."""
    tasks = [
        accuracy_task(task, {"other" if task == missing else "x": hits(score, 100)}, weight)
        for (task, score), weight in zip(SCORES.items(), weights, strict=True)
    ]
    lineage = Lineage({"x": Training(trained), "other": Training(None), "alone": Training({"a": 1.0})})
    (row,) = alignment_rows(lineage, tasks, "none", DESIGN)
    return row


def test_formulas() -> None:
    first, second = np.array([0.5, 0.5, 0.0]), np.array([0.25, 0.25, 0.5])
    assert total_variation(first, second) == 0.5
    assert rank_correlation(first, second) == (pytest.approx(-1), None)
    assert rank_correlation(np.array([1.0, 2, 3, 4]), np.array([1.0, 2, 4, 3])) == (pytest.approx(0.8), None)


def test_as_trained() -> None:
    row = row_of({"a": 1, "b": 1, "c": 2})
    assert (row.total_variation, row.under_trained, row.unevaluated) == (0, [], [])
    assert row.rank_correlation == pytest.approx(1)
    assert row.evaluated == row.trained == pytest.approx(60)
    assert (row.difference, row.difference_low, row.difference_high) == pytest.approx((0, 0, 0))


def test_otherwise_than_trained() -> None:
    """Training: a 60%, b 20%, c 20%. The overall is 20 + 10 + 30 as evaluated, and 48 + 8 + 12 as trained."""
    row = row_of({"a": 3, "b": 1, "c": 1})
    assert row.total_variation == pytest.approx(0.35)
    assert row.under_trained == ["c"]
    assert (row.evaluated, row.trained, row.difference) == pytest.approx((60, 68, 8))
    assert row.difference_low is not None
    assert row.difference_high is not None
    # The replicates weigh a by .35, b by −.05, c by −.3, of standard errors 4, 4.9 and 4.9.
    half = 1.96 * np.hypot(0.35 * 4, np.hypot(0.05 * 4.9, 0.3 * 4.9))
    assert (row.difference_low, row.difference_high) == pytest.approx((8 - half, 8 + half), abs=0.8)


def test_trained_on_more_than_is_evaluated() -> None:
    """The half of the training that went elsewhere counts in the distance; the overall takes what is left of it."""
    row = row_of({"a": 1, "c": 1, "web": 2, "nothing": 0})
    assert row.total_variation == pytest.approx(0.5)
    assert row.unevaluated == ["web"]
    assert row.under_trained == ["b", "c"]
    assert row.trained == pytest.approx(70)


@pytest.mark.parametrize(
    ("trained", "weights", "missing", "null", "reason"),
    [
        ({"a": 1, "b": 1}, (0.5, 0.5, 0.0), "", {"rank_correlation"}, "a rank correlation takes 3 tasks"),
        (
            {"a": 1, "b": 1, "c": 1},
            (0.25, 0.25, 0.5),
            "",
            {"rank_correlation"},
            "all training shares are equal, so they have no order to compare",
        ),
        ({"a": 1, "b": 2, "c": 4}, (1 / 3,) * 3, "", {"rank_correlation"}, "all weights are equal, so they have no order to compare"),
        ({"web": 1, "books": 2}, (0.25, 0.25, 0.5), "", {"trained", "difference"}, "trained on no task of the suite"),
        ({"a": 1, "b": 2, "c": 4}, (0.25, 0.25, 0.5), "c", {"evaluated", "trained", "difference"}, "no score on c"),
        ({"a": 1, "b": 2, "web": 4}, (0.25, 0.25, 0.5), "c", {"evaluated", "difference"}, "no score on c"),
    ],
)  # fmt: skip
def test_what_is_null(
    trained: dict[str, float], weights: tuple[float, ...], missing: str, null: set[str], reason: str
) -> None:
    row = row_of(trained, weights, missing)
    names = ("rank_correlation", "evaluated", "trained", "difference")
    assert {name for name in names if getattr(row, name) is None} == null
    assert row.reason == reason
