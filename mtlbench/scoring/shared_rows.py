"""The rows that two tables of predictions share, by id, so that scores on them can be subtracted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class SharedRows:
    """Places of the shared rows in either table, in the first one's order; `sizes` are the tables' numbers of rows."""

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    sizes: tuple[int, int]

    @property
    def whole(self) -> bool:
        """Whether no row is in one table alone."""
        return self.sizes == (len(self.first), len(self.first))

    @property
    def left_out(self) -> int:
        return sum(self.sizes) - 2 * len(self.first)


def shared_rows(first: pa.Table, second: pa.Table, same_data: bool) -> SharedRows:
    """Rows of one id are the same row if their references are equal and, unless the data is known to be the same, their
    inputs: of the same data a run may ask in other words.
    """
    mine, theirs = _keys(first, same_data), _keys(second, same_data)
    places = {key: place for place, key in enumerate(theirs)}
    shared = [(place, places[key]) for place, key in enumerate(mine) if key in places]
    found = np.array(shared, dtype=np.intp).reshape(-1, 2)
    return SharedRows(found[:, 0], found[:, 1], (len(mine), len(theirs)))


def _keys(table: pa.Table, same_data: bool) -> list[tuple[object, ...]]:
    references = [tuple(each) for each in table.column("reference").to_pylist()]
    columns = [table.column("id").to_pylist(), references]
    if not same_data:
        columns.append(table.column("input").to_pylist())
    return list(zip(*columns, strict=True))
