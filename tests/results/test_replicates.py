"""Replicates on disk are those that were kept, to a step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mtlbench.results.replicates import KEPT, read_replicates, replicates_of, write_replicates


def test_they_come_back_as_they_were(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    first, second = 80 + draw.normal(size=1_000), 40 + 9 * draw.normal(size=1_000)
    second[7] = np.nan
    made = replicates_of(["a", "b"], ["x", "y"], {("a", "x"): (80.0, first), ("b", "y"): (40.0, second)})
    write_replicates(tmp_path / "replicates.parquet", made)
    read = read_replicates(tmp_path / "replicates.parquet", ["a", "b"], ["x", "y"])
    assert read is not None
    np.testing.assert_array_equal(read.drawn, made.drawn)
    np.testing.assert_allclose(read.drawn[0, 0], first[:KEPT], atol=1e-3)
    np.testing.assert_allclose(read.drawn[1, 1], second[:KEPT], atol=1e-2)
    assert np.isnan(read.drawn[1, 1, 7])
    assert np.isnan(read.scores).tolist() == [[False, True], [True, False]]


@pytest.mark.parametrize("value", [0.0, 100.0])
def test_a_score_that_no_resample_changes(value: float) -> None:
    made = replicates_of(["a"], ["x"], {("a", "x"): (value, np.full(50, value))})
    assert made.drawn.tolist() == [[[value] * 50]]


def test_a_run_of_an_earlier_version_has_none(tmp_path: Path) -> None:
    assert read_replicates(tmp_path / "replicates.parquet", ["a"], ["x"]) is None
