"""What every metric promises, whatever it measures."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtlbench.metrics import METRICS, corpus_score

LABELS = ("no", "yes")
NAMES = [name for name in METRICS.names() if name != "bertscore"]  # which needs a model, and is tested by itself
TAGS = st.lists(st.sampled_from(["O", "B-A", "I-A", "I-B", "E-B", "S-A"]), max_size=5)
ARCS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["subj", "obj"])), max_size=4)
SPANS = st.sets(st.tuples(st.integers(0, 2), st.integers(0, 2), st.sampled_from(["A", "B"])), max_size=4)
SCORES = st.lists(st.floats(-9, 0) | st.sampled_from([-1.0, -math.inf]), min_size=2, max_size=2)
ROWS = {
    "label": st.tuples(st.integers(-1, 1), st.integers(0, 1)),
    "labels": st.tuples(st.sets(st.integers(-1, 1)), st.sets(st.integers(0, 1))),
    "scores": st.tuples(SCORES.filter(lambda scores: max(scores) > -math.inf), st.integers(0, 1)),
    "number": st.tuples(st.floats(-9, 9), st.floats(-9, 9)),
    "text": st.tuples(st.text(max_size=12), st.lists(st.text(max_size=12), min_size=1, max_size=2)),
    "tags": st.tuples(TAGS, TAGS),
    "arcs": st.tuples(ARCS, ARCS),
    "spans": st.tuples(SPANS, SPANS),
    "answers": st.lists(st.tuples(st.sampled_from([True, False, None]), st.booleans()), min_size=1, max_size=4).map(
        lambda pairs: tuple(map(list, zip(*pairs, strict=True)))
    ),
    "nats": st.tuples(st.tuples(st.floats(0, 9), st.integers(1, 9), st.integers(0, 9)), st.none()),
}
FOUR = {
    "label": [(0, 0), (1, 0), (1, 1), (-1, 1)],
    "labels": [([0], [0]), ([0, 1], [1]), ([], [0, 1]), ([-1], [])],
    "scores": [([-1.0, -2.0], 0), ([-3.0, -0.5], 0), ([-1.5, -1.5], 1), ([-9.0, -2.0], 1)],
    "number": [(1.0, 2.0), (2.5, 2.0), (0.0, 1.0), (4.0, 5.0)],
    "text": [
        ("a cat", ["a cat"]),
        ("a dog sat on it", ["the dog sat"]),
        ("", ["x"]),
        ("one two", ["two", "one two"]),
    ],
    "tags": [(["B-A", "I-A"], ["B-A", "I-A"]), (["O"], ["B-A", "O"]), (["B-B"], ["B-A"]), (["O"], ["O"])],
    "arcs": [([(2, "a"), (0, "b")], [(2, "a"), (0, "c")]), ([], [(0, "a")]), ([(1, "a")], [(0, "a")]), ([], [])],
    "spans": [({(0, 1, "A")}, {(0, 1, "A")}), (set(), {(0, 1, "B")}), ({(0, 1, "B")}, {(0, 1, "A")}), (set(), set())],
    "answers": [([True, False], [True, True]), ([True], [False]), ([None], [True]), ([False], [False])],
    "nats": [((5.0, 4, 12), None), ((9.0, 2, 8), None), ((1.0, 3, 3), None), ((0.0, 1, 1), None)],
}
ROWS["normalized_scores"], FOUR["normalized_scores"] = ROWS["scores"], FOUR["scores"]
LABELLED = {"label", "labels", "scores", "normalized_scores"}
"""Kinds of prediction that need a task's labels."""


@pytest.fixture(scope="module")
def ready(make):
    """Each metric for the first kind of prediction it takes: (kind, metric)."""

    def metric(name):
        kind = min(METRICS.get(name).accepts)
        return kind, make(name, labels=LABELS if kind in LABELLED else ())

    return {name: metric(name) for name in NAMES}


def statistics(metric, rows):
    more = {"inputs": ["a dog and a cat"] * len(rows)} if metric.needs_inputs else {}
    return metric.statistics([row[0] for row in rows], [row[1] for row in rows], **more)


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
        assert float(metric.score(whole.sum(0))) == pytest.approx(value, rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("name", NAMES)
def test_a_resample_is_the_score_of_the_repeated_rows(ready, name):
    kind, metric = ready[name]
    rows = FOUR[kind]
    weights = np.array([[1.0, 1, 1, 1], [2, 0, 1, 1], [0, 3, 1, 0], [0, 2, 0, 2]])
    drawn = [[row for row, times in zip(rows, draw, strict=True) for _ in range(int(times))] for draw in weights]
    expected = [corpus_score(metric, statistics(metric, repeated)) for repeated in drawn]
    assert metric.resample(weights, statistics(metric, rows)) == pytest.approx(expected, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("name", NAMES)
def test_parts(ready, name):
    kind, metric = ready[name]
    assert len(set(metric.parts)) == len(metric.parts)
    if not metric.additive:
        assert metric.parts == ()
        return
    rows = statistics(metric, FOUR[kind])
    both = metric.part_scores(np.stack([rows.sum(0), rows[1:].sum(0)]))
    assert both.shape == (2, len(metric.parts))
    assert not np.isinf(both).any()
    assert metric.part_scores(rows.sum(0)) == pytest.approx(both[0], nan_ok=True)
    assert np.isnan(metric.part_scores(np.zeros(len(metric.columns)))).all()


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner, inner) | st.tuples(inner, inner),
    max_leaves=8,
)


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=100)
@given(rows=st.lists(st.tuples(JUNK, JUNK), min_size=1, max_size=3))
def test_junk_is_a_value_error_or_a_score(ready, name, rows):
    _, metric = ready[name]
    try:
        found = statistics(metric, rows)
    except ValueError as error:
        message = str(error)
    else:
        message = "row"
        assert np.isfinite(found).all()
        assert not math.isinf(corpus_score(metric, found))
    assert "row" in message


@pytest.mark.parametrize("name", NAMES)
def test_no_examples(ready, name):
    _, metric = ready[name]
    nothing = statistics(metric, [])
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
