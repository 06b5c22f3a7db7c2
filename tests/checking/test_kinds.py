"""What the keys of single kinds may say: words, choices, labels, segments, and a model's keys that go by task."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checking.finding import Expected, assert_faults, faults_of
from tests.projects import write_rows
from tests.tasks.project import DATA, SUITE, write_kinds

LINES = SUITE.splitlines()


def changed(folder: Path, *changes: tuple[str, str]) -> Path:
    path = write_kinds(folder)
    text = path.read_text()
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text)
    return path


def line(start: str) -> int:
    """The number of the one line of the suite that begins so."""
    (number,) = (number for number, text in enumerate(LINES, 1) if text.strip().startswith(start))
    return number


WHO, TOPICS = line("who:"), line("topics:")
POS, ENTITIES, SYNTAX, ROLES = line("pos:"), line("entities:"), line("syntax:"), line("roles:")


def test_nothing_is_wrong(tmp_path: Path) -> None:
    assert faults_of(changed(tmp_path)) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"{premise}", "{hypo', '"{premise}", "{hipo', (line("segments"), 30, "no column “hipothesis”: did you mean `hypothesis`?")),
        ('["{premise}", ', '["{premise", ', (line("segments"), 17, "this brace is never closed")),
        ("choices: [one, two]", "choices: [one, tow]", (WHO + 4, 20, "no column “tow”: did you mean `two`?")),
        ("choices: [one, two]", "choices: one", (WHO + 4, 14, "2 of 2 rows of who.jsonl have no choices: line 1: `one` holds no list")),
        ("    choices: [one, two]\n", "", (WHO, 3, "task kind coreference needs `choices`")),
        ("[sport, politics, science]", "[sport, politics, none]", (TOPICS + 5, 13, "can hold no comma, nor be empty or “none”")),
        ("labels: [DET, NOUN, VERB]", "labels: [DET, NOUN, V ERB]", (POS + 6, 13, "`labels` of tagging can hold no space")),
        ("labels: [DET, NOUN, VERB]", "labels: [DET, NOUN]", (POS + 5, 16, "line 2 (id 1): “VERB” is none of the labels DET, NOUN")),
        ("labels: [DET, NOUN, VERB]", "metrics: [token_accuracy, entity_f1]", (POS + 6, 31, "entity_f1 cannot score the references: row 0: the reference's 'DET'")),
        ("[heads, relations]", "heads", (SYNTAX + 5, 16, "`reference` of parsing is two columns")),
        ("[heads, relations]", "[heads, relation]", (SYNTAX + 5, 24, "no column “relation”: did you mean `relations`?")),
        ("labels: [ARG0, ARG1, V]", "choices: tokens", (ROLES + 6, 5, "`choices` means nothing to task kind span")),
        ("{predictions: likely}", "{predictions: likely, inputs: {topcs: x}}", (4, 42, "no task “topcs”: did you mean `topics`?")),
        ("{predictions: likely}", '{predictions: likely, inputs: {topics: "{txt}"}}', (4, 51, "no column “txt”")),
        ("{predictions: likely}", "{predictions: likely, head_labels: {rolls: [a]}}", (4, 47, "no task “rolls”: did you mean `roles`?")),
    ],
)  # fmt: skip
def test_one_fault(tmp_path: Path, old: str, new: str, expected: Expected) -> None:
    assert_faults(faults_of(changed(tmp_path, (old, new))), [expected])


def test_rows_of_other_lengths_are_named(tmp_path: Path) -> None:
    suite = changed(tmp_path)
    first, second = DATA["entities"]
    write_rows(tmp_path / "entities.jsonl", [{**first, "tags": [1, 2]}, second])
    write_rows(tmp_path / "syntax.jsonl", [{**DATA["syntax"][0], "heads": [2, 3, 4]}])
    write_rows(tmp_path / "pos.jsonl", [{"tokens": [], "tags": []}, DATA["pos"][1]])
    message = "1 of 2 references in entities.jsonl cannot be used: line 1 (id 0): `tags` holds 2 and `tokens` 3"
    assert_faults(
        faults_of(suite),
        [
            (ENTITIES + 5, 16, message),
            (SYNTAX + 5, 16, "“4” is no head for word 3 of 3"),
            (POS + 4, 12, "1 of 2 rows of pos.jsonl have no words: line 1: `tokens` is empty"),
        ],
    )


def test_rows_of_predictions_are_told_with_their_lines(tmp_path: Path) -> None:
    suite = changed(tmp_path)
    write_rows(tmp_path / "likely/roles.jsonl", [{"id": "0", "prediction": 1}, {"id": "1", "prediction": {}}])
    assert_faults(faults_of(suite), [(2, None, "or a list of texts")], "roles.jsonl")
