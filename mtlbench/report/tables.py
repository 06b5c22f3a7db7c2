"""What the terminal's tables share: their frame, and cells for what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mtlbench.report import wording
from mtlbench.report.console import told
from mtlbench.report.notes import Notes, raised

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

MOST_NOTES = 10


def bare_table() -> Table:
    """A table of nothing but a line under its header."""
    from rich import box
    from rich.table import Table

    return Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")


def missing(reason: str | None, notes: Notes) -> Text:
    """A dash with the number of its reason."""
    return told(wording.DASH, "dim").append_text(note(reason, notes))


def note(reason: str | None, notes: Notes) -> Text:
    """The raised number of a reason; none beyond those that are listed."""
    number = notes.number(reason)
    return told(raised(number) if number <= MOST_NOTES else "", "dim")
