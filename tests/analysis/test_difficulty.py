"""Weights by what single-task baselines leave to the ceiling, from cases checked by hand."""

from __future__ import annotations

import pytest

from mtlbench.analysis.difficulty import Headroom, difficulty_rows, difficulty_shares, headroom
from mtlbench.analysis.lineage import Lineage, Training
from mtlbench.metrics import METRICS, MetricContext
from tests.analysis.evidence import DESIGN, accuracy_task, hits

N = float("nan")


@pytest.mark.parametrize(
    ("name", "baselines", "floor", "ceiling", "expected"),
    [
        ("accuracy", [80], None, None, (0.2, None)),
        ("accuracy", [80], 50, 90, (0.25, None)),
        ("accuracy", [N, 60, 80], 50, 90, (0.25, None)),
        ("accuracy", [95], 50, 90, (0, None)),
        ("accuracy", [40], 50, 90, (1.25, None)),
        ("invalid_rate", [20, 30], None, None, (0.2, None)),
        ("accuracy", [], None, None, (None, "no score of a single-task baseline")),
        ("accuracy", [N], None, None, (None, "no score of a single-task baseline")),
        ("perplexity", [20], None, None, (None, "no floor")),
        ("perplexity", [20], 101, None, (0.19, None)),
    ],
)
def test_headroom(
    name: str, baselines: list[float], floor: float | None, ceiling: float | None, expected: Headroom
) -> None:
    metric = METRICS.get(name)(name, MetricContext(("no", "yes")))
    room, reason = headroom(baselines, metric, floor, ceiling)
    assert (room, reason) == (pytest.approx(expected[0]), expected[1])


@pytest.mark.parametrize(
    ("rooms", "expected"),
    [
        ({"a": (0.2, None), "b": (0.6, None)}, ({"a": 0.25, "b": 0.75}, None)),
        ({"a": (0.0, None), "b": (0.6, None)}, ({"a": 0.0, "b": 1.0}, None)),
        ({"a": (0.2, None), "b": (None, "no floor")}, ({}, "no floor on b")),
        ({"a": (0.0, None)}, ({}, "the single-task baselines reach the ceiling of every task")),
    ],
)
def test_shares(rooms: dict[str, Headroom], expected: tuple[dict[str, float], str | None]) -> None:
    shares, reason = difficulty_shares(rooms)
    assert (shares, reason) == (pytest.approx(expected[0]), expected[1])


def test_the_overall_of_the_hard() -> None:
    """Baselines of 80 and 40 leave 20 and 60: of x's 90 and 50, that is 60."""
    tasks = [
        accuracy_task("a", {"x": hits(90, 100), "alone": hits(80, 100), "p": hits(9, 100)}, 0.5),
        accuracy_task("b", {"x": hits(50, 100), "single": hits(40, 100), "half": hits(99, 100)}, 0.5),
    ]
    both = Training({"a": 1, "b": 1})
    models = {"x": both, "alone": Training({"a": 1}), "single": Training({"b": 1}, family="other")}
    lineage = Lineage({**models, "half": Training({"b": 1}, fraction_of="single"), "p": both})
    x, p = difficulty_rows(["x", "p"], tasks, lineage, "none", DESIGN)
    assert (x.name, x.value, x.reason) == ("difficulty_weighted", pytest.approx(60), None)
    assert x.ci_low is not None
    assert x.ci_high is not None
    assert x.ci_low < 60 < x.ci_high
    assert (p.value, p.reason) == (None, "no score on b")
    (row,) = difficulty_rows(["x"], tasks, Lineage({"x": both, "alone": Training({"a": 1})}), "none", DESIGN)
    assert (row.value, row.reason) == (None, "no score of a single-task baseline on b")
