"""The contract of a rewriter: a text and a key → another text, and which groups' words it replaced."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias


class Rewritten(NamedTuple):
    """`sides` holds 0 where words of the first group were replaced, 1 where words of the second were."""

    text: str
    sides: frozenset[int] = frozenset()


Rewriter: TypeAlias = Callable[[str, str], Rewritten]
"""(text, key) → the rewritten text. Whatever is drawn is drawn from the key, so the same key gives the same text."""
