"""Subset accuracy, Hamming loss and F1 of sets of labels, against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

THREE = ("a", "b", "c")
NAMES = ["subset_accuracy", "hamming_loss", "multilabel_f1_micro", "multilabel_f1_macro", "multilabel_f1_samples"]

sets = st.sets(st.integers(0, 2))


def matrix(rows):
    return np.array([[label in row for label in range(3)] for row in rows], dtype=int)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(sets, sets), min_size=1, max_size=12))
def test_equals_scikit_learn(make, score, pairs):
    predictions, references = map(list, zip(*pairs, strict=True))
    seen, gold = matrix(predictions), matrix(references)
    expected = [reference.accuracy_score(gold, seen), reference.hamming_loss(gold, seen)]
    expected += [reference.f1_score(gold, seen, average=how, zero_division=0) for how in ("micro", "macro", "samples")]
    got = [score(name, predictions, references, labels=THREE) for name in NAMES]
    assert got == pytest.approx([100 * value for value in expected], abs=1e-9)

    metric = make("multilabel_f1_micro", labels=THREE)
    parts = metric.part_scores(metric.statistics(predictions, references).sum(0)).reshape(3, 3)
    precision, recall, f1, _ = reference.precision_recall_fscore_support(gold, seen, zero_division=0)
    assert parts == pytest.approx(100 * np.array([f1, precision, recall]), abs=1e-9)


@pytest.mark.parametrize(
    ("name", "predictions", "references", "expected"),
    [
        ("subset_accuracy", [[0, 1], [2]], [[1, 0], [1, 2]], 50),
        ("subset_accuracy", [[0, -1]], [[0]], 0),  # an output that is no label spoils the set
        ("hamming_loss", [[0, -1]], [[0]], 0),  # but is none of the labels either
        ("hamming_loss", [[0]], [[1]], 200 / 3),
        ("multilabel_f1_samples", [[], [0, 0, 1]], [[], [0]], 100 / 3),
        ("multilabel_f1_micro", [[]], [[]], 0),
    ],
)
def test_by_hand(score, name, predictions, references, expected):
    assert score(name, predictions, references, labels=THREE) == pytest.approx(expected)


def test_lower_is_better_for_the_loss_alone(make):
    assert [name for name in NAMES if not make(name, labels=THREE).higher_is_better] == ["hamming_loss"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("predictions", "references", "message"),
    [
        ([[0], [1, 3]], [[0], [0]], "row 1: the prediction 3 is the index of no label"),
        ([[0], [0]], [[0], [-1]], "row 1: the reference -1 is the index of no label"),
        ([[0], ["a"]], [[0], [0]], "row 1: the prediction must be a label's index, not 'a'"),
        ([None], [[0]], "row 0: the prediction must be a list of label indices, not None"),
        ([[0]], [1], "row 0: the reference must be a list of label indices, not 1"),
        ([[0]], [], "1 predictions but 0 references"),
    ],
)
def test_bad_rows_are_named(make, name, predictions, references, message):
    with pytest.raises(ValueError, match=message):
        make(name, labels=THREE).statistics(predictions, references)


@pytest.mark.parametrize("name", NAMES)
def test_needs_labels(make, name):
    with pytest.raises(ValueError, match="needs the task's labels"):
        make(name)
