"""TER and chrF++ equal sacreBLEU's; length, repetition, variety and copying are what a reader counts."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import CHRF, TER

from mtlbench.metrics import corpus_score

PIECES = ["a", "b", "the", "The", "1", ".", ",", "-", "&amp;", "!", "é", "日本", "、", " ", " ", " ", "\t", "\n"]
texts = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)
corpora = st.lists(st.tuples(texts, st.lists(texts, min_size=1, max_size=3)), min_size=1, max_size=4)
flags = st.booleans()


def streams(references):
    return [[texts[j] if j < len(texts) else None for texts in references] for j in range(max(map(len, references)))]


@settings(deadline=None, max_examples=100)
@given(
    corpus=corpora,
    options=st.fixed_dictionaries(
        {}, optional={"normalized": flags, "no_punct": flags, "asian_support": flags, "case_sensitive": flags}
    ),
)
def test_ter_equals_sacrebleu(score, make, corpus, options):
    predictions, references = map(list, zip(*corpus, strict=True))
    library = TER(**options)
    expected = library.corpus_score(predictions, streams(references)).score
    assert score("ter", predictions, references, **options) == pytest.approx(expected, abs=1e-9)
    theirs = {part for part in str(library.get_signature()).split("|") if not part.startswith("nrefs")}
    assert theirs <= set(make("ter", **options).signature.split("|"))


@pytest.mark.parametrize(
    ("prediction", "references", "expected"),
    [
        ("a b c", ["a b c"], 0),
        ("b c a", ["a b c"], 100 / 3),  # one shift
        ("a b", ["a b c d"], 50),
        ("a b c d", ["a"], 300),
        ("a b c", ["a b c", "a b c d e"], 0),
        ("a x c", ["a b c", "a b c d e"], 100 / 4),  # the mean length of the references
        ("a", [""], 100),
        ("", [""], 0),
    ],
)
def test_ter_by_hand(score, prediction, references, expected):
    assert score("ter", [prediction], [references]) == pytest.approx(expected)


@settings(deadline=None, max_examples=50)
@given(corpus=corpora)
def test_chrf_plus_plus_is_chrf_with_words(score, make, corpus):
    predictions, references = map(list, zip(*corpus, strict=True))
    expected = CHRF(word_order=2).corpus_score(predictions, streams(references)).score
    assert score("chrf++", predictions, references) == pytest.approx(expected, abs=1e-9)
    assert "|nw:2|" in make("chrf++").signature
    assert "|nw:1|" in make("chrf++", word_order=1).signature
    assert "|nw:0|" in make("chrf").signature


@pytest.mark.parametrize(
    ("name", "options", "predictions", "references", "expected"),
    [
        ("length_ratio", {}, ["a b c."], [["a b", "a b c d e"]], 100 * 4 / 5),
        ("length_ratio", {}, ["a b c"], [["a b", "a b c d"]], 100 * 3 / 2),
        ("length_ratio", {}, ["", "a b"], [["a"], ["a b c"]], 50),
        ("repetition", {"n": 1}, ["a a b", "b"], [["x"], ["x"]], 25),
        ("repetition", {"n": 2}, ["a b a b", "a b"], [["x"], ["x"]], 25),
        ("repetition", {}, ["a b c d a b c d"], [["x"]], 20),
        ("distinct_1", {}, ["a b", "a c", "a a"], [["x"]] * 3, 50),
        ("distinct_2", {}, ["a b c", "a b", "b"], [["x"]] * 3, 100 * 2 / 3),
    ],
)
def test_by_hand(score, name, options, predictions, references, expected):
    assert score(name, predictions, references, **options) == pytest.approx(expected)


def test_copy_rate_by_hand(make):
    metric = make("copy_rate", n=2)
    rows = metric.statistics(["a b c", "d e"], [["x"], ["x"]], inputs=["say: a b", "nothing"])
    assert rows.tolist() == [[1, 2, 1], [0, 1, 1]]
    assert corpus_score(metric, rows) == pytest.approx(100 / 3)
    with pytest.raises(ValueError, match="needs the inputs"):
        metric.statistics(["a"], [["a"]])


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("length_ratio", "all references are empty"),
        ("repetition", "no output has 4 words"),
        ("distinct_2", "no output has 2 words"),
    ],
)
def test_nothing_to_count(make, name, reason):
    metric = make(name)
    rows = metric.statistics([""], [[""]])
    assert math.isnan(corpus_score(metric, rows))
    assert metric.undefined(rows.sum(0)) == reason


@settings(deadline=None, max_examples=60)
@given(data=st.data(), outputs=st.lists(st.lists(st.sampled_from("abcd"), max_size=6).map(" ".join), min_size=1))
def test_distinct_counts_the_n_grams_of_a_resample(make, data, outputs):
    metric = make(data.draw(st.sampled_from(metric_names := ["distinct_1", "distinct_2"])))
    n = 1 + metric_names.index(metric.name)
    weights = data.draw(st.lists(st.integers(0, 3), min_size=len(outputs), max_size=len(outputs)))
    drawn = [text.split() for text, times in zip(outputs, weights, strict=True) for _ in range(times)]
    grams = [tuple(words[i : i + n]) for words in drawn for i in range(len(words) - n + 1)]
    rows = metric.statistics(outputs, [["x"]] * len(outputs))
    found = metric.resample(np.array([weights], dtype=float), rows)[0]
    assert found == pytest.approx(100 * len(set(grams)) / len(grams) if grams else math.nan, nan_ok=True)


def test_distinct_says_why_it_has_no_interval_and_that_it_needs_the_texts(make):
    rows = make("distinct_1").statistics(["a b"], [["a"]])
    assert "fewer different texts" in make("distinct_1").unsampled(rows)
    with pytest.raises(ValueError, match="needs the texts"):
        corpus_score(make("distinct_1"), rows)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("ter", {"normalized": "yes"}, "normalized must be true or false"),
        ("chrf++", {"word_order": -1}, "word_order must be a whole number"),
        ("repetition", {"n": 0}, "n must be a whole number of at least 1"),
        ("copy_rate", {"n": 1.5}, "n must be a whole number"),
    ],
)
def test_bad_options(make, name, options, message):
    with pytest.raises(ValueError, match=message):
        make(name, **options)
