"""A suite of learnable toy tasks with a few dozen rows each, and recipes for tiny networks on it."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtlbench.checking import LoadedSuite, load_suite
from mtlbench.suite.recipe import Recipe
from mtlbench.training.family import Planned, expand

GOOD, BAD = ("clean", "quiet", "kind", "lovely", "fresh"), ("noisy", "cold", "old", "cheap", "high")
THINGS = ("hotel", "room", "food", "staff", "street")

T5 = {"model_type": "t5", "d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2, "dropout_rate": 0.1}
GPT2 = {"model_type": "gpt2", "n_positions": 64, "n_embd": 16, "n_layer": 1, "n_head": 2}
BERT = {
    "model_type": "bert", "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32,
    "max_position_embeddings": 64, "type_vocab_size": 1,
}  # fmt: skip

SUITE = """\
version: 1
name: toy
models: {none: {predictions: .}}
tasks:
  mood:
    kind: classification
    data: {path: mood, split: test}
    input: "mood: {text}"
    segments: ["{text}"]
    reference: mood
    labels: [good, bad]
  thing:
    kind: classification
    data: {path: thing, split: test}
    input: "thing: {text}"
    segments: ["{text}"]
    reference: thing
    labels: [hotel, room, food, staff, street]
  stars:
    kind: regression
    data: {path: stars, split: test}
    input: "stars: {text}"
    segments: ["{text}"]
    reference: stars
  marks:
    kind: tagging
    data: {path: marks, split: test}
    input: "marks: {words}"
    words: words
    reference: marks
    labels: [X, THING, MOOD]
"""


@dataclass(frozen=True)
class Loaded:
    """What `LoadedRecipe` holds."""

    path: Path
    recipe: Recipe
    suite: LoadedSuite
    planned: dict[str, Planned]
    output: Path


def rows(count: int, seed: int) -> list[dict[str, Any]]:
    """One table that all the tasks read: a thing, and a word for it that is good or bad."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        thing, good = chance.choice(THINGS), chance.random() < 0.5
        words = [
            "the",
            thing,
            "was",
            chance.choice(GOOD if good else BAD),
            *chance.choices(["and", "so"], k=chance.randint(0, 3)),
        ]
        marks = ["X", "THING", "X", "MOOD", *["X"] * (len(words) - 4)]
        found.append(
            {
                "text": " ".join(words), "words": words, "marks": marks, "thing": thing, "mood": "good" if good else "bad",
                "stars": 4.0 if good else 2.0, "hard": len(words),
            }
        )  # fmt: skip
    return found


def project(folder: Path, count: int = 48) -> Path:
    """The suite's file, beside its data."""
    for number, split in enumerate(("train", "validation", "test")):
        lines = "".join(json.dumps(row) + "\n" for row in rows(count, number))
        for task in ("mood", "thing", "stars", "marks"):
            (folder / task).mkdir(parents=True, exist_ok=True)
            (folder / task / f"{split}.jsonl").write_text(lines)
    suite = folder / "suite.yaml"
    suite.write_text(SUITE)
    return suite


def recipe(suite: Path, models: Mapping[str, Any], config: Mapping[str, Any] = T5, **others: Any) -> Loaded:
    """A recipe beside the suite, whose networks are fresh ones of this configuration."""
    backbone = others.pop("backbone", {"config": dict(config), "tokenizer": 160})
    own = others.pop("training", {"examples": 160})
    settings = {"batch_size": 8, "learning_rate": 1e-2, "dtype": "float32", **own}
    made = Recipe.model_validate(
        {
            "version": 1, "name": "toys", "suite": suite.name, "backbone": backbone,
            "training": settings, "models": dict(models), "output": "made", **others,
        }
    )  # fmt: skip
    loaded = load_suite(suite, models=())
    planned = expand(made, list(loaded.suite.tasks))
    return Loaded(suite.parent / "recipe.yaml", made, loaded, planned, suite.parent / made.output)
