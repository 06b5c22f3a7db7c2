"""`extends:`: later wins, every key keeps its place, paths stay right, circles are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from mtlbench.suite.draft import read_suite
from mtlbench.suite.tree import plain
from tests.suite.conftest import Write


def values(path: Path) -> object:
    draft = read_suite(path)
    assert draft.written is not None
    return plain(draft.written)


def messages(path: Path) -> list[str]:
    return [fault.message for fault in read_suite(path).faults if "lacks" not in fault.message]


def test_mappings_merge_and_later_wins(write: Write) -> None:
    write("seed: 1\noverall: {weights: equal, normalize: none}\ntasks: {t: {metrics: [a, b], weight: 1}}", "a.yaml")
    write("seed: 2\ntasks: {t: {weight: 2}}", "b.yaml")
    path = write("extends: [a.yaml, b.yaml]\noverall: {weights: size}\ntasks: {t: {metrics: [c]}}")
    assert values(path) == {
        "seed": 2,
        "overall": {"weights": "size", "normalize": "none"},
        "tasks": {"t": {"metrics": ["c"], "weight": 2}},
    }


def test_places_are_where_a_key_was_written(write: Write) -> None:
    base = write("name: base\nseed: -1\n", "base.yaml")
    path = write("extends: base.yaml\nname: 3\n")
    found = {
        (fault.place.file, fault.place.line)
        for fault in read_suite(path).faults
        if fault.place and fault.place.column != 1
    }
    assert found == {(base, 2), (path, 2)}


def test_relative_paths_follow_the_file_they_come_from(write: Write, tmp_path: Path) -> None:
    (tmp_path / "shared/models/here").mkdir(parents=True)
    write(
        """
        models:
          folder: {checkpoint: models/here}
          above: {checkpoint: ../elsewhere}
          hub: {checkpoint: google/flan-t5-small}
          adapted: {checkpoint: google/flan-t5-small, adapter: models/here}
          parts: {checkpoints: {t: models/here, u: org/name}}
          absolute: {checkpoint: /models/x}
          outputs: {predictions: outputs}
        tasks:
          t: {data: {path: data/t.jsonl}, examples: {path: data/train.jsonl}, counterfactual: {x: {words: x.yaml}}}
          u: {data: {hub: nyu-mll/glue, split: test}}
        """,
        "shared/base.yaml",
    )
    found = values(write("extends: ../shared/base.yaml\ntasks: {v: {data: {path: own.jsonl}}}", "suites/suite.yaml"))
    assert found == {
        "models": {
            "folder": {"checkpoint": "../shared/models/here"},
            "above": {"checkpoint": "../elsewhere"},
            "hub": {"checkpoint": "google/flan-t5-small"},
            "adapted": {"checkpoint": "google/flan-t5-small", "adapter": "../shared/models/here"},
            "parts": {"checkpoints": {"t": "../shared/models/here", "u": "org/name"}},
            "absolute": {"checkpoint": "/models/x"},
            "outputs": {"predictions": "../shared/outputs"},
        },
        "tasks": {
            "t": {
                "data": {"path": "../shared/data/t.jsonl"},
                "examples": {"path": "../shared/data/train.jsonl"},
                "counterfactual": {"x": {"words": "../shared/x.yaml"}},
            },
            "u": {"data": {"hub": "nyu-mll/glue", "split": "test"}},
            "v": {"data": {"path": "own.jsonl"}},
        },
    }


def test_a_circle_shows_the_chain(write: Write) -> None:
    write("extends: b.yaml", "a.yaml")
    write("extends: c.yaml", "b.yaml")
    path = write("extends: a.yaml", "c.yaml")
    assert messages(path) == ["suites that extend each other in a circle: c.yaml → a.yaml → b.yaml → c.yaml"]


def test_a_file_that_extends_itself(write: Write) -> None:
    assert messages(write("extends: ./suite.yaml")) == [
        "suites that extend each other in a circle: suite.yaml → suite.yaml"
    ]


def test_a_diamond_is_no_circle_and_is_told_once(write: Write) -> None:
    write("name: a\nname: b\n", "root.yaml")
    write("extends: root.yaml", "left.yaml")
    write("extends: root.yaml", "right.yaml")
    assert messages(write("extends: [left.yaml, right.yaml]")) == ["the key `name` stands twice"]


def test_a_long_chain_ends(write: Write) -> None:
    for number in range(40):
        write(f"extends: {number + 1}.yaml", f"{number}.yaml")
    assert messages(write("extends: 0.yaml")) == ["a chain of more than 20 suites that extend each other"]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("missing.yaml", "`extends` names a file that is not there"),
        ("3", "`extends` must be the path of a suite file"),
        ("[{a: b}]", "`extends` must be the path of a suite file"),
        ("", "`extends` must be the path of a suite file"),
    ],
)
def test_faults(write: Write, written: str, message: str) -> None:
    (found,) = messages(write(f"extends: {written}"))
    assert message in found


def test_a_broken_base_does_not_hide_other_faults(write: Write) -> None:
    base = write("a: [", "base.yaml")
    path = write("extends: base.yaml\nsead: 1\n")
    draft = read_suite(path)
    assert {
        (fault.place.file, fault.message) for fault in draft.faults if fault.place and "lacks" not in fault.message
    } == {
        (base, "a value is missing here"),
        (path, "unknown key `sead`: did you mean `seed`?"),
    }
