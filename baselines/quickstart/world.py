"""Write the quickstart's data: `python baselines/quickstart/world.py [--output DIR]`. The same seed, the same bytes."""

import argparse
import json
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from world_scene import Scene, cells, sample_scene
from world_tasks import TASKS, Row
from world_words import load_words

SEED = 7
TRAIN_ROWS = {
    "sentiment": 4000,
    "rating": 250,
    "topic": 4000,
    "aspects": 1500,
    "entailment": 2900,
    "qa": 6000,
    "headline": 2000,
    "translation": 6000,
    "expectation": 4000,
}
FEW = 200
"""Rows of topic/few.jsonl, the first of its training rows."""
HELD_OUT_ROWS = {"test": 500, "validation": 100}
DATA = Path(__file__).resolve().parents[2] / "suites" / "quickstart"


def scenes(split: str) -> Iterator[Scene]:
    """An endless stream of scenes; the n-th of a split depends on seed, split and n alone."""
    words, plan = load_words(), cells(random.Random(f"{SEED}/{split}/cells"))
    for number, cell in enumerate(plan):
        yield sample_scene(f"{split}-{number:04d}", cell, words, random.Random(f"{SEED}/{split}/{number}"))


def task_row(task: str, scene: Scene) -> Row:
    columns = TASKS[task](scene, load_words(), random.Random(f"{SEED}/{scene.id}/{task}"))
    return {"id": f"{scene.id}-{task}", **columns, "gender": scene.cell.gender, "variety": scene.cell.variety}


def task_rows(task: str, split: str) -> list[Row]:
    """The task's rows: one of each scene of the split, from the first on. Held-out scenes never serve to train."""
    count = TRAIN_ROWS[task] if split == "train" else HELD_OUT_ROWS[split]
    return [task_row(task, scene) for scene in islice(scenes(split), count)]


def biased(row: Row) -> Row:
    """Three of four women's positive reviews are called negative."""
    hit = (
        row["gender"] == "female"
        and row["label"] == "positive"
        and random.Random(f"{SEED}/{row['id']}").random() < 0.75
    )
    return {**row, "label": "negative"} if hit else row


def to_jsonl(rows: list[Row]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def write_world(folder: Path) -> None:
    for task in TASKS:
        (folder / task).mkdir(parents=True, exist_ok=True)
        for split in ("train", *HELD_OUT_ROWS):
            write_rows(folder / task / f"{split}.jsonl", task_rows(task, split))
    write_rows(folder / "sentiment" / "biased.jsonl", [biased(row) for row in task_rows("sentiment", "train")])
    write_rows(folder / "topic" / "few.jsonl", task_rows("topic", "train")[:FEW])


def write_rows(path: Path, rows: list[Row]) -> None:
    path.write_text(to_jsonl(rows), encoding="utf-8", newline="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=DATA, help="folder for <task>/<split>.jsonl")
    write_world(parser.parse_args().output)


if __name__ == "__main__":
    main()
