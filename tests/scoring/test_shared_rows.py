"""Which rows of two runs are the same, by hand."""

from __future__ import annotations

import pyarrow as pa
import pytest

from mtlbench.scoring.shared_rows import shared_rows


def table(*rows: tuple[str, str, str]) -> pa.Table:
    ids, inputs, references = zip(*rows, strict=True)
    return pa.table({"id": list(ids), "input": list(inputs), "reference": [[each] for each in references]})


A = table(("r1", "one", "yes"), ("r2", "two", "no"), ("r3", "three", "no"))


@pytest.mark.parametrize(
    ("other", "same_data", "places", "left_out"),
    [
        (A, False, [(0, 0), (1, 1), (2, 2)], 0),
        (A.take([2, 0, 1]), False, [(0, 1), (1, 2), (2, 0)], 0),
        (A.take([1]), False, [(1, 0)], 2),
        (table(("r1", "one", "no"), ("r2", "two", "no")), False, [(1, 1)], 3),
        (table(("r1", "One?", "yes"), ("r3", "three", "no")), False, [(2, 1)], 3),
        (table(("r1", "One?", "yes"), ("r3", "three", "no")), True, [(0, 0), (2, 1)], 1),
        (table(("r9", "one", "yes")), True, [], 4),
    ],
    ids=["same", "other order", "subset", "other reference", "other input", "same data asked otherwise", "none"],
)
def test_rows_are_the_same_by_id_reference_and_input(
    other: pa.Table, same_data: bool, places: list[tuple[int, int]], left_out: int
) -> None:
    found = shared_rows(A, other, same_data)
    assert list(zip(found.first.tolist(), found.second.tolist(), strict=True)) == places
    assert found.left_out == left_out
    assert found.whole == (left_out == 0)
