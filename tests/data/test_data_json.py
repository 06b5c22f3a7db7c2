"""JSONL and JSON: what is read, and how each fault is named."""

from __future__ import annotations

from typing import Any

import pytest

from mtlbench.data import text_file

GOOD: list[tuple[str, str, str | bytes, list[dict[str, Any]], list[int]]] = [
    ("plain", "a.jsonl", '{"a": 1}\n{"a": 2}\n', [{"a": 1}, {"a": 2}], [1, 2]),
    ("no last line end", "a.jsonl", '{"a": 1}', [{"a": 1}], [1]),
    (
        "byte order mark, carriage returns",
        "a.jsonl",
        b'\xef\xbb\xbf{"a": 1}\r\n{"a": 2}\r\n',
        [{"a": 1}, {"a": 2}],
        [1, 2],
    ),
    ("blank lines", "a.jsonl", '\n{"a": 1}\n \n\n{"a": 2}\n\n', [{"a": 1}, {"a": 2}], [2, 5]),
    (
        "a line separator is text",
        "a.jsonl",
        '{"a": "x\u2028y\x85z"}\n{"a": "b"}',
        [{"a": "x\u2028y\x85z"}, {"a": "b"}],
        [1, 2],
    ),
    (
        "a key that is not there is null",
        "a.jsonl",
        '{"a": 1}\n{"b": "x"}',
        [{"a": 1, "b": None}, {"a": None, "b": "x"}],
        [1, 2],
    ),
    ("whole numbers and fractions", "a.jsonl", '{"a": 1}\n{"a": 2.5}', [{"a": 1.0}, {"a": 2.5}], [1, 2]),
    (
        "text like a date or number",
        "a.jsonl",
        '{"a": "2020-01-01", "b": "007"}',
        [{"a": "2020-01-01", "b": "007"}],
        [1],
    ),
    ("lists and objects", "a.jsonl", '{"a": {"t": ["x"], "n": [1]}}', [{"a": {"t": ["x"], "n": [1]}}], [1]),
    ("an empty list first", "a.jsonl", '{"a": []}\n{"a": ["x"]}', [{"a": []}, {"a": ["x"]}], [1, 2]),
    ("ending in capitals", "a.JSONL", '{"a": 1}', [{"a": 1}], [1]),
    ("list", "a.json", '[{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}], [1, 1]),
    ("list over lines", "a.json", '\n[\n {"a":\n 1},\n\n {"a": 2}\n]\n', [{"a": 1}, {"a": 2}], [3, 6]),
]


@pytest.mark.parametrize(
    ("name", "content", "rows", "lines"), [case[1:] for case in GOOD], ids=[case[0] for case in GOOD]
)
def test_rows_and_the_lines_they_start_on(load, name, content, rows, lines):
    dataset = load(name, content)
    assert dataset.rows() == rows
    assert list(dataset.lines) == lines
    assert dataset.ids == [str(index) for index in range(len(rows))]


BAD: list[tuple[str, str, str | bytes, list[tuple[int | None, int | None, str]]]] = [
    ("empty", "a.jsonl", "", [(None, None, "the file is empty")]),
    ("blank", "a.jsonl", "\n \n", [(None, None, "the file has no rows")]),
    ("no columns", "a.jsonl", "{}\n{}", [(None, None, "the rows have no columns")]),
    ("no comma", "a.jsonl", '{"a": 1}\n{"a": 1 "b": 2}', [(2, 9, "this line is not JSON: expecting ',' delimiter")]),
    ("cut off", "a.jsonl", '{"a": "x\n', [(1, 7, "unterminated string")]),
    ("two objects a line", "a.jsonl", '{"a": 1} {"a": 2}', [(1, 10, "extra data")]),
    ("NaN", "a.jsonl", '{"a": "NaN", "b": NaN}', [(1, 19, "NaN is no JSON number; write null")]),
    ("too large a float", "a.jsonl", '{"a": 1.5}\n{"a": 1e999}', [(2, None, "“a” is too large for a number")]),
    ("a key twice", "a.jsonl", '{"a": 1, "a": 2}', [(1, None, "the key “a” stands twice")]),
    ("endless digits", "a.jsonl", '{"a": ' + "9" * 5000 + "}", [(1, None, "too many digits")]),
    ("abyss", "a.jsonl", '{"a": ' + "[" * 100_000, [(1, None, "nested too deep")]),
    ("deep", "a.jsonl", '{"a": ' + "[" * 80 + "]" * 80 + "}", [(1, None, "nested more than 64 deep")]),
    (
        "no object",
        "a.jsonl",
        '{"a": 1}\n[1]\n"x"\n3\nnull\ntrue',
        [
            (2, None, "this line holds a list, not an object"),
            (3, None, "this line holds text"),
            (4, None, "this line holds a number"),
            (5, None, "this line holds null"),
            (6, None, "this line holds true or false"),
        ],
    ),
    (
        "not UTF-8",
        "a.jsonl",
        b'{"a": "x"}\n{"a": "\xe9"}\n{"a": "caf\xc3\xa9\xff"}',
        [
            (2, 8, "this line is not UTF-8: byte 0xe9 at offset 18 of the file"),
            (3, 12, "byte 0xff at offset 34"),
        ],
    ),
    ("UTF-16", "a.jsonl", '{"a": 1}'.encode("utf-16"), [(1, None, "the file is UTF-16 save it as UTF-8")]),
    ("text, then number", "a.jsonl", '{"a": "x"}\n\n{"a": 1}', [(3, None, "“a” is a number here and text in line 1")]),
    (
        "number, then text",
        "a.jsonl",
        '{"a": 1}\n{"a": null}\n{"a": "x"}',
        [(3, None, "“a” is text here and a number in line 1")],
    ),
    (
        "number and truth",
        "a.jsonl",
        '{"a": 1.5}\n{"a": true}',
        [(2, None, "“a” is true or false here and a number in line 1")],
    ),
    ("list and text", "a.jsonl", '{"a": ["x"]}\n{"a": "x"}', [(2, None, "“a” is text here and a list in line 1")]),
    (
        "within lists",
        "a.jsonl",
        '{"a": [1.5]}\n{"a": [true]}',
        [(2, None, "“a[]” is true or false here and a number in line 1")],
    ),
    (
        "within objects",
        "a.jsonl",
        '{"a": {"b": 1}}\n{"a": {"b": "x"}}',
        [(2, None, "“a.b” is text here and a number in line 1")],
    ),
    (
        "three kinds",
        "a.jsonl",
        '{"a": 1}\n{"a": "x"}\n{"a": []}',
        [
            (2, None, "“a” is text here and a number in line 1"),
            (3, None, "“a” is a list here and a number in line 1"),
        ],
    ),
    (
        "beyond 64 bits",
        "a.jsonl",
        '{"a": 1}\n{"a": 9223372036854775808}',
        [(2, None, "“a” is a whole number that does not fit 64 bits")],
    ),
    (
        "too large beside a fraction",
        "a.jsonl",
        '{"a": 9007199254740993}\n{"a": 0.5}',
        [(1, None, "fraction in line 2")],
    ),
    ("half a character", "a.jsonl", '{"a": "\\ud800"}', [(1, None, "“a” holds half a character")]),
    ("half a character in a name", "a.jsonl", '{"\\ud800": 1}', [(None, None, "“\\ud800” holds half a character")]),
    (
        "all at once, by line",
        "a.jsonl",
        '{"id": 1, "a": 1}\n{"id": 1, "a": "x"}\nno\n{"id": 2, "a": 3}',
        [
            (2, None, "“a” is text here and a number in line 1"),
            (2, None, "the id “1” of line 2 is that of line 1 too"),
            (3, 1, "this line is not JSON: expecting value"),
        ],
    ),
    (
        "no list",
        "a.json",
        '{"a": 1}\n{"a": 2}',
        [(1, None, "the file holds no list of objects one object a line goes into a .jsonl file")],
    ),
    ("no objects in it", "a.json", '[{"a": 1},\n 2]', [(2, None, "this element is a number, not an object")]),
    ("trailing comma", "a.json", '[{"a": 1},\n]', [(2, 1, "the file is not JSON: expecting value")]),
    ("no end", "a.json", '[\n{"a": 1}', [(2, 9, "expecting ',' or ']'")]),
    ("more after the end", "a.json", '[{"a": 1}]\n]', [(2, 1, "extra data")]),
    ("NaN in an element", "a.json", '[{"a": 1},\n{"a": NaN}]', [(2, None, "NaN is no JSON number")]),
    ("empty list", "a.json", "[]", [(None, None, "the file has no rows")]),
    ("mixed in a list", "a.json", '[{"a": 1},\n{"a": "x"}]', [(2, None, "“a” is text here and a number in line 1")]),
]


@pytest.mark.parametrize(("name", "content", "faults"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_every_fault_is_named_with_its_line(told, name, content, faults):
    found = told(name, content)
    assert [spot[:2] for spot in found] == [spot[:2] for spot in faults]
    for (_, _, message), (_, _, part) in zip(found, faults, strict=True):
        assert part in message


def test_what_a_terminal_would_act_on_is_spelled_out(told):
    ((_, _, message),) = told("a.jsonl", '{"a\\u001b[31m": 1}\n{"a\\u001b[31m": "x"}')
    assert message.startswith("“a\\x1b[31m” is text here")
    ((_, _, message),) = told("a.jsonl", '{"\\ud800": 1, "\\ud800": 2}')
    assert "the key “\\ud800” stands twice" in message


def test_twenty_faults_are_told_and_the_others_counted(told):
    found = told("a.jsonl", "no\n" * 50)
    assert [line for line, _, _ in found] == [*range(1, 21), None]
    assert found[-1][2] == "and 30 more faults in this file"


def test_kinds_are_told_apart_across_blocks(told, load, monkeypatch):
    monkeypatch.setattr(text_file, "BLOCK_BYTES", 64)
    lines = [f'{{"id": {number}, "a": {number}}}' for number in range(100)]
    dataset = load("a.jsonl", "\n".join(lines))
    assert dataset.values("a") == list(range(100))
    assert list(dataset.lines) == list(range(1, 101))
    half = load("a.jsonl", "\n".join([*lines, '{"id": 100, "a": 0.5, "late": [{"x": 1}]}']))
    assert half.values("a") == [*map(float, range(100)), 0.5]
    assert half.values("late") == [None] * 100 + [[{"x": 1}]]
    assert told("a.jsonl", "\n".join([*lines, '{"id": 7, "a": "x"}'])) == [
        (101, None, "“a” is text here and a number in line 1 give a column values of one kind, or null"),
        (101, None, "the id “7” of line 101 is that of line 8 too `id:` names another column for the ids"),
    ]
    assert told("a.jsonl", ("\n".join(lines)).encode() + b"\n\xff")[0][:2] == (101, 1)
