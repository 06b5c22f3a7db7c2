"""Which rows a model is trained on, and which it is stopped early by."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

from mtlbench.data import Dataset, load_data, sample
from mtlbench.runner.plan import PlannedTask
from mtlbench.suite.declarations import Data
from mtlbench.tasks import KIND_KEYS, TASKS
from mtlbench.training.family import Planned

if TYPE_CHECKING:
    from mtlbench.training.loading import LoadedRecipe

VALIDATED = 200
"""Most rows of a task that are answered to tell whether to stop."""


class Rows:
    """Of a recipe's tasks; files are read once."""

    def __init__(self, loaded: LoadedRecipe) -> None:
        self._loaded = loaded
        self._read = cache(self._load)

    def training(self, planned: Planned, task: str) -> PlannedTask:
        """A task's own training rows, or those that the model has in their place; all of them."""
        own, recipe = planned.rows.get(task), self._loaded.recipe
        return self._planned(task, self._read(task, recipe.train_split, own))

    def share(self, planned: Planned, task: str) -> PlannedTask:
        """The model's share of them: one of a smaller share lies within one of a larger."""
        whole = self.training(planned, task)
        count = max(1, round(planned.fraction * len(whole.dataset)))
        return self._planned(task, sample(whole.dataset, count, planned.seed))

    def validation(self, task: str) -> PlannedTask:
        recipe = self._loaded.recipe
        rows = self._read(task, recipe.validation_split, None)
        return self._planned(task, sample(rows, VALIDATED, recipe.seed))

    def texts(self) -> Iterator[str]:
        """All that is read and written in training any of the family's models on the suite's own rows."""
        for rows in self._all():
            for question, references in zip(rows.questions, rows.references, strict=True):
                yield from (question.text, *question.segments, *references)

    def fingerprint(self) -> str:
        """Of all that `texts` gives."""
        return " ".join(map(digest, self._all()))

    def _all(self) -> Iterator[PlannedTask]:
        """The suite's own training rows of all tasks that some model is trained on, whichever are trained now."""
        for task in dict.fromkeys(task for planned in self._loaded.planned.values() for task in planned.tasks):
            yield self._planned(task, self._read(task, self._loaded.recipe.train_split, None))

    def _load(self, task: str, split: str, own: Data | None) -> Dataset:
        if own is not None:
            return load_data(own, self._loaded.path.parent)
        suite = self._loaded.suite
        return load_data(suite.suite.tasks[task].data.model_copy(update={"split": split}), suite.folder)

    def _planned(self, name: str, dataset: Dataset) -> PlannedTask:
        task = self._loaded.suite.suite.tasks[name]
        return PlannedTask(name, task, TASKS.get(task.kind)(task), dataset, range(len(dataset)))


def digest(rows: PlannedTask) -> str:
    """Of the rows, and of what the task reads of them."""
    read = rows.task.model_dump_json(include={"kind", "input", "segments", "reference", *KIND_KEYS})
    return sha256(f"{rows.dataset.fingerprint} {read}".encode()).hexdigest()
