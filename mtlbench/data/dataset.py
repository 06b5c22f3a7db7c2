"""Rows in memory: an Arrow table, an id for each row, and the line each row was read from."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtlbench.data.arrays import index_array
from mtlbench.suite.faults import Place

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Rows of one task. The table stays in Arrow; dicts are made for the rows that are asked for, and no others."""

    table: pa.Table = field(repr=False)
    ids: list[str] = field(repr=False)
    columns: tuple[str, ...]
    fingerprint: str
    """Hex SHA-256 of the content and of the options that shape the rows; the same elsewhere for the same data."""
    source: str
    """The path as the suite writes it, or `hub-id@revision`."""
    file: Path | None = None
    lines: Sequence[int] | None = field(default=None, repr=False)
    """The line each row starts on, counted from 1; None where the source has no lines."""

    def __len__(self) -> int:
        return len(self.ids)

    def rows(self, start: int = 0, stop: int | None = None) -> list[Row]:
        """The rows `start` up to `stop`, as dicts, read as a slice with bounds at or above 0."""
        stop = len(self) if stop is None else min(stop, len(self))
        found: list[Row] = self.table.slice(start, max(stop - start, 0)).to_pylist()
        return found

    def batches(self, size: int = 1000) -> Iterator[list[Row]]:
        """All rows in order, `size` at a time."""
        for start in range(0, len(self), size):
            yield self.rows(start, start + size)

    def __iter__(self) -> Iterator[Row]:
        for batch in self.batches():
            yield from batch

    def values(self, column: str) -> list[Any]:
        """One column, as Python values."""
        found: list[Any] = self.table.column(column).to_pylist()
        return found

    def place(self, index: int) -> Place | None:
        """Where row `index` stands; None for a row of the Hub."""
        if self.file is None:
            return None
        return Place(self.file, None if self.lines is None else self.lines[index])

    def row_name(self, index: int) -> str:
        """What a message calls row `index`: `line 7`, else `row 5` (counted from 0, as the ids are)."""
        return f"row {index}" if self.lines is None else f"line {self.lines[index]}"

    def take(self, indices: Sequence[int]) -> Dataset:
        """The rows at `indices`, in that order; the fingerprint says which they are."""
        chosen = array("q", indices)
        return replace(
            self,
            table=self._taken(indices),
            ids=[self.ids[index] for index in chosen],
            fingerprint=hashlib.sha256(f"take:{self.fingerprint}:{','.join(map(str, chosen))}".encode()).hexdigest(),
            lines=None if self.lines is None else array("q", (self.lines[index] for index in chosen)),
        )

    def _taken(self, indices: Sequence[int]) -> pa.Table:
        if isinstance(indices, range) and indices.step == 1:  # nothing is copied
            return self.table[indices.start : indices.stop]
        return self.table.take(index_array(array("q", indices)))
