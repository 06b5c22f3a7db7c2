"""`${env:NAME}` is put in, told where it is missing, and never stored."""

from __future__ import annotations

import pytest

from mtlbench.suite.draft import dump_suite, read_suite
from tests.suite.conftest import Write
from tests.suite.examples import VALID

SECRET = "a-token-that-must-not-be-stored"


def test_a_value_is_used_and_never_stored(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHERE", SECRET)
    path = write(VALID.replace("google/flan-t5-small", "${env:WHERE}/model-${env:WHERE}"))
    draft = read_suite(path)
    assert draft.suite is not None
    assert draft.suite.models["joint"].checkpoint == f"{SECRET}/model-{SECRET}"
    stored = dump_suite(draft)
    assert SECRET not in stored
    assert "${env:WHERE}/model-${env:WHERE}" in stored


def test_a_value_from_another_folder_is_never_stored(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHERE", SECRET)
    write(VALID.replace("data/sentiment.jsonl", "'${env:WHERE}/rows.jsonl'"), "base/base.yaml")
    draft = read_suite(write("extends: base/base.yaml"))
    assert draft.tasks["sentiment"].data.path == f"base/{SECRET}/rows.jsonl"
    assert SECRET not in dump_suite(draft)
    assert "base/${env:WHERE}/rows.jsonl" in dump_suite(draft)


def test_only_values_and_only_this_form(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "put in")
    draft = read_suite(write(VALID.replace("sentiment: {text}", "$X ${X} ${env:X} {text}")))
    assert draft.tasks["sentiment"].input == "$X ${X} put in {text}"


def test_faults_have_their_places(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOT_SET", raising=False)
    text = (
        "description: \"a ${env:NOT_SET} b ${env:NOT_SET}\"\nname: ${env:2}\nmodels: {m: {checkpoint: '${env:NOT'}}\n"
    )
    found = {
        (fault.place.line, fault.place.column, fault.message)
        for fault in read_suite(write(text)).faults
        if fault.place and "env" in fault.message
    }
    assert found == {
        (1, 17, "the environment variable NOT_SET is not set"),
        (1, 34, "the environment variable NOT_SET is not set"),
        (2, 7, "“${env:2}” names no environment variable"),
        (3, 27, "“${env:NOT” names no environment variable"),
    }


def test_braces_within_braces_need_quotes(write: Write) -> None:
    (fault,) = read_suite(write("models: {m: {checkpoint: ${env:WHERE}/m}}")).faults
    assert fault.hint == "put text that holds ${env:…} in quotes"


def test_a_stored_copy_is_read_where_the_variable_is_not_set(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOT_SET", raising=False)
    path = write(VALID.replace("google/flan-t5-small", "${env:NOT_SET}"))
    assert read_suite(path).suite is None
    draft = read_suite(path, keep_unset=True)
    assert draft.suite is not None
    assert draft.suite.models["joint"].checkpoint == "${env:NOT_SET}"


def test_a_stored_copy_says_the_same(write: Write) -> None:
    odd = VALID + "description: 'no: 1e-5 # [x]'\n" + "seed: 012\n"
    draft = read_suite(write(odd.replace("[negative, positive]", "['no', '1_0', 1, true, '2020-01-01', '1e5']")))
    again = read_suite(write(dump_suite(draft), "again.yaml"))
    assert draft.suite is not None
    assert again.suite == draft.suite
