"""The cache of outputs: what a key depends on, and that nothing is shared which should not be."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from mtlbench.engines import Asked, Identity, Output, Request
from mtlbench.runner.cache import Cache, cache_info, clear_cache, output_key
from mtlbench.suite.declarations import Generation
from mtlbench.suite.faults import InputError
from mtlbench.tasks.question import Question

IDENTITY = Identity("text2text", "transformers", "model", "f" * 64, Path("model"), dtype="float32", device="cpu")
ASKED, QUESTION = Asked("task", "text"), Question("some text")
REQUEST = Request(0, ASKED, "id", 0, QUESTION, Generation(max_new_tokens=5), None)
VERSIONS = {"torch": "2"}


@pytest.mark.parametrize(
    ("identity", "versions", "request_"),
    [
        (replace(IDENTITY, fingerprint="e" * 64), VERSIONS, REQUEST),
        (replace(IDENTITY, engine="other"), VERSIONS, REQUEST),
        (replace(IDENTITY, dtype="bfloat16"), VERSIONS, REQUEST),
        (replace(IDENTITY, device="cuda:0"), VERSIONS, REQUEST),
        (IDENTITY, {"torch": "3"}, REQUEST),
        (IDENTITY, VERSIONS, replace(REQUEST, question=replace(QUESTION, text="other text"))),
        (IDENTITY, VERSIONS, replace(REQUEST, generation=Generation(max_new_tokens=6))),
        (IDENTITY, VERSIONS, replace(REQUEST, max_input_tokens=9)),
        (IDENTITY, VERSIONS, replace(REQUEST, asked=replace(ASKED, by="likelihood"))),
        (IDENTITY, VERSIONS, replace(REQUEST, question=replace(QUESTION, choices=("a", "b")))),
        (IDENTITY, VERSIONS, replace(REQUEST, question=replace(QUESTION, shots=(("other", "a"),)))),
    ],
)
def test_all_that_bears_on_an_output_is_in_its_key(
    identity: Identity, versions: dict[str, str], request_: Request
) -> None:
    assert output_key(identity, versions, request_) != output_key(IDENTITY, VERSIONS, REQUEST)


@pytest.mark.parametrize(
    ("identity", "request_"),
    [
        (replace(IDENTITY, source="elsewhere", folder=Path("elsewhere")), REQUEST),
        (IDENTITY, replace(REQUEST, number=7, asked=replace(ASKED, task="other"), id="x", row=3)),
    ],
)
def test_nothing_else_is(identity: Identity, request_: Request) -> None:
    assert output_key(identity, VERSIONS, request_) == output_key(IDENTITY, VERSIONS, REQUEST)


def test_outputs_come_back_as_they_were(tmp_path: Path) -> None:
    outputs = {
        bytes([n]) * 32: Output(f"text {n} \u2028\x00é", n, n + 1, n / 7, bool(n % 2), bool(n % 3)) for n in range(99)
    }
    with Cache(tmp_path) as cache:
        cache.put(outputs.items())
    with Cache(tmp_path) as cache:
        assert cache.get([*outputs, b"absent" * 6]) == outputs
    assert cache_info(tmp_path)[0] == 99
    assert clear_cache(tmp_path) == 99
    assert cache_info(tmp_path) == (0, 0)


def test_a_temporary_cache_ends_with_itself() -> None:
    with Cache(None) as cache, Cache(None) as other:
        cache.put([(b"k" * 32, Output("text"))])
        assert cache.get([b"k" * 32]) == {b"k" * 32: Output("text")}
        assert other.get([b"k" * 32]) == {}


def test_two_processes_may_write_at_once(tmp_path: Path) -> None:
    with Cache(tmp_path) as first, Cache(tmp_path) as second:
        first.put([(b"a" * 32, Output("a"))])
        second.put([(b"b" * 32, Output("b"))])
        assert set(first.get([b"a" * 32, b"b" * 32])) == {b"a" * 32, b"b" * 32}


def test_a_cache_of_another_version_is_begun_anew(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        cache.put([(b"a" * 32, Output("a"))])
    with sqlite3.connect(tmp_path / "outputs.sqlite") as connection:
        connection.execute("PRAGMA user_version=999")
    with Cache(tmp_path) as cache:
        assert cache.get([b"a" * 32]) == {}


def test_a_file_that_is_no_cache_is_told(tmp_path: Path) -> None:
    (tmp_path / "outputs.sqlite").write_bytes(b"certainly not a database" * 50)
    with pytest.raises(InputError, match="cannot open the cache"):
        Cache(tmp_path)
