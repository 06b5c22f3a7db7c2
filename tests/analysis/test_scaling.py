"""Score against size, by hand."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from mtlbench.analysis.lineage import Lineage, Training
from mtlbench.analysis.scaling import count_sizes, scaling_rows
from mtlbench.results.schema import ScalingRow
from tests.analysis.evidence import DESIGN, accuracy_task, hits

MULTI = Training({"a": 1.0, "b": 1.0})


def scaled(right: Mapping[str, int], parameters: Mapping[str, int | None], **models: Training) -> dict[str, ScalingRow]:
    """Models that hit so many of 100 on task a, and 50 on b."""
    tasks = [
        accuracy_task("a", {model: hits(count, 100) for model, count in right.items()}, 0.5),
        accuracy_task("b", {model: hits(50, 100) for model in right}, 0.5),
    ]
    lineage = Lineage({model: models.get(model, MULTI) for model in right})
    return {row.task: row for row in scaling_rows(lineage, parameters, tasks, "none", DESIGN)}


def test_a_line_through_three_sizes() -> None:
    """70, 77, 90 at 10⁶, 10⁷, 10⁸: slope (90 − 70)/2, residuals 1, −2, 1."""
    found = scaled({"s": 70, "m": 77, "l": 90}, {"s": 10**6, "m": 10**7, "l": 10**8})
    row = found["a"]
    assert (row.slope, row.intercept, row.r2) == pytest.approx((10, 9, 1 - 6 / 206))
    assert (row.ci_high or 0) - 10 == pytest.approx(12.7062 * 3**0.5, rel=1e-5)
    assert (row.models, row.sizes, row.reason) == (["s", "m", "l"], 3, None)
    assert row.resampled_low is not None
    assert row.resampled_high is not None
    assert 5 < row.resampled_low < 10 < row.resampled_high < 15
    assert found["overall"].slope == pytest.approx(5)
    assert (found["b"].slope, found["b"].r2) == (pytest.approx(0), None)
    assert found["b"].reason == "all scores are equal: there is no variance to explain"


@pytest.mark.parametrize(
    ("parameters", "models"),
    [
        pytest.param({"s": 100, "m": 105, "l": 1000}, {}, id="two within a tenth"),
        pytest.param({"s": 100, "m": None, "l": 1000}, {}, id="a size is not known"),
        pytest.param({"s": 100, "m": 300, "l": 1000}, {"m": Training({"a": 1.0})}, id="one is of a single task"),
        pytest.param(
            {"s": 100, "m": 300, "l": 1000}, {"m": Training(MULTI.shares, fraction_of="l")}, id="one saw fewer rows"
        ),
    ],
)
def test_two_sizes_are_too_few(parameters: dict[str, int | None], models: dict[str, Training]) -> None:
    row = scaled({"s": 70, "m": 77, "l": 90}, parameters, **models)["overall"]
    assert (row.sizes, row.slope, row.ci_low, row.resampled_low, row.r2) == (2, None, None, None, None)
    assert row.reason == "a line takes 3 sizes of multi-task models, and there are 2"


def test_one_model_has_no_row() -> None:
    assert scaled({"s": 70}, {"s": 100}) == {}


@pytest.mark.parametrize(
    ("parameters", "sizes"), [([], 0), ([5], 1), ([100, 109, 112], 2), ([100, 110, 121], 2), ([3, 1, 2], 3)]
)
def test_sizes(parameters: list[int], sizes: int) -> None:
    assert count_sizes(parameters) == sizes
