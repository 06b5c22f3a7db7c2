"""BLEU and chrF: numbers and signatures equal sacreBLEU's, whatever the text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU, CHRF

from mtlbench.metrics.bleu import split_13a

REFERENCES = [
    ["The dog bit the man.", "The dog had bit the man."],
    ["It was not unexpected.", "No one was surprised."],
    ["The man bit him first.", "The man had bitten the dog."],
]
PREDICTIONS = ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."]

PIECES = ["a", "b", "The", "the", "0", "1", ".", ",", "-", "'", "&amp;", "&lt;", "&amp;lt;", "<skipped>", "(", "$", "!"]
PIECES += ["/", "é", "ΑΣ", "İ", "½", "²", "日本", " ", " ", " ", "\t", "\u2003", "\x1c", "\x85", "\n", "-\n", " . "]
texts = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)
corpora = st.lists(st.tuples(texts, st.lists(texts, min_size=1, max_size=3)), min_size=1, max_size=4)

BLEU_OPTIONS = [
    {},
    {"tokenize": "none", "lowercase": True},
    {"tokenize": "intl"},
    {"tokenize": "char", "max_ngram_order": 6},
    {"smooth_method": "none"},
    {"smooth_method": "floor"},
    {"smooth_method": "floor", "smooth_value": 0.0},
    {"smooth_method": "add-k"},
    {"smooth_method": "add-k", "smooth_value": 0.5, "max_ngram_order": 2},
]
CHRF_OPTIONS = [
    {},
    {"word_order": 2},
    {"whitespace": True, "lowercase": True},
    {"eps_smoothing": True},
    {"eps_smoothing": True, "word_order": 1, "char_order": 3, "beta": 3},
    {"beta": 1},
    {"char_order": 25},  # too long for 64 bits
]


def streams(references):
    """References as sacreBLEU takes them: one list per reference number, None where an example has fewer."""
    return [[texts[j] if j < len(texts) else None for texts in references] for j in range(max(map(len, references)))]


def pick(data, name):
    """A metric's options and the library's scorer with the same."""
    options = data.draw(st.sampled_from(BLEU_OPTIONS if name == "bleu" else CHRF_OPTIONS))
    return options, (BLEU if name == "bleu" else CHRF)(**options)


@pytest.mark.parametrize(
    ("options", "expected"),
    [({}, 48.530827), ({"tokenize": "intl"}, 43.91623493), ({"tokenize": "none"}, 49.1919566)],
)
def test_published_bleu(score, options, expected):
    assert score("bleu", PREDICTIONS, REFERENCES, **options) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("predictions", "references", "expected"),
    [
        (["a"], ["a"], 100),
        ([""], ["reference"], 0),
        (["a b c"], ["abc"], 100),
        (["a", "b"], ["a", "c"], 50),
        (["aa"], ["ab"], 25),
    ],
)
def test_published_chrf(score, predictions, references, expected):
    assert score("chrf", predictions, [[text] for text in references], beta=3) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("references", "closest"), [(["a b", "a b c d"], 2), (["a b c d", "a b"], 2), (["a", "a b c d"], 4), ([""], 0)]
)
def test_closest_reference_and_the_shorter_of_two(make, references, closest):
    metric = make("bleu")
    row = metric.statistics(["a b c"], [references])[0]
    assert row[metric.columns.index("reference_length")] == closest


@pytest.mark.parametrize("name", ["bleu", "chrf"])
@settings(deadline=None, max_examples=100)
@given(corpus=corpora, data=st.data())
def test_equals_sacrebleu(score, name, corpus, data):
    predictions, references = map(list, zip(*corpus, strict=True))
    options, library = pick(data, name)
    expected = library.corpus_score(predictions, streams(references)).score
    assert score(name, predictions, references, **options) == pytest.approx(expected, abs=1e-9)


@settings(deadline=None, max_examples=100)
@given(
    corpus=corpora, options=st.sampled_from([options for options in BLEU_OPTIONS if "max_ngram_order" not in options])
)
def test_parts_are_sacrebleus(make, corpus, options):
    predictions, references = map(list, zip(*corpus, strict=True))
    expected = BLEU(**options).corpus_score(predictions, streams(references))
    metric = make("bleu", **options)
    parts = metric.part_scores(metric.statistics(predictions, references).sum(0))
    assert metric.parts == ("precision_1", "precision_2", "precision_3", "precision_4", "brevity_penalty")
    assert parts == pytest.approx([*expected.precisions, expected.bp], abs=1e-9)


def test_the_last_bit_chooses_between_references_of_equal_f(make):
    prediction, references = "bbbb&amp;lt;", ["aaa", "aaaaab<skipped>"]
    for options in ({}, {"eps_smoothing": True}):
        expected = CHRF(**options)._extract_corpus_statistics([prediction], [[text] for text in references])[0]
        assert make("chrf", **options).statistics([prediction], [references])[0][:-1].tolist() == expected


def test_a_vocabulary_that_has_grown_large_is_left_for_a_new_one(make, monkeypatch):
    before = make("bleu").statistics(PREDICTIONS, REFERENCES)
    monkeypatch.setattr("mtlbench.metrics.bleu._MOST_WORDS", 0)
    for _ in range(2):
        assert (make("bleu").statistics(PREDICTIONS, REFERENCES) == before).all()


@pytest.mark.parametrize("name", ["bleu", "chrf"])
def test_signature_says_what_sacrebleus_says(make, name):
    for options in BLEU_OPTIONS if name == "bleu" else CHRF_OPTIONS:
        library = (BLEU if name == "bleu" else CHRF)(**options)
        library.corpus_score(PREDICTIONS, streams(REFERENCES))
        theirs = set(str(library.get_signature()).split("|")) - {"nrefs:2"}
        ours = make(name, **options).signature.split("|")
        assert ours[0] == name
        assert theirs <= set(ours)


@settings(deadline=None, max_examples=300)
@given(st.one_of(texts, st.text()))
def test_13a_by_the_word_is_13a(text):
    assert list(split_13a(text)) == BLEU().tokenizer(text.rstrip()).split()


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("bleu", {"tokenize": "13b"}, "tokenize must be one of"),
        ("bleu", {"smooth_method": "more"}, "smooth_method must be one of"),
        ("bleu", {"smooth_method": "floor", "smooth_value": -1}, "at least 0"),
        ("bleu", {"smooth_method": "add-k", "smooth_value": float("nan")}, "at least 0"),
        ("bleu", {"max_ngram_order": 0}, "at least 1"),
        ("bleu", {"lowercase": "yes"}, "true or false"),
        ("chrf", {"char_order": 0}, "at least 1"),
        ("chrf", {"word_order": 1.5}, "whole number"),
        ("chrf", {"beta": True}, "whole number"),
    ],
)
def test_bad_options(make, name, options, message):
    with pytest.raises(ValueError, match=message):
        make(name, **options)


def test_wmt17_scores_of_the_official_scripts(score, shared_data):
    """mteval-v13a.pl's BLEU and chrF++.py's chrF of a submission to WMT 2017."""
    folder = shared_data("sacrebleu_tests") / "wmt17_en_de_systems"
    references = [[line] for line in (folder / "reference.txt").read_text("utf-8").split("\n")[:-1]]
    lines = (folder / "newstest2017.FBK.4870.en-de.txt").read_text("utf-8").split("\n")[:-1]
    assert score("bleu", lines, references) == pytest.approx(26.33, abs=0.005)
    assert score("chrf", lines, references) == pytest.approx(54.7152, abs=0.0001)


def test_the_tokenizers_named_are_those_of_sacrebleu() -> None:
    from sacrebleu.metrics.bleu import BLEU

    from mtlbench.metrics.bleu import TOKENIZERS

    assert set(TOKENIZERS) == set(BLEU.TOKENIZERS)
