"""Rows as dicts, chunk by chunk, become one Arrow table, or a note of which columns do not fit together."""

from __future__ import annotations

from array import array
from itertools import chain
from typing import TYPE_CHECKING

from mtlbench.data.arrays import Unfit, column_array
from mtlbench.data.dataset import Row

if TYPE_CHECKING:
    import pyarrow as pa


class ColumnBuilder:
    """Grows a table from chunks of rows.

    A key that a row lacks is null there. Whole numbers and fractions make a column of fractions; objects of one column
    share the keys of all of them. Nothing else is converted: text stays text, even if it looks like a number or date.
    """

    def __init__(self) -> None:
        self.names: dict[str, None] = {}
        self.lines = array("q")
        self.bad: dict[str, str] = {}
        """Columns that do not fit together, with the reason."""
        self._chunks: dict[str, list[pa.Array]] = {}

    def add(self, rows: list[Row], lines: list[int]) -> None:
        """Takes the next rows."""
        import pyarrow as pa

        for name in dict.fromkeys(chain.from_iterable(rows)):
            if name not in self.names:
                self.names[name] = None
                self._chunks[name] = [pa.nulls(len(self.lines))]
        self.lines.extend(lines)
        for name in self.names:
            if name not in self.bad:
                try:
                    self._chunks[name].append(column_array([row.get(name) for row in rows]))
                except Unfit as error:
                    self._refuse(name, error)

    def finish(self) -> pa.Table:
        """The table of the columns that fit together; `bad` names the others."""
        import pyarrow as pa

        columns = {}
        for name in self.names:
            if name not in self.bad:
                try:
                    name.encode()
                    columns[name] = _joined(self._chunks.pop(name))
                except (pa.ArrowException, ValueError, TypeError) as error:
                    self._refuse(name, error)
        return pa.Table.from_arrays(list(columns.values()), list(columns))

    def _refuse(self, name: str, error: Exception) -> None:
        self.bad[name] = str(error)
        self._chunks.pop(name, None)


def _joined(chunks: list[pa.Array]) -> pa.ChunkedArray:
    import pyarrow as pa

    schemas = [pa.schema([("value", kind)]) for kind in dict.fromkeys(chunk.type for chunk in chunks)]
    kind = pa.unify_schemas(schemas, promote_options="permissive").field("value").type
    return pa.chunked_array([chunk if chunk.type == kind else chunk.cast(kind) for chunk in chunks if len(chunk)], kind)
