"""ROUGE: numbers equal rouge_score's, and ROUGE-1.5.5's where they are published."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

NAMES = ["rouge1", "rouge2", "rougeL", "rougeLsum"]
WORDS = [
    "a",
    "b",
    "c",
    "the",
    "running",
    "nationality",
    "flies",
    "x1",
    "UP",
    ".",
    "-",
    "é",
    "日本",
    "\n",
    "\n",
    "\t",
    " ",
]
texts = st.lists(st.sampled_from(WORDS), max_size=20).map(" ".join)


@pytest.fixture(scope="module")
def library():
    """rouge_score's scorer, without and with the stemmer."""
    from rouge_score.rouge_scorer import RougeScorer

    return {stemmer: RougeScorer(NAMES, use_stemmer=stemmer) for stemmer in (False, True)}


@pytest.mark.parametrize("stemmer", [False, True])
@settings(deadline=None, max_examples=150)
@given(prediction=texts, references=st.lists(texts, min_size=1, max_size=3))
def test_equals_rouge_score(make, library, stemmer, prediction, references):
    expected = library[stemmer].score_multi(references, prediction)
    for name in NAMES:
        precision, recall, f, _ = make(name, stemmer=stemmer).statistics([prediction], [references])[0]
        assert f == pytest.approx(expected[name].fmeasure, abs=1e-9)
        if f:
            assert (precision, recall) == pytest.approx(expected[name][:2], abs=1e-9)


@pytest.mark.parametrize(
    ("name", "prediction", "reference", "expected"),
    [
        ("rouge1", "testing", "testing one two", 50),
        ("rouge2", "testing one", "testing one two", 200 / 3),
        ("rougeL", "testing two", "testing one two", 80),
        ("rougeL", "two one testing", "testing one two", 100 / 3),
        ("rougeLsum", "w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5", "w1 w2 w3 w4 w5", 100 * 8 / 15),
        ("rouge1", "", "", 0),
        ("rougeLsum", "\n\n", "...\n", 0),
    ],
)
def test_by_hand(score, name, prediction, reference, expected):
    assert score(name, [prediction], [[reference]]) == pytest.approx(expected)


def test_rouge_1_5_5(make, shared_data):
    folder = shared_data("google_rouge")
    expected = json.loads((folder / "expected.json").read_text())
    read = {name: (folder / "testdata" / f"{name}.txt").read_text() for name in ("prediction", "target")}
    many = {name: (folder / "testdata" / f"{name}_multi.0.txt").read_text() for name in ("prediction", "target")}
    cases = [
        (key, values, read["prediction"].split("\n")[line], read["target"].split("\n")[line])
        for line in (0, 1)
        for key, values in expected[f"line{line}"].items()
    ] + [(key, values, many["prediction"], many["target"]) for key, values in expected["multi.0"].items()]
    for key, (recall, precision, f), prediction, target in cases:
        name, _, stem = key.partition("_")
        row = make(name, stemmer=bool(stem)).statistics([prediction], [[target]])[0]
        assert row[:3] == pytest.approx([precision, recall, f], abs=6e-6), key


def test_bad_option(make):
    with pytest.raises(ValueError, match="stemmer must be true or false"):
        make("rouge1", stemmer="porter")
