"""What every metric promises, whatever it measures."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtlbench.metrics import METRICS, corpus_score

LABELS = ("no", "yes")
NAMES = METRICS.names()
ROWS = {
    "label": st.tuples(st.integers(-1, 1), st.integers(0, 1)),
    "number": st.tuples(st.floats(-9, 9), st.floats(-9, 9)),
    "text": st.tuples(st.text(max_size=12), st.lists(st.text(max_size=12), min_size=1, max_size=2)),
}


@pytest.fixture(scope="module")
def ready(make):
    """Each metric for the first kind of prediction it takes: (kind, metric)."""

    def metric(name):
        kind = min(METRICS.get(name).accepts)
        return kind, make(name, labels=LABELS if kind == "label" else ())

    return {name: metric(name) for name in NAMES}


def statistics(metric, rows):
    return metric.statistics([row[0] for row in rows], [row[1] for row in rows])


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_rows_order_shards_and_bounds(ready, name, data):
    kind, metric = ready[name]
    rows = data.draw(st.lists(ROWS[kind], max_size=8))
    whole = statistics(metric, rows)
    assert whole.shape == (len(rows), len(metric.columns))
    assert whole.dtype == np.float64
    assert np.isfinite(whole).all()

    cut = data.draw(st.integers(0, len(rows)))
    shards = np.concatenate([statistics(metric, rows[:cut]), statistics(metric, rows[cut:])])
    assert (shards == whole).all()

    value = corpus_score(metric, whole)
    if math.isnan(value):
        assert metric.undefined(whole.sum(0))
    else:
        low, high = metric.bounds
        assert low - 1e-9 <= value <= high + 1e-9
        shuffled = data.draw(st.permutations(rows))
        assert corpus_score(metric, statistics(metric, shuffled)) == pytest.approx(value, abs=1e-7)
    if metric.additive:
        np.testing.assert_equal(float(metric.score(whole.sum(0))), value)


@pytest.mark.parametrize("name", NAMES)
def test_a_resample_is_the_score_of_the_repeated_rows(ready, name):
    kind, metric = ready[name]
    rows = {
        "label": [(0, 0), (1, 0), (1, 1), (-1, 1)],
        "number": [(1.0, 2.0), (2.5, 2.0), (0.0, 1.0), (4.0, 5.0)],
        "text": [
            ("a cat", ["a cat"]),
            ("a dog sat on it", ["the dog sat"]),
            ("", ["x"]),
            ("one two", ["two", "one two"]),
        ],
    }[kind]
    weights = np.array([[1.0, 1, 1, 1], [2, 0, 1, 1], [0, 3, 1, 0], [0, 2, 0, 2]])
    drawn = [[row for row, times in zip(rows, draw, strict=True) for _ in range(int(times))] for draw in weights]
    expected = [corpus_score(metric, statistics(metric, repeated)) for repeated in drawn]
    assert metric.resample(weights, statistics(metric, rows)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_no_examples(ready, name):
    _, metric = ready[name]
    nothing = metric.statistics([], [])
    assert nothing.shape == (0, len(metric.columns))
    assert math.isnan(corpus_score(metric, nothing))
    assert metric.undefined(nothing.sum(0)) == "no examples"


@pytest.mark.parametrize("name", NAMES)
def test_signature(ready, name):
    _, metric = ready[name]
    first, *settings_, version = metric.signature.split("|")
    assert first == metric.name == name
    assert version.startswith("version:")
    assert all(setting.count(":") == 1 for setting in settings_)


@pytest.mark.parametrize("name", [name for name in NAMES if "text" in METRICS.get(name).accepts])
@pytest.mark.parametrize(
    ("predictions", "references", "message"),
    [
        (["a", None], [["a"], ["b"]], "row 1: the prediction must be text, not None"),
        (["a"], ["a"], "row 0: the reference must be a list"),
        (["a"], [[]], "row 0: the reference must be a list"),
        (["a"], [[None]], "row 0: the reference must be a list"),
        (["a"], [None], "row 0: the reference must be a list"),
        (["a"], [["a"], ["b"]], "1 predictions but 2 references"),
    ],
)
def test_bad_texts_are_named(make, name, predictions, references, message):
    with pytest.raises(ValueError, match=message):
        make(name).statistics(predictions, references)


def test_no_heavy_import_to_list_or_make_metrics():
    import subprocess
    import sys

    code = (
        "import sys\n"
        "from mtlbench.metrics import METRICS, MetricContext\n"
        "for name in METRICS.names():\n"
        "    METRICS.get(name)(name, MetricContext(labels=('no', 'yes')))\n"
        "heavy = {'sklearn', 'nltk', 'torch', 'evaluate', 'rouge_score', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
