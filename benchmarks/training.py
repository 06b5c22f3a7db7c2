"""Batches grouped by length against plain padding: the same training, side by side, one run.

    python benchmarks/training.py [--steps 40] [--rounds 3]

A T5 of 128 dimensions is trained from fresh weights on all the quickstart's text tasks, mixed by rows, 64 examples a step.
Both draw the same examples; grouped, a step's examples run in pieces of like lengths, and the step's gradient is the same.
Start-up is left out: seconds are those of the stage. Rounds alternate, and the table shows medians.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path

from mtlbench.training import train
from mtlbench.training.loading import load_recipe

SUITE = Path(__file__).parent.parent / "suites" / "quickstart.yaml"
TASKS = ["sentiment", "rating", "topic", "entailment", "qa", "headline", "translation"]
T5 = {"model_type": "t5", "d_model": 128, "d_kv": 32, "d_ff": 256, "num_heads": 4, "num_layers": 3}
BATCH = 64


def seconds(folder: Path, name: str, steps: int, grouped: bool) -> float:
    """Of training one model, saved states left out."""
    settings = {"examples": steps * BATCH, "batch_size": BATCH, "save_every": 10 * steps, "group_by_length": grouped}
    recipe = {
        "version": 1,
        "name": "benchmark",
        "suite": str(SUITE),
        "output": "made",
        "backbone": {"config": T5, "tokenizer": 2000},
        "training": settings,
        "models": {name: {"tasks": TASKS}},
    }
    path = folder / f"{name}.json"
    path.write_text(json.dumps(recipe))
    made = train(load_recipe(path), device="cpu")[name]
    return float(json.loads((made / "training.json").read_text())["seconds"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    ways = {"grouped by length (mtlbench)": True, "plain padding": False}
    found: dict[str, list[float]] = {way: [] for way in ways}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(arguments.rounds):
            for way, grouped in ways.items():
                found[way].append(seconds(Path(folder), f"m{number}{int(grouped)}", arguments.steps, grouped))
    least = statistics.median(found["grouped by length (mtlbench)"])
    print("| batches | seconds a step | against mtlbench |\n| --- | --- | --- |")
    for way, times in found.items():
        middle = statistics.median(times)
        print(f"| {way} | {middle / arguments.steps:.3f} | {middle / least:.2f} |")


if __name__ == "__main__":
    main()
