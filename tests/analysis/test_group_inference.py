"""What tests and intervals of gaps promise: equal groups are seldom declared unequal, true gaps are found and covered."""

from __future__ import annotations

import numpy as np
import pytest

from mtlbench.analysis.evidence import Design
from mtlbench.analysis.groups import Compared
from tests.analysis.grouped import by, compared, task_of

FEWEST = 400
DRAWN = Design(seed=1, confidence=0.95, resamples=2000, permutations=1999)

EQUAL = {
    "two, small and large": (30, 1000),
    "two of a middling size": (300, 300),
    "eight": (30, 40, 50, 80, 150, 300, 600, 1000),
    "twenty": (30, 30, 35, 40, 45, 50, 60, 70, 80, 100, 120, 150, 180, 220, 280, 350, 450, 600, 800, 1000),
    "twenty of 50 and more": (
        50,
        50,
        55,
        60,
        65,
        70,
        75,
        80,
        90,
        100,
        120,
        150,
        180,
        220,
        280,
        350,
        450,
        600,
        800,
        1000,
    ),
}


def simulated(sizes: tuple[int, ...], accuracy: np.ndarray) -> list[Compared]:
    """Worlds in which each group has its accuracy: each stands as a model of its own."""
    chance = np.random.default_rng(5)
    truth = np.repeat(accuracy, sizes)
    models = {f"s{n}": (chance.random(len(truth)) < truth).astype(int) for n in range(max(FEWEST, 2000 // len(sizes)))}
    groups = by("group", [f"g{number:02}" for number, size in enumerate(sizes) for _ in range(size)])
    found = compared(task_of(models, groups), DRAWN)
    return [each for each in found.values() if isinstance(each, Compared)]


@pytest.mark.parametrize("sizes", EQUAL.values(), ids=EQUAL)
def test_equal_groups(sizes: tuple[int, ...]) -> None:
    worlds = simulated(sizes, np.full(len(sizes), 0.8))
    declared = np.mean([each.p_value <= 0.05 for each in worlds])
    lows = [each.band(0.95).gap[0] for each in worlds]
    assert declared <= 0.07
    assert np.mean(np.array(lows) == 0) >= 0.93


def test_a_gap_of_15_points_is_found() -> None:
    worlds = simulated((300, 300), np.array([0.85, 0.7]))
    declared = np.mean([each.p_value <= 0.05 and each.band(0.95).gap[0] > 0 for each in worlds])
    assert declared >= 0.8


@pytest.mark.parametrize("sizes", [(40, 60, 300), (30, 60, 100, 200, 400)])
def test_unequal_groups_are_covered(sizes: tuple[int, ...]) -> None:
    truth = np.linspace(0.75, 0.95, len(sizes))
    worlds = simulated(sizes, truth)
    gaps = [each.band(0.95).gap for each in worlds]
    covered = np.mean([low <= 20 <= high for low, high in gaps])
    away = 100 * (truth[:, None] - truth[None, :])
    bands = [each.band(0.95) for each in worlds]
    every = np.mean([(np.abs(band.differences - away) <= band.half_widths + 1e-9).all() for band in bands])
    assert covered >= 0.93
    assert every >= 0.93


def test_the_gap_expected_by_chance() -> None:
    """Eight equal groups at 80: a mean gap of 16.1 points at 50 rows each, of 6.5 at 300 (facts of the field)."""
    for size, expected in ((50, 16.1), (300, 6.5)):
        worlds = simulated((size,) * 8, np.full(8, 0.8))
        observed = np.mean([np.ptp(each.scores) for each in worlds])
        told = np.mean([each.chance for each in worlds])
        assert observed == pytest.approx(expected, rel=0.08)
        assert told == pytest.approx(observed, rel=0.08)
