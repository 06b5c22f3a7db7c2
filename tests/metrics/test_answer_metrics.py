"""Exact match of text and SQuAD's two metrics, against the formulas of its evaluation scripts."""

import collections
import json
import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

WORDS = ["the", "The", "a", "an", "theory", "cat", "Cat", "cat's", "a.", "-", "--", "$5", "é", "—", "\n", "\t", " ", ""]
texts = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)


def normal(text):
    text = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def official_f1(prediction, answer, version_2):
    ours, theirs = normal(prediction).split(), normal(answer).split()
    if version_2 and not (ours and theirs):
        return float(ours == theirs)
    same = sum((collections.Counter(ours) & collections.Counter(theirs)).values())
    if same == 0:
        return 0.0
    precision, recall = same / len(ours), same / len(theirs)
    return 2 * precision * recall / (precision + recall)


def official(prediction, answers, version_2):
    """(EM, F1) of one question on 0–100, as evaluate-v1.1.py or evaluate-v2.0.py."""
    if version_2:
        answers = [answer for answer in answers if normal(answer)] or [""]
    exact = max(float(normal(prediction) == normal(answer)) for answer in answers)
    return 100 * exact, 100 * max(official_f1(prediction, answer, version_2) for answer in answers)


@pytest.mark.parametrize("unanswerable", [False, True])
@settings(deadline=None)
@given(prediction=texts, answers=st.lists(texts, min_size=1, max_size=3))
def test_equals_the_official_formulas(score, unanswerable, prediction, answers):
    got = [score(name, [prediction], [answers], unanswerable=unanswerable) for name in ("squad_em", "squad_f1")]
    assert got == pytest.approx(official(prediction, answers, unanswerable), abs=1e-9)


@pytest.mark.parametrize(
    ("name", "prediction", "answers", "expected"),
    [
        ("exact_match", "Paris", ["London", "Paris"], 100),
        ("exact_match", "paris", ["Paris"], 0),
        ("exact_match", "Paris ", ["Paris"], 0),
        ("exact_match", "", [""], 100),
        ("squad_em", "the  Paris!", ["paris"], 100),
        ("squad_em", "An apple a day", ["apple day"], 100),
        ("squad_f1", "cat sat", ["the cat", "dog"], 200 / 3),
        ("squad_f1", "the", ["a"], 0),
    ],
)
def test_by_hand(score, name, prediction, answers, expected):
    assert score(name, [prediction], [answers]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("file", "system", "unanswerable", "em", "f1"),
    [
        ("dev-v1.1.rebuilt.json", "1.1/bert_ensemble.json", False, 86.2062, 92.1956),
        ("dev-v2.0.rebuilt.json", "v2.0/bert_single.json", True, 78.7417, 81.7753),
    ],
)
def test_leaderboard_systems(score, shared_data, file, system, unanswerable, em, f1):
    folder = shared_data("squad")
    outputs = json.loads((folder / "models" / system).read_text())
    articles = json.loads((folder / file).read_text())["data"]
    questions = [q for article in articles for paragraph in article["paragraphs"] for q in paragraph["qas"]]
    answers = [[answer["text"] for answer in question["answers"]] or [""] for question in questions]
    predictions = [outputs[question["id"]] for question in questions]
    assert score("squad_em", predictions, answers, unanswerable=unanswerable) == pytest.approx(em, abs=5e-5)
    assert score("squad_f1", predictions, answers, unanswerable=unanswerable) == pytest.approx(f1, abs=5e-5)
