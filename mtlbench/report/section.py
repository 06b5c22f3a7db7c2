"""A section of a report as data: every surface (page, terminal, Markdown) draws it in its own way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mtlbench.report.cells import Cell


@dataclass(frozen=True, slots=True)
class Column:
    """A header. `ascending`: a first click sorts the smallest to the top; names stand to the left; `page`: the terminal
    leaves it out.
    """

    label: str
    detail: str = ""
    ascending: bool = False
    name: bool = False
    sortable: bool = True
    page: bool = False


def names(*labels: str) -> list[Column]:
    """Columns of names: of models, tasks, groups."""
    return [Column(label, ascending=True, name=True) for label in labels]


@dataclass(frozen=True, slots=True)
class Line:
    """A row: the names it begins with, then its cells. `quiet` rows are grey: they say little."""

    names: Sequence[str]
    cells: Sequence[Cell]
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """`fold`: closed under this summary, with the number of rows beside it. `brief`: the terminal shows it too."""

    caption: str
    columns: Sequence[Column]
    lines: Sequence[Line]
    fold: str = ""
    brief: bool = False
    css: str = ""
    template: str = "table.html"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of each kind: (sign, number, what they are)."""

    items: Sequence[tuple[str, int, str]]
    template: str = "counts.html"


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing: a template of the page's, and what it draws; `caption` says all that it shows, in words."""

    caption: str
    template: str
    drawn: Any


@dataclass(frozen=True, slots=True)
class Told:
    """Sentences between tables: findings in plain words, or a caveat."""

    text: str
    brief: bool = False
    template: str = "told.html"


Block = Table | Counts | Figure | Told


@dataclass(frozen=True, slots=True)
class Section:
    """`id` is its anchor; `intro` says what is shown and how to read it, in a sentence or two."""

    id: str
    title: str
    intro: str
    blocks: Sequence[Block] = field(default=())
