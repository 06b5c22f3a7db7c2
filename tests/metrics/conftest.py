"""What the tests of metrics share: making one, scoring with it, awkward texts, and data kept beside the repository."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mtlbench.metrics import METRICS, Metric, MetricContext, corpus_score

SHARED = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="session")
def make() -> Callable[..., Metric]:
    """A metric by name, for labels and with options."""

    def metric(name, labels=(), positive=None, **options):
        return METRICS.get(name)(name, MetricContext(tuple(labels), positive), **options)

    return metric


@pytest.fixture(scope="session")
def score(make) -> Callable[..., float]:
    """The corpus score of predictions, by a metric's name."""

    def of(name, predictions, references, **how):
        metric = make(name, **how)
        return corpus_score(metric, metric.statistics(predictions, references))

    return of


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """A folder of public data beside the repository; skips the test where it is not there."""

    def folder(name):
        if not (SHARED / name).exists():
            pytest.skip(f"no {name} beside the repository")
        return SHARED / name

    return folder
