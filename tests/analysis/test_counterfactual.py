"""Flips, excess over the placebo, signed changes and worst cases, by hand; and no effect where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from mtlbench.analysis.counterfactual import EXCESS, FLIPS, Change, change_rows, preference_rows
from mtlbench.metrics import METRICS, MetricContext
from mtlbench.metrics.mean import counted
from mtlbench.results.schema import ChangeRow
from mtlbench.stats.intervals import ratio_t_interval, wilson_interval
from mtlbench.stats.proportions import mcnemar, tango_interval
from tests.analysis.evidence import DESIGN, accuracy_task

ACCURACY = METRICS.get("accuracy")("accuracy", MetricContext(("no", "yes")))


def change(
    before: Sequence[int],
    after: Sequence[int],
    placebo: Sequence[float] | None = None,
    directions: Sequence[str] | None = None,
    clusters: Sequence[int] | None = None,
) -> Change:
    """Hits before and after, of which those that differ are flips."""
    first, second = np.array(before, dtype=float), np.array(after, dtype=float)
    return Change(
        "model", "task", "gender", "counterfactual", "data", len(first), ACCURACY, np.arange(len(first)),
        directions or ["a → b"] * len(first), (first != second).astype(float), counted(first), counted(second),
        np.full(len(first), np.nan) if placebo is None else np.array(placebo, dtype=float), {},
        None if clusters is None else np.array(clusters),
    )  # fmt: skip


def row(rows: Sequence[ChangeRow], metric: str, direction: str = "") -> ChangeRow:
    (found,) = [each for each in rows if (each.metric, each.direction) == (metric, direction)]
    return found


def test_rates_by_hand() -> None:
    """Ten rows: three go wrong, one comes right; the placebo flips one of the four and one other."""
    before, after = [1, 1, 1, 0, 1, 1, 1, 1, 0, 0], [0, 0, 0, 1, 1, 1, 1, 1, 0, 0]
    rows = change_rows([change(before, after, placebo=[1, 0, 0, 0, 1, 0, 0, 0, 0, 0])], DESIGN)
    flips, wilson = row(rows, FLIPS), wilson_interval(4, 10)
    assert (flips.value, flips.ci_low, flips.ci_high, flips.method) == (40, wilson.low, wilson.high, "wilson")
    assert row(rows, "placebo_flip_rate").value == 20
    excess, tango = row(rows, EXCESS), tango_interval(3, 1, 10)
    assert excess.value == pytest.approx(20)
    assert (excess.ci_low, excess.ci_high) == (tango.low, tango.high)
    assert excess.p_value == mcnemar(3, 1)
    assert row(rows, "accuracy", "a → b").value == pytest.approx(-20)
    assert row(rows, "worst_case").value == pytest.approx(40)


def test_opposite_directions_do_not_cancel() -> None:
    before, after = [1] * 20 + [0] * 20, [0] * 20 + [1] * 20
    rows = change_rows([change(before, after, directions=["a → b"] * 20 + ["b → a"] * 20)], DESIGN)
    assert row(rows, "accuracy", "a → b").value == -100
    assert row(rows, "accuracy", "b → a").value == 100
    assert row(rows, "accuracy", "a → b").significant


def test_rows_of_one_template_are_one_piece_of_evidence() -> None:
    after, clusters = [0, 0, 0, 1, 1, 1, 0, 1, 0, 1], [0, 0, 0, 1, 1, 1, 2, 2, 3, 3]
    rows = change_rows([change([1] * 10, after, clusters=clusters)], DESIGN)
    by_cluster = ratio_t_interval(np.array([3.0, 0, 1, 1]), np.array([3.0, 3, 2, 2]))
    ends = max(0.0, by_cluster.low or 0.0), min(100.0, by_cluster.high or 0.0)
    assert (row(rows, FLIPS).ci_low, row(rows, FLIPS).ci_high) == pytest.approx(ends)
    assert row(rows, FLIPS).method == "clustered t"


def test_the_worst_of_all_swaps_counts_each_original_once() -> None:
    one = change([1, 1, 1, 0], [0, 1, 1, 1])
    other = replace(
        change([1, 1], [0, 1]), name="age", originals=np.array([1, 3]), before=counted(np.array([1.0, 0.0]))
    )
    rows = change_rows([one, other], DESIGN)
    (worst,) = [each for each in rows if (each.name, each.metric) == ("all", "worst_case")]
    assert (worst.value, worst.changed) == (25, 4)  # only the third original is right whatever is done


def test_a_score_of_all_rows_has_no_worst_case() -> None:
    f1 = METRICS.get("f1_macro")("f1_macro", MetricContext(("no", "yes")))
    rows = f1.statistics([0, 1, 1, 0], [0, 1, 0, 0])
    made = replace(change([1, 1, 0, 1], [1, 1, 0, 1]), metric=f1, before=rows, after=rows)
    worst = row(change_rows([made], DESIGN), "worst_case")
    assert worst.value is None
    assert worst.reason is not None
    assert "all rows together" in worst.reason


def test_pairs_whose_references_differ_are_no_flips() -> None:
    made = replace(change([1, 1], [1, 0]), flipped=np.full(2, np.nan))
    flips = row(change_rows([made], DESIGN), FLIPS)
    assert flips.value is None
    assert flips.reason is not None


def test_measures_have_their_own_units() -> None:
    made = replace(change([1] * 8, [1] * 8), measures={"length": (np.full(8, 3.0), np.arange(8.0) + 2)})
    length = row(change_rows([made], DESIGN), "length", "a → b")
    assert length.value == pytest.approx(2.5)


def test_holm_goes_over_swaps_and_tasks() -> None:
    flips = [1.0] * 10 + [0.0] * 30
    many = [
        replace(change([1] * 40, [0] * 10 + [1] * 30, [0.0] * 40), name=f"swap{n}", flipped=np.array(flips))
        for n in range(4)
    ]
    rows = [each for each in change_rows(many, DESIGN) if each.metric == EXCESS]
    assert [each.p_value for each in rows] == [mcnemar(10, 0)] * 4
    assert [each.p_adjusted for each in rows] == pytest.approx([4 * mcnemar(10, 0)] * 4)


def test_no_effect_is_seldom_declared() -> None:
    """Edits that flip 15% of answers, whatever they are of: over 4 swaps an excess is declared in at most 7% of runs."""
    chance, declared, runs = np.random.default_rng(3), 0, 400
    quick = replace(DESIGN, resamples=100)
    for _ in range(runs):
        swaps = []
        for number in range(4):
            flips, placebo = (chance.random((2, 120)) < 0.15).astype(float)
            swaps.append(replace(change([1] * 120, list((1 - flips).astype(int)), list(placebo)), name=f"swap{number}"))
        rows = change_rows(swaps, quick)
        declared += any(each.significant for each in rows if each.metric == EXCESS)
    assert declared / runs <= 0.07


def test_a_swap_that_flips_more_than_its_placebo_is_found() -> None:
    chance = np.random.default_rng(4)
    flips, placebo = (chance.random(300) < 0.3).astype(int), (chance.random(300) < 0.1).astype(float)
    excess = row(change_rows([change([1] * 300, list(1 - flips), list(placebo))], DESIGN), EXCESS)
    assert excess.significant
    assert excess.ci_low is not None
    assert excess.ci_low > 0


def test_preferences_are_tested_against_a_half() -> None:
    metric = METRICS.get("stereotype_preference")("stereotype_preference", MetricContext())
    rows = metric.statistics([[0.0, -1.0]] * 9 + [[-1.0, 0.0]] + [[-1.0, -1.0]] * 2, [1] * 12)
    task = accuracy_task("crows", {"model": [0] * 12}, 1.0)
    cell = ("model", metric.name)
    task = replace(task, metrics=(metric,), statistics={cell: rows}, values={cell: 90.0})
    (found,) = preference_rows([task], {"model": ["crows"]})
    assert (found.value, found.changed, found.p_value) == (90, 10, mcnemar(9, 1))
