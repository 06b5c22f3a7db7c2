"""Swapping words of two groups: whole words, their case kept, both directions at once, undone by swapping again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from mtlbench.rewriting.rewrite import Rewritten
from mtlbench.rewriting.words import WordList

_NEXT = re.compile(r"\s+(\w+)")

_Forms: TypeAlias = Mapping[str, tuple[str, int]]
"""A word as it may stand in a text → its counterpart in the same case, and the side that it is of."""


class Swapper:
    """A word stands as listed, with a capital, or in capitals, and its counterpart takes the same form; in any other
    case (“hE”) it is left alone, as is a word listed with a capital where it stands without (“mark”, “turkey”).

    Of words that start at one place the longest counts. Which counterpart “her” and “his” take goes by the next word
    alone (`WordList`); “I saw her yesterday” is right because “yesterday” is listed, and “her, the” because of the comma.
    Swapping twice gives the text back, but for ungrammatical “him book” and “hers book”, which come back as “his book”.
    """

    def __init__(self, words: WordList) -> None:
        self._pairs, self._determiners = _forms(words.pairs), _forms(words.determiners)
        self._function_words = frozenset(words.function_words)
        forms = sorted({*self._pairs, *self._determiners}, key=lambda form: (-len(form), form))
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, forms))})(?!\w)")

    def __call__(self, text: str, key: str = "") -> Rewritten:
        """The text with every listed word replaced; `key` is not used, as nothing is drawn."""
        sides: set[int] = set()

        def counterpart(match: re.Match[str]) -> str:
            found, side = self._counterpart(match[0], text[match.end() : match.end() + 100])
            sides.add(side)
            return found

        return Rewritten(self._pattern.sub(counterpart, text), frozenset(sides))

    def _counterpart(self, word: str, after: str) -> tuple[str, int]:
        if word not in self._determiners:
            return self._pairs[word]
        following = _NEXT.match(after)
        determines = following is not None and following[1].lower() not in self._function_words
        return self._determiners[word] if determines or word not in self._pairs else self._pairs[word]


def _forms(pairs: Sequence[Sequence[str]]) -> _Forms:
    found: dict[str, tuple[str, int]] = {}
    for first, second in pairs:
        for one, other in zip(_cases(first), _cases(second), strict=True):
            if one not in found and other not in found:
                found[one], found[other] = (other, 0), (one, 1)
    return found


def _cases(word: str) -> Iterator[str]:
    """As listed, with a capital, in capitals."""
    yield word
    yield word[0].upper() + word[1:]
    yield word.upper()
