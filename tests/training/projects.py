"""A suite with training rows, and a recipe of fresh tiny networks on it, in which nothing is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.checkpoints import WORDS

SUITE = """\
version: 1
name: small
tasks:
  mood:
    kind: classification
    data: {path: data/mood, split: test}
    input: "mood: {text}"
    reference: label
    labels: [negative, positive]
    groups: [gender]
  stars:
    kind: regression
    data: {path: data/stars, split: test}
    input: "stars: {text}"
    reference: stars
  headline:
    kind: summarization
    data: {path: data/headline, split: test}
    input: "summarize: {text}"
    reference: headline
    metrics: [rougeL]
    generation: {max_new_tokens: 8}
significance: {resamples: 200, permutations: 199}
"""
RECIPE = """\
version: 1
name: family
suite: suite.yaml
output: out
backbone:
  config: {model_type: t5, d_model: 16, d_kv: 8, d_ff: 32, num_layers: 1, num_heads: 2}
  tokenizer: 150
training: {examples: 32, batch_size: 8}
models:
  single: {matrix: single, tasks: [mood, stars]}
  joint: {}
"""


def write_training_project(folder: Path) -> Path:
    """The recipe's file; splits train, validation and test of each task are there."""
    for split, count in {"train": 24, "validation": 6, "test": 6}.items():
        texts = [" ".join(WORDS[n % 20 : n % 20 + 5]) + f" {n}" for n in range(count)]
        labels = ["positive" if n % 2 else "negative" for n in range(count)]
        groups = {"gender": "f"} if split == "test" else {}
        write_rows(
            folder / "data" / "mood" / f"{split}.jsonl",
            ({"text": text, "label": label, **groups} for text, label in zip(texts, labels, strict=True)),
        )
        write_rows(
            folder / "data" / "stars" / f"{split}.jsonl", ({"text": t, "stars": n % 5 + 1} for n, t in enumerate(texts))
        )
        write_rows(
            folder / "data" / "headline" / f"{split}.jsonl", ({"text": t, "headline": t.split()[0]} for t in texts)
        )
    (folder / "suite.yaml").write_text(SUITE)
    (folder / "recipe.yaml").write_text(RECIPE)
    return folder / "recipe.yaml"


def write_rows(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
