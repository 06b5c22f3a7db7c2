"""Disturbances that should change no answer: typing errors, case, contractions, spaces. Drawn from a row's key alone."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from functools import cache

from mtlbench.rewriting.rewrite import Rewriter, Rewritten
from mtlbench.rewriting.swap import Swapper
from mtlbench.rewriting.words import built_in

WORDS_PER_TYPO = 10

_LETTERS = re.compile(r"[^\W\d_]{4,}")
_GAP = re.compile(r"(?<=\S) (?=\S)")


def typos(text: str, key: str) -> Rewritten:
    """Two neighbouring letters inside a word change places, in one of ten words of four letters or more, at least one.

    First and last letters stay. Numbers and short words are left alone, as they are what an error there would change.
    """
    places = [place for match in _LETTERS.finditer(text) if (place := _uneven(match, key)) is not None]
    if not places:
        return Rewritten(text)
    chosen = random.Random(f"typos {key}").sample(places, -(-len(places) // WORDS_PER_TYPO))
    letters = list(text)
    for place in chosen:
        letters[place], letters[place + 1] = letters[place + 1], letters[place]
    return Rewritten("".join(letters))


def _uneven(word: re.Match[str], key: str) -> int | None:
    """A place inside the word whose letter differs from the next; None where there is none."""
    inside = range(word.start() + 1, word.end() - 2)
    found = [place for place in inside if word.string[place] != word.string[place + 1]]
    return random.Random(f"{key} {word.start()}").choice(found) if found else None


def case(text: str, key: str) -> Rewritten:
    """All in small letters; a text that has no others, all in capitals."""
    lower = text.lower()
    return Rewritten(text.upper() if lower == text else lower)


def contractions(text: str, key: str) -> Rewritten:
    """“do not” is “don't” and the other way round, by our list."""
    return Rewritten(_contractions()(text).text)


@cache
def _contractions() -> Swapper:
    return Swapper(built_in("contractions"))


def spaces(text: str, key: str) -> Rewritten:
    """One space in five, at least one, is doubled, and the text ends in one more."""
    gaps = [match.start() for match in _GAP.finditer(text)]
    doubled = set(random.Random(f"spaces {key}").sample(gaps, -(-len(gaps) // 5)))
    return Rewritten("".join(sign * 2 if place in doubled else sign for place, sign in enumerate(text)) + " ")


PERTURBATIONS: Mapping[str, Rewriter] = {"typos": typos, "case": case, "contractions": contractions, "spaces": spaces}
