"""Learning curves by hand: the area under them, the rows that a score takes, and nothing beyond their ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import isotonic_regression

from mtlbench.analysis.data_efficiency import area, curve_rows, data_efficiency_rows, reach_rows, reached
from mtlbench.analysis.evidence import TaskEvidence
from mtlbench.analysis.lineage import Lineage, Training
from mtlbench.analysis.scores import score_rows
from mtlbench.results.schema import DataEfficiencyRow, ReachRow
from mtlbench.stats import isotonic
from tests.analysis.evidence import DESIGN, accuracy_task, hits

N = 1000


def trainings(sizes: Mapping[str, int], tasks: Sequence[str], full: str) -> dict[str, Training]:
    """Trainings that differ in their rows alone, of which the model `full` has all."""
    return {
        model: Training(
            dict.fromkeys(tasks, 1.0), dict.fromkeys(tasks, size), fraction_of=None if model == full else full
        )
        for model, size in sizes.items()
    }


SINGLE, MULTI = {"s-100": 100, "s-1000": 1000, "s": 10_000}, {"m-100": 100, "m-1000": 1000, "m": 10_000}
LINEAGE = Lineage(trainings(SINGLE, ["a"], "s") | trainings(MULTI, ["a", "b"], "m"))
RIGHT = {"s-100": 500, "s-1000": 600, "s": 700, "m-100": 550, "m-1000": 700, "m": 750}


def evidence(right: Mapping[str, int] = RIGHT) -> list[TaskEvidence]:
    return [accuracy_task("a", {model: hits(count, N) for model, count in right.items()}, 1.0)]


def areas(right: Mapping[str, int] = RIGHT, lineage: Lineage = LINEAGE) -> dict[str, DataEfficiencyRow]:
    return {row.curve: row for row in data_efficiency_rows(lineage, evidence(right), DESIGN) if row.task == "a"}


def reaches(right: Mapping[str, int] = RIGHT, lineage: Lineage = LINEAGE) -> list[ReachRow]:
    return reach_rows(lineage, evidence(right), DESIGN)


def test_points_of_the_curves_stand_in_order_with_the_intervals_of_the_scores() -> None:
    scores = score_rows(evidence(), dict.fromkeys(RIGHT, ("a",)), DESIGN)
    rows = curve_rows(LINEAGE, scores)
    assert [(row.curve, row.model, row.rows, row.value) for row in rows[:3]] == [
        ("s", "s-100", 100, 50.0),
        ("s", "s-1000", 1000, 60.0),
        ("s", "s", 10_000, 70.0),
    ]
    assert [(row.curve, row.rows) for row in rows[3:]] == [("m", 100), ("m", 1000), ("m", 10_000)]
    assert (rows[0].ci_low, rows[0].ci_high) == (scores[0].ci_low, scores[0].ci_high)


def test_the_area_is_the_mean_score_over_log_rows() -> None:
    rows = areas()
    assert [rows[curve].value for curve in ("s", "m")] == pytest.approx([60, ((55 + 70) / 2 + (70 + 75) / 2) / 2])
    row = rows["s"]
    assert (row.sizes, row.least, row.most, row.monotone) == (3, 100, 10_000, True)
    assert row.method == "trapezoid over log rows"
    assert row.ci_low is not None
    assert row.ci_high is not None
    assert 57 < row.ci_low < 60 < row.ci_high < 63
    uneven = area(np.array([10.0, 20.0, 160.0]), np.array([0.0, 40.0, 80.0]))
    assert uneven == pytest.approx((20 * log(2) + 60 * log(8)) / log(16))


def test_a_curve_that_falls_is_fitted_and_says_so() -> None:
    row = areas(RIGHT | {"s-100": 500, "s-1000": 640, "s": 600})["s"]
    assert row.value == pytest.approx(((50 + 62) / 2 + 62) / 2)
    assert (row.monotone, row.method) == (False, "trapezoid over log rows, of the isotonic fit")


def test_models_of_one_size_count_as_their_mean() -> None:
    lineage = Lineage({**LINEAGE.models, "s-again": replace(LINEAGE.models["s-100"])})
    row = areas(RIGHT | {"s-again": 540}, lineage)["s"]
    assert (row.sizes, row.value) == (3, pytest.approx(((52 + 60) / 2 + (60 + 70) / 2) / 2))


def without(model: str, **changes: object) -> Lineage:
    return Lineage({**LINEAGE.models, model: replace(LINEAGE.models[model], **changes)})  # type: ignore[arg-type]


ONE_SIZE = Lineage(trainings({"s-100": 10_000, "s": 10_000}, ["a"], "s"))


@pytest.mark.parametrize(
    ("lineage", "lost", "reason"),
    [
        (ONE_SIZE, "", "one size of training is no curve"),
        (without("s-100", rows=None), "", "how many rows of a s-100 was trained on is not known"),
        (without("s-100", rows={"a": 0}), "", "how many rows of a s-100 was trained on is not known"),
        (LINEAGE, "s-1000", "s-1000 has no predictions for a"),
        (LINEAGE, "s", "s has no predictions for a"),
    ],
)
def test_an_area_that_is_not_known_says_why(lineage: Lineage, lost: str, reason: str) -> None:
    right = {model: count for model, count in RIGHT.items() if model != lost}
    row = areas(right, lineage)["s"]
    assert (row.value, row.ci_low, row.monotone, row.method) == (None, None, None, None)
    assert str(row.reason).startswith(reason)


def test_rows_that_equal_scores_take() -> None:
    """50 is below what m has; 60 lies at a third of the log way from 100 to 1000; 70 is reached with 1000 of 10,000."""
    rows = reaches()
    assert [(row.score, row.baseline_rows, row.at_full) for row in rows] == [
        (50, pytest.approx(100), False),
        (60, pytest.approx(1000), False),
        (70, pytest.approx(10_000), True),
    ]
    assert (rows[0].rows, rows[0].ratio) == (None, None)
    assert rows[0].reason == "reached with fewer than 100 rows, the fewest of the curve"
    assert [row.rows for row in rows[1:]] == pytest.approx([10 ** (2 + 1 / 3), 1000])
    assert [row.ratio for row in rows[1:]] == pytest.approx([10 ** (2 / 3), 10])
    assert rows[1].ci_low is not None
    assert rows[1].ci_high is not None
    assert 1 < rows[1].ci_low < 10 ** (2 / 3) < rows[1].ci_high < 10


def test_nothing_is_extrapolated() -> None:
    worse = RIGHT | {"m-100": 300, "m-1000": 350, "m": 400}
    assert {row.reason for row in reaches(worse)} == {"never reached within 10,000 rows"}
    assert {(row.ratio, row.rows) for row in reaches(worse)} == {(None, None)}


def test_no_interval_where_resamples_leave_the_curve() -> None:
    """The curve ends just above the score: many a resample never reaches it."""
    row = reaches(RIGHT | {"m-100": 400, "m-1000": 500, "m": 702})[-1]
    assert row.ratio == pytest.approx(1, abs=0.05)
    assert (row.ci_low, row.ci_high) == (None, None)
    assert str(row.reason).endswith("of 500 resamples the score lies beyond 100–10,000 rows")


def test_a_baseline_without_fractions_is_a_point() -> None:
    lineage = Lineage({model: training for model, training in LINEAGE.models.items() if model in ("s", *MULTI)})
    (row,) = reaches(lineage=lineage)
    assert (row.at_full, row.baseline_rows, row.ratio) == (True, pytest.approx(10_000), pytest.approx(10))


def test_a_baseline_whose_score_stops_rising_reaches_it_at_the_fewest_rows() -> None:
    row = reaches(RIGHT | {"s-1000": 701, "s": 699})[-1]
    assert (row.score, row.baseline_rows) == (pytest.approx(70), pytest.approx(1000))


def test_reaches_that_are_not_known_say_why() -> None:
    (row,) = reaches({model: count for model, count in RIGHT.items() if model != "m-1000"})
    assert (row.score, row.ratio, row.reason) == (None, None, "m-1000 has no predictions for a")
    assert reaches(lineage=Lineage(trainings(MULTI, ["a", "b"], "m"))) == []


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=9))
def test_isotonic_is_sklearns(values: list[float]) -> None:
    assert isotonic(np.array(values)) == pytest.approx(isotonic_regression(values), abs=1e-9)
    both = np.column_stack([values, values[::-1]])
    assert isotonic(both)[:, 0] == pytest.approx(isotonic(np.array(values)), abs=1e-12)


@given(
    st.lists(st.integers(0, 100), min_size=2, max_size=6),
    st.lists(st.integers(1, 10_000), min_size=6, max_size=6, unique=True),
    st.floats(-10, 110),
)
def test_what_is_reached_is_the_score(scores: list[int], sizes: list[int], score: float) -> None:
    rows, fit = np.array(sorted(sizes[: len(scores)]), float), np.array(sorted(scores), float)
    found = float(reached(rows, fit[:, None], np.array([score]))[0])
    if np.isinf(found):
        assert score > fit[-1] if found > 0 else score < fit[0]
    else:
        assert np.interp(found, np.log(rows), fit) == pytest.approx(score, abs=1e-6)
        assert exp(found) <= rows[int((fit < score).sum())] * (1 + 1e-9), "no more than the first size that has it"


def test_an_undefined_resample_stays_undefined() -> None:
    fit = np.array([[np.nan, 10.0], [np.nan, 30.0]])
    found = reached(np.array([1.0, 100.0]), fit, np.array([20.0, 20.0]))
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(log(10))
