"""Sequential training, starting from another model, adapters and distillation."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from mtlbench.suite.faults import InputError
from mtlbench.training import train
from tests.training import tiny
from tests.training.test_trainer import told, weights

FIRST, SECOND = {"tasks": ["mood"]}, {"tasks": ["thing"]}


def test_ewc_holds_what_earlier_stages_learned(suite: Path) -> None:
    models = {
        "free": {"stages": [FIRST, SECOND]},
        "held": {"stages": [FIRST, SECOND], "ewc": {"strength": 1e5, "sample": 16}},
        "before": FIRST,
    }
    made = train(tiny.recipe(suite, models, tiny.T5), device="cpu")
    before = weights(made["before"])

    def moved(name: str) -> float:
        after = weights(made[name])
        return sum(float((after[key] - before[key]).square().sum()) for key in before)

    assert moved("held") < 0.5 * moved("free")
    record = told(made["held"])
    assert record["strategy"] == "sequential, proportional sampling, ewc"
    assert [stage["tasks"] for stage in record["stages"]] == [["mood"], ["thing"]]
    assert record["losses"]["mood"][-1][0] == 20
    assert record["losses"]["thing"][0][0] == 21


def test_each_stage_leaves_a_checkpoint(suite: Path) -> None:
    models = {"course": {"stages": [FIRST, SECOND]}, "before": FIRST, "on": {**SECOND, "starts_from": "course-1"}}
    recipe = tiny.recipe(suite, models, tiny.T5)
    made = train(recipe, device="cpu")
    first, whole = told(made["course-1"]), told(made["course"])
    assert (first["steps"], list(first["tasks"]), first["strategy"]) == (20, ["mood"], "single")
    assert list(whole["tasks"]) == list(told(made["on"])["tasks"]) == ["mood", "thing"]
    passing, alone = weights(made["course-1"]), weights(made["before"])
    assert all(torch.equal(passing[key], alone[key]) for key in alone)
    kept = (made["course"] / "model.safetensors").stat()
    shutil.rmtree(made["course-1"])
    again = train(recipe, models=["course-1"], device="cpu")
    assert all(torch.equal(value, passing[key]) for key, value in weights(again["course-1"]).items())
    assert (made["course"] / "model.safetensors").stat() == kept


def test_rehearsal_draws_earlier_tasks(suite: Path) -> None:
    model = {"stages": [FIRST, {**SECOND, "rehearsal": 0.5, "examples": 400}]}
    record = told(train(tiny.recipe(suite, {"m": model}, tiny.BERT), device="cpu")["m"])
    assert record["tasks"]["mood"]["examples"] == pytest.approx(160 + 200, abs=40)
    assert record["steps"] == 20 + 50


@pytest.mark.parametrize("adapter", ["lora", "ia3", "prefix", "prompt"])
def test_an_adapter_is_stored_alone_and_runs_on_its_base(suite: Path, adapter: str) -> None:
    models = {
        "base": {"tasks": ["mood"]},
        "light": {"tasks": ["thing"], "starts_from": "base", "adapter": {"type": adapter}},
    }
    made = train(tiny.recipe(suite, models, tiny.T5), device="cpu")
    config = json.loads((made["light"] / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "../base"
    assert [file.name for file in made["light"].glob("*.safetensors")] == ["adapter_model.safetensors"]
    record = told(made["light"])
    stored = sum(each.numel() for each in weights(made["light"]).values())
    assert record["trainable"] == stored < record["parameters"]
    assert record["tasks"].keys() == {"mood", "thing"}
    assert record["base"]["source"] == "base"

    from mtlbench.engines import Options
    from mtlbench.engines.text2text import Text2Text
    from mtlbench.suite.declarations import Model

    model, options = Model(checkpoint="base", adapter="light"), Options(device="cpu")
    identity = Text2Text.identify(model, made["light"].parent, options)
    assert identity.trainable == stored
    Text2Text.load(identity, model, options, print)


def test_an_adapter_of_an_encoder_whose_heads_are_new_becomes_part_of_it(suite: Path) -> None:
    models = {
        "base": {"tasks": ["mood"]},
        "same": {"tasks": ["mood"], "starts_from": "base", "adapter": {"type": "lora", "modules": ["query"]}},
        "more": {"tasks": ["mood", "thing"], "starts_from": "base", "adapter": {"type": "lora", "modules": ["query"]}},
    }
    made = train(tiny.recipe(suite, models, tiny.BERT), device="cpu")
    from mtlbench.engines import Options
    from mtlbench.engines.heads import Heads
    from mtlbench.suite.declarations import Model

    model, options = Model(checkpoint="base", adapter="same"), Options(device="cpu")
    Heads.load(Heads.identify(model, made["same"].parent, options), model, options, print)
    assert (made["more"] / "model.safetensors").is_file()
    heads = json.loads((made["more"] / "config.json").read_text())["heads"]
    assert [head["task"] for head in heads] == ["mood", "thing"]


@pytest.mark.parametrize(("config", "task"), [(tiny.T5, "mood"), (tiny.BERT, "marks")], ids=["t5", "bert"])
def test_a_pupil_learns_of_its_teacher(suite: Path, config: dict[str, object], task: str) -> None:
    models = {"teacher": {"tasks": [task]}, "pupil": {"tasks": [task], "distil": {"teacher": "teacher", "weight": 1.0}}}
    record = told(train(tiny.recipe(suite, models, config), device="cpu")["pupil"])
    losses = [loss for _, loss in record["losses"][task]]
    assert losses[-1] < losses[0]
    assert record["strategy"] == "single, distillation"


def test_virtual_tokens_need_a_checkpoint(suite: Path) -> None:
    with pytest.raises(InputError, match="a prompt adapter needs a checkpoint to stand on, not a fresh t5"):
        train(tiny.recipe(suite, {"m": {"tasks": ["mood"], "adapter": {"type": "prompt"}}}), device="cpu")


def test_subnormal_numbers_count_nothing_in_training_alone(suite: Path) -> None:
    found: list[float] = []
    tiniest = torch.full((1,), 1e-40)

    def listen(event: object) -> None:
        found.append(float((tiniest * 1).item()))

    train(tiny.recipe(suite, {"m": {"tasks": ["mood"]}}), device="cpu", listen=listen)
    assert 0.0 in found
    assert float((tiniest * 1).item()) > 0


def test_a_checkpoint_as_backbone_and_what_no_head_can_learn(suite: Path) -> None:
    from tests.checkpoint_heads import headed

    headed(suite.parent / "bert", "bert", "SequenceClassification", ["a", "b"])
    backbone = {"checkpoint": "bert"}
    made = train(tiny.recipe(suite, {"m": {"tasks": ["mood", "marks"]}}, backbone=backbone), device="cpu")
    assert told(made["m"])["base"]["source"] == "bert"
    suite.write_text(suite.read_text().replace("kind: regression", "kind: generation"))
    with pytest.raises(InputError, match="task stars asks for text, which no head of an encoder gives"):
        train(tiny.recipe(suite, {"n": {"tasks": ["stars"]}}, backbone=backbone), device="cpu")


def test_a_teacher_of_other_words_is_refused(suite: Path) -> None:
    own = {"config": tiny.T5, "tokenizer": 100}
    models = {
        "teacher": {"tasks": ["mood"], "backbone": own},
        "pupil": {"tasks": ["mood"], "distil": {"teacher": "teacher"}},
    }
    with pytest.raises(InputError, match="another tokenizer"):
        train(tiny.recipe(suite, models, tiny.T5), device="cpu")


def test_a_curriculum_by_a_column_and_other_rows_than_the_suites(suite: Path) -> None:
    model = {
        "tasks": ["mood"],
        "sampling": {"strategy": "curriculum", "by": "hard"},
        "rows": {"mood": {"path": "thing", "split": "validation"}},
    }
    record = told(train(tiny.recipe(suite, {"m": model}), device="cpu")["m"])
    plain = told(train(tiny.recipe(suite, {"plain": {"tasks": ["mood"]}}), device="cpu")["plain"])
    assert record["data"]["mood"] != plain["data"]["mood"]
