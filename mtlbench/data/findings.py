"""The faults of one file: the first twenty by line, and a count of the others."""

from __future__ import annotations

from bisect import insort
from pathlib import Path

from mtlbench.suite.faults import Fault, InputError, Place

MOST = 20
"""Faults told one by one; a file wrong in every line must not fill the screen or the memory."""


class Findings:
    """Collects faults in any order and tells them in the file's order."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.total = 0
        self._found: list[Fault] = []

    def add(self, message: str, line: int | None = None, column: int | None = None, hint: str = "") -> None:
        """Notes a fault of the file, at a line and column where they are known."""
        place = None if self.file is None else Place(self.file, line, column)
        self.total += 1
        insort(self._found, Fault(_printable(message), place, _printable(hint)), key=_position)
        del self._found[MOST:]

    def raise_any(self) -> None:
        """Raises InputError if anything was found."""
        if not self.total:
            return
        rest = self.total - len(self._found)
        place = None if self.file is None else Place(self.file)
        more = [Fault(f"and {rest} more {'fault' if rest == 1 else 'faults'} in this file", place)] if rest else []
        raise InputError([*self._found, *more])


def _printable(text: str) -> str:
    """Names and values come from the file: what a terminal could act on, or not show at all, is spelled out."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def _position(fault: Fault) -> tuple[int, int]:
    place = fault.place
    return (place.line or 0, place.column or 0) if place else (0, 0)
