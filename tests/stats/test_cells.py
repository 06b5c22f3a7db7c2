"""The bootstrap over cells has the law of the bootstrap over rows, and costs nothing."""

import numpy as np
import pytest

from mtlbench.metrics import METRICS, MetricContext
from mtlbench.stats import cell_jackknife, cell_replicates, collapse, jackknife, replicates


def confusion(n, labels=3, seed=0):
    rng = np.random.default_rng(seed)
    metric = METRICS.get("f1_macro")("f1_macro", MetricContext(tuple(map(str, range(labels)))))
    gold = rng.integers(0, labels, n)
    made = np.where(rng.random(n) < 0.7, gold, rng.integers(0, labels, n))
    return metric, metric.statistics(made.tolist(), gold.tolist())


def test_cells_are_the_rows_counted():
    _, rows = confusion(400)
    cells = collapse(rows)
    assert cells.n == 400
    assert len(cells.rows) == len(np.unique(rows, axis=0)) == 9
    assert cells.counts @ cells.rows == pytest.approx(rows.sum(0))


def test_not_where_it_does_not_pay():
    assert collapse(np.random.default_rng(0).random((100, 2))) is None
    assert collapse(np.zeros((0, 2))) is None
    _, rows = confusion(10)
    assert collapse(rows) is None


def test_same_law_as_rows():
    metric, rows = confusion(500)
    over_cells = cell_replicates(collapse(rows), metric.score, resamples=20_000, seed=1, fingerprint="x")
    over_rows = replicates({0: (metric.resample, rows)}, resamples=20_000, seed=1, fingerprint="x")[0]
    shares = [0.01, 0.1, 0.5, 0.9, 0.99]
    assert np.quantile(over_cells, shares) == pytest.approx(np.quantile(over_rows, shares), abs=0.15)
    assert over_cells.std() == pytest.approx(over_rows.std(), rel=0.03)


def test_jackknife():
    metric, rows = confusion(200)
    expected = jackknife(metric.resample, rows, score=metric.score)
    assert np.sort(cell_jackknife(collapse(rows), metric.score)) == pytest.approx(np.sort(expected))
