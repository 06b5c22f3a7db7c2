"""Input templates: text with `{column}` places, filled from a row and able to do nothing else."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}]*)\}|[{}]")
_SPECIAL = re.compile(r"[.\[\]:!]")


class TemplateError(ValueError):
    """The template is wrong at `offset`, a count of characters from 0; `width` characters are at fault."""

    def __init__(self, message: str, offset: int, width: int = 1, hint: str = "") -> None:
        self.message, self.offset, self.width, self.hint = message, offset, width, hint
        super().__init__(message)


class RowError(ValueError):
    """A row has no text for the place `column`."""

    def __init__(self, column: str, message: str) -> None:
        self.column, self.message = column, message
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template: literal texts around columns.

    `{name}` is the value of the column `name`; `{{` and `}}` are braces. A name may hold spaces and signs, as headers
    do, but none of `. [ ] : !`: the places know no attributes, no items and no format.
    """

    text: str
    literals: tuple[str, ...]
    """The texts before, between and after the columns: one more than there are columns."""
    columns: tuple[tuple[str, int], ...]
    """Name and offset of each place, in order; the offset is that of the name, after the brace."""

    @classmethod
    def parse(cls, text: str) -> Template:
        """Reads a template; raises TemplateError."""
        literals, columns, end = [""], [], 0
        for token in _TOKEN.finditer(text):
            literals[-1] += text[end : token.start()]
            end = token.end()
            if token["name"] is not None:
                columns.append((_checked(token["name"], token.start()), token.start() + 1))
                literals.append("")
            elif len(token[0]) == 2:
                literals[-1] += token[0][0]
            else:
                raise _stray(token[0], token.start())
        literals[-1] += text[end:]
        return cls(text, tuple(literals), tuple(columns))

    def fill(self, row: Mapping[str, Any]) -> str:
        """The text for one row; raises RowError for a column that is missing, null, a list or an object."""
        parts = [self.literals[0]]
        for (name, _), literal in zip(self.columns, self.literals[1:], strict=True):
            if name not in row:
                raise RowError(name, f"the row has no column “{name}”")
            parts += (_as_text(name, row[name]), literal)
        return "".join(parts)


def _checked(name: str, start: int) -> str:
    if not name:
        raise TemplateError("a place without a column name", start, 2, "write {column}, or {{}} for the braces")
    if special := _SPECIAL.search(name):
        raise TemplateError(
            f"“{special[0]}” cannot stand in a place: it holds a column's name, no attribute, item or format",
            start + 1 + special.start(),
            hint="write {column}, or double the braces where they are meant as text: {{ }}",
        )
    return name


def _stray(brace: str, offset: int) -> TemplateError:
    if brace == "{":
        return TemplateError("this brace is never closed", offset, hint="write {column}, or {{ for a brace")
    return TemplateError("this brace closes nothing", offset, hint="write }} for a brace")


def _as_text(name: str, value: object) -> str:
    """Text as it is; numbers and truth values as JSON prints them; nothing else has one right spelling."""
    if isinstance(value, str):
        return value
    if value is None:
        raise RowError(name, f"“{name}” is null here")
    if isinstance(value, bool | int):
        return json.dumps(value)
    if isinstance(value, float) and math.isfinite(value):
        return json.dumps(value)
    if isinstance(value, list | tuple):
        raise RowError(name, f"“{name}” is a list here: join it into one text in the data")
    raise RowError(name, f"“{name}” is neither text nor a number here ({type(value).__name__})")
