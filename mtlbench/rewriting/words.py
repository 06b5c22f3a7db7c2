"""Word lists: pairs of words that stand for two groups, as YAML with their source and limits; ours and a user's."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, model_validator

from mtlbench.suite.declarations import Declaration, WordPair
from mtlbench.suite.faults import Faults, InputError
from mtlbench.suite.tree import plain
from mtlbench.suite.yaml_source import read_yaml

FOLDER = Path(__file__).parent / "lists"
SWAPS = ("gender", "names", "nationality", "age", "religion")
"""The swaps that there are lists for."""

_WORD = re.compile(r"\w+(?:['’]\w+)?")


class WordList(Declaration):
    """Words of a first group and their counterparts of a second; each word stands once, so that swapping twice undoes it.

    `determiners` is taken in place of `pairs` where the next word is none of `function_words`: “her book” is “his book”,
    “saw her” is “saw him”. `placebo` are words whose exchange leaves the group as it is; None takes neutral synonyms.
    """

    description: str = ""
    source: str = ""
    limits: str = ""
    groups: WordPair = Field(["first", "second"])
    pairs: list[WordPair] = Field(min_length=1)
    determiners: list[WordPair] = Field([])
    function_words: list[str] = Field([])
    placebo: list[WordPair] | None = None

    @model_validator(mode="after")
    def _once(self) -> WordList:
        for pairs in (self.pairs, self.determiners, self.placebo or []):
            words = [word.lower() for pair in pairs for word in pair]
            twice = next((word for number, word in enumerate(words) if word in words[:number]), None)
            if twice is not None:
                raise ValueError(f"the word “{twice}” stands twice, so swapping twice would not undo it")
        return self


@cache
def built_in(name: str) -> WordList:
    """One of our own lists, by name."""
    return read_words(FOLDER / f"{name}.yaml")


def neutral() -> list[WordPair]:
    """Synonyms that say nothing of any group."""
    return built_in("neutral").pairs


def read_words(path: Path) -> WordList:
    """The list in a YAML file; raises InputError."""
    try:
        return WordList.model_validate(_read(path))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        message = str(first["msg"]).removeprefix("Value error, ")
        raise InputError(
            f"{path} is no word list: {where}: {message}", "it needs `pairs: [[he, she], …]`; `groups:` names the two"
        ) from error


def sentiment(text: str) -> float:
    """Positive less negative words of our lexicon, per 100 words of the text; 0 for a text without words."""
    words, signs = _WORD.findall(text.lower()), _signs()
    return 100.0 * sum(signs.get(word, 0) for word in words) / len(words) if words else 0.0


@cache
def _signs() -> dict[str, int]:
    lexicon = _read(FOLDER / "sentiment.yaml")
    return {**dict.fromkeys(lexicon["positive"], 1), **dict.fromkeys(lexicon["negative"], -1)}


def _read(path: Path) -> dict[str, Any]:
    faults = Faults()
    tree = read_yaml(path, faults)
    faults.raise_any()
    return {} if tree is None else dict(plain(tree))
