"""The tasks of docs/tasks.md with data, answered by predictions that tell likelihoods and by some that only write."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import indent
from typing import Any

from tests.projects import write_rows

ROOT = Path(__file__).parents[2]

TASKS = "\n".join(re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/tasks.md").read_text(encoding="utf-8"), re.S))

SUITE = f"""\
version: 1
name: kinds
models:
  likely: {{predictions: likely}}
  writes: {{predictions: writes}}
tasks:
{indent(TASKS, "  ")}
significance: {{resamples: 100, permutations: 99}}
"""

DATA: dict[str, list[dict[str, Any]]] = {
    "entailment": [{"premise": "p", "hypothesis": "h", "label": n % 3} for n in range(6)],
    "science": [
        {"question": "q", "choices": ["air", "water", "fire"], "answer": "water"},
        {"question": "q", "choices": ["a star", "a moon"], "answer": "A"},
        {"question": "q", "choices": ["ice", "rock", "gas", "wood"], "answer": "d"},
    ],
    "who": [
        {"sentence": "s", "one": "the cup", "two": "the table", "right": 1},
        {"sentence": "s", "one": "Ann", "two": "Eve", "right": 0},
    ],
    "topics": [
        {"text": "t", "topics": ["science", "sport"]},
        {"text": "t", "topics": []},
        {"text": "t", "topics": ["politics"]},
    ],
    "pos": [{"tokens": ["the", "dog"], "tags": ["DET", "NOUN"]}, {"tokens": ["barks"], "tags": ["VERB"]}],
    "entities": [{"tokens": ["Ann", "Lee", "sat"], "tags": [1, 2, 0]}, {"tokens": ["so"], "tags": [0]}],
    "syntax": [{"tokens": ["the", "dog", "barks"], "heads": [2, 3, 0], "relations": ["det", "nsubj:x", "root"]}],
    "roles": [
        {"tokens": ["dogs", "eat", "it"], "roles": [{"start": 0, "end": 1, "label": "ARG0"}, {"start": 1, "end": 2, "label": "V"}]},
        {"tokens": ["so"], "roles": []},
    ],
    "text": [{"text": "one"}, {"text": "twelve"}],
}  # fmt: skip

LIKELY: dict[str, list[dict[str, Any]]] = {
    "entailment": [
        {
            "prediction": ["entailment", "neutral", "contradiction"][n % 3],
            "scores": [float(m == n % 3) for m in range(3)],
            "score_tokens": [1, 1, 2],
        }
        for n in range(6)
    ],
    "science": [
        {"prediction": "water", "scores": [-3, -1, -2], "score_tokens": [1, 1, 1]},
        {"prediction": "a moon", "scores": [-3, -2], "score_tokens": [3, 1]},
        {"prediction": "wood", "scores": [-3, -2, -4, -1], "score_tokens": [1, 1, 1, 1]},
    ],
    "who": [{"prediction": "The table."}, {"prediction": "nobody"}],
    "topics": [{"prediction": ["sport", "science"]}, {"prediction": []}, {"prediction": "sport, tennis"}],
    "pos": [{"prediction": ["DET", "VERB"]}, {"prediction": "VERB"}],
    "entities": [{"prediction": "B-PER I-PER O"}, {"prediction": ["O"]}],
    "syntax": [{"prediction": "2:det 3:dobj nonsense"}],
    "roles": [{"prediction": "0-1:ARG0 1-3:V what?"}, {"prediction": "none"}],
    "text": [{"nats": 3.0, "tokens": 1, "bytes": 3}, {"scores": [6.0, 2, 6]}],
}


def write_kinds(folder: Path) -> Path:
    """The suite's file, beside its data and predictions."""
    for task, rows in DATA.items():
        write_rows(folder / f"{task}.jsonl", rows)
        for model in ("likely", "writes"):
            (folder / model).mkdir(exist_ok=True)
        numbered = [{"id": str(n), **row} for n, row in enumerate(LIKELY[task])]
        write_rows(folder / "likely" / f"{task}.jsonl", numbered)
        plain = [{"id": row["id"], "prediction": row.get("prediction", "")} for row in numbered]
        write_rows(folder / "writes" / f"{task}.jsonl", plain)
    suite = folder / "suite.yaml"
    suite.write_text(SUITE)
    return suite
