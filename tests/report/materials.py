"""Replicates and examples made by chance, for pages without a run."""

from __future__ import annotations

import numpy as np

from mtlbench.report.html import Material
from mtlbench.report.reading import headline_scores
from mtlbench.results import Results
from mtlbench.results.replicates import KEPT, Replicates, replicates_of
from mtlbench.scoring.samples import KINDS, Sample, TaskSamples

HARM = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\u202eevil\u202c \u2066right to left مرحبا\u2069 to left",
    "bell \x07 escape \x1b[31m null \x00 done",
    "x" * 1_000_000,
)
WORDS = [f"word{n}" for n in range(200)]


def made_replicates(results: Results, seed: int = 5) -> Replicates:
    """Of every headline score; models of one task share half of their noise."""
    draw = np.random.default_rng(seed)
    shared = {task.name: draw.normal(scale=0.7, size=KEPT) for task in results.tasks}
    cells = {
        pair: (row.value, row.value + shared[pair[1]] + draw.normal(scale=0.7, size=KEPT))
        for pair, row in headline_scores(results).items()
        if row.value is not None
    }
    return replicates_of([model.name for model in results.models], [task.name for task in results.tasks], cells)


def made_samples(results: Results, rows: int, kept: int | None = None, seed: int = 5) -> list[TaskSamples]:
    """Labels on the first task of any two, sentences on the second; the first five examples mean harm."""
    draw = np.random.default_rng(seed)
    by_task = {task.name: [row.model for row in results.scores if row.task == task.name] for task in results.tasks}
    return [
        TaskSamples(
            task.name,
            rows,
            list(dict.fromkeys(by_task[task.name])),
            ["source"],
            [
                _sample(draw, row, list(dict.fromkeys(by_task[task.name])), wordy=number % 2 == 1)
                for row in range(kept or rows)
            ],
        )
        for number, task in enumerate(results.tasks)
    ]


def made_material(results: Results, rows: int, kept: int | None = None) -> Material:
    return Material(made_replicates(results), made_samples(results, rows, kept))


def _sample(draw: np.random.Generator, row: int, models: list[str], wordy: bool) -> Sample:
    gold = " ".join(draw.choice(WORDS, size=8)) if wordy else str(draw.choice(["yes", "no"]))
    values: list[float | None] = [float(right) for right in draw.random(len(models)) < 0.7]
    wrong = "some other words" if wordy else "maybe"
    answers: list[str | None] = [gold if value else wrong for value in values]
    if row < len(HARM):
        answers = [HARM[row]] * len(models)
        values = [0.0] * len(models)
    kind = KINDS[1 if not any(values) else 3 if all(values) else 2]
    text = HARM[row] if row < len(HARM) else " ".join(draw.choice(WORDS, size=15))
    return Sample(f"id{row}", kind, text, [gold], answers, [None] * len(models), values, [f"s{row % 3}"])
