"""A name for every row: what ties a prediction to its example, so it must be there and be the row's alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from operator import eq

from mtlbench.data.findings import Findings
from mtlbench.data.reading import Reading
from mtlbench.registry import nearest


def row_ids(reading: Reading, column: str | None, findings: Findings) -> list[str]:
    """The ids of the rows as text: the column `column`, else `id` if there, else the row's number from 0.

    Notes ids that are missing, blank, stand twice, or are neither text nor whole numbers. Where faults leave no ids to
    check, there are none.
    """
    if column is not None and column not in reading.columns:
        if reading.columns:
            near = nearest(column, reading.columns)
            hint = f"did you mean “{near}”?" if near else f"the columns are {', '.join(reading.columns)}"
            findings.add(f"there is no column “{column}” for the ids", hint=hint)
        return []
    name = column or "id"
    if name not in reading.columns:
        return list(map(str, range(reading.rows)))
    if reading.table.column_names.count(name) != 1:
        return []  # the column itself is at fault, and noted
    values = reading.table.column(name).to_pylist()
    wrong = next((index for index, value in enumerate(values) if type(value) not in (str, int, type(None))), None)
    if wrong is not None:
        message = f"“{name}” holds no ids: {reading.row_name(wrong)} is neither text nor a whole number"
        findings.add(message, _line(reading, wrong), hint=_ANOTHER)
        return []
    ids = ["" if value is None else str(value) for value in values]
    del values
    if _repeat(ids) or not all(map(str.strip, ids)):
        _note(ids, name, reading, findings)
    return ids


_SHOWN = 80
_ANOTHER = "`id:` names another column for the ids"


def _repeat(ids: Sequence[str]) -> bool:
    """Whether any two are the same; sorted, as a set of a million would outweigh the rows."""
    ordered = sorted(ids)
    return any(map(eq, ordered, islice(ordered, 1, None)))


def _note(ids: Sequence[str], name: str, reading: Reading, findings: Findings) -> None:
    first: dict[str, int] = {}
    for index, value in enumerate(ids):
        if not value.strip():
            findings.add(f"the id “{name}” is empty in {reading.row_name(index)}", _line(reading, index), hint=_ANOTHER)
        elif (other := first.setdefault(value, index)) != index:
            message = f"the id “{value[:_SHOWN]}” of {reading.row_name(index)} is that of {reading.row_name(other)} too"
            findings.add(message, _line(reading, index), hint=_ANOTHER)


def _line(reading: Reading, index: int) -> int | None:
    return None if reading.lines is None else reading.lines[index]
