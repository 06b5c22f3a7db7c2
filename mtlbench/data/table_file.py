"""CSV and TSV: cells are text, and a row has as many as the header."""

from __future__ import annotations

import csv
import hashlib
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mtlbench.data.arrays import text_array
from mtlbench.data.findings import Findings
from mtlbench.data.reading import Reading
from mtlbench.data.text_file import line_blocks
from mtlbench.suite.declarations import Data

if TYPE_CHECKING:
    import pyarrow as pa

Records = Iterator[tuple[int, list[str]]]
"""Rows of cells, each with the line it starts on."""

_CHUNK_ROWS = 5000
_LONGEST_CELL = 2**31 - 1
_LITERAL = "`quoting: false`, if quotes are plain text in this file"


def read_csv(file: Path, data: Data, findings: Findings) -> Reading:
    """Reads a file with commas."""
    return _read(file, ",", data, findings)


def read_tsv(file: Path, data: Data, findings: Findings) -> Reading:
    """Reads a file with tabs."""
    return _read(file, "\t", data, findings)


def _read(file: Path, delimiter: str, data: Data, findings: Findings) -> Reading:
    digest = hashlib.sha256()
    texts = (text + "\n" for _, block in line_blocks(file, digest, findings) for text in block)
    records = _quoted(texts, delimiter, findings) if data.quoting else _plain(texts, delimiter)
    with _long_cells():
        header = (0, data.columns) if data.columns else next(records, (0, []))
        _check_names(*header, findings)
        columns, builder = header[1], _TextColumns(len(header[1]))
        for line, cells in records:
            if len(cells) == len(columns):
                builder.add(line, cells)
            else:
                _note_ragged(line, cells, len(columns), data, findings)
    return Reading(builder.finish(columns), tuple(columns), len(builder.lines), builder.lines, digest.hexdigest())


def _plain(texts: Iterator[str], delimiter: str) -> Records:
    """A row is a line and a cell what stands between delimiters; blank lines are skipped."""
    for line, text in enumerate(texts, 1):
        bare = text.rstrip("\r\n")
        if bare:
            yield line, bare.split(delimiter)


def _quoted(texts: Iterator[str], delimiter: str, findings: Findings) -> Records:
    """Rows with CSV's quotes, within which delimiters and line ends are text; blank lines are skipped."""
    reader = csv.reader(texts, delimiter=delimiter, strict=True)
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            findings.add(*_explained(str(error), start, reader.line_num))
            continue
        if cells:
            yield start, cells


def _explained(error: str, start: int, end: int) -> tuple[str, int, None, str]:
    """What Python's reader says, in the words of the file."""
    if "unexpected end" in error:
        return "a quote opened in this row is never closed", start, None, _LITERAL
    if "expected after" in error:
        within = "this row" if start == end else f"this row (to line {end})"
        hint = f'double a quote within quotes (""), or {_LITERAL}'
        return f"text follows a closing quote in {within}", start, None, hint
    if "new-line" in error:
        return "a carriage return stands within this line", start, None, "end lines with \\n or \\r\\n"
    return f"this row is not CSV: {error}", start, None, ""


@contextmanager
def _long_cells() -> Iterator[None]:
    """Lifts Python's limit of 128 KiB a cell, which documents to summarise outgrow."""
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _check_names(line: int, names: Sequence[str], findings: Findings) -> None:
    where = "the header" if line else "`columns:`"
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            findings.add(f"{where} names the column “{name}” {names.count(name)} times", line or None)


def _note_ragged(line: int, cells: Sequence[str], width: int, data: Data, findings: Findings) -> None:
    named_by = "`columns:` has" if data.columns else "the header has"
    stray = data.quoting and any("\n" in cell for cell in cells)
    count = f"{len(cells)} cell{'' if len(cells) == 1 else 's'}"
    findings.add(f"this row has {count} where {named_by} {width}", line, hint=_LITERAL if stray else "")


class _TextColumns:
    """Grows a table of text from rows of cells."""

    def __init__(self, width: int) -> None:
        self.lines = array("q")
        self._pending: list[list[str]] = []
        self._chunks: list[list[pa.Array]] = [[] for _ in range(width)]

    def add(self, line: int, cells: list[str]) -> None:
        """Takes the next row."""
        self.lines.append(line)
        self._pending.append(cells)
        if len(self._pending) == _CHUNK_ROWS:
            self._flush()

    def _flush(self) -> None:
        for chunks, cells in zip(self._chunks, zip(*self._pending, strict=True), strict=False):
            chunks.append(text_array(cells))
        self._pending = []

    def finish(self, names: Sequence[str]) -> pa.Table:
        """The table of all rows taken."""
        import pyarrow as pa

        self._flush()
        return pa.Table.from_arrays([pa.chunked_array(chunks, pa.string()) for chunks in self._chunks], list(names))
