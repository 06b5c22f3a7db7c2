"""Python values become Arrow arrays, strictly: one kind of value a column, and nothing converted but int to float.

Arrow's own conversion takes a truth value among floats for a number, and loads pandas, which costs more time than all
else that `validate` does. So the buffers are laid out here, after Arrow's columnar format.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

DEEPEST = 64
"""Lists and objects within one another; deeper rows would overflow the stack of whatever walks them later."""

EXACT = 2**53
"""Whole numbers beyond this cannot all stand in a column of fractions."""


class Unfit(ValueError):
    """The values make no column."""


def column_array(values: Sequence[Any], depth: int = 0) -> pa.Array:
    """The values of a JSON column, null where None; raises Unfit where they are of several kinds or cannot be held."""
    import pyarrow as pa

    kinds = set(map(type, values)) - {type(None)}
    if depth > DEEPEST:
        raise Unfit("nested too deep")
    if not kinds:
        return pa.nulls(len(values))
    if kinds == {str}:
        return text_array(values)
    if kinds <= {int, float}:
        return _numbers(values, kinds)
    if kinds == {bool}:
        return pa.Array.from_buffers(pa.bool_(), len(values), [_validity(values), _bits(list(map(bool, values)))])
    if kinds == {list}:
        child = column_array(list(chain.from_iterable(value or () for value in values)), depth + 1)
        offsets = array("i", accumulate((len(value or ()) for value in values), initial=0))
        buffers = [_validity(values), pa.py_buffer(offsets)]
        return pa.Array.from_buffers(pa.list_(child.type), len(values), buffers, children=[child])
    if kinds == {dict}:
        return _objects(values, depth + 1)
    raise Unfit("values of several kinds")


def text_array(values: Sequence[str | None]) -> pa.Array:
    """Texts, null where None."""
    import pyarrow as pa

    try:
        encoded = [(value or "").encode() for value in values]
        offsets = array("i", accumulate(map(len, encoded), initial=0))
    except (UnicodeEncodeError, OverflowError) as error:
        raise Unfit(str(error)) from None
    buffers = [_validity(values), pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(values), buffers)


def index_array(indices: Sequence[int]) -> pa.Array:
    """Whole numbers without nulls."""
    import pyarrow as pa

    return pa.Array.from_buffers(pa.int64(), len(indices), [None, pa.py_buffer(array("q", indices))])


def _numbers(values: Sequence[float | None], kinds: set[type]) -> pa.Array:
    import pyarrow as pa

    present = [0 if value is None else value for value in values]
    whole = kinds == {int}
    try:
        numbers = array("q" if whole else "d", present)
    except OverflowError as error:
        raise Unfit(str(error)) from None
    if not whole:
        if not all(map(math.isfinite, numbers)):
            raise Unfit("not a finite number")
        if int in kinds and any(type(value) is int and abs(value) > EXACT for value in present):
            raise Unfit("a whole number too large to stand beside fractions")
    kind = pa.int64() if whole else pa.float64()
    return pa.Array.from_buffers(kind, len(values), [_validity(values), pa.py_buffer(numbers)])


def _objects(values: Sequence[dict[str, Any] | None], depth: int) -> pa.Array:
    import pyarrow as pa

    names = dict.fromkeys(chain.from_iterable(value or () for value in values))
    children = [column_array([(value or {}).get(name) for value in values], depth) for name in names]
    try:
        kind = pa.struct([pa.field(name, child.type) for name, child in zip(names, children, strict=True)])
    except UnicodeEncodeError as error:
        raise Unfit(str(error)) from None
    return pa.Array.from_buffers(kind, len(values), [_validity(values)], children=children)


def _validity(values: Sequence[Any]) -> pa.Buffer | None:
    return _bits([value is not None for value in values]) if None in values else None


def _bits(flags: list[bool]) -> pa.Buffer:
    import numpy as np
    import pyarrow as pa

    return pa.py_buffer(np.packbits(np.array(flags, dtype=np.bool_), bitorder="little").tobytes())
