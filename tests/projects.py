"""A small suite with its data and models in a folder, and the command line as a user runs it."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.checkpoints import WORDS

SUITE = """\
version: 1
name: small
seed: 5
models:
  multi: {{checkpoint: {t5}, trained_on: [mood, headline]}}
  single-mood: {{checkpoint: {t5}, trained_on: [mood], tasks: [mood], generation: {{num_beams: 2}}}}
  elsewhere: {{predictions: outputs}}
tasks:
  mood:
    kind: classification
    data: {{path: mood.jsonl}}
    input: "mood: {{text}}"
    reference: label
    labels: [negative, positive]
    generation: {{max_new_tokens: 3}}
    weight: 2
  headline:
    kind: summarization
    data: {{path: headline.csv}}
    input: "summarize: {{text}}"
    reference: headline
    metrics: [rougeL, bleu]
    generation: {{max_new_tokens: {tokens}}}
significance: {{resamples: 200, permutations: 199}}
"""

MEASURED = (
    "cached", "peak_memory", "weight_bytes", "seconds", "examples_per_second", "tokens_per_second", "p50", "p95",
    "cold_start", "reason",
)  # fmt: skip
"""Columns of the efficiency rows that differ from run to run."""


def write_project(folder: Path, t5: Path, rows: int = 40, tokens: int = 8) -> Path:
    """A suite of two tasks, with two runs of a checkpoint and one set of predictions made elsewhere."""
    chance = random.Random(0)
    texts = [" ".join(chance.choices(WORDS, k=chance.randint(2, 12))) + f" {row}" for row in range(rows)]
    labels = [chance.choice(["negative", "positive"]) for _ in texts]
    heads = [" ".join(text.split()[:3]) for text in texts]
    folder.mkdir(parents=True, exist_ok=True)
    write_rows(folder / "mood.jsonl", [{"text": t, "label": y} for t, y in zip(texts, labels, strict=True)])
    lines = ["id,text,headline", *(f"h{n},{t},{h}" for n, (t, h) in enumerate(zip(texts, heads, strict=True)))]
    (folder / "headline.csv").write_text("\n".join(lines) + "\n")
    guesses = [y if chance.random() < 0.8 else "negative" for y in labels]
    outputs = folder / "outputs"
    outputs.mkdir(exist_ok=True)
    write_rows(outputs / "mood.jsonl", [{"id": str(n), "prediction": y} for n, y in reversed(list(enumerate(guesses)))])
    (outputs / "headline.txt").write_text("".join(f"{head}\n" for head in heads))
    suite = folder / "suite.yaml"
    suite.write_text(SUITE.format(t5=t5, tokens=tokens))
    return suite


def write_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "mtlbench", *map(str, arguments)]


def mtlbench(*arguments: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end, in a process of its own."""
    return subprocess.run(
        command(*arguments), cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, timeout=250
    )


def the_run(folder: Path) -> Path:
    """The one run in `results/`."""
    (found,) = folder.glob("results/*/*/manifest.json")
    return found.parent


def without_times(results: Path) -> dict[str, Any]:
    """results.json less what no two runs share: times, memory, what of it was measured, and the moment of the run."""
    found: dict[str, Any] = json.loads(results.read_text())
    del found["run"]["created"]
    for row in found["efficiency"]:
        for key in MEASURED:
            del row[key]
    for group in ("fronts", "replacement"):
        found[group] = [row for row in found[group] if row["cost"] not in ("seconds", "memory")]
    return found
