"""CSV and TSV: cells stay text; faults name the row's first line."""

from __future__ import annotations

from typing import Any

import pytest

GOOD: list[tuple[str, str, str | bytes, dict[str, Any], list[dict[str, str]], list[int]]] = [
    ("text stays", "a.csv", "a,b\n007,1.50\ntrue,\n", {}, [{"a": "007", "b": "1.50"}, {"a": "true", "b": ""}], [2, 3]),
    ("byte order mark, carriage returns", "a.tsv", b"\xef\xbb\xbfa\tb\r\nx\ty\r\n", {}, [{"a": "x", "b": "y"}], [2]),
    ("quotes", "a.csv", 'a,b\n"x, ""y""",1\n', {}, [{"a": 'x, "y"', "b": "1"}], [2]),
    (
        "a line end in a cell",
        "a.csv",
        'a,b\n"x\r\ny",1\nz,2',
        {},
        [{"a": "x\r\ny", "b": "1"}, {"a": "z", "b": "2"}],
        [2, 4],
    ),
    ("blank lines", "a.csv", "\na,b\n\nx,y\n\n", {}, [{"a": "x", "b": "y"}], [4]),
    ("no header", "a.csv", "x,y\nz,w", {"columns": ["a", "b"]}, [{"a": "x", "b": "y"}, {"a": "z", "b": "w"}], [1, 2]),
    ("literal quotes", "a.tsv", 'a\tb\n"x\ty"\n', {"quoting": False}, [{"a": '"x', "b": 'y"'}], [2]),
    ("a nameless column", "a.csv", ",a\n0,x", {}, [{"": "0", "a": "x"}], [2]),
    ("a long cell", "a.csv", "a\n" + "x" * 200_000, {}, [{"a": "x" * 200_000}], [2]),
]


@pytest.mark.parametrize(
    ("name", "content", "options", "rows", "lines"), [c[1:] for c in GOOD], ids=[c[0] for c in GOOD]
)
def test_rows_and_the_lines_they_start_on(load, name, content, options, rows, lines):
    dataset = load(name, content, **options)
    assert dataset.rows() == rows
    assert list(dataset.lines) == lines


BAD: list[tuple[str, str, str | bytes, dict[str, Any], list[tuple[int | None, str]]]] = [
    ("empty", "a.csv", "", {}, [(None, "the file is empty")]),
    ("header alone", "a.csv", "a,b\n", {}, [(None, "the file has no rows")]),
    (
        "ragged",
        "a.csv",
        "a,b\n1\n1,2\n1,2,3\n",
        {},
        [
            (2, "this row has 1 cell where the header has 2"),
            (4, "this row has 3 cells where the header has 2"),
        ],
    ),
    ("ragged without a header", "a.tsv", "1\t2\n1\n", {"columns": ["a", "b"]}, [(2, "where `columns:` has 2")]),
    (
        "a name twice",
        "a.csv",
        "a,b,a\n1,2,3\n1\n",
        {},
        [(1, "the header names the column “a” 2 times"), (3, "has 1 cell")],
    ),
    (
        "a given name twice",
        "a.csv",
        "1,2\n",
        {"columns": ["a", "a"]},
        [(None, "`columns:` names the column “a” 2 times")],
    ),
    (
        "never closed",
        "a.csv",
        'a,b\nx,y\n"z,w\nv,u\n',
        {},
        [(3, "a quote opened in this row is never closed `quoting: false`")],
    ),
    (
        "text after a quote",
        "a.csv",
        'a,b\n"x"y,z\nv,u\n"p"q,r\n',
        {},
        [
            (2, "text follows a closing quote in this row"),
            (4, "text follows a closing quote"),
        ],
    ),
    (
        "a quote over lines",
        "a.tsv",
        'a\tb\n"x\ty\nz\tw"\n',
        {},
        [(2, "this row has 1 cell where the header has 2 `quoting: false`")],
    ),
    ("carriage return", "a.csv", "a,b\nx\ry,z\nv,w", {}, [(2, "a carriage return stands within this line")]),
    ("not UTF-8", "a.csv", b"a,b\nx,\xe9\n", {}, [(2, "byte 0xe9 at offset 6")]),
    ("ids twice", "a.csv", 'id,a\n1,"x\ny"\n2,z\n1,w\n', {}, [(5, "the id “1” of line 5 is that of line 2 too")]),
    (
        "ids empty",
        "a.csv",
        "key,a\n ,x\n,y\n",
        {"id": "key"},
        [(2, "the id “key” is empty in line 2"), (3, "is empty in line 3")],
    ),
    ("no such id", "a.csv", "key,a\n1,x\n", {"id": "kay"}, [(None, "no column “kay” for the ids did you mean “key”?")]),
    (
        "nothing like that id",
        "a.csv",
        "key,a\n1,x\n",
        {"id": "zzz"},
        [(None, "no column “zzz” for the ids the columns are key, a")],
    ),
]


@pytest.mark.parametrize(("name", "content", "options", "faults"), [c[1:] for c in BAD], ids=[c[0] for c in BAD])
def test_every_fault_is_named_with_its_line(told, name, content, options, faults):
    found = told(name, content, **options)
    assert [line for line, _, _ in found] == [line for line, _ in faults]
    for (_, _, message), (_, part) in zip(found, faults, strict=True):
        assert part in message


def test_pythons_limit_of_a_cell_is_put_back(load):
    import csv

    before = csv.field_size_limit()
    load("a.csv", "a\nx")
    assert csv.field_size_limit() == before
