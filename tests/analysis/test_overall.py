"""The overall score, its ranks and their ranges, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mtlbench.analysis.comparisons import ranking_comparisons
from mtlbench.analysis.overall import (
    coverage,
    everywhere,
    overall_replicates,
    overall_rows,
    overall_value,
    rank_groups,
    rank_ranges,
    weight_shares,
)
from tests.analysis.evidence import DESIGN, accuracy_task, hits, nan

A = accuracy_task("a", {"x": hits(80, 100), "y": hits(60, 100), "partial": hits(99, 100)}, 2 / 3)
B = accuracy_task("b", {"x": hits(25, 50), "y": hits(40, 50)}, 1 / 3, (50.0, 90.0))


@pytest.mark.parametrize(
    ("model", "normalize", "expected"),
    [
        ("x", "none", 2 / 3 * 80 + 1 / 3 * 50),
        ("y", "none", 2 / 3 * 60 + 1 / 3 * 80),
        ("x", "floor_ceiling", 2 / 3 * 80 + 1 / 3 * 0),  # b: (50 − 50) / (90 − 50)
        ("y", "floor_ceiling", 2 / 3 * 60 + 1 / 3 * 75),
    ],
)
def test_weighted_mean(model: str, normalize: str, expected: float) -> None:
    assert overall_value(everywhere(model, [A, B]), [A, B], normalize) == pytest.approx(expected)


def test_a_missing_task_gives_no_overall_and_no_rank() -> None:
    assert nan(overall_value(everywhere("partial", [A, B]), [A, B], "none"))
    assert coverage("partial", [A, B]) == pytest.approx(2 / 3)
    models = ["partial", "x", "y"]
    rows = overall_rows(models, [A, B], "none", ranking_comparisons(models, [A, B], "none", DESIGN), DESIGN)
    assert [(row.model, row.rank) for row in rows] == [("x", 1), ("y", 2), ("partial", None)]
    assert rows[-1].value is None
    assert rows[-1].reason == "no score on b"
    assert rows[-1].coverage == pytest.approx(2 / 3)


def test_a_task_that_weighs_nothing_may_be_missing() -> None:
    extra = accuracy_task("extra", {"x": hits(1, 10)}, 0.0)
    whole = accuracy_task("whole", {"x": hits(80, 100), "y": hits(60, 100)}, 1.0)
    assert overall_value(everywhere("y", [whole, extra]), [whole, extra], "none") == pytest.approx(60)


def test_replicates_add_up() -> None:
    drawn = overall_replicates(everywhere("x", [A, B]), [A, B], "none")
    parts = 2 / 3 * A.replicates["x", "accuracy"] + 1 / 3 * B.replicates["x", "accuracy"]
    np.testing.assert_allclose(drawn, parts)
    rows = overall_rows(["x"], [A, B], "none", [], DESIGN)
    spread = np.sqrt((2 / 3) ** 2 * 80 * 20 / 100 + (1 / 3) ** 2 * 50 * 50 / 50)
    assert rows[0].ci_high is not None
    assert rows[0].ci_low is not None
    assert rows[0].ci_high - rows[0].ci_low == pytest.approx(2 * 1.96 * spread, rel=0.15)


@pytest.mark.parametrize(
    ("better", "lows", "highs", "groups"),
    [
        ([], [], [], []),
        ([[0]], [1], [1], [1]),
        ([[0, 0], [0, 0]], [1, 1], [2, 2], [1, 1]),
        ([[0, 1], [0, 0]], [1, 2], [1, 2], [1, 2]),
        # 1 ≈ 2, 2 ≈ 3, but 1 > 3: a group ends with the first model that loses to any of it
        ([[0, 0, 1], [0, 0, 0], [0, 0, 0]], [1, 1, 2], [2, 3, 3], [1, 1, 2]),
        ([[0, 1, 1, 1], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]], [1, 2, 2, 3], [1, 3, 4, 4], [1, 2, 2, 3]),
    ],
)
def test_rank_ranges_and_groups(better: list[list[int]], lows: list[int], highs: list[int], groups: list[int]) -> None:
    matrix = np.array(better, dtype=bool).reshape(len(better), len(better))
    assert rank_ranges(matrix) == (lows, highs)
    assert rank_groups(matrix) == groups


def test_equal_models_share_a_rank() -> None:
    task = accuracy_task("t", {"x": hits(7, 10), "y": hits(7, 10), "z": hits(6, 10)}, 1.0)
    models = ["x", "y", "z"]
    rows = overall_rows(models, [task], "none", ranking_comparisons(models, [task], "none", DESIGN), DESIGN)
    assert [row.rank for row in rows] == [1, 1, 3]
    assert {(row.rank_low, row.rank_high) for row in rows} == {(1, 3)}


def test_shares() -> None:
    assert weight_shares({"a": 2.0, "b": 1.0, "c": 0.0}) == {"a": 2 / 3, "b": 1 / 3, "c": 0.0}
