"""Which method each metric gets, how often its intervals hold the truth, and how often its test cries wolf."""

from __future__ import annotations

import numpy as np
import pytest

from mtlbench.analysis.evidence import Design, gather
from mtlbench.analysis.methods import methods, score_interval
from mtlbench.stats import weighted_test
from tests.analysis.samples import DRAWN, DRAWS, metric, overlap, pearson, samples, truth

LITTLE = Design(seed=1, confidence=0.95, resamples=100, permutations=399)


@pytest.mark.parametrize(
    ("name", "method", "difference"),
    [
        ("accuracy", "wilson", "jackknife t"),
        ("squad_f1", "t", "paired t"),
        ("overlap", "percentile", "jackknife t"),
        ("f1_macro", "bca", "bca"),
        ("pearson", "fisher z", "percentile"),
    ],
)
def test_the_table(name: str, method: str, difference: str) -> None:
    task = samples(name, 2, 200, LITTLE)
    assert score_interval(task, "s0", task.headline, LITTLE).method == method
    assert methods(task, task.headline).difference(task, "s0", "s1", LITTLE).method == difference


@pytest.mark.parametrize("name", ["accuracy", "squad_f1", "overlap", "f1_macro", "pearson"])
def test_coverage(name: str) -> None:
    """Of 600 samples of 300 examples 93–97% of the 95% intervals hold the true score (binomial error 0.9%)."""
    true = truth(name)
    task = samples(name, 600, 300)
    intervals = [score_interval(task, f"s{i}", task.headline, DRAWN) for i in range(600)]
    held = np.mean([interval.low <= true <= interval.high for interval in intervals])
    assert 0.93 <= held <= 0.97


@pytest.mark.parametrize("name", ["squad_f1", "overlap", "f1_macro", "pearson"])
def test_coverage_of_a_difference(name: str) -> None:
    """Of two samples of one world the difference is 0."""
    task = samples(name, 1200, 300)
    intervals = [methods(task, task.headline).difference(task, f"s{i}", f"s{i + 600}", DRAWN) for i in range(600)]
    held = np.mean([interval.low <= 0 <= interval.high for interval in intervals])
    assert 0.93 <= held <= 0.97


@pytest.mark.parametrize("name", list(DRAWS))
def test_type_one_error(name: str) -> None:
    """Of 500 pairs of equally good systems 3–7% are told apart at .05 (binomial error 1%)."""
    task = samples(name, 1000, 120, LITTLE)
    test = methods(task, task.headline).test
    rejected = 0
    for i in range(500):
        names = f"s{2 * i}", f"s{2 * i + 1}"
        p_value = test(task, *names) if test else weighted_test([task.pair(*names)], seed=i, rounds=399).p_value
        rejected += p_value <= 0.05
    assert 0.03 <= rejected / 500 <= 0.07


def test_correlations_know_no_scale() -> None:
    """A system that says the same in other units is the same system."""
    rows = pearson(np.random.default_rng(3), 100)
    gold = rows[:, 2]
    scaled = metric("pearson").statistics((3 * rows[:, 1] + 7).tolist(), gold.tolist())
    others = {("a", "pearson"): rows, ("b", "pearson"): scaled}
    task = gather("t", "data", 100, 1.0, (None, None), (metric("pearson"),), others, LITTLE)
    assert weighted_test([task.pair("a", "b")], seed=1).p_value == 1.0


@pytest.mark.parametrize(("differing", "p_value"), [(0, 1.0), (1, 1.0), (2, 0.5)])
def test_few_differing_segments(differing: int, p_value: float) -> None:
    """sacreBLEU's own test gives p = .0001 for one of 300; exchanging it can only turn the difference round."""
    rows = overlap(np.random.default_rng(5), 300)
    worse = rows.copy()
    worse[:differing, 2:4] = np.floor(worse[:differing, 2:4] / 2)
    task = gather(
        "t",
        "d",
        300,
        1.0,
        (None, None),
        (metric("overlap"),),
        {("a", "overlap"): rows, ("b", "overlap"): worse},
        LITTLE,
    )
    assert weighted_test([task.pair("a", "b")], seed=1).p_value == p_value
