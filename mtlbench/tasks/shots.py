"""Few-shot: which rows of a task's `examples` are shown, solved, before its inputs, and what is shown of them."""

from __future__ import annotations

import hashlib
import random

from mtlbench.data import Dataset
from mtlbench.suite.declarations import Task
from mtlbench.suite.faults import InputError
from mtlbench.tasks.base import TaskKind
from mtlbench.tasks.question import Asker
from mtlbench.tasks.rows import read_each

Shots = tuple[tuple[str, str], ...]
"""(text, answer) of each solved example."""


def takes_shots(kind: type[TaskKind]) -> bool:
    """Whether there is anything to solve: language modelling only reads."""
    return kind.form != "nats"


def draw_examples(name: str, task: Task, rows: Dataset, examples: Dataset, count: int, seed: int) -> Dataset:
    """`count` examples in a random order that the examples, the task's name and the seed fix.

    All inputs of the task are shown the same ones, a model with fewer shots the first of them. None has the input of one
    of the task's `rows`, evaluated or not: a sample of the rows is shown what all are. Raises InputError where too few are
    left.
    """
    ask = Asker(task)
    own = {question.text for question in read_each(name, rows, ask)}
    left = [number for number, question in enumerate(read_each(name, examples, ask)) if question.text not in own]
    if len(left) < count:
        message = (
            f"task {name}: {count} shots are wanted, and {examples.source} has {len(left)} rows that are not evaluated"
        )
        raise InputError(message, "name another split as `examples:`, such as the training data")
    key = hashlib.sha256(f"shots:{examples.fingerprint}:{name}:{seed}".encode()).digest()
    draw = random.Random(int.from_bytes(key, "big")).random  # of `random`, the one sequence that Python keeps
    numbers = [draw() for _ in range(len(examples))]
    return examples.take(sorted(left, key=numbers.__getitem__)[:count])


def solve(name: str, task: Task, kind: TaskKind, examples: Dataset, template: str | None = None) -> Shots:
    """Each example's text, in a model's own template where it has one, with its first reference as the answer."""
    ask = Asker(task, template)
    return tuple(read_each(name, examples, lambda row: (ask(row).text, kind.references(row)[0])))
