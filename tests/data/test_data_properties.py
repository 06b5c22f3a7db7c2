"""What holds of any rows and of any bytes."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from mtlbench.data import Dataset, load_data, sample, text_file
from mtlbench.suite.declarations import Data
from mtlbench.suite.faults import InputError

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
cells = st.one_of(st.none(), text)
numbers = st.one_of(st.none(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))
lists = st.lists(text, max_size=3)
json_rows = st.lists(
    st.fixed_dictionaries(
        {"text": cells, "number": numbers, "list": lists, "object": st.fixed_dictionaries({"x": text, "y": lists})}
    ),
    min_size=1,
    max_size=8,
)
tables = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(text, min_size=width, max_size=width), min_size=1, max_size=6)
)


def loaded(name: str, content: bytes, **options: Any) -> Dataset:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(content)
        return load_data(Data(path=name, **options), Path(folder))


@settings(max_examples=60, deadline=None)
@given(json_rows, st.booleans(), st.booleans())
def test_json_gives_back_its_rows(rows, ascii_only, as_list):
    written = [json.dumps(row, ensure_ascii=ascii_only) for row in rows]
    content = f"[{','.join(written)}]" if as_list else "\n".join(written)
    assert loaded("a.json" if as_list else "a.jsonl", content.encode()).rows() == rows


leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.sampled_from([2**53 + 1, 2**63, 0.5, 2.0, 1e300]),
    st.sampled_from(["", "a", "\ud800", "2020-01-01"]),
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", ""]), inner, max_size=2),
    max_leaves=5,
)


def told_apart(value: Any) -> Any:
    """The value without nulls in objects (a key that is not there is null), and with truth values unlike 0 and 1."""
    if isinstance(value, dict):
        return {key: told_apart(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [told_apart(item) for item in value]
    return ("truth", value) if isinstance(value, bool) else value


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.dictionaries(st.sampled_from(["x", "y"]), values, min_size=1), min_size=1, max_size=4), st.booleans()
)
def test_json_of_any_kind_is_kept_or_refused(rows, row_by_row):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_file, "BLOCK_BYTES", 1 if row_by_row else 1 << 20)
        try:
            dataset = loaded("a.jsonl", "\n".join(map(json.dumps, rows)).encode())
        except InputError:
            return
    dataset.table.validate(full=True)
    assert told_apart(dataset.rows()) == told_apart(rows)


@settings(max_examples=60, deadline=None)
@given(tables, st.sampled_from(["csv", "tsv"]))
def test_tables_give_back_their_cells(rows, kind):
    out = io.StringIO()
    csv.writer(out, delimiter="," if kind == "csv" else "\t").writerows(rows)
    names = [f"c{index}" for index in range(len(rows[0]))]
    dataset = loaded(f"a.{kind}", out.getvalue().encode(), columns=names)
    assert dataset.rows() == [dict(zip(names, row, strict=True)) for row in rows]


@settings(max_examples=30, deadline=None)
@given(json_rows)
def test_parquet_gives_back_its_rows(rows):
    out = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(rows), out)
    assert loaded("a.parquet", out.getvalue()).rows() == rows


near_misses = st.lists(
    st.sampled_from(['{"a": 1}', '{"a": "x', "[", "]", ",", '"', "\n", "\r", "\t", "a", "{}", "NaN", "\\", "é"])
).map("".join)


@settings(max_examples=250, deadline=None)
@given(
    st.one_of(st.binary(max_size=60), near_misses.map(str.encode)),
    st.sampled_from(["jsonl", "json", "csv", "tsv", "parquet"]),
    st.booleans(),
)
def test_any_bytes_give_rows_or_an_input_error(content, kind, quoting):
    options = {"quoting": quoting} if kind in ("csv", "tsv") else {}
    dataset, faults = None, []
    try:
        dataset = loaded(f"a.{kind}", content, **options)
    except InputError as error:
        faults = error.faults
    if dataset is not None:
        assert len(list(dataset)) == len(dataset) >= 1
    else:
        assert 1 <= len(faults) <= 21
        assert all(fault.message.encode() for fault in faults)


hundred = loaded("a.jsonl", "\n".join(f'{{"n": {number}}}' for number in range(100)).encode())


@given(st.integers(1, 120), st.integers(0, 2**63 - 1))
def test_a_sample_is_a_seeded_subset_in_order(limit, seed):
    drawn = sample(hundred, limit, seed)
    values = drawn.values("n")
    assert len(values) == min(limit, 100)
    assert values == sorted(set(values))
    assert drawn.ids == [str(value) for value in values]
    again = sample(hundred, limit, seed)
    assert (again.fingerprint, again.ids) == (drawn.fingerprint, drawn.ids)
    assert (drawn.fingerprint == hundred.fingerprint) == (limit >= 100) == (drawn is hundred)
    assert set(values) <= set(sample(hundred, limit + 7, seed).values("n"))


def test_samples_differ_by_seed_limit_and_data():
    other = loaded("a.jsonl", "\n".join(f'{{"n": {number}}}' for number in range(1, 101)).encode())
    drawn = [sample(hundred, 10, 1), sample(hundred, 10, 2), sample(hundred, 11, 1), sample(other, 10, 1)]
    assert len({one.fingerprint for one in drawn}) == 4
    assert len({tuple(one.ids) for one in drawn}) == 4


def test_a_sample_is_the_same_on_every_machine():
    assert sample(hundred, 5, 7).ids == ["14", "16", "23", "35", "65"]


def test_every_row_is_as_likely():
    counts = [0] * 100
    for seed in range(400):
        for value in sample(hundred, 25, seed).values("n"):
            counts[value] += 1
    # Binomial(400, 1/4): mean 100, standard deviation 8.7; five of them either way.
    assert 56 < min(counts) <= max(counts) < 144


@pytest.mark.parametrize("limit", [0, -1])
def test_a_sample_of_nothing_is_refused(limit):
    with pytest.raises(ValueError, match="at least one row"):
        sample(hundred, limit, 0)
