"""Tags of a sentence → its chunks (start, end, type): the lenient rules of conlleval, and strict tagging schemes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

OUTSIDE = "O"

LENIENT = "conlleval"


class Tag(NamedTuple):
    """A tag's prefix and its chunk's type: ("B", "PER"); ("O", "") outside."""

    prefix: str
    type: str


Chunk: TypeAlias = tuple[int, int, str]
"""(first token, the token after the last, type)."""

_NONE = Tag(OUTSIDE, "")


@dataclass(frozen=True, slots=True)
class Scheme:
    """When a chunk starts, goes on and ends between two neighbouring tags.

    A pattern is the two prefixes and how their types compare: “=” the same, “≠” another, “*” any; “?” is any prefix.
    """

    prefixes: str
    starts: tuple[str, ...]
    inside: tuple[str, ...]
    ends: tuple[str, ...]


SCHEMES: dict[str, Scheme] = {
    "IOB1": Scheme(
        "IOB", ("OI*", "II≠", "BI*", "IB=", "BB="), ("BI=", "II="), ("II≠", "IO*", "IB*", "BO*", "BI≠", "BB=")
    ),
    "IOB2": Scheme("IOB", ("?B*",), ("BI=", "II="), ("IO*", "II≠", "IB*", "BO*", "BI≠", "BB*")),
    "IOBES": Scheme("IOBES", ("?B*", "?S*"), ("BI=", "BE=", "II=", "IE="), ("S?*", "E?*")),
    "BILOU": Scheme("BILOU", ("?B*", "?U*"), ("BI=", "BL=", "II=", "IL="), ("U?*", "L?*")),
}
"""The patterns of seqeval's strict mode (`seqeval/scheme.py`)."""

_LENIENT_PREFIXES = {"B": "B", "I": "I", "E": "E", "S": "S", "L": "E", "U": "S"}
"""What the lenient rules read each prefix as: BILOU's last and unit are IOBES's end and single."""


def parse(tag: str, scheme: str) -> Tag | None:
    """“B-PER” → ("B", "PER"), “B” → ("B", "_"); None where the scheme has no such tag."""
    if tag == OUTSIDE:
        return _NONE
    prefix, dash, kind = tag.partition("-")
    known = _LENIENT_PREFIXES if scheme == LENIENT else {each: each for each in SCHEMES[scheme].prefixes if each != "O"}
    if prefix not in known or (dash and not kind):
        return None
    return Tag(known[prefix], kind or "_")


def chunks(tags: Sequence[Tag], scheme: str) -> set[Chunk]:
    """The chunks of a sentence."""
    return _lenient_chunks(tags) if scheme == LENIENT else _strict_chunks(tags, SCHEMES[scheme])


def _lenient_chunks(tags: Sequence[Tag]) -> set[Chunk]:
    """conlleval.pl's: a chunk goes on through I and E of its type, and any other tag than O starts one."""
    found: set[Chunk] = set()
    start, before = 0, _NONE
    for place, tag in enumerate((*tags, _NONE)):
        goes_on = before.prefix in ("B", "I") and tag.prefix in ("I", "E") and tag.type == before.type
        if not goes_on:
            if before.prefix != OUTSIDE:
                found.add((start, place, before.type))
            start = place
        before = tag
    return found


def _strict_chunks(tags: Sequence[Tag], scheme: Scheme) -> set[Chunk]:
    """seqeval's: a start, all that is inside after it, and an end; what lacks one of them is no chunk."""
    found: set[Chunk] = set()
    closed = (*tags, _NONE)
    place, before = 0, _NONE
    while place < len(tags):
        start, place = place, place + 1
        if _fits(scheme.starts, before, closed[start]):
            while _fits(scheme.inside, closed[place - 1], closed[place]):
                place += 1
            if _fits(scheme.ends, closed[place - 1], closed[place]):
                found.add((start, place, closed[start].type))
        before = closed[place - 1]
    return found


def _fits(patterns: Sequence[str], before: Tag, tag: Tag) -> bool:
    relation = "=" if before.type == tag.type else "≠"
    return any(
        pattern[0] in ("?", before.prefix) and pattern[1] in ("?", tag.prefix) and pattern[2] in ("*", relation)
        for pattern in patterns
    )
