"""Rows become examples in the form of each kind of network: tables of cases that a reader can check by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mtlbench.data import load_data
from mtlbench.encoders import MultitaskConfig, MultitaskEncoder
from mtlbench.runner.plan import PlannedTask
from mtlbench.suite.declarations import Data, Task
from mtlbench.suite.recipe import Head
from mtlbench.tasks import TASKS
from mtlbench.training import learned_tokenizer
from mtlbench.training.examples import IGNORED, Example
from mtlbench.training.grouping import by_length, by_task
from mtlbench.training.head_layout import head_config
from mtlbench.training.kinds import KINDS
from tests.checkpoint_heads import config, tokenizer
from tests.projects import write_rows

WORDS = ["the", "hotel", "was", "quiet"]


def planned(folder: Path, rows: list[dict[str, Any]], **keys: Any) -> PlannedTask:
    write_rows(folder / "rows.jsonl", rows)
    task = Task(data=Data(path="rows.jsonl"), **keys)
    return PlannedTask("it", task, TASKS.get(task.kind)(task), load_data(task.data, folder), range(len(rows)))


def encoded(rows: PlannedTask) -> tuple[Any, list[Example | None]]:
    """By a tiny BERT with a head for the task."""
    from transformers import AutoModel

    tokens = tokenizer("bert")
    network = KINDS["heads"].fitted(AutoModel.from_config(config("bert", tokens)), {"it": rows}, {"it": Head()})
    return network, KINDS["heads"].encoder(network, tokens, "bert").encode(rows)


TEXT = {"text": "the hotel was quiet", "words": WORDS}
CASES: list[tuple[str, dict[str, Any], dict[str, Any], Any, tuple[str, ...]]] = [
    ("classification", {"labels": ["no", "yes"], "reference": "y", "input": "{text}"}, {"y": "yes"}, 1, ("no", "yes")),
    (
        "multilabel",
        {"labels": ["a", "b", "c"], "reference": "y", "input": "{text}"},
        {"y": ["c", "a"]},
        (1.0, 0.0, 1.0),
        ("a", "b", "c"),
    ),
    ("regression", {"reference": "y", "input": "{text}"}, {"y": 3.5}, 3.5, ()),
    ("tagging", {"reference": "y", "input": "{words}", "words": "words"}, {"y": ["D", "N", "V", "A"]}, (1, 2, 3, 0), ("A", "D", "N", "V")),
    (
        "span",
        {"reference": "y", "input": "{words}", "words": "words"},
        {"y": [{"start": 0, "end": 2, "label": "S"}, {"start": 3, "end": 4, "label": "P"}]},
        (3, 4, 0, 1),
        ("O", "B-P", "I-P", "B-S", "I-S"),
    ),
    (
        "parsing",
        {"reference": ["h", "r"], "input": "{words}", "words": "words"},
        {"h": [2, 3, 0, 3], "r": ["det", "nsubj", "root", "dep"]},
        ((2, 1), (3, 2), (0, 3), (3, 0)),
        ("dep", "det", "nsubj", "root"),
    ),
    ("multiple_choice", {"reference": "y", "choices": "c", "input": "{text}"}, {"y": 1, "c": ["old", "quiet", "cold"]}, 1, ()),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "keys", "row", "labels", "names"), CASES, ids=[case[0] for case in CASES])
def test_labels_of_heads(
    tmp_path: Path, kind: str, keys: dict[str, Any], row: dict[str, Any], labels: Any, names: tuple[str, ...]
) -> None:
    rows = planned(tmp_path, [{**TEXT, **row}, {**TEXT, **row}], kind=kind, **keys)
    network, (example, _) = encoded(rows)
    assert example is not None
    assert example.labels == labels
    assert head_config(rows, Head()).labels == names
    (part,) = KINDS["heads"].parts(network, [example, example], 0)
    assert part.count == 2
    part.loss.backward()
    assert part.loss.item() >= 0


def test_a_span_is_where_the_answer_stands_or_the_first_token(tmp_path: Path) -> None:
    answers = [{"q": "what", "c": "the hotel was quiet", "a": texts} for texts in (["hotel"], [], ["breakfast"])]
    rows = planned(tmp_path, answers, kind="qa", reference="a", input="{q} {c}", segments=["{q}", "{c}"])
    network, found = encoded(rows)
    tokens = tokenizer("bert")
    assert found[0] is not None
    first, last = found[0].labels
    assert tokens.decode(found[0].inputs[0].ids[first : last + 1]) == "hotel"
    assert found[1] is not None
    assert found[1].labels == (0, 0)
    assert found[2] is None  # nowhere in the text
    assert network.heads["it"].config.null_answer


def test_what_is_cut_off_is_ignored_or_left_out(tmp_path: Path) -> None:
    keys: dict[str, Any] = {
        "kind": "tagging",
        "reference": "y",
        "input": "{words}",
        "words": "words",
        "max_input_tokens": 4,
    }
    rows = planned(tmp_path, [{"words": ["the", "the", "the"], "y": ["A", "B", "A"]}], **keys)
    _, (example,) = encoded(rows)
    assert example is not None
    assert example.labels == (0, 1, IGNORED)
    assert example.words == (1, 2, -1)


def test_text_for_encoder_decoders_and_decoders(tmp_path: Path) -> None:
    learned_tokenizer.learn(["mood: the hotel was quiet good bad"] * 3, 200, tmp_path / "tokens.json")
    rows = planned(
        tmp_path, [{"text": "the hotel was quiet", "y": "good"}],
        kind="classification", labels=["good", "bad"], reference="y", input="mood: {text}",
    )  # fmt: skip
    from transformers import GPT2Config, GPT2LMHeadModel, T5Config, T5ForConditionalGeneration

    made: dict[str, Any] = {
        "text2text": lambda size: T5ForConditionalGeneration(T5Config(vocab_size=size, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2)),
        "causal": lambda size: GPT2LMHeadModel(GPT2Config(vocab_size=size, n_embd=8, n_head=2, n_layer=1, n_positions=16)),
    }  # fmt: skip
    read = {}
    for kind, network in made.items():
        tokens = learned_tokenizer.load(tmp_path / "tokens.json", kind)
        (example,) = KINDS[kind].encoder(network(len(tokens)), tokens, kind).encode(rows)
        assert example is not None
        read[kind] = [
            tokens.decode(part) for part in (example.inputs[0].ids, [i for i in example.labels if i != IGNORED])
        ]
    assert read["text2text"] == ["mood: the hotel was quiet</s>", "good</s>"]
    assert read["causal"] == ["mood: the hotel was quiet good</s>", "good</s>"]


def test_an_encoder_reads_texts_between_special_tokens(tmp_path: Path) -> None:
    learned_tokenizer.learn(["the hotel"] * 3, 60, tmp_path / "tokens.json")
    tokens = learned_tokenizer.load(tmp_path / "tokens.json", "heads")
    assert tokens.decode(tokens("the", "hotel")["input_ids"]) == "<s> the</s> hotel</s>"


def test_groups_hold_all_examples_and_part_where_it_pays() -> None:
    from mtlbench.engines.heads.inputs import Row

    def example(task: str, length: int) -> Example:
        return Example(task, (Row((1,) * length, None),), 0)

    mixed = [example("a", length) for length in [5, 50] * 10]
    groups = by_length(mixed)
    assert [{each.length for each in group} for group in groups] == [{5}, {50}]
    assert len(by_length(mixed[:15])) == 1  # too few to part
    assert len(by_length([example("a", 20 + n % 3) for n in range(40)])) == 1  # too little to win
    assert {task: len(some) for task, some in by_task([*mixed, example("b", 1)]).items()} == {"a": 20, "b": 1}


def test_a_head_that_is_there_is_kept_and_one_of_other_labels_refused(tmp_path: Path) -> None:
    from transformers import AutoModel

    from mtlbench.suite.faults import InputError

    rows = planned(
        tmp_path, [{**TEXT, "y": "no"}], kind="classification", labels=["no", "yes"], reference="y", input="{text}"
    )
    backbone = AutoModel.from_config(config("bert", tokenizer("bert"))).config.to_diff_dict()
    head = {"task": "it", "type": "classification", "labels": ["no", "yes"]}
    same = MultitaskEncoder(MultitaskConfig(backbone=backbone, heads=[head]))
    assert KINDS["heads"].fitted(same, {"it": rows}, {}) is same
    other = MultitaskEncoder(MultitaskConfig(backbone=backbone, heads=[{**head, "labels": ["yes", "no"]}]))
    with pytest.raises(InputError, match="labels yes, no"):
        KINDS["heads"].fitted(other, {"it": rows}, {})
