"""Faults as plain text for a terminal: message, place, the line with a caret, help; made safe for the terminal."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice

from mtlbench.suite.faults import Fault, Place

WIDTH = 100
"""Most columns of a source line that are shown."""
_LONGEST = 1_000_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def render_faults(faults: Sequence[Fault]) -> str:
    """All faults, sorted by file and line, and a line that counts them."""
    ordered = sort_faults(faults)
    blocks = ["\n".join(_block(fault)) for fault in ordered]
    return "\n\n".join([*blocks, _count(ordered)]) + "\n"


def sort_faults(faults: Sequence[Fault]) -> list[Fault]:
    """By file, line and column, each once; those without a place come first."""
    return sorted(dict.fromkeys(faults), key=_key)


def _key(fault: Fault) -> tuple[str, int, int]:
    place = fault.place
    return ("", 0, 0) if place is None else (str(place.file), place.line or 0, place.column or 0)


def _block(fault: Fault) -> list[str]:
    lines = [f"error: {clean(fault.message)}"]
    place, source = fault.place, None
    if place is not None:
        lines.append(f"  --> {_where(place)}")
        source = _source(place)
    margin = " " * (len(str(place.line)) + 1 if place is not None and source is not None else 2)
    if place is not None and source is not None:
        text, before, width = _excerpt(source, (place.column or 1) - 1, place.width)
        carets = [f"{margin}| {' ' * before}{'^' * width}"] if place.column is not None else []
        lines += [f"{margin}|", f"{place.line} | {text}", *carets]
    if fault.hint:
        lines.append(f"{margin}= help: {clean(fault.hint)}")
    return lines


def _where(place: Place) -> str:
    file = str(place.file)
    with suppress(ValueError, OSError):  # another drive, or a working folder that is gone
        file = min(os.path.relpath(place.file), file, key=len)
    return ":".join([clean(file), *(str(number) for number in (place.line, place.column) if number is not None)])


def _source(place: Place) -> str | None:
    """The line itself, or None where it cannot be shown."""
    if place.line is None:
        return None
    try:
        with place.file.open(encoding="utf-8-sig", errors="replace") as file:
            line = next(islice(file, place.line - 1, None), None)
    except (OSError, ValueError):
        return None
    return None if line is None else line.rstrip("\n")[:_LONGEST]


def _excerpt(line: str, column: int, width: int) -> tuple[str, int, int]:
    """The line as shown, the columns before the caret and under it; a long line is cut around the caret."""
    column = min(column, len(line))
    before, under, after = clean(line[:column]), clean(line[column : column + width]), clean(line[column + width :])
    under = _fit(under, WIDTH // 2)
    room = WIDTH - columns(under)
    if columns(before) + columns(after) > room:
        kept_after = _fit(after, max(room // 3, room - columns(before)))
        before = _fit(before, room - columns(kept_after), end=True)
        after = kept_after
    return before + under + after, columns(before), max(1, columns(under))


def _fit(text: str, room: int, *, end: bool = False) -> str:
    """The text cut to `room` columns, its end kept or its beginning, with “…” where it was cut."""
    if columns(text) <= room:
        return text
    kept, used = [], 1
    for character in reversed(text) if end else text:
        used += columns(character)
        if used > room:
            break
        kept.append(character)
    return "…" + "".join(reversed(kept)) if end else "".join(kept) + "…"


def columns(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def clean(text: str) -> str:
    """The text with nothing in it that could steer a terminal: tabs as four spaces, control characters as “\\x1b”."""
    return _CONTROL.sub(lambda match: _visible(match[0]), text)


def _visible(character: str) -> str:
    if character == "\t":
        return "    "
    code = ord(character)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def _count(faults: Sequence[Fault]) -> str:
    files = {clean(_where(Place(fault.place.file))) for fault in faults if fault.place is not None}
    number = f"{len(faults)} error{'s' if len(faults) != 1 else ''}"
    return f"{number} in {files.pop()}" if len(files) == 1 else f"{number} in {len(files)} files" if files else number
