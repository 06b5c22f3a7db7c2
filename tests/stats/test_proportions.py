"""Two proportions on the same examples: exact p-values, Tango's interval by its definition and by its coverage."""

import numpy as np
import pytest
import scipy.optimize
import scipy.stats

from mtlbench.stats import mcnemar, odds_ratio, tango_interval


@pytest.mark.parametrize("won", range(0, 30, 4))
@pytest.mark.parametrize("lost", [0, 1, 7, 40])
def test_mcnemar_is_the_binomial_test(won, lost):
    expected = scipy.stats.binomtest(won, won + lost).pvalue if won + lost else 1.0
    assert mcnemar(won, lost) == pytest.approx(expected)


def test_odds_ratio():
    assert odds_ratio(6, 3) == 2
    assert odds_ratio(6, 0) is None


def test_tango_without_discordant_pairs():
    """z²/(n + z²) on either side."""
    interval = tango_interval(0, 0, 100)
    end = 100 * 1.959964**2 / (100 + 1.959964**2)
    assert [interval.low, interval.high] == pytest.approx([-end, end], abs=1e-4)
    assert tango_interval(0, 0, 0).reason == "no examples"


@pytest.mark.parametrize(("won", "lost", "n"), [(9, 3, 100), (3, 9, 100), (12, 0, 50), (25, 4, 400), (60, 0, 60)])
def test_tango_is_the_score_interval(won, lost, n):
    """At each end the score statistic, with the nuisance found by maximising the likelihood, is ±z."""
    interval = tango_interval(won, lost, n)

    def statistic(delta):
        def loss(q):
            chances = q + delta, q, 1 - 2 * q - delta
            counts = won, lost, n - won - lost
            return -sum(c * np.log(max(p, 1e-300)) for c, p in zip(counts, chances, strict=True) if c)

        bounds = max(0, -delta), (1 - delta) / 2
        q = scipy.optimize.minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-12}).x
        return (won - lost - n * delta) / np.sqrt(n * (2 * q + delta * (1 - delta)))

    for end, z in ((interval.low, 1.96), (interval.high, -1.96)):
        if abs(end) < 100:
            assert statistic(end / 100) == pytest.approx(z, abs=2e-3)
    mirrored = tango_interval(lost, won, n)
    assert [mirrored.low, mirrored.high] == pytest.approx([-interval.high, -interval.low])


def test_coverage_of_few_discordant_pairs():
    """300 examples of which 2% and 4% are discordant: 93–97.5% of 2,000 intervals hold the true −2 points."""
    rng = np.random.default_rng(2)
    drawn = rng.multinomial(300, [0.02, 0.04, 0.94], size=2000)
    held = [interval.low <= -2 <= interval.high for interval in (tango_interval(*pair, 300) for pair in drawn[:, :2])]
    assert 0.93 <= np.mean(held) <= 0.975
