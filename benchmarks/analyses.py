"""All analyses of 20 models × 20 tasks × 2,000 examples from saved statistics: what `mtlbench score` takes.

    python benchmarks/analyses.py [--rows 2000] [--keep FOLDER]

The run is made of predictions drawn at random, without any model: joint models, single-task baselines, pairs, all tasks but
one, a course of three stages and fractions of the rows, so that every analysis has work. Making it is not measured, nor is
the first scoring, which leaves the statistics behind. Shown are seconds by the clock and of the processor, and peak memory.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import mtlbench
from mtlbench.results import RunFolder

TASKS = 20
SECONDS, BYTES = 20.0, 2 * 2**30
LABELS = ["north", "east", "south", "west"]
WORDS = [f"word{n}" for n in range(300)]
GROUPS = ["short", "middle", "long"]


def kinds() -> list[dict[str, Any]]:
    """The twenty tasks: 8 by accuracy, 4 by macro-F1, 4 by BLEU, 2 by Pearson, 2 by Spearman."""
    choice = {"kind": "classification", "labels": LABELS, "slices": ["topic"]}
    text = {"kind": "translation", "metrics": ["bleu"]}
    number = {"kind": "regression"}
    return [
        *({**choice, "metrics": ["accuracy"], "domain": "in" if n < 4 else "out"} for n in range(8)),
        *({**choice, "metrics": ["f1_macro"]} for _ in range(4)),
        *(text for _ in range(4)),
        *({**number, "metrics": ["pearson"]} for _ in range(2)),
        *({**number, "metrics": ["spearman"]} for _ in range(2)),
    ]


def lineages() -> dict[str, dict[str, Any]]:
    """The twenty models: how each came about."""
    tasks = [f"t{n}" for n in range(TASKS)]
    rows = dict.fromkeys(tasks, 8_000)
    first = tasks[:5]
    joint: dict[str, dict[str, Any]] = {
        "joint": {"trained_on": tasks, "trained_rows": rows},
        "weighted": {"trained_on": {task: float(n + 1) for n, task in enumerate(tasks)}},
        "five": {"trained_on": first},
    }
    parts = {
        **{f"single-{task}": {"trained_on": [task], "trained_rows": {task: 8_000}} for task in first},
        "pair-01": {"trained_on": first[:2]},
        "pair-02": {"trained_on": [first[0], first[2]]},
        "pair-12": {"trained_on": first[1:3]},
        "without-t0": {"trained_on": tasks[1:]},
        "without-t1": {"trained_on": [tasks[0], *tasks[2:]]},
        **{f"stage-{n}": {"trained_on": first[: n + 1]} for n in range(3)},
        **{
            f"joint-{part}": {
                "trained_on": tasks,
                "fraction_of": "joint",
                "trained_rows": dict.fromkeys(tasks, 8_000 // part),
            }
            for part in (2, 4)
        },
        **{
            f"single-t0-{part}": {
                "trained_on": ["t0"],
                "fraction_of": "single-t0",
                "trained_rows": {"t0": 8_000 // part},
            }
            for part in (2, 4)
        },
    }
    return joint | parts


def make(folder: Path, rows: int) -> RunFolder:
    """A scored run, its models' sizes and times made up."""
    draw = np.random.default_rng(7)
    models, tasks = lineages(), {}
    for number, kind in enumerate(kinds()):
        name = f"t{number}"
        gold = [_gold(kind["kind"], draw) for _ in range(rows)]
        lines = [{"text": f"{name} {n}", "gold": each, "topic": GROUPS[n % 3]} for n, each in enumerate(gold)]
        _write(folder / f"{name}.jsonl", lines)
        tasks[name] = {**kind, "data": {"path": f"{name}.jsonl"}, "input": "{text}", "reference": "gold"}
        for place, model in enumerate(models):
            right = 0.6 + 0.015 * ((7 * place + 3 * number) % 20)
            lines = [
                {"id": str(n), "prediction": _answer(kind["kind"], draw, each, right)} for n, each in enumerate(gold)
            ]
            _write(folder / model / f"{name}.jsonl", lines)
    stages = [{"model": f"stage-{n}", "tasks": [f"t{n}"]} for n in range(3)]
    suite = {
        "version": 1,
        "name": "benchmark",
        "models": {name: {"predictions": name, **lineage} for name, lineage in models.items()},
        "tasks": tasks,
        "sequences": {"course": {"stages": stages, "joint": "five"}},
    }
    (folder / "suite.yaml").write_text(json.dumps(suite))
    run = mtlbench.execute(mtlbench.plan(mtlbench.load_suite(folder / "suite.yaml"), output=folder / "results"))
    manifest = run.read_manifest()
    records = {
        name: record.model_copy(update={"parameters": 10_000_000 * (1 + n % 5), "bytes": 40_000_000, "device": "cpu"})
        for n, (name, record) in enumerate(manifest.models.items())
    }
    run.write_manifest(manifest.model_copy(update={"models": records}))
    return run


def _gold(kind: str, draw: np.random.Generator) -> Any:
    if kind == "classification":
        return LABELS[draw.integers(len(LABELS))]
    if kind == "regression":
        return round(float(draw.normal()), 3)
    return " ".join(WORDS[n] for n in draw.integers(len(WORDS), size=12))


def _answer(kind: str, draw: np.random.Generator, gold: Any, right: float) -> str:
    if kind == "classification":
        return gold if draw.random() < right else LABELS[draw.integers(len(LABELS))]
    if kind == "regression":
        return f"{gold + draw.normal(scale=2 - 2 * right):.3f}"
    kept = draw.random(12) < right
    return " ".join(word if keep else "other" for word, keep in zip(gold.split(), kept, strict=True))


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


SCORE = """\
import resource, sys, time
from pathlib import Path
started = time.perf_counter()
from mtlbench.results import find_run
from mtlbench.scoring import score
score(find_run(Path(sys.argv[1])))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(time.perf_counter() - started, time.process_time(), peak)
"""


def measured(run: Path) -> tuple[float, float, float]:
    """Seconds by the clock, of the processor, and bytes, of scoring in a process of its own."""
    done = subprocess.run([sys.executable, "-c", SCORE, str(run)], capture_output=True, text=True, check=True)
    seconds, processor, peak = map(float, done.stdout.split())
    return seconds, processor, peak


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--keep", type=Path, help="where the run is made, and found again by the next call")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        found = list(folder.glob("results/*/*/results.json"))
        run = RunFolder(found[0].parent) if found else make(folder, given.rows)
        if not found:
            started = time.perf_counter()
            mtlbench.score(run)
            print(f"first scoring, statistics computed: {time.perf_counter() - started:.1f} s")
        seconds, processor, peak = measured(run.path)
    print(
        f"{len(lineages())} models × {TASKS} tasks × {given.rows:,} rows, from saved statistics, {os.cpu_count()} cores"
    )
    print(
        f"{seconds:.1f} s ({processor:.1f} s of processor), wanted below {SECONDS:.0f}; {peak / 2**30:.2f} GiB, below 2"
    )
    sys.exit(seconds > SECONDS or peak > BYTES)


if __name__ == "__main__":
    main()
