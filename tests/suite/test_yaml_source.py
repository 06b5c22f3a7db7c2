"""YAML files → values by YAML 1.2, and every fault with its line and column."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from mtlbench.suite.faults import Faults
from mtlbench.suite.tree import plain
from mtlbench.suite.yaml_source import MAX_BYTES, read_yaml
from tests.suite.conftest import Write


def read(path: Path) -> tuple[object, list[tuple[int | None, int | None, str]]]:
    faults = Faults()
    tree = read_yaml(path, faults)
    found = [
        (fault.place and fault.place.line, fault.place and fault.place.column, fault.message) for fault in faults.found
    ]
    return None if tree is None else plain(tree), found


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1e-5", 1e-5),
        ("1E3", 1000.0),
        (".5", 0.5),
        ("-.inf", -math.inf),
        ("7", 7),
        ("+7", 7),
        ("0o17", 15),
        ("0x1F", 31),
        ("012", 12),
        ("1_000", "1_000"),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("12:30:45", "12:30:45"),
        ("2020-01-01", "2020-01-01"),
        ("'7'", "7"),
        ('"null"', "null"),
        ("!!str 7", "7"),
        ('"\\ud83d\\ude00 \\x85"', "😀 \x85"),
        ("9" * 5000, "9" * 5000),
        ("[1, a]", [1, "a"]),
        ("{1: a, true: b}", {"1": "a", "true": "b"}),
        ("|\n  a\n  b", "a\nb\n"),
    ],
)
def test_values(write: Write, written: str, value: object) -> None:
    assert read(write(f"key: {written}\n")) == ({"key": value}, [])


def test_not_a_number(write: Write) -> None:
    found, _ = read(write("key: .nan\n"))
    assert isinstance(found, dict)
    assert math.isnan(found["key"])


def test_a_directive_for_another_version_changes_nothing(write: Write) -> None:
    assert read(write("%YAML 1.1\n---\na: no\nb: 12:30\n")) == ({"a": "no", "b": "12:30"}, [])


def test_merge_keys(write: Write) -> None:
    path = write(
        """
        one: &one {a: 1, b: 1}
        two: &two {b: 2, c: 2}
        own: {<<: [*one, *two], c: 3}
        single: {<<: *two}
        quoted: {"<<": 4}
        """
    )
    found, faults = read(path)
    assert faults == []
    assert isinstance(found, dict)
    assert found["own"] == {"a": 1, "b": 1, "c": 3}
    assert found["single"] == {"b": 2, "c": 2}
    assert found["quoted"] == {"<<": 4}


def test_all_duplicate_keys_are_told(write: Write) -> None:
    path = write(
        """
        a: 1
        b: {c: 1, c: 2}
        a: 2
        d:
          - e: 1
            "e": 2
        a: 3
        """
    )
    assert read(path)[1] == [
        (2, 11, "the key `c` stands twice"),
        (3, 1, "the key `a` stands twice"),
        (6, 5, "the key `e` stands twice"),
        (7, 1, "the key `a` stands twice"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a: [1", 1, 6, "expected “,” or “]”"),
        ("a:\n\tb: 1", 2, 1, "a tab cannot indent"),
        ("a: b: c", 1, 5, "a colon is not allowed here"),
        ("a:\n  b: 1\n c: 2", 3, 2, "not indented like"),
        ("a: 'x' y", 1, 8, "text after the end of a value"),
        ("a: @x", 1, 4, "cannot start with “@”"),
        ("a: *x", 1, 4, "no anchor for the alias 'x'"),
        ("a: 1\n---\nb: 2", 2, 1, "another begins here"),
        ("a: 1\nb: \x01", 2, 4, "U+0001 is not allowed"),
        ('a: "\\ud83d"', 1, 4, "half a character"),
        ('a: "\\q"', 1, 6, "unknown escape 'q'"),
        ("a: 'x", 1, 6, "never closed"),
        ("", None, None, "the file is empty"),
        ("# nothing\n", None, None, "the file is empty"),
        ("- a", 1, 1, "must be a mapping"),
        ("just text", 1, 1, "must be a mapping"),
        ("? [a]\n: b", 1, 3, "a key must be plain text"),
        ("a: !!binary x", 1, 4, "the tag !!binary is not supported"),
        ("a: !!python/object:os.system x", 1, 4, "is not supported"),
        ("a: {<<: 3}", 1, 9, "`<<:` takes an alias of a mapping"),
        ("a: &a [*a]", 1, 4, "holds an alias of itself"),
    ],
)
def test_faults(write: Write, text: str, line: int | None, column: int | None, message: str) -> None:
    found = read(write(text))[1]
    assert len(found) == 1
    assert found[0][:2] == (line, column)
    assert message in found[0][2]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_places_with_any_newline_and_a_byte_order_mark(tmp_path: Path, newline: str) -> None:
    path = tmp_path / "suite.yaml"
    path.write_bytes("\ufeffa: 1\nb: [\x85]\na: 2\n".replace("\n", newline).encode())
    assert read(path)[1] == [(3, 1, "the key `a` stands twice")]


def test_aliases_cannot_explode(write: Write) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert read(write("\n".join(lines)))[1] == [
        (None, None, "holds more than 50,000 values once its aliases are filled in")
    ]


@pytest.mark.parametrize("text", ["[" * 1000, "a: " + "{a: " * 60 + "}" * 60, "- " * 2000])
def test_values_nested_too_deeply(write: Write, text: str) -> None:
    assert "nested too deeply" in read(write(text))[1][0][2]


def test_files_that_are_no_suites(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"a: 1\nb: \xff\xfe")
    (tmp_path / "huge").write_bytes(b"#" * (MAX_BYTES + 1))
    assert read(tmp_path)[1] == [(None, None, "is a folder, not a suite file")]
    assert read(tmp_path / "missing")[1] == [(None, None, "no such file")]
    assert read(tmp_path / "binary")[1] == [(2, 4, "is not UTF-8 text")]
    assert read(tmp_path / "huge")[1] == [(None, None, "is larger than 512 KB, too large for a suite")]
    assert len(read(tmp_path / "\0")[1]) == 1
