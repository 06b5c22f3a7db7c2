"""JSON rows: one object a line (JSONL), or one list of objects."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from mtlbench.data.columns import ColumnBuilder
from mtlbench.data.dataset import Row
from mtlbench.data.findings import Findings
from mtlbench.data.kinds import explain
from mtlbench.data.reading import Reading
from mtlbench.data.text_file import Digest, line_blocks
from mtlbench.suite.declarations import Data

Chunk = tuple[list[int], list[Row]]
"""The lines rows start on, and the rows."""

_CHUNK_ROWS = 5000
_SPACE = re.compile(r"[ \t\n\r]*")
_CONSTANT = re.compile(r'"(?:[^"\\]|\\.)*"|(-?Infinity|NaN)')


class _Refused(ValueError):
    """Python's decoder would take it, and it is no sound JSON."""


class _RefusedConstant(_Refused):
    """NaN or an infinity."""


def read_lines(file: Path, data: Data, findings: Findings) -> Reading:
    """Reads a JSONL file."""
    return _read(partial(_line_chunks, file), findings)


def read_list(file: Path, data: Data, findings: Findings) -> Reading:
    """Reads a JSON file that holds a list of objects."""
    return _read(partial(_list_chunks, file), findings)


def _read(chunks: Callable[[Digest, Findings], Iterator[Chunk]], findings: Findings) -> Reading:
    builder, digest = ColumnBuilder(), hashlib.sha256()
    for lines, rows in chunks(digest, findings):
        builder.add(rows, lines)
    table = builder.finish()
    if builder.bad:
        # The builder says that a column does not fit together, not where: a second, slower reading finds the lines.
        again = chunks(hashlib.sha256(), Findings(None))
        explain((pair for lines, rows in again for pair in zip(lines, rows, strict=True)), builder.bad, findings)
    return Reading(table, tuple(builder.names), len(builder.lines), builder.lines, digest.hexdigest())


def _line_chunks(file: Path, digest: Digest, findings: Findings) -> Iterator[Chunk]:
    decode = _decoder().decode
    for first, texts in line_blocks(file, digest, findings):
        lines: list[int] = []
        rows: list[Row] = []
        for number, text in enumerate(texts, first):
            if not text or text.isspace():
                continue
            try:
                value = decode(text)
            except (ValueError, RecursionError) as error:
                findings.add(f"this line is not JSON: {_reason(error)}", number, _column(text, error))
                continue
            if type(value) is not dict:
                hint = 'write {"column": value, …}'
                findings.add(f"this line holds {_noun(value)}, not an object", number, hint=hint)
                continue
            lines.append(number)
            rows.append(value)
        yield lines, rows


def _list_chunks(file: Path, digest: Digest, findings: Findings) -> Iterator[Chunk]:
    text = "\n".join(line for _, lines in line_blocks(file, digest, findings) for line in lines)
    lines: list[int] = []
    rows: list[Row] = []
    if text and not text.isspace():
        for number, value in _elements(text, findings):
            if type(value) is not dict:
                findings.add(f"this element is {_noun(value)}, not an object", number)
                continue
            lines.append(number)
            rows.append(value)
            if len(rows) == _CHUNK_ROWS:
                yield lines, rows
                lines, rows = [], []
    yield lines, rows


def _elements(text: str, findings: Findings) -> Iterator[tuple[int, Any]]:
    """The elements of the list that `text` holds, each with its line; a fault of the syntax ends them."""
    decode, at, line, counted = _decoder().raw_decode, _skip(text, 0), 1, 0
    try:
        if text[at] != "[":
            hint = "one object a line goes into a .jsonl file" if text[at] == "{" else "write [{…}, {…}]"
            findings.add("the file holds no list of objects", text.count("\n", 0, at) + 1, hint=hint)
            return
        at = _skip(text, at + 1)
        closed = text.startswith("]", at)
        while not closed:
            line, counted = line + text.count("\n", counted, at), at
            value, at = decode(text, at)
            yield line, value
            at = _skip(text, at)
            closed = text.startswith("]", at)
            if not closed:
                if not text.startswith(",", at):
                    raise json.JSONDecodeError("Expecting ',' or ']'", text, at)
                at = _skip(text, at + 1)
        if (at := _skip(text, at + 1)) < len(text):
            raise json.JSONDecodeError("Extra data", text, at)
    except json.JSONDecodeError as error:
        findings.add(f"the file is not JSON: {_reason(error)}", error.lineno, error.colno)
    except (ValueError, RecursionError) as error:
        findings.add(f"this element is not JSON: {_reason(error)}", line)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _decoder() -> json.JSONDecoder:
    """A decoder without Python's leniencies: no NaN, no key twice in one object."""
    return json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)


def _object(pairs: list[tuple[str, Any]]) -> Row:
    row = dict(pairs)
    if len(row) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Refused(f"the key “{twice}” stands twice in one object")
    return row


def _constant(name: str) -> Any:
    raise _RefusedConstant(f"{name} is no JSON number; write null where there is no value")


def _column(text: str, error: BaseException) -> int | None:
    """The column of a line at which decoding stopped, where that is known."""
    if isinstance(error, json.JSONDecodeError):
        return error.pos + 1
    if isinstance(error, _RefusedConstant):  # the first that stands outside of strings
        return next((found.start(1) + 1 for found in _CONSTANT.finditer(text) if found[1]), None)
    return None


def _reason(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deep"
    if isinstance(error, json.JSONDecodeError):
        return error.msg[:1].lower() + error.msg[1:]
    return str(error) if isinstance(error, _Refused) else "a number has too many digits"


def _noun(value: object) -> str:
    return {list: "a list", str: "text", bool: "true or false", type(None): "null"}.get(type(value), "a number")
