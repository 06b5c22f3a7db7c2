"""Toy tasks are learned by every kind of network, the same from the same seed, and provenance tells what was done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mtlbench.suite.faults import InputError
from mtlbench.training import train
from mtlbench.training.events import Event, FamilyStarted, StageStarted, Stepped
from tests.training import tiny

POOLED = {task: {"pooling": "mean"} for task in ("mood", "thing", "stars")}
TEXT, HEADED = ["mood", "thing"], ["mood", "thing", "stars", "marks"]


def weights(folder: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    (file,) = folder.glob("*.safetensors")
    return dict(load_file(file))


def same(one: Path, other: Path) -> bool:
    mine, theirs = weights(one), weights(other)
    return mine.keys() == theirs.keys() and all(bool((mine[name] == theirs[name]).all()) for name in mine)


def told(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "training.json").read_text())
    return found


@pytest.mark.parametrize(
    ("config", "tasks", "examples"),
    [(tiny.T5, TEXT, 640), (tiny.GPT2, TEXT, 640), (tiny.BERT, HEADED, 2400)],
    ids=["t5", "gpt2", "bert"],
)
def test_losses_fall_and_engines_know_the_checkpoint(suite: Path, config: Any, tasks: list[str], examples: int) -> None:
    from mtlbench.engines import kind_of

    loaded = tiny.recipe(suite, {"joint": {"tasks": tasks, "examples": examples, "heads": POOLED}}, config)
    folder = train(loaded, device="cpu")["joint"]
    record = told(folder)
    for task in tasks:
        losses = [loss for _, loss in record["losses"][task]]
        assert sum(losses[-5:]) < 0.8 * sum(losses[:5]), task
    assert kind_of(json.loads((folder / "config.json").read_text())) is not None
    assert not list(folder.parent.glob("*.partial"))


def test_the_same_recipe_gives_the_same_weights_and_another_seed_others(suite: Path) -> None:
    first = train(tiny.recipe(suite, {"m": {"tasks": TEXT}}, output="one"), device="cpu")["m"]
    again = train(tiny.recipe(suite, {"m": {"tasks": TEXT, "seeds": [0, 1]}}, output="two"), device="cpu")
    assert same(first, again["m-seed0"])
    assert not same(first, again["m-seed1"])


def test_provenance_tells_what_was_seen(suite: Path) -> None:
    loaded = tiny.recipe(suite, {"m": {"tasks": TEXT, "fractions": [0.5], "sampling": {"strategy": "uniform"}}})
    record = told(train(loaded, device="cpu")["m-50"])
    assert record["steps"] == 20
    assert record["strategy"] == "joint, uniform sampling"
    assert record["tasks"].keys() == set(TEXT)
    assert sum(task["examples"] for task in record["tasks"].values()) == 160
    assert sum(task["weight"] for task in record["tasks"].values()) == pytest.approx(1)
    for task in record["tasks"].values():
        assert task["rows"] == 24
        assert task["tokens"] > 5 * task["examples"]
    assert record["parameters"] == record["trainable"] > 0
    assert record["data"].keys() == set(TEXT)
    assert {"torch", "transformers", "mtlbench"} <= record["versions"].keys()


def test_what_is_there_is_not_trained_again_nor_overwritten(suite: Path) -> None:
    events: list[Event] = []
    loaded = tiny.recipe(suite, {"m": {"tasks": ["mood"]}})
    train(loaded, device="cpu", listen=events.append)
    assert events[0] == FamilyStarted(("m",), ())
    assert StageStarted("m", 1, 1, 20, 0) in events
    assert [event.step for event in events if isinstance(event, Stepped)] == list(range(1, 21))
    events.clear()
    train(loaded, device="cpu", listen=events.append)
    assert events == [FamilyStarted((), ("m",))]
    other = tiny.recipe(suite, {"m": {"tasks": ["thing"]}, "n": {"tasks": ["mood"]}})
    with pytest.raises(InputError, match="m, which was trained otherwise"):
        train(other, device="cpu")
    assert not (suite.parent / "made" / "n").exists()


def test_a_model_of_another_format_is_another_model(suite: Path) -> None:
    train(tiny.recipe(suite, {"m": {"tasks": ["mood"]}}), device="cpu")
    suite.write_text(suite.read_text().replace('"mood: {text}"', '"feeling: {text}"'))
    with pytest.raises(InputError, match="m, which was trained otherwise"):
        train(tiny.recipe(suite, {"m": {"tasks": ["mood"]}}), device="cpu")


@pytest.mark.parametrize("strategy", ["uncertainty", "dwa", "gradnorm", "pcgrad"])
def test_balancing(suite: Path, strategy: str) -> None:
    loaded = tiny.recipe(suite, {"m": {"tasks": ["mood", "stars"], "balancing": {"strategy": strategy}}}, tiny.BERT)
    assert told(train(loaded, device="cpu")["m"])["strategy"].endswith(f"{strategy} balancing")


def test_frozen_parts_stay_as_they_were(suite: Path) -> None:
    models = {
        "start": {"tasks": ["mood"]},
        "frozen": {"tasks": ["mood"], "starts_from": "start", "freeze": ["backbone"]},
    }
    made = train(tiny.recipe(suite, models, tiny.BERT), device="cpu")
    before, after = weights(made["start"]), weights(made["frozen"])
    changed = {name for name in before if not bool((before[name] == after[name]).all())}
    assert changed == {"head_list.0.output.weight", "head_list.0.output.bias"}
    record = told(made["frozen"])
    assert record["tasks"]["mood"]["examples"] == 320  # what it starts from counts
    assert record["trainable"] < record["parameters"]


def test_the_step_is_that_of_the_mean_over_examples_however_they_are_grouped(suite: Path) -> None:
    models = {"alike": {"tasks": TEXT}, "plain": {"tasks": TEXT, "group_by_length": False}}
    config = {**tiny.T5, "dropout_rate": 0.0}
    settings = {"batch_size": 32, "examples": 32}
    made = train(tiny.recipe(suite, models, config, training=settings), device="cpu")
    one, other = weights(made["alike"]), weights(made["plain"])
    for name in one:
        assert float((one[name] - other[name]).abs().max()) < 2e-4


def test_early_stopping_by_the_headline_metric_keeps_the_best(suite: Path) -> None:
    from mtlbench.training.events import Evaluated

    events: list[Event] = []
    model = {"tasks": ["mood"], "early_stopping": {"every": 10, "patience": 3}, "examples": 4000, "heads": POOLED}
    loaded = tiny.recipe(suite, {"m": model}, tiny.BERT)
    folder = train(loaded, device="cpu", listen=events.append)["m"]
    scores = [event.score for event in events if isinstance(event, Evaluated)]
    assert told(folder)["steps"] == 10 * len(scores) < 500
    assert max(scores) == scores[-4] > 0.8


@pytest.mark.parametrize(("computed", "stored"), [("float32", "float16"), ("bfloat16", "bfloat16")])
def test_number_types(suite: Path, computed: str, stored: str) -> None:
    loaded = tiny.recipe(suite, {"m": {"tasks": ["mood"], "dtype": computed}}, tiny.BERT, store_dtype=stored)
    made = weights(train(loaded, device="cpu")["m"])
    assert {str(each.dtype) for each in made.values()} == {f"torch.{stored}"}


def test_a_fraction_is_nested_in_larger_ones(suite: Path) -> None:
    from mtlbench.training.rows import Rows

    loaded = tiny.recipe(suite, {"m": {"tasks": ["mood"], "fractions": [0.1, 0.25, 1.0]}})
    ids = [set(Rows(loaded).share(planned, "mood").dataset.ids) for planned in loaded.planned.values()]
    assert [len(each) for each in ids] == [5, 12, 48]
    assert ids[0] < ids[1] < ids[2]
