"""A small suite on disk in which nothing is wrong: data, a checkpoint's files, predictions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

SUITE = """\
version: 1
name: small
models:
  joint:
    checkpoint: models/joint
    trained_on: [sentiment, elsewhere]
  outputs:
    predictions: outputs
tasks:
  sentiment:
    kind: classification
    data: {path: data/sentiment.jsonl}
    input: "sentiment: {text}"
    reference: label
    labels: [negative, positive]
    metrics: [accuracy, f1_macro]
    groups: [gender]
  similarity:
    kind: regression
    data: {path: data/similarity.csv}
    input: "compare {one} with {two}"
    reference: score
  summary:
    kind: summarization
    data: {path: data/summary.jsonl, id: key}
    input: "summarize: {text}"
    reference: [short, other]
    metrics:
      - rouge1
      - bleu: {tokenize: intl}
"""
SENTIMENT = [
    {"id": "a", "text": "fine", "label": "positive", "gender": "f"},
    {"id": "b", "text": "bad", "label": "negative", "gender": "m"},
    {"id": "c", "text": "good", "label": "positive", "gender": "m"},
]
SIMILARITY = "one,two,score\nx,y,1.5\nx,x,5\n"
SUMMARY = [
    {"key": "k1", "text": "long text", "short": "s", "other": "t"},
    {"key": "k2", "text": "longer text", "short": "u", "other": "v"},
]

Edit = Callable[..., Path]
Found = set[tuple[str, int | None, int | None, str]]


def jsonl(rows: list[dict[str, object]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def safetensors(names: tuple[str, ...] = ("shared",)) -> bytes:
    """A whole file of one number for each name."""
    header = {
        name: {"dtype": "F32", "shape": [1], "data_offsets": [4 * number, 4 * number + 4]}
        for number, name in enumerate(names)
    }
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + b"\0" * 4 * len(names)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files: dict[str, str | bytes] = {
        "suite.yaml": SUITE,
        "data/sentiment.jsonl": jsonl(SENTIMENT),
        "data/similarity.csv": SIMILARITY,
        "data/summary.jsonl": jsonl(SUMMARY),
        "models/joint/config.json": json.dumps(
            {"is_encoder_decoder": True, "architectures": ["T5ForConditionalGeneration"]}
        ),
        "models/joint/model.safetensors": safetensors(),
        "models/joint/tokenizer.json": "{}",
        "outputs/sentiment.jsonl": jsonl([{"id": row["id"], "prediction": "positive"} for row in SENTIMENT]),
        "outputs/similarity.txt": "1.0\n2.0\n",
        "outputs/summary.txt": "s\nu\n",
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return tmp_path


@pytest.fixture
def edit(folder: Path) -> Edit:
    """The suite's file with each `old: new` put in; every `old` must stand there once."""

    def edit(*changes: tuple[str, str]) -> Path:
        path = folder / "suite.yaml"
        text = path.read_text()
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        path.write_text(text)
        return path

    return edit
