"""Several seeds of one training: means by hand, rliable's IQM, and an interval that counts seeds."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from mtlbench.analysis.seeds import seed_rows
from mtlbench.stats import interquartile_mean
from tests.analysis.evidence import DESIGN, accuracy_task, hits

RIGHT = {"m": (60, 30), "m2": (70, 40), "m3": (80, 20), "x": (50, 50)}
TASKS = [
    accuracy_task(name, {model: hits(right[place], 100) for model, right in RIGHT.items()}, 0.5)
    for place, name in enumerate(("a", "b"))
]


@pytest.mark.parametrize("count", [1, 3, 4, 7, 20])
def test_iqm_is_a_trimmed_mean(count: int) -> None:
    """As rliable's aggregate_iqm."""
    scores = np.random.default_rng(count).random((5, count))
    assert interquartile_mean(scores) == pytest.approx(scipy.stats.trim_mean(scores, 0.25, axis=1))
    scores[2, 0] = np.nan
    assert np.isnan(interquartile_mean(scores)).tolist() == [False, False, True, False, False]


def test_rows_by_hand() -> None:
    rows = {row.task: row for row in seed_rows({"m": "m", "m2": "m", "m3": "m", "x": "x"}, TASKS, "none", DESIGN)}
    assert list(rows) == ["a", "b", "overall"]
    assert {(row.model, row.seeds) for row in rows.values()} == {("m", 3)}
    assert [row.value for row in rows.values()] == pytest.approx([70, 30, 50])
    assert rows["a"].sd == pytest.approx(10)
    assert rows["overall"].iqm == pytest.approx((30 + 40 + 60 + 70) / 4)
    low, high = rows["overall"].iqm_low, rows["overall"].iqm_high
    assert low is not None
    assert high is not None
    assert 20 < low < 50 < high < 80


def test_seeds_widen_the_interval() -> None:
    """Var = between seeds (·2/3 of the bootstrap of three) / 3 + of the examples they share."""
    row = seed_rows({"m": "m", "m2": "m", "m3": "m"}, TASKS, "none", DESIGN)[0]
    assert row.ci_high is not None
    assert row.ci_low is not None
    examples = np.std(TASKS[0].replicates["m2", "accuracy"])
    expected = np.hypot(10 * (2 / 3) ** 0.5 / 3**0.5, examples)
    assert (row.ci_high - row.ci_low) / (2 * 1.96) == pytest.approx(expected, rel=0.2)


def test_two_seeds_say_nothing_of_others() -> None:
    row = seed_rows({"m": "m", "m2": "m"}, TASKS, "none", DESIGN)[0]
    assert (row.value, row.ci_low) == (pytest.approx(65), None)
    assert row.reason is not None
    assert row.reason.startswith("conditional on these checkpoints")
    assert seed_rows({"m": "m", "x": "x"}, TASKS, "none", DESIGN) == []
