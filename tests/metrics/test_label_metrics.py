"""Accuracy, F1 and the other averages over classes, MCC, exact match and the invalid rate on labels."""

import math
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

THREE = ("a", "b", "c")
OTHER = 3
"""What scikit-learn is given for an invalid output: a category that is no label."""

labelled = st.lists(st.tuples(st.integers(-1, 2), st.integers(0, 2)), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("name", "predictions", "references", "expected"),
    [
        ("accuracy", [0, 1, 2], [0, 1, 1], 200 / 3),
        ("accuracy", [-1, -1], [0, 1], 0),
        ("exact_match", [0, -1], [0, 1], 50),
        ("invalid_rate", [0, -1, 2, -1], [0, 0, 0, 0], 50),
        ("f1_macro", [0, 0], [0, 0], 100 / 3),  # b and c are in the label set and count 0
        ("f1_macro", [0, -1, 2], [0, 1, 2], 200 / 3),  # the invalid output costs b alone
        ("f1_macro", [0, 1, 2], [0, 1, 2], 100),
        ("f1_micro", [0, -1, 2, 2], [0, 1, 2, 0], 100 * 4 / 7),  # 2 hits of 3 predicted, 4 gold
        ("f1_weighted", [0, 0, 1], [0, 0, 0], 80),  # b is predicted and never gold: weight 0
        ("precision_macro", [0, 0, 1], [0, 1, 1], 50),  # ½, 1, and 0 for c
        ("recall_macro", [0, 0, 1], [0, 1, 1], 50),
        ("balanced_accuracy", [0, 0, 1], [0, 1, 1], 75),  # c is left out
        ("balanced_accuracy", [-1, 2], [0, 1], 0),
        ("mcc", [0, 1, 2], [0, 1, 2], 100),
        ("mcc", [0, 0, 0], [0, 1, 2], 0),  # constant predictions know nothing
        ("mcc", [0, 1], [2, 2], 0),
    ],
)
def test_by_hand(score, name, predictions, references, expected):
    assert score(name, predictions, references, labels=THREE) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("predictions", "references", "positive", "expected"),
    [
        ([1, 1, 0, 0], [1, 0, 1, 0], None, 50),
        ([1, 1, 0, 0], [1, 0, 0, 0], 0, 80),
        ([0, 0], [0, 0], None, 0),  # neither predicted nor gold
        ([-1, 1], [1, 1], None, 200 / 3),  # an invalid output is a miss
        ([-1, 1], [0, 1], None, 100),  # and no false alarm
    ],
)
def test_binary_f1_by_hand(score, predictions, references, positive, expected):
    assert score("f1", predictions, references, labels=("no", "yes"), positive=positive) == pytest.approx(expected)


@settings(deadline=None, max_examples=50)
@given(labelled)
def test_equals_scikit_learn(score, pairs):
    predictions, references = map(list, zip(*pairs, strict=True))
    seen = [OTHER if p < 0 else p for p in predictions]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = {
            "accuracy": reference.accuracy_score(references, seen),
            "exact_match": reference.accuracy_score(references, seen),
            "f1_macro": reference.f1_score(references, seen, average="macro", labels=[0, 1, 2], zero_division=0),
            "mcc": reference.matthews_corrcoef(references, seen),
            "balanced_accuracy": reference.balanced_accuracy_score(references, seen),
        }
        for average in ("micro", "weighted"):
            expected[f"f1_{average}"] = reference.f1_score(
                references, seen, average=average, labels=[0, 1, 2], zero_division=0
            )
        for measure in (reference.precision_score, reference.recall_score):
            name = measure.__name__.replace("_score", "_macro")
            expected[name] = measure(references, seen, average="macro", labels=[0, 1, 2], zero_division=0)
        positive = reference.f1_score([r == 1 for r in references], [p == 1 for p in seen], zero_division=0)
    got = {name: score(name, predictions, references, labels=THREE) for name in expected}
    assert got == pytest.approx({name: 100 * value for name, value in expected.items()}, abs=1e-9)
    assert score("f1", predictions, references, labels=THREE, positive=1) == pytest.approx(100 * positive, abs=1e-9)


@settings(deadline=None, max_examples=50)
@given(labelled)
def test_parts_equal_scikit_learn(make, pairs):
    predictions, references = map(list, zip(*pairs, strict=True))
    seen = [OTHER if p < 0 else p for p in predictions]
    metric = make("f1_macro", labels=THREE)
    parts = dict(zip(metric.parts, metric.part_scores(metric.statistics(predictions, references).sum(0)), strict=True))
    by_measure = reference.precision_recall_fscore_support(references, seen, labels=[0, 1, 2], zero_division=0)
    for measure, values in zip(("precision", "recall", "f1"), by_measure, strict=False):
        assert [parts[f"{measure}[{label}]"] for label in THREE] == pytest.approx(100 * values, abs=1e-9)


def test_parts_by_hand(make):
    def parts(name, **how):
        metric = make(name, **how)
        return dict(zip(metric.parts, metric.part_scores(metric.statistics([1, 1], [1, 0]).sum(0)), strict=True))

    assert parts("f1", labels=("no", "yes")) == pytest.approx({"precision": 50, "recall": 100})
    assert parts("precision_macro", labels=THREE) == pytest.approx(
        {"precision[a]": 0, "precision[b]": 50, "precision[c]": 0}
    )
    recalls = parts("balanced_accuracy", labels=THREE)
    assert recalls == pytest.approx({"recall[a]": 0, "recall[b]": 100, "recall[c]": math.nan}, nan_ok=True)
    assert make("mcc", labels=THREE).parts == ()


@pytest.mark.parametrize(
    "name", ["accuracy", "f1", "f1_macro", "f1_micro", "balanced_accuracy", "mcc", "exact_match", "invalid_rate"]
)
@pytest.mark.parametrize(
    ("predictions", "references", "message"),
    [
        ([2], [0], "row 0: the prediction 2 is the index of no label"),
        ([0, 0], [0, -1], "row 1: the reference -1 is the index of no label"),
        ([0, "yes"], [0, 0], "row 1: the prediction must be a label's index, not 'yes'"),
        ([0, None], [0, 0], "row 1: the prediction must be a label's index, not None"),
        ([0], [0, 0], "1 predictions but 2 references"),
    ],
)
def test_bad_rows_are_named(make, name, predictions, references, message):
    with pytest.raises(ValueError, match=message):
        make(name, labels=("no", "yes")).statistics(predictions, references)


@pytest.mark.parametrize(
    ("name", "how", "message"),
    [
        ("f1", {"labels": THREE}, "exactly two labels"),
        ("f1", {"labels": THREE, "positive": 3}, "index 3"),
        ("f1_macro", {}, "needs the task's labels"),
        ("mcc", {}, "needs the task's labels"),
    ],
)
def test_bad_settings(make, name, how, message):
    with pytest.raises(ValueError, match=message):
        make(name, **how)


def test_invalid_rate_of_numbers(score, make):
    assert score("invalid_rate", [1.0, None, -1.0, 0.0], [0.0] * 4) == 25
    assert not make("invalid_rate").higher_is_better
    assert math.isnan(score("invalid_rate", [], []))
