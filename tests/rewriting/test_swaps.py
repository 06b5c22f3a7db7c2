"""Swaps keep case, boundaries and possessives, and swapping twice gives the text back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtlbench.rewriting import declared_rewrites, sentiment
from mtlbench.rewriting.perturb import PERTURBATIONS
from mtlbench.rewriting.swap import Swapper
from mtlbench.rewriting.words import SWAPS, WordList, built_in, neutral
from mtlbench.suite.declarations import Task
from mtlbench.suite.faults import InputError

GENDER = Swapper(built_in("gender"))


@pytest.mark.parametrize(
    ("text", "swapped"),
    [
        ("He left.", "She left."),
        ("HE LEFT", "SHE LEFT"),
        ("hE left", "hE left"),  # in no case of ours
        ("the theme here, shed, manly", "the theme here, shed, manly"),  # no whole word
        ("he's sure", "she's sure"),
        ("her book", "his book"),
        ("I saw her.", "I saw him."),
        ("I saw her yesterday", "I saw him yesterday"),
        ("he gave her her book", "she gave him his book"),
        ("the book is his.", "the book is hers."),
        ("his mother’s book", "her father’s book"),
        ("Mr. King, the king", "Mrs. Queen, the queen"),
        ("her, the best", "him, the best"),
        ("", ""),
    ],
)
def test_gender(text: str, swapped: str) -> None:
    assert GENDER(text).text == swapped


@pytest.mark.parametrize(("text", "sides"), [("he", {0}), ("she", {1}), ("he and her", {0, 1}), ("nobody", set())])
def test_sides_tell_which_group_was_named(text: str, sides: set[int]) -> None:
    assert GENDER(text).sides == sides


def test_the_longest_of_overlapping_words_counts_and_names_keep_their_case() -> None:
    swap = Swapper(WordList(pairs=[("New York", "Lagos"), ("York", "Kano"), ("mark", "note")]))
    assert swap("New York and York, in NEW YORK").text == "Lagos and Kano, in LAGOS"
    names = Swapper(built_in("names"))
    assert names("Neil met SCOTT; a great scott").text == "Leroy met MALIK; a great scott"


def _words(name: str) -> list[str]:
    words = built_in(name)
    listed = [word for pair in [*words.pairs, *words.determiners] for word in pair]
    return [form for word in listed for form in (word, word.capitalize() if word.islower() else word, word.upper())]


_FILLERS = ["table", "of", "the", "yesterday", ",", ".", "7", "Ünal", "own", "hE"]
_OBJECTS = re.compile(r"\b(him|his|hers|her)\b", re.IGNORECASE)


@pytest.mark.parametrize("name", SWAPS)
@given(data=st.data())
def test_swapping_twice_gives_the_text_back(name: str, data: st.DataObject) -> None:
    """But for her and his kin, of which an ungrammatical one may come back as another."""
    words = data.draw(st.lists(st.sampled_from([*_words(name), *_FILLERS]), max_size=12))
    text, swap = " ".join(words), Swapper(built_in(name))
    again = swap(swap(text).text).text
    assert _OBJECTS.sub("_", again) == _OBJECTS.sub("_", text)
    if not _OBJECTS.search(text):
        assert again == text


@given(st.text(max_size=60))
def test_any_text_survives(text: str) -> None:
    assert GENDER(GENDER(text).text).text == text or _OBJECTS.search(text)
    for perturb in PERTURBATIONS.values():
        assert perturb(text, "1") == perturb(text, "1")


def test_grammatical_possessives_come_back() -> None:
    for text in ("she lost her keys", "they thanked her for it", "that is hers", "that is his.", "it helped him a lot"):
        assert GENDER(GENDER(text).text).text == text


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("case", "A Bird", "a bird"),
        ("case", "a bird", "A BIRD"),
        ("contractions", "I do not know; it isn't", "I don't know; it is not"),
        ("spaces", "one", "one "),
        ("spaces", "one two", "one  two "),
        ("typos", "word", "wrod"),
        ("typos", "an ox at 12345", "an ox at 12345"),
        ("typos", "heeel", "heeel"),
    ],
)
def test_disturbances(name: str, text: str, expected: str) -> None:
    assert PERTURBATIONS[name](text, "7 3 text").text == expected


def test_typos_touch_a_word_in_ten_and_keep_all_letters() -> None:
    text = " ".join(["nonsense"] * 25)
    changed = PERTURBATIONS["typos"](text, "1").text.split()
    assert sum(word != "nonsense" for word in changed) == 3
    assert all(sorted(word) == sorted("nonsense") and word[0] + word[-1] == "ne" for word in changed)


def test_every_list_tells_its_source_and_limits() -> None:
    for name in (*SWAPS, "neutral", "contractions"):
        words = built_in(name)
        assert words.source
        assert words.limits
    assert len(neutral()) > 50


def test_sentiment_is_per_hundred_words() -> None:
    assert sentiment("A good day, a BAD one, a great one!") == pytest.approx(100 / 9)
    assert sentiment("…") == 0


def _task(**keys: object) -> Task:
    return Task.model_validate(
        {"kind": "generation", "data": {"path": "x.jsonl"}, "input": "{text}", "reference": "y", **keys}
    )


def test_own_words_have_groups_and_a_placebo(tmp_path: Path) -> None:
    (tmp_path / "cities.yaml").write_text("groups: [north, south]\npairs: [[Oslo, Rome]]\nplacebo: [[Oslo, Bergen]]\n")
    swap, placebo = declared_rewrites(_task(counterfactual={"city": {"words": "cities.yaml"}}), tmp_path)
    assert swap.rewriter("in Oslo", "").text == "in Rome"
    assert swap.direction(frozenset({0})) == "north → south"
    assert placebo.rewriter("in Oslo", "").text == "in Bergen"
    (pairs, _) = declared_rewrites(
        _task(counterfactual={"my": {"pairs": [["a", "b"]], "groups": ["x", "y"]}}), tmp_path
    )
    assert pairs.direction(frozenset({0, 1})) == "both ways"


@pytest.mark.parametrize(
    ("swap", "told"),
    [
        ({"gendr": {}}, "did you mean `gender`"),
        ({"x": {"pairs": [["he", "she"], ["him", "she"]]}}, "the word “she” stands twice"),
        ({"x": {"words": "none.yaml"}}, "no such file"),
        ({"x": {"words": "bad.yaml"}}, "is no word list"),
    ],
)
def test_lists_of_no_use_are_told(swap: dict[str, object], told: str, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("words: [he]\n")
    with pytest.raises(InputError, match=re.escape(told)):
        declared_rewrites(_task(counterfactual=swap), tmp_path)
