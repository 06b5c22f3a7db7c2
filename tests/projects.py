"""A small suite with its data and models in a folder, and the command line as a user runs it."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
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
    """Run the command line to its end, in a process of its own.

    It is forked from one that has the libraries, whose import would take most of its time.
    """
    given = list(map(str, arguments))
    with tempfile.TemporaryDirectory() as folder:
        files = [str(Path(folder, name)) for name in ("stdout", "stderr")]
        process = _FORKS.Process(target=_child, args=(given, str(cwd), {**os.environ, **environment}, files))
        process.start()
        process.join(250)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(given, 250)
        told = [Path(file).read_text(encoding="utf-8") for file in files]
        return subprocess.CompletedProcess(given, process.exitcode, *told)


_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    [
        "torch", "transformers.generation", "transformers.modeling_utils", "pandas", "scipy.stats", "pyarrow.parquet",
        "mtlbench.cli.app", "mtlbench.checking", "mtlbench.engines.text2text", "mtlbench.runner", "mtlbench.scoring",
        "mtlbench.report.terminal",
    ]
)  # fmt: skip


def _child(arguments: list[str], folder: str, environment: dict[str, str], files: list[str]) -> None:
    """What the forked process does; `files` take its standard output and its standard error."""
    for descriptor, file in enumerate(files, 1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), descriptor)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    from mtlbench.cli.app import run_command

    sys.exit(run_command(arguments))


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
